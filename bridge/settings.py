"""Settings: one typed object, from defaults, a TOML file, the environment and the command line.

The later wins. In the environment `[bridge] port` is `HMA_CONSOLE_BRIDGE_PORT`, on the command line
`--set bridge.port=3002`. Secrets are no settings.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import platformdirs

from bridge.errors import SettingsError
from bridge.limits import Limits

PREFIX = "HMA_CONSOLE_"
LONGEST_SOCKET_PATH = 107
"""Bytes; the kernel's limit for the address of a Unix socket."""


@dataclass(frozen=True, slots=True)
class BridgeSettings:
    """`[bridge]`: where apps reach it. Port 0 takes any free one."""

    host: str = "127.0.0.1"
    port: int = 3001


@dataclass(frozen=True, slots=True)
class FetchSettings:
    """`[fetch]`: hosts that `/hash/url` may fetch from although their address is not public."""

    allow: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LogSettings:
    """`[log]`: where the head of the compliance log is copied to, best on another disk; and who stamps it.

    Without `head_copy` it is the user's state directory; without `timestamp_url` nobody stamps.
    """

    head_copy: str = ""
    timestamp_url: str = ""


@dataclass(frozen=True, slots=True)
class OperatorSettings:
    """`[operator]`: the two letters of the country whose law is followed. Without a profile of it no
    evidence is kept. `appeal` is where somebody may write to whose upload was refused or taken down:
    it stands in what they are told.
    """

    country: str = ""
    appeal: str = ""


@dataclass(frozen=True, slots=True)
class DecidingSettings:
    """`[deciding]`: for how many seconds what cannot be reversed waits, 10 to 600; for how many hours
    *later* puts a case off.
    """

    undo_seconds: int = 60
    later_hours: int = 24


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    """`[webhooks]`: who is told what happens. `url` is the operator's own; `apps` are told of their own
    uploads, each `NAME FORMAT ADDRESS`: an API key's name, `perchpics` or `hma-console`, an address.
    """

    url: str = ""
    apps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class VaultSettings:
    """`[vault]`: how many bytes of evidence are kept at most."""

    max_bytes: int = 4 << 30


@dataclass(frozen=True, slots=True)
class PictureSettings:
    """`[pictures]`: `draw` is how the console draws one that is revealed: auto, kitty, sixel, blocks or off.

    `reveals_a_day` is how many one person may look at before each costs a pause. `child_safety` is never,
    or ask: then a word has to be typed for each.
    """

    draw: str = "auto"
    reveals_a_day: int = 10
    child_safety: str = "never"


@dataclass(frozen=True, slots=True)
class PdsSettings:
    """`[pds]`: the PDS that is guarded. In the mode `firehose` each blob its records refer to is checked.

    `mod_did` is the DID of its mod service, where this bridge is that service.
    """

    url: str = ""
    mode: str = "off"
    mod_did: str = ""


@dataclass(frozen=True, slots=True)
class LabelSettings:
    """`[labels]`: labelers whose labels on the PDS's accounts open cases: addresses, or each with a key."""

    watch: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GateSettings:
    """`[gate]`: in front of the PDS's `uploadBlob`. `mode` is off, observe, hold or block.

    `fail` says what happens to what cannot be checked: open lets it in, closed does not.
    """

    mode: str = "off"
    fail: str = "open"


@dataclass(frozen=True, slots=True)
class AlarmSettings:
    """`[alarms]`: hours in which only the worst is told, and when the weekly digest is, by local time."""

    quiet: str = "22:00-07:00"
    digest: str = "mon 08:00"


