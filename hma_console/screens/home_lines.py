"""What Home says, line by line: troubles with what to do, what is watched, or the first steps."""

from __future__ import annotations

from dataclasses import dataclass

from rich.text import Text

from hma_console.known import Facts
from hma_console.look import Look, Meaning
from hma_console.standing import Standing, StateWord, Trouble, Watch
from hma_console.status import Status
from hma_console.words import ago, bars, clock, count, counted

NOT_YET = "backup"
"""A watch of a later version: said, so that their silence is not taken for health."""


@dataclass(frozen=True, slots=True)
class HomeLine:
    """A line the cursor can stand on has a `place`: a screen, or a sentence it answers with."""

    key: str
    text: Text
    place: str = ""
    answer: str = ""

    @property
    def can_stand(self) -> bool:
        return bool(self.place or self.answer)


def home_lines(facts: Facts, look: Look) -> list[HomeLine]:
    """The lines of Home. Nothing is said before the bridge was heard."""
    if facts.status is None or facts.standing is None:
        return []
    if facts.standing.is_first_start:
        return _first_start(facts.status, look)
    return _watching(facts, facts.status, facts.standing, look)


def _watching(facts: Facts, status: Status, standing: Standing, look: Look) -> list[HomeLine]:
    now = facts.lost.since if facts.lost else facts.now
    headline = _headline(status, standing, look)
    if facts.lost is not None:
        headline = look.mark(Meaning.TO_DO, f"The bridge does not answer. As of {clock(now)}:")
    lines = [HomeLine("headline", headline), _blank("a")]
    for trouble in standing.troubles:
        lines += _trouble(trouble, look)
    told = [trouble.told_at for trouble in standing.troubles if trouble.told_at is not None]
    if told:
        lines.append(
            HomeLine("told", look.say(f"   Told already: webhook, {ago(max(told), now)}", Meaning.MUTED))
        )
    if status.cases.waiting:
        oldest = status.cases.oldest_opened_at
        since = f", the oldest opened {ago(oldest, now)}" if oldest is not None else ""
        waiting = status.cases.waiting
        words = f"{counted(waiting, 'case')} {'waits' if waiting == 1 else 'wait'}{since}"
        lines.append(_line("case", Meaning.MATCHED, "Queue", words, "queue", look))
    if len(lines) > 2:
        lines.append(_blank("b"))
    uploads = status.uploads
    seen = f"{count(uploads.total)} seen · {count(uploads.matched)} matched"
    seen = f"{seen} · {count(uploads.not_checked)} not checked"
    lines += [
        HomeLine("seen", look.say(f"Uploads     {seen}")),
        HomeLine("last", look.say(f"Last case   {last_case(status, now)}")),
        _blank("c"),
        *_on_watch(facts, standing, look),
        _line(
            "later", Meaning.TO_DO, "Later", f"{NOT_YET}: with a later version", "", look, "Not watched yet."
        ),
        _blank("d"),
        HomeLine("days", look.say(f"Uploads, 14 days   {_days(status.uploads.days)}")),
        HomeLine("matches", look.say(f"Matches, 14 days   {_days(status.match_days)}")),
    ]
    return lines


def _headline(status: Status, standing: Standing, look: Look) -> Text:
    if standing.word is StateWord.QUIET:
        return look.mark(Meaning.QUIET, "All quiet. Nothing waits for you.")
    return look.say(not_quiet(status, standing), Meaning.STRONG)


def not_quiet(status: Status, standing: Standing) -> str:
    """`Not quiet. 1 thing needs you, 2 cases wait.`"""
    parts = []
    if standing.troubles:
        number = len(standing.troubles)
        parts.append(f"{counted(number, 'thing')} {'needs' if number == 1 else 'need'} you")
    if status.cases.waiting:
        parts.append(
            f"{counted(status.cases.waiting, 'case')} {'waits' if status.cases.waiting == 1 else 'wait'}"
        )
    words = ", ".join(parts) or "no self-test has passed yet"
    return f"Not quiet. {words[:1].upper()}{words[1:]}."


