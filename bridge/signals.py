"""Signals: the hashes of an upload, and the views of a picture they were taken of.

A signal is a hash by one algorithm. A picture has one PDQ hash a *view*: the reference's view
(the first frame as stored) and others under which copies of it are found too. All views of an
upload pack into less than 1.2 kB, so that everything ever seen can be compared again when a
list grows.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from random import SystemRandom

from bridge.errors import BadSignal

MINIMUM_QUALITY = 50
"""PDQ hashes below this quality are float noise: they neither enter an index nor match."""


class SignalType(StrEnum):
    PDQ = "pdq"
    MD5 = "md5"
    SHA1 = "sha1"
    SHA256 = "sha256"

    @property
    def size(self) -> int:
        """Length of the hash in bytes."""
        return _SIZES[self]

    def parse(self, text: str) -> bytes:
        """The hash written in hexadecimal, in either case. Raises BadSignal with what is wrong, without the
        digits: they may be a list's.
        """
        digits = text.strip()
        size = _SIZES[self]
        if len(digits) != size * 2:
            raise BadSignal(f"{len(digits)} digits, {size * 2} needed for {self.value}")
        try:
            value = bytes.fromhex(digits)
        except ValueError:
            value = b""
        if len(value) != size:
            raise BadSignal("not hexadecimal")
        return value


_SIZES = {SignalType.PDQ: 32, SignalType.MD5: 16, SignalType.SHA1: 20, SignalType.SHA256: 32}


class OtherType(StrEnum):
    """Stands for all types that only an HMA knows: such a hash is computed and compared there alone."""

    OTHER = "other"


def type_of(name: str) -> SignalType | OtherType:
    """Raises ValueError."""
    return OtherType.OTHER if name == OtherType.OTHER else SignalType(name)


EXACT_TYPES = (SignalType.SHA256, SignalType.SHA1, SignalType.MD5)


@dataclass(frozen=True, slots=True)
class Signal:
    """One hash; `quality` (0 to 100) is PDQ's own and None where it is not known.

    Its value may be a list's: no crash report, log or message prints it with the object.
    """

    type: SignalType
    value: bytes = field(repr=False)
    quality: int | None = None

    @property
    def hex(self) -> str:
        return self.value.hex()


class ViewKind(StrEnum):
    """How a view came about; each kind has a threshold of its own (`bridge/policy.py`)."""

    REFERENCE = "reference"
    ORIENTED = "oriented"
    FRAME = "frame"
    TURNED = "turned"
    TRIMMED = "trimmed"
    PUT_BACK = "put back"


TURNED_NAMES = (
    "turned 90°",
    "turned 180°",
    "turned 270°",
    "mirrored",
    "mirrored, turned 90°",
    "mirrored, turned 180°",
    "mirrored, turned 270°",
)
"""The seven of the eight symmetries of a rectangle that are not the picture itself.

"mirrored" swaps left and right; turns are counter-clockwise (`numpy.rot90`), after mirroring.
"""

PUT_BACK_SHARES: tuple[tuple[float, float, float, float], ...] = (
    *((f, f, f, f) for f in (0.01, 0.02, 0.03, 0.04, 0.06)),
    *(
        side
        for f in (0.02, 0.04, 0.07)
        for side in (
            (f, 0.0, 0.0, 0.0),
            (0.0, f, 0.0, 0.0),
            (0.0, 0.0, f, 0.0),
            (0.0, 0.0, 0.0, f),
            (f, f, 0.0, 0.0),
            (0.0, 0.0, f, f),
        )
    ),
)
"""Shares of the picture's size put back at its left, right, top and bottom by repeating its edge."""