@dataclass(frozen=True, slots=True)
class Settings:
    data_dir: Path
    bridge: BridgeSettings = field(default_factory=BridgeSettings)
    fetch: FetchSettings = field(default_factory=FetchSettings)
    log: LogSettings = field(default_factory=LogSettings)
    operator: OperatorSettings = field(default_factory=OperatorSettings)
    deciding: DecidingSettings = field(default_factory=DecidingSettings)
    webhooks: WebhookSettings = field(default_factory=WebhookSettings)
    vault: VaultSettings = field(default_factory=VaultSettings)
    pictures: PictureSettings = field(default_factory=PictureSettings)
    pds: PdsSettings = field(default_factory=PdsSettings)
    labels: LabelSettings = field(default_factory=LabelSettings)
    gate: GateSettings = field(default_factory=GateSettings)
    alarms: AlarmSettings = field(default_factory=AlarmSettings)
    limits: Limits = field(default_factory=Limits)

    @property
    def store_path(self) -> Path:
        return self.data_dir / "store.db"

    @property
    def index_dir(self) -> Path:
        return self.data_dir / "index"

    @property
    def keys_dir(self) -> Path:
        return self.data_dir / "keys"

    @property
    def vault_dir(self) -> Path:
        return self.data_dir / "vault"

    @property
    def head_copy_dir(self) -> Path:
        return Path(self.log.head_copy or platformdirs.user_state_path("hma-console") / "heads")

    @property
    def lock_path(self) -> Path:
        return self.data_dir / "lock"

    @property
    def socket_path(self) -> Path:
        """Raises SettingsError where the kernel would refuse it for its length."""
        folder = os.environ.get("RUNTIME_DIRECTORY") or self.data_dir
        path = Path(folder) / "bridge.sock"
        if len(os.fsencode(path)) > LONGEST_SOCKET_PATH:
            raise SettingsError(
                f"The path of the socket is longer than the {LONGEST_SOCKET_PATH} bytes a socket may have.",
                "Name a shorter --data-dir, or set RUNTIME_DIRECTORY.",
            )
        return path


def default_data_dir() -> Path:
    return Path(os.environ.get(f"{PREFIX}DATA_DIR") or platformdirs.user_data_path("hma-console"))


def load(
    data_dir: Path | None = None, config: Path | None = None, assignments: Iterable[str] = ()
) -> Settings:
    """The settings in force. Raises SettingsError, naming the setting and what it takes."""
    settings = Settings((data_dir or default_data_dir()).expanduser().absolute())
    if config is None and (settings.data_dir / "config.toml").exists():
        config = settings.data_dir / "config.toml"
    if config is not None:
        for section, values in _read(config).items():
            if not isinstance(values, Mapping):
                raise SettingsError(f"{config.name}: {section} stands outside a [section].")
            for key, value in values.items():
                settings = _with(settings, section, key, value, config.name)
    for section in _sections(settings):
        for key in _keys(settings, section):
            name = f"{PREFIX}{section}_{key}".upper()
            if (text := os.environ.get(name)) is not None:
                settings = _with(settings, section, key, text, name)
    for assignment in assignments:
        name, equals, text = assignment.partition("=")
        section, dot, key = name.strip().partition(".")
        if not (equals and dot):
            raise SettingsError(f"--set takes section.key=value, not {assignment!r}.")
        settings = _with(settings, section, key, text.strip(), "--set")
    return settings


def _read(config: Path) -> Mapping[str, Any]:
    try:
        return tomllib.loads(config.read_text())
    except OSError as error:
        raise SettingsError(f"{config} cannot be read: {error.strerror}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{config.name} is not TOML: {error}.") from None


def _sections(settings: Settings) -> list[str]:
    return [each.name for each in fields(settings) if each.name != "data_dir"]


def _keys(settings: Settings, section: str) -> list[str]:
    return [each.name for each in fields(getattr(settings, section))]


def _with(settings: Settings, section: str, key: str, value: object, where: str) -> Settings:
    if section not in _sections(settings) or key not in _keys(settings, section):
        known = ", ".join(f"{s}.{k}" for s in _sections(settings) for k in _keys(settings, s))
        raise SettingsError(f"{where}: there is no setting {section}.{key}.", f"There are: {known}.")
    part = getattr(settings, section)
    try:
        typed = _typed(value, getattr(part, key))
    except ValueError as error:
        raise SettingsError(f"{where}: {section}.{key} takes {error}, not {value!r}.") from None
    changes: dict[str, Any] = {section: replace(part, **{key: typed})}
    return replace(settings, **changes)


def _typed(value: object, default: object) -> object:
    """`value` as the type of the setting's default; ValueError says what it takes."""
    if isinstance(default, tuple):
        items = value.split(",") if isinstance(value, str) else value
        if isinstance(items, list) and all(isinstance(item, str) for item in items):
            return tuple(item.strip() for item in items if item.strip())
        raise ValueError("a list of texts")
    if isinstance(default, str):
        if isinstance(value, str) and value:
            return value
        raise ValueError("a text")
    number = int if isinstance(default, int) else float
    try:
        typed = number(value) if isinstance(value, (str, int, float)) and not isinstance(value, bool) else -1
    except ValueError:
        typed = -1
    if typed < 0 or (isinstance(value, float) and typed != value):
        raise ValueError("a whole number" if number is int else "a number")
    return typed
