"""A Caddyfile as a tree of blocks, as far as is needed to find a site in it and a place for a rule.

The grammar is https://caddyserver.com/docs/caddyfile/concepts: words apart by space, "quoted" or
`quoted` ones, heredocs, comments from `#` at the beginning of a word, a backslash that joins lines,
and braces that are words of their own at the end of a line.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from bridge.errors import InputError


class NotRecognised(InputError):
    """A Caddyfile that nothing is changed in, because it is not understood well enough."""

    hint = "Paste the lines above into the site of your PDS, and reload Caddy."


@dataclass(frozen=True, slots=True)
class Word:
    """`line` counts from 0; `is_brace` tells a brace from the same sign in quotes."""

    text: str
    line: int
    begins: bool
    is_brace: bool


@dataclass(slots=True)
class Block:
    """A directive, with what stands in braces after it; sites and the global options are blocks too.

    `line` is the one its brace is opened on, or the directive's own; the root has -1.
    """

    words: list[str]
    line: int
    inner: list[Block] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.words[0] if self.words else ""

    def find(self, name: str) -> list[Block]:
        return [each for each in self.inner if each.name == name]


def tree(text: str) -> Block:
    """The whole file; its options and sites are `inner`. Raises NotRecognised."""
    root = Block([], -1)
    opened, head = [root], list[str]()
    for statement in _statements(text):
        last = statement[-1]
        if last.is_brace and last.text == "{":
            block = Block([*head, *(word.text for word in statement[:-1])], last.line)
            opened[-1].inner.append(block)
            opened.append(block)
            head = []
        elif last.is_brace:
            if len(statement) > 1 or len(opened) == 1:
                raise NotRecognised(f"Line {last.line + 1} has a brace where none was expected.")
            opened.pop()
        elif len(opened) == 1 and last.text.endswith(","):
            head += [word.text for word in statement]
        else:
            opened[-1].inner.append(Block([word.text for word in statement], last.line))
    if len(opened) > 1:
        raise NotRecognised(f"The block that line {opened[-1].line + 1} opens is never closed.")
    return root


def _statements(text: str) -> Iterator[list[Word]]:
    statement: list[Word] = []
    for word in _words(text):
        if word.begins and statement:
            yield statement
            statement = []
        statement.append(word)
    if statement:
        yield statement


def _words(text: str) -> Iterator[Word]:
    at, line, begins = 0, 0, True
    while at < len(text):
        char = text[at]
        if char == "\n":
            at, line, begins = at + 1, line + 1, True
        elif char.isspace() or char == "\ufeff":
            at += 1
        elif text.startswith(("\\\n", "\\\r\n"), at):
            at, line = text.index("\n", at) + 1, line + 1
        elif char == "#":
            at = _or_end(text.find("\n", at), text)
        else:
            end, word = _quoted(text, at) if char in '"`' else _plain(text, at)
            if char not in '"`' and word.startswith("<<") and len(word) > 2:
                end = _heredoc_end(text, end, word[2:])
            yield Word(word, line, begins, word in ("{", "}") and char == word)
            line += text.count("\n", at, end)
            at, begins = end, False


def _quoted(text: str, at: int) -> tuple[int, str]:
    """Where the word ends, and what it is."""
    quote, end = text[at], at + 1
    while end < len(text) and text[end] != quote:
        end += 2 if quote == '"' and text[end] == "\\" else 1
    if end >= len(text):
        raise NotRecognised("A quotation is never closed.")
    return end + 1, text[at + 1 : end]


def _plain(text: str, at: int) -> tuple[int, str]:
    end = at
    while end < len(text) and not text[end].isspace():
        end += 1
    return end, text[at:end]


def _heredoc_end(text: str, at: int, mark: str) -> int:
    """Right after the mark that stands first on a line of its own, where more words may follow."""
    while (at := text.find("\n", at) + 1) > 0:
        line = text[at : _or_end(text.find("\n", at), text)]
        if line.lstrip().startswith(mark):
            return at + line.index(mark) + len(mark)
    raise NotRecognised(f"The text that <<{mark} begins never ends.")


def _or_end(found: int, text: str) -> int:
    return len(text) if found < 0 else found
