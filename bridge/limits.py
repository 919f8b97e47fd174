"""What one upload, and all uploads together, may cost this server."""

from __future__ import annotations

from dataclasses import dataclass

_MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on receiving and hashing.

    `all_bodies` and `all_decodes` together stay below 160 MB, with a gate's bodies below 200; so the
    whole service stays under 300 MB beside a PDS on a 1 GB server.
    """

    upload_bytes: int = 1024 * _MIB
    """An upload of any kind; larger ones are refused."""
    picture_bytes: int = 32 * _MIB
    """A picture as uploaded; larger ones are compared by their exact hashes only."""
    all_bodies: int = 40 * _MIB
    """Pictures' bytes held at one time."""
    gate_bodies: int = 40 * _MIB
    """The same at the gate, where anybody may begin to send: what it holds nobody else waits for."""
    all_decodes: int = 112 * _MIB
    """Memory of the decoders at one time, reckoned from the pictures' headers."""
    frames: int = 1000
    """Of an animation or a document."""
    seconds: float = 20.0
    """For decoding and hashing one picture."""
    patience: float = 10.0
    """Seconds an upload waits for its turn before it is turned away."""
    threads: int = 2
    """Pictures decoded at one time."""
