"""An evening in plain mode: a real terminal, a real bridge in another process, and all that is sent to it."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import subprocess
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from bridge.settings import Settings
from hma_console.plain.lines import WIDTH
from tests.console.test_with_the_bridge import picture
from tests.serving import serving

PASSPHRASE = "five plain words for tests"


class Sitting:
    """`hma-console` at a terminal of its own; `heard` is every byte that was sent to it."""

    def __init__(self, process: subprocess.Popen[bytes], terminal: int) -> None:
        self.process = process
        self._terminal = terminal
        self.heard = b""
        self._told = 0

    def type(self, text: str) -> None:
        os.write(self._terminal, text.encode())

    def line(self, text: str, *words: str) -> str:
        """Types a line; what was said until all of the words were, one after the other."""
        self.type(f"{text}\r")
        return self.until(*words)

    def until(self, *words: str) -> str:
        begin = self._told
        for word in words:
            while (at := self.heard.find(word.encode(), self._told)) < 0:
                assert self._more(), f"never said: {word}\n{self.heard.decode()}"
            self._told = at + len(word)
        return self.heard[begin : self._told].decode()

    def ended(self) -> int:
        while self._more():
            pass
        return self.process.wait(30)

    def _more(self) -> bool:
        ready, _, _ = select.select([self._terminal], [], [], 15)
        try:
            read = os.read(self._terminal, 65536) if ready else b""
        except OSError:  # the other side is closed
            read = b""
        self.heard += read
        return bool(read)


@contextmanager
def sitting(data_dir: Path, *options: str, term: str = "xterm-256color") -> Iterator[Sitting]:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "hma_console", "--data-dir", str(data_dir), *options]
    environment = os.environ | {"TERM": term}
    with subprocess.Popen(
        command,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=environment,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # so that Ctrl+C is a signal
    ) as process:
        os.close(theirs)
        try:
            yield Sitting(process, ours)
        finally:
            process.kill()
            os.close(ours)


def upload(socket: Path, seed: int) -> None:
    transport = httpx.HTTPTransport(uds=str(socket))
    with httpx.Client(transport=transport, base_url="http://bridge", timeout=30) as http:
        file = {"image": ("a.jpg", picture(seed, width=480))}
        answer = http.post("/api/v1/match", data={"author_did": "did:plc:ana"}, files=file)
        assert answer.status_code == 200, answer.text


def test_an_evening(settings: Settings) -> None:
    folder = settings.data_dir
    (folder / "known.jpg").write_bytes(picture(1))
    with serving(folder) as served, sitting(folder, "--plain") as evening:
        evening.until("State: set up.", "home> ")
        evening.line("log", "no key yet", "log> ")
        evening.line("K", "New passphrase")
        evening.line(PASSPHRASE, "The same again:")
        evening.line(PASSPHRASE, "Key: it is open", "log> ")
        evening.line("new bank mine", "Category")
        evening.line("", "Role")
        evening.line("", "Bank mine: it was made.")
        evening.line(f"add picture mine {folder}/known.jpg", "Picture: 4 hashes added")
        evening.line("home", "State: set up. Not quiet. No self-test has passed yet.", "home> ")
        evening.line("s", "Self-test passed in ", "by the way of the API.", "home> ")
        evening.line("home", "State: quiet. All is quiet; nothing waits for you.", "home> ")

        upload(served.socket, 1)
        evening.until("Queue: 1 new case; 1 waits now.", "home> ")
        evening.line("2", "1, case ", "queue> ")
        evening.line("case 1", "Summary: ", "You can: t picture", "> ")
        evening.line("t", "Reason 1: ", "back leaves: ")
        evening.line("", "picture taken down, 1 file.", "Queue: nothing waits now.", "Undo: ", "queue> ")
        evening.line("u", "Undone: picture taken down;", "> ")
        evening.line("queue", "1, case ", "queue> ")
        evening.line("case 1", "Decision: ", "undone", "> ")
        evening.line("take down", "back leaves: ")
        evening.line("2", "picture taken down, 1 file.", "queue> ")
        case = re.search(r"case (\w+)> take down", evening.heard.decode())
        assert case is not None
        evening.line(f"case {case[1]}", "reason against-the-rules", "> ")
        evening.line("x", "Names hidden or shown; Enter hides them: ")
        evening.line("", "Path: Enter takes ", "Path: ")
        said = evening.line(f"{folder}/case.zip", "Path: ", "Fingerprint: SHA256:", "\n")
        fingerprint = said.rpartition("Fingerprint: ")[2].strip()
        evening.line("verify", "Log: whole", "Not proven: ", "> ")
        evening.line("q")
        assert evening.ended() == 0
        everything = evening.heard

    verified = subprocess.run(
        [sys.executable, "-m", "hma_console", "verify", f"{folder}/case.zip", "--fingerprint", fingerprint],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert verified.returncode == 0, verified.stdout + verified.stderr
    assert b"\x1b" not in everything
    assert PASSPHRASE.encode() not in everything
    assert [line for line in everything.decode().splitlines() if len(line) > WIDTH] == []


def test_a_terminal_that_cannot_be_drawn_on_is_spoken_to(settings: Settings) -> None:
    """With a bridge of its own, which ends with it: that is said and asked; Ctrl+C twice leaves."""
    with sitting(settings.data_dir, "--set", "bridge.port=0", term="dumb") as alone:
        alone.until("HMA Console, plain mode.", "Bridge: one was started at 127.0.0.1:", "home> ")
        alone.type("half a word\x03")
        alone.until("Bridge: it runs inside this console and ends with it.", "q leaves: ")
        alone.line("", "home> ")
        alone.type("\x04")
        alone.until("q leaves: ")
        alone.type("\x03")
        assert alone.ended() == 0
        assert b"\x1b" not in alone.heard


def test_commands_from_a_pipe_are_answered_until_its_end(settings: Settings) -> None:
    command = [sys.executable, "-m", "hma_console", "--data-dir", str(settings.data_dir)]
    done = subprocess.run(
        [*command, "--set", "bridge.port=0", "--plain"],
        input="queue\nv\nbanks",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-3:] == [
        "Queue: nothing waits.",
        "Reveal does not exist here: the plain mode has no pictures.",
        "Banks: none yet, so nothing can match. Do: new bank.",
    ]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_it_leaves_without_asking_where_it_is_told_to_end(settings: Settings, number: int) -> None:
    with sitting(settings.data_dir, "--set", "bridge.port=0", "--plain") as alone:
        alone.until("home> ")
        alone.process.send_signal(number)
        assert alone.ended() == 0