def last_case(status: Status, now: int) -> str:
    """When the last case was opened, and the last one decided."""
    opened, decided = status.cases.last_opened_at, status.cases.last_decided_at
    if opened is None:
        return "none yet"
    return f"opened {ago(opened, now)}" + (
        f", last decided {ago(decided, now)}" if decided is not None else ""
    )


def _days(counts: tuple[int, ...]) -> str:
    return f"{bars(counts)}   {count(sum(counts))}" if any(counts) else "none"


def _trouble(trouble: Trouble, look: Look) -> list[HomeLine]:
    key = f"trouble-{trouble.subject}"
    return [
        _line(key, trouble.meaning, trouble.subject, trouble.words, trouble.place, look),
        HomeLine(f"{key}-do", look.say(f"{'':12}Do: {trouble.do}")),
    ]


def _on_watch(facts: Facts, standing: Standing, look: Look) -> list[HomeLine]:
    """What passed before the bridge was lost is told as of then, and has no tick."""
    if facts.lost is None:
        head = HomeLine("watch", look.say("On watch", Meaning.MUTED))
        return [head, *(_watch(watch, watch.meaning, look) for watch in standing.watches)]
    since = clock(facts.lost.since)
    gone = Watch(Meaning.TO_DO, "Bridge", f"does not answer since {since}", "home")
    others = [watch for watch in standing.watches if watch.subject != gone.subject]
    return [
        HomeLine("watch", look.say(f"On watch, as of {since}", Meaning.MUTED)),
        _watch(gone, gone.meaning, look),
        *(_watch(watch, Meaning.MUTED, look) for watch in others),
    ]


def _watch(watch: Watch, meaning: Meaning, look: Look) -> HomeLine:
    return _line(f"watch-{watch.subject}", meaning, watch.subject, watch.words, watch.place, look)


def _line(
    key: str, meaning: Meaning, subject: str, words: str, place: str, look: Look, answer: str = ""
) -> HomeLine:
    text = look.line(look.say(meaning.symbol, meaning), f" {subject:<10}", words)
    return HomeLine(key, text, place, answer)


def _blank(key: str) -> HomeLine:
    return HomeLine(f"blank-{key}", Text())


WELCOME = (
    "Welcome. Nothing has happened yet, and that is right.",
    "",
    "1  Every picture sent to your server is compared with lists you choose.",
    "2  What matches waits under 2 Queue until you decide.",
    "3  No picture is ever shown unless you ask. You will rarely need to.",
)


@dataclass(frozen=True, slots=True)
class FirstStep:
    """What to do at a first start: `where`, on a screen (`place`) or as the sentence `answer` says."""

    key: str
    words: str
    where: str
    place: str
    answer: str
    is_done: bool = False


def first_steps(status: Status) -> tuple[FirstStep, ...]:
    pds, demo = status.pds, "hma-console demo"
    has_gate, has_key = pds is not None and pds.gate is not None, status.log.keys != "missing"
    lists, a_list = bool(status.banks.block_lists), "a file, a hash, a picture"
    return (
        FirstStep("demo", "Watch it work with harmless pictures", demo, "", f"Quit (q), then run: {demo}"),
        FirstStep("list", "Add a list", a_list, "banks", "", lists),
        FirstStep("pds", "Connect your PDS", "[pds] in config.toml", "pds", "", pds is not None),
        FirstStep("gate", "Put the gate in front of uploads", "[gate] in config.toml", "pds", "", has_gate),
        FirstStep("alarms", "Choose who hears alarms", "[webhooks] in config.toml", "settings", ""),
        FirstStep("key", "Make the log's keys", "press 7, then K", "log", "", has_key),
    )


def _first_start(status: Status, look: Look) -> list[HomeLine]:
    says = ("", *WELCOME, "", "Next, in any order")
    lines = [HomeLine(f"say-{number}", look.say(words)) for number, words in enumerate(says)]
    for step in first_steps(status):
        meaning = Meaning.FINE if step.is_done else Meaning.TO_DO
        shown = look.say("done" if step.is_done else step.where, Meaning.MUTED)
        text = look.line(look.say(meaning.symbol, meaning), f" {step.words:<44} ", shown)
        lines.append(HomeLine(step.key, text, step.place, step.answer))
    return lines
