"""The commands for the policy: what it does with each bank, and what another distance would have done."""

from __future__ import annotations

from bridge.catalogue import OnMatch
from bridge.errors import InputError
from hma_console.plain.desk import Command, Desk
from hma_console.plain.lines import told
from hma_console.policy_answers import RuleRow, Simulation
from hma_console.words import ago, counted, safe


async def policy(desk: Desk, typed: str) -> None:
    desk.go("policy")
    now = await desk.client.policy()
    since = (
        [f"in force, changed {ago(now.since, desk.clock())}"] if now.since else ["in force since the start"]
    )
    desk.talk.say(told("Policy", since))
    desk.talk.say(*(rule_line(rule) for rule in now.rules))
    brakes = [f"{now.automatic_a_day:,} automatic actions a day", f"today {now.today:,}"]
    desk.talk.say(told("Brakes", [*brakes, f"{now.entry_an_hour:,} an hour for one entry"]))
    desk.talk.say("Policy: try, a bank and a distance tell what would change.")


def rule_line(rule: RuleRow) -> str:
    own = rule.own
    parts = [
        own.mode.value,
        f"at the gate {rule.gate.value}",
        f"after it {own.on_match.value}",
        f"distance {own.threshold} of 31",
    ]
    if own.on_match is OnMatch.TAKEDOWN:
        parts.append(f"asks you over {rule.automatic_distance}")
    return told(f"{safe(own.bank)}, {own.role.value}", parts)


async def try_(desk: Desk, typed: str) -> None:
    """`StopNCII 20`: the name may have spaces, the distance is the last word."""
    bank, _, number = typed.rpartition(" ")
    if not bank.strip() or not (number.isascii() and number.isdigit()):
        raise InputError("A bank and a distance are needed.", "say, for example, try mine 20.")
    desk.talk.say(*simulated_lines(await desk.client.simulate(bank.strip(), {"threshold": int(number)})))


def simulated_lines(done: Simulation) -> list[str]:
    """What would have been released, what missed, and what waits now."""
    change = f"{done.before.threshold} to {done.after.threshold}"
    cases = counted(done.decided, "case")
    waiting = ", ".join(safe(case[:4]) for case in done.waiting[:5]) or "no case"
    gone = told(change, [f"would have released {done.released + done.missed} of {cases} you decided"], "")
    return [
        f"{gone} You released {done.released or 'none'} of these.",
        told("Missed", [f"{done.missed or 'none'} of the {done.taken_down:,} you took down"]),
        told("Waiting now", [f"{waiting} would be released"]),
    ]


COMMANDS = (
    Command(("policy",), ("8",), "what happens with each bank's matches", policy),
    Command(("try",), (), "try mine 20 tells what that distance would have done", try_),
)