@dataclass(frozen=True, slots=True, order=True)
class ViewName:
    """Which view of the picture a hash was taken of: a kind and its number within the kind."""

    kind: ViewKind
    number: int = 0

    @property
    def words(self) -> str:
        """As shown to people and named in a match: `upright`, `mirrored`, `put back 2 % left`."""
        match self.kind:
            case ViewKind.REFERENCE:
                return "upright"
            case ViewKind.ORIENTED:
                return "as its orientation says"
            case ViewKind.FRAME:
                return ("middle frame", "last frame")[self.number]
            case ViewKind.TURNED:
                return TURNED_NAMES[self.number]
            case ViewKind.TRIMMED:
                return "border trimmed"
            case ViewKind.PUT_BACK:
                return _put_back_words(PUT_BACK_SHARES[self.number])

    @property
    def code(self) -> int:
        """One byte, as stored."""
        return _FIRST_CODE[self.kind] + self.number

    @staticmethod
    def of_code(code: int) -> ViewName:
        kind = max((k for k in _FIRST_CODE if _FIRST_CODE[k] <= code), key=_FIRST_CODE.__getitem__)
        return ViewName(kind, code - _FIRST_CODE[kind])


_FIRST_CODE = {
    ViewKind.REFERENCE: 0,
    ViewKind.ORIENTED: 1,
    ViewKind.FRAME: 2,
    ViewKind.TURNED: 8,
    ViewKind.TRIMMED: 16,
    ViewKind.PUT_BACK: 32,
}
"""The packed form is stored for a year and more: numbers are added, never changed."""


def _put_back_words(shares: tuple[float, float, float, float]) -> str:
    sides = [name for name, share in zip(("left", "right", "top", "bottom"), shares, strict=True) if share]
    where = "all round" if len(sides) == 4 else " and ".join(sides)
    return f"put back {max(shares):.0%} {where}".replace("%", " %")


UPRIGHT = ViewName(ViewKind.REFERENCE)


@dataclass(frozen=True, slots=True)
class View:
    """The PDQ hash (32 bytes) and quality (0 to 100) of one view of a picture."""

    name: ViewName
    pdq: bytes = field(repr=False)
    quality: int


@dataclass(frozen=True, slots=True)
class Signals:
    """All that was computed of some bytes; what was not a readable picture has no views."""

    sha256: bytes
    sha1: bytes
    md5: bytes
    size: int
    media_type: str
    width: int = 0
    height: int = 0
    frames: int = 0
    views: tuple[View, ...] = ()
    fault: str = ""
    """Why the bytes could not be decoded, in words; empty when they were or need not be."""
    unread: bool = False
    """Whether that was for want of memory or time, so that another try, or a larger server, could."""

    @property
    def reference(self) -> View | None:
        """The view whose hash other tools give for these bytes, too."""
        return self.views[0] if self.views else None

    @property
    def exact(self) -> tuple[Signal, ...]:
        return (
            Signal(SignalType.SHA256, self.sha256),
            Signal(SignalType.SHA1, self.sha1),
            Signal(SignalType.MD5, self.md5),
        )

    @property
    def is_video(self) -> bool:
        return self.media_type.startswith("video/")


PACKED = 34
"""Bytes of a packed view; the last 32 are its hash."""


def pack_views(views: tuple[View, ...]) -> bytes:
    """34 bytes a view: its code, its quality, its hash."""
    return b"".join(bytes((view.name.code, view.quality)) + view.pdq for view in views)


def unpack_views(packed: bytes) -> tuple[View, ...]:
    return tuple(
        View(ViewName.of_code(packed[at]), packed[at + 2 : at + PACKED], packed[at + 1])
        for at in range(0, len(packed), PACKED)
    )


_ANY_ORDER = SystemRandom().sample(range(256), 256)


def beside(pdq: bytes, distance: int) -> bytes:
    """A PDQ hash as far from this one as that, to look it up without telling it.

    Always the same bits differ in one process, lest several together tell what it was.
    """
    other = sum(1 << bit for bit in _ANY_ORDER[:distance])
    return (int.from_bytes(pdq) ^ other).to_bytes(len(pdq))
