"""Deciding by single keys: what the Queue and a case share, from the key to the undo on the notice line."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from functools import partial

from rich.text import Text
from textual import work

from bridge.catalogue import Role
from bridge.decisions import Choice
from bridge.errors import BridgeError, InputError, Unreachable
from bridge.uploads import new_id
from hma_console.answers import CaseRow
from hma_console.case_answers import CaseDetail, Decided
from hma_console.deciding import MOST_CASES, NewDecision
from hma_console.messages import CasesChanged
from hma_console.screens.dialogs import Choice as Choosing
from hma_console.screens.dialogs import Field, Form
from hma_console.screens.frame import Frame
from hma_console.screens.history_words import earlier_cases, other_accounts
from hma_console.screens.plans import Plan, Target, needs_detail, plan, without_weak
from hma_console.screens.reading import Page
from hma_console.screens.reasons import ReasonList
from hma_console.status import Undo
from hma_console.wire import Refused
from hma_console.words import counted, safe

OFFLINE = "Not taken: the bridge does not answer."
NO_ANSWER = "No answer in time. Press it again: it is made only once."
_OF_THE_BRIDGE = ("decide", "note", "own_bank", "who_else", "history")


class DecidingScreen(Frame):
    """Subclasses say which cases are meant, and where to go on."""

    def __init__(self) -> None:
        super().__init__()
        self._is_deciding = False
        self._unanswered: NewDecision | None = None

    @abstractmethod
    def targets(self) -> tuple[Target, ...]:
        """The cases that a key is about now; none where it cannot be about any."""

    @property
    @abstractmethod
    def were_selected(self) -> bool:
        """Whether they were selected one by one: then weak ones are meant too."""

    @abstractmethod
    def shown_id(self, case: CaseRow) -> str: ...

    @abstractmethod
    def go_on(self, done: Decided) -> None:
        """Somebody may decide the next one."""

    @abstractmethod
    def known_detail(self, case_id: str) -> CaseDetail | None:
        """What was read of a case already and still holds."""

    def reason_against(self, action: str, parameters: tuple[object, ...]) -> str:
        if action in _OF_THE_BRIDGE and self.console.known.facts.lost is not None:
            return OFFLINE
        return super().reason_against(action, parameters)

    def action_decide(self, choice: str) -> None:
        targets = self.targets()
        if not targets:
            self.console.tell("No case that waits is meant.")
        elif len(targets) > MOST_CASES:
            self.console.tell(f"At most {MOST_CASES} cases at once; {len(targets):,} are meant.")
        elif self._is_deciding:
            self.console.tell("One moment: the last decision is being written.")
        else:
            self._is_deciding = True
            self._decide(Choice(choice), targets)

    @work(group="decide", exit_on_error=False)
    async def _decide(self, choice: Choice, targets: tuple[Target, ...]) -> None:
        try:
            made = await self._plan(choice, targets)
            reasons = made.question.reasons
            if len(reasons) == 1 and not made.question.typed and choice is Choice.LATER:
                code: str | None = reasons[0].code
            else:
                code = await self.app.push_screen_wait(ReasonList(made.question))
            if code is not None:
                await self._send(NewDecision(made.wanted, choice, code, new_id()))
        except BridgeError as fault:
            self._refused(fault)
        finally:
            self._is_deciding = False

    async def _plan(self, choice: Choice, targets: tuple[Target, ...]) -> Plan:
        left_out = 0
        if len(targets) > 1 and not self.were_selected:
            targets, left_out = without_weak(choice, targets)
        details: dict[str, CaseDetail] = {}
        categories = set()
        for target in targets:
            if target.case.category not in categories or needs_detail(choice, target):
                categories.add(target.case.category)
                details[target.case.id] = await self.detail(target.case.id)
        return plan(choice, targets, details, [self.shown_id(one.case) for one in targets], left_out)

    async def detail(self, case_id: str) -> CaseDetail:
        """Raises BridgeError."""
        return self.known_detail(case_id) or await self.console.client.deciding.case(case_id)

    async def _send(self, wanted: NewDecision) -> None:
        """Raises BridgeError. What got no answer in time is sent again under its own name."""
        last = self._unanswered
        if last is not None and (last.cases, last.choice) == (wanted.cases, wanted.choice):
            wanted = NewDecision(wanted.cases, wanted.choice, wanted.reason, last.key)
        self._unanswered = wanted
        done = await self.console.client.deciding.decide(wanted)
        self._unanswered = None
        console = self.console
        now, actor = console.clock(), f"user:{console.options.user}"
        console.known.decided(Undo(done.batch, done.choice, done.cases, done.files, actor, now, done.until))
        console.ask_anew()
        console.notices.give_way()
        if said := _beside(done):
            console.tell(said)
        console.redraw()
        self.go_on(done)

    def _refused(self, fault: BridgeError) -> None:
        if isinstance(fault, Unreachable):
            self.console.tell(NO_ANSWER if "in time" in fault.message else OFFLINE, is_error=True)
            return
        self._unanswered = None
        is_late = isinstance(fault, Refused) and fault.code == "CaseDecided"
        words = fault.message if is_late else f"{fault.message} {fault.hint}".strip()
        self.console.tell(safe(words), is_error=True)
        if isinstance(fault, Refused) and fault.code in ("CaseDecided", "NotFound"):
            self.console.ask_anew()
            self.post_message(CasesChanged())

    def _one(self) -> Target | None:
        """The one case that is meant; says so where it is none or several."""
        targets = self.targets()
        if len(targets) != 1:
            self.console.tell("Put the cursor on one case; this is about one.")
            return None
        return targets[0]

    def action_note(self) -> None:
        target = self._one()
        if target is None:
            return

        def answered(words: str | None) -> None:
            if words:
                write = partial(self.console.client.deciding.note, target.case.id, words)
                self._do(write, "Noted.")

        title = f"Note on {self.shown_id(target.case)}"
        self.app.push_screen(Form(title, (Field("Only operators and exports show it."),), _words), answered)

    def action_own_bank(self) -> None:
        if (target := self._one()) is not None:
            self._into_bank(target)

    @work(group="own bank", exit_on_error=False)
    async def _into_bank(self, target: Target) -> None:
        try:
            banks = await self.console.client.banks()
            own = [one.name for one in banks if one.role is Role.BLOCK and not one.category.is_listed]
            if not own:
                self.console.tell("You have no bank of your own. Make one: 5, then i.")
                return
            title = f"Into which bank: {self.shown_id(target.case)}"
            bank = await self.app.push_screen_wait(Choosing(title, [(name, safe(name)) for name in own]))
            if bank is not None:
                add = self.console.client.deciding.into_bank
                added = await add(target.case.id, bank, target.uploads)
                self.console.tell(f"{counted(added, 'hash', 'hashes')} added to {safe(bank)}.")
        except BridgeError as fault:
            self._refused(fault)

    def action_who_else(self) -> None:
        if (target := self._one()) is not None:
            self._who_else(target.case)

    @work(group="around", exit_on_error=False)
    async def _who_else(self, case: CaseRow) -> None:
        try:
            others = await self.console.client.deciding.others(case.id)
        except BridgeError as fault:
            self._refused(fault)
        else:
            lines = other_accounts(others, self.console.clock())
            self._page(f"Who else has a picture of {self.shown_id(case)}", lines)

    def action_history(self) -> None:
        if (target := self._one()) is not None:
            self._history(target.case)

    @work(group="around", exit_on_error=False)
    async def _history(self, case: CaseRow) -> None:
        try:
            detail = await self.detail(case.id)
        except BridgeError as fault:
            self._refused(fault)
        else:
            self._page("What the account did before", earlier_cases(detail, self.console.clock()))

    def _page(self, title: str, lines: Sequence[str]) -> None:
        self.app.push_screen(Page(title, tuple(Text(line, end="", no_wrap=True) for line in lines)))

    @work(group="note", exit_on_error=False)
    async def _do(self, ask: partial[object], said: str) -> None:
        try:
            await ask()  # type: ignore[misc]
        except BridgeError as fault:
            self._refused(fault)
        else:
            self.console.tell(said)
            self.post_message(CasesChanged())


def _beside(done: Decided) -> str:
    """What the line that undoes it does not tell."""
    parts = []
    if done.kept_down:
        parts.append(f"{counted(done.kept_down, 'picture')} kept down: another case says so.")
    if done.left and done.choice.decides:
        stay = "stays" if len(done.left) == 1 else "stay"
        parts.append(f"{counted(len(done.left), 'case')} {stay} open: pictures wait still.")
    return " ".join(parts)


def _words(values: list[str]) -> str:
    if not values[0].strip():
        raise InputError("Nothing is written.")
    return values[0].strip()
