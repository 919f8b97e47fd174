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
from bridge.matcher_settings import MatcherSettings
from bridge.origins import Origin, Source, line_of
from bridge.setting_values import typed as typed_as
from bridge.setting_values import written

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

    @property
    def undo_ms(self) -> int:
        return min(max(self.undo_seconds, 10), 600) * 1000

    @property
    def later_ms(self) -> int:
        return self.later_hours * 3600 * 1000


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

    `fail` says what happens to what cannot be checked: open lets it in, closed does not. `public_url` is
    where uploads come in from outside: the self-test goes there.
    """

    mode: str = "off"
    fail: str = "open"
    public_url: str = ""


@dataclass(frozen=True, slots=True)
class AlarmSettings:
    """`[alarms]`: hours in which only the worst is told, and when digest and self-test are, by local time."""

    quiet: str = "22:00-07:00"
    digest: str = "mon 08:00"
    self_test: str = "03:00"


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
    matcher: MatcherSettings = field(default_factory=MatcherSettings)
    alarms: AlarmSettings = field(default_factory=AlarmSettings)
    limits: Limits = field(default_factory=Limits)
    origins: Mapping[str, Origin] = field(default_factory=dict, compare=False, repr=False)
    """Where those come from, by name, that are no defaults."""

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
        file = _read(config)
        for section, values in _parsed(config, file).items():
            if not isinstance(values, Mapping):
                raise SettingsError(f"{config.name}: {section} stands outside a [section].")
            for key, value in values.items():
                line = line_of(file, section, key)
                place = f"{config.name}, line {line}" if line else config.name
                settings = _with(settings, section, key, value, config.name, Origin(Source.FILE, place))
    for section in _sections(settings):
        for key in _keys(settings, section):
            name = f"{PREFIX}{section}_{key}".upper()
            if (text := os.environ.get(name)) is not None:
                settings = _with(settings, section, key, text, name, Origin(Source.ENVIRONMENT, name))
    for assignment in assignments:
        name, equals, text = assignment.partition("=")
        section, dot, key = name.strip().partition(".")
        if not (equals and dot):
            raise SettingsError(f"--set takes section.key=value, not {assignment!r}.")
        settings = _with(settings, section, key, text.strip(), "--set", Origin(Source.COMMAND_LINE))
    return settings


def names_of(settings: Settings) -> list[str]:
    """Every setting: `bridge.port`."""
    return [f"{section}.{key}" for section in _sections(settings) for key in _keys(settings, section)]


def value_of(settings: Settings, name: str) -> str:
    """As it would be written on the command line."""
    section, _, key = name.partition(".")
    return written(getattr(getattr(settings, section), key))


def with_value(settings: Settings, name: str, text: str, origin: Origin) -> Settings:
    """Raises SettingsError."""
    section, _, key = name.partition(".")
    return _with(settings, section, key, text, origin.source.value, origin)


def _read(config: Path) -> str:
    try:
        return config.read_text()
    except OSError as error:
        raise SettingsError(f"{config} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError as error:
        raise SettingsError(f"{config.name} is not TOML: {error}.") from None


def _parsed(config: Path, text: str) -> Mapping[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{config.name} is not TOML: {error}.") from None


def _sections(settings: Settings) -> list[str]:
    return [each.name for each in fields(settings) if each.name not in ("data_dir", "origins")]


def _keys(settings: Settings, section: str) -> list[str]:
    return [each.name for each in fields(getattr(settings, section))]


def _with(settings: Settings, section: str, key: str, value: object, where: str, origin: Origin) -> Settings:
    if section not in _sections(settings) or key not in _keys(settings, section):
        known = ", ".join(names_of(settings))
        raise SettingsError(f"{where}: there is no setting {section}.{key}.", f"There are: {known}.")
    part = getattr(settings, section)
    try:
        typed = typed_as(value, getattr(part, key))
    except ValueError as error:
        raise SettingsError(f"{where}: {section}.{key} takes {error}, not {value!r}.") from None
    changes: dict[str, Any] = {section: replace(part, **{key: typed})}
    return replace(settings, origins={**settings.origins, f"{section}.{key}": origin}, **changes)
