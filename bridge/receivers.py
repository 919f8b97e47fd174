"""Who is told what happens: the operator's own webhook, and the apps whose uploads it is about. Values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import urlsplit

from bridge.errors import SettingsError
from bridge.settings import WebhookSettings

OPERATOR = ""
"""The name of the operator's own webhook; an app's is `key:NAME`, as its uploads name their sender."""


class Format(StrEnum):
    """`perchpics` is what that app takes at its `/webhooks/hma`; `docs/webhooks.md` has both."""

    PERCHPICS = "perchpics"
    OWN = "hma-console"


@dataclass(frozen=True, slots=True)
class Receiver:
    url: str
    format: Format = Format.OWN


@dataclass(frozen=True, slots=True)
class Receivers:
    """By their names; empty where nobody is told anything. `appeal` is the address that messages carry."""

    by_name: Mapping[str, Receiver] = field(default_factory=dict)
    appeal: str = ""

    @classmethod
    def of(cls, settings: WebhookSettings, appeal: str = "") -> Receivers:
        """Raises SettingsError."""
        found: dict[str, Receiver] = {}
        if settings.url:
            found[OPERATOR] = Receiver(_address(settings.url, "webhooks.url"))
        for words in settings.apps:
            name, receiver = _app(words)
            if name in found:
                raise SettingsError(f"webhooks.apps names {name.removeprefix('key:')[:64]} twice.")
            found[name] = receiver
        return cls(found, appeal)

    def named(self, name: str) -> Receiver | None:
        return self.by_name.get(name)

    @property
    def tells_operator(self) -> bool:
        return OPERATOR in self.by_name


NOBODY = Receivers()


def _app(words: str) -> tuple[str, Receiver]:
    """`NAME FORMAT ADDRESS`: the API key's name, and how and where its app is told."""
    try:
        name, kind, url = words.split()
        format_ = Format(kind)
    except ValueError:
        raise SettingsError(
            f"webhooks.apps takes a key's name, a format and an address, not {words[:80]!r}.",
            f'Write "pics perchpics http://127.0.0.1:3000"; formats are {", ".join(Format)}.',
        ) from None
    url = _address(url, "webhooks.apps")
    if format_ is Format.PERCHPICS:
        url = f"{url.rstrip('/')}/webhooks/hma"
    return f"key:{name}", Receiver(url, format_)


def _address(url: str, setting: str) -> str:
    try:
        parts = urlsplit(url)
        is_one = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_one = False
    if not is_one or not url.isascii() or "@" in parts.netloc:
        raise SettingsError(
            f"{setting} takes http and https addresses, not {url[:80]!r}.",
            "A secret stands in no address: every message is signed.",
        )
    return url
