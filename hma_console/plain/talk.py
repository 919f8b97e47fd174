"""What is said and heard: lines out, lines in, and news only where nobody is typing."""

from __future__ import annotations

import asyncio
import codecs
from collections import deque
from typing import TextIO

from hma_console.plain.line_editor import LineEditor
from hma_console.plain.lines import spoken, wrapped
from hma_console.plain.typing import Keys

MOST_NEWS = 200
"""Lines of news kept until they can be told; older ones are counted."""
_END = "\x04"


class Ended(Exception):
    """Nobody types any more: Ctrl+D, or the end of what was piped in."""


class Talk:
    """Speaks to `out` and listens to `keys`. `prompts` is set at a terminal, `echoes` where we show keys."""

    def __init__(self, out: TextIO, keys: Keys, *, prompts: bool, echoes: bool) -> None:
        self._out = out
        self._keys = keys
        self._prompts, self._echoes = prompts, echoes
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._typed = ""
        self._news: deque[str] = deque(maxlen=MOST_NEWS)
        self._left_out = 0
        self._has_news = asyncio.Event()
        self._pending: asyncio.Task[bytes] | None = None

    @property
    def is_spoken_to(self) -> bool:
        """Whether a person can answer questions at a terminal."""
        return self._prompts

    def say(self, *sentences: str) -> None:
        """Each begins a line of its own."""
        for sentence in sentences:
            self._write("".join(f"{line}\n" for line in wrapped(sentence)))

    def tell(self, sentence: str) -> None:
        """News: said now if nobody types, else before the next prompt."""
        self._left_out += len(self._news) == MOST_NEWS
        self._news.append(sentence)
        self._has_news.set()

    async def ask(self, prompt: str, *, is_secret: bool = False, hears_news: bool = False) -> str:
        """The next line, without spaces around it. Raises Ended."""
        try:
            return await self._line(prompt, is_secret=is_secret, hears_news=hears_news)
        except asyncio.CancelledError:
            self._typed = ""  # what was typed ahead was meant for what is interrupted
            self._end_line()
            raise

    async def _line(self, prompt: str, *, is_secret: bool, hears_news: bool) -> str:
        editor, shows = LineEditor(), self._echoes and not is_secret
        if hears_news:
            self._say_news()
        self._prompt(prompt)
        while True:
            while self._typed:
                letter, self._typed = self._typed[0], self._typed[1:]
                if letter in "\r\n":
                    self._end_line()
                    return editor.text if is_secret else editor.text.strip()
                if letter == _END and editor.is_empty:
                    self._end_line()
                    raise Ended
                shown = editor.type(letter)
                self._write(shown if shows else "")
            self._write(editor.pause() if shows else "")
            if hears_news and editor.is_empty and self._news:
                self._end_line()
                self._say_news()
                self._prompt(prompt)
            if not await self._more(hears_news=hears_news and editor.is_empty):
                if not editor.is_empty:
                    return editor.text.strip()
                raise Ended

    async def _more(self, *, hears_news: bool) -> bool:
        """Waits for keys, or for news where those may be told. False at the end of all keys."""
        reading = self._reading()
        waited: set[asyncio.Task[object]] = {reading}
        news = asyncio.create_task(self._has_news.wait()) if hears_news else None
        if news is not None:
            waited.add(news)
        try:
            await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
        finally:
            if news is not None:
                news.cancel()
        if not reading.done():
            return True
        self._pending = None
        read = reading.result()
        self._typed += self._decoder.decode(read, final=not read)
        return bool(read)

    def _reading(self) -> asyncio.Task[bytes]:
        """One read that outlives news and interrupted questions: no key is lost."""
        if self._pending is None:
            self._pending = asyncio.create_task(self._keys.read())
        return self._pending

    def _say_news(self) -> None:
        if self._left_out:
            self.say(f"News: {self._left_out:,} older lines are left out.")
        self.say(*self._news)
        self._news.clear()
        self._has_news.clear()
        self._left_out = 0

    def _prompt(self, prompt: str) -> None:
        if self._prompts:
            self._write(f"{spoken(prompt)} ")

    def _end_line(self) -> None:
        if self._prompts:
            self._write("\n")

    def _write(self, text: str) -> None:
        if text:
            self._out.write(text)
            self._out.flush()
