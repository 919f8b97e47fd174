"""The export: a stretch of the log, a case or everything, as a bundle that anyone can verify.

`plan` says what is in it; that is logged first, and the head that the bundle carries covers that
entry. `write_bundle` writes into a folder beside the target, reads it back through the verifier
that it ships, and only then gives it its name: nothing half-written is left, whatever happens.
"""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bridge.compliance import verify
from bridge.compliance.bundle import BundleWriter, Field, Scope, ScopeKind, Step, Tell
from bridge.compliance.leaf import Leaf, time_text
from bridge.compliance.reading import LogReader
from bridge.compliance.sshsig import sshsig
from bridge.compliance.zips import write_zip
from bridge.errors import ExportError
from bridge.events import EventType
from bridge.keys.keychain import Keychain

__all__ = ["ExportRequest", "Exported", "Field", "Plan", "Scope", "ScopeKind", "Step", "plan", "write_bundle"]

_ALWAYS = ("log.genesis", "key.created", "key.rotated", "key.lost", "key.revoked")


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """`output` is a folder to make, or a zip where it ends so. `disclosed` fields are opened, if allowed."""

    scope: Scope
    output: Path
    disclosed: frozenset[Field] = frozenset({Field.BANK})

    @property
    def what(self) -> str:
        return self.scope.words

    @property
    def as_zip(self) -> bool:
        return self.output.suffix == ".zip"


@dataclass(frozen=True, slots=True)
class Plan:
    """What an export will hold: the entries asked for, and those without which they say nothing."""

    request: ExportRequest
    indices: tuple[int, ...]
    facts: dict[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Exported:
    path: Path
    fingerprint: str
    entries: int
    disclosed: tuple[str, ...]


def plan(reader: LogReader, request: ExportRequest) -> Plan:
    """Raises ExportError where there is nothing to export, or no place for it."""
    _check_output(request.output)
    scope, size = request.scope, reader.head.size
    facts: dict[str, str | int] = {"scope": scope.kind.value}
    if scope.kind is ScopeKind.ALL:
        indices = tuple(range(size))
    else:
        chosen = _chosen(reader, scope)
        if not chosen:
            raise ExportError(f"The log holds nothing of {scope.words}.", "Choose another case or time.")
        if scope.kind is ScopeKind.CASE:
            facts |= {"case": scope.case_id, "case_last": len(chosen)}
        else:
            facts |= {"from": chosen[0], "to": chosen[-1]}
        indices = tuple(sorted({*chosen, *_needed(reader, chosen)}))
        listed = hashlib.sha256("".join(f"{index}\n" for index in indices).encode()).digest()
        facts["indices"] = base64.b64encode(listed).decode()
    facts |= {"entries": len(indices), "disclosed": len(request.disclosed)}
    return Plan(request, indices, facts)


def write_bundle(
    reader: LogReader, planned: Plan, export_entry: int, keychain: Keychain, tell: Tell
) -> Exported:
    """Writes the bundle of `planned`, whose own entry is `export_entry`. `tell` may raise to stop it.

    Raises ExportError, KeysLocked, LogError; then nothing of it is left.
    """
    request = planned.request
    if planned.request.scope.kind is ScopeKind.ALL:
        indices = tuple(range(export_entry + 1))
    else:
        indices = (*planned.indices, export_entry)
    with _half(request.output) as half:
        try:
            folder = half / _name(request.output)
            folder.mkdir()
            writer = BundleWriter(reader, folder, keychain, tell)
            disclosed = writer.write(request.scope, indices, export_entry, request.disclosed)
            _check(folder, keychain.fingerprint, tell)
            result = folder
            if request.as_zip:
                result = half / request.output.name
                with result.open("xb") as target:
                    write_zip(folder, target, folder.name, lambda done, of: tell(Step.CHECK, done, of))
                    target.flush()
                    os.fsync(target.fileno())
                _sign_zip(result, keychain)
                _check(result, keychain.fingerprint, tell)
            _put_in_place(result, request.output)
        except OSError as error:
            raise ExportError(
                f"The export cannot be written to {request.output.parent}: {error.strerror}.",
                "Nothing of it was left there.",
            ) from error
    return Exported(request.output, keychain.fingerprint, len(indices), tuple(sorted(disclosed)))


def _chosen(reader: LogReader, scope: Scope) -> list[int]:
    if scope.kind is ScopeKind.CASE:
        return reader.case_entries(scope.case_id)
    low = b"" if scope.since is None else time_text(scope.since).encode()
    high = b"~" if scope.until is None else time_text(scope.until).encode()
    chosen = [idx for idx, raw in reader.leaves(0, reader.head.size) if low <= _written_at(raw) < high]
    return list(range(chosen[0], chosen[-1] + 1)) if chosen else []


def _needed(reader: LogReader, chosen: list[int]) -> Iterator[int]:
    """The key entries, and those that name who acts in what was chosen."""
    actors = {Leaf.of_bytes(reader.leaf(idx)).actor for idx in chosen}
    for idx, raw in reader.leaves(0, reader.head.size):
        if _type(raw) in _ALWAYS or (
            _type(raw) == EventType.ACTOR_NAMED and Leaf.of_bytes(raw).facts["who"] in actors
        ):
            yield idx


def _written_at(raw: bytes) -> bytes:
    """The time of a leaf, without parsing it: a million are looked through. Its keys stand in order."""
    at = raw.rfind(b'"ts":"') + 6
    return raw[at : at + 24]


def _type(raw: bytes) -> str:
    at = raw.rfind(b'"type":"') + 8
    return raw[at : raw.find(b'"', at)].decode()


def _check_output(output: Path) -> None:
    if not output.is_absolute():
        raise ExportError("The output is not an absolute path.", "Name it from / on.")
    if os.path.lexists(output):
        raise ExportError(f"{output} exists already.", "Name another, or move it away.")
    if not os.access(output.parent, os.W_OK | os.X_OK):
        raise ExportError(f"Nothing can be written in {output.parent}.", "Name a folder that is yours.")


def _name(output: Path) -> str:
    """The bundle's own name, in ASCII."""
    stem = output.stem if output.suffix == ".zip" else output.name
    return "".join(each if each.isascii() and (each.isalnum() or each in "._-") else "-" for each in stem)


@contextmanager
def _half(output: Path) -> Iterator[Path]:
    half = output.with_name(f".{output.name}.half")
    try:
        shutil.rmtree(half, ignore_errors=True)
        half.mkdir(mode=0o700)
    except OSError as error:
        raise ExportError(f"Nothing can be written in {output.parent}: {error.strerror}.") from error
    try:
        yield half
    finally:
        shutil.rmtree(half, ignore_errors=True)


def _check(path: Path, fingerprint: str, tell: Tell) -> None:
    """By the very verifier that lies in the bundle."""
    verdict = verify.verify(str(path), fingerprint, progress=lambda done, of: tell(Step.CHECK, done, of))
    if not verdict.ok:
        raise ExportError(
            f"The bundle does not verify: {verdict.problems[0]}", "Run `hma-console log verify`."
        )


def _sign_zip(path: Path, keychain: Keychain) -> None:
    digest = hashlib.sha512()
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    signature = sshsig(digest.digest(), keychain.public, keychain.sign)
    path.with_name(path.name + ".sig").write_text(signature)


def _put_in_place(result: Path, output: Path) -> None:
    os.sync()  # once for all: a file each, ten thousand proofs would wait for the disk ten thousand times
    signature = result.with_name(result.name + ".sig")
    if signature.exists():
        signature.replace(output.with_name(output.name + ".sig"))
    result.replace(output)
