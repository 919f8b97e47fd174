"""What lies in a bundle, file by file; checked by `verify.py`; docs/compliance.md has the format."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from bridge.catalogue import Category
from bridge.compliance import verify
from bridge.compliance.canonical import JSON, canonical
from bridge.compliance.commitments import commit
from bridge.compliance.leaf import Leaf, time_text
from bridge.compliance.merkle import inclusion_proof, leaf_hash, root_of
from bridge.compliance.notes import VerifierKey, read_checkpoint
from bridge.compliance.openings import BATCH, open_entry, shown_upload
from bridge.compliance.reading import LogReader
from bridge.compliance.readme import certification, readme
from bridge.compliance.report import Entry, Report, ReportFacts
from bridge.compliance.sshsig import allowed_signers, public_pem, revoked_keys, sha512_of, sshsig
from bridge.errors import ExportError
from bridge.keys.keychain import Keychain
from bridge.uploads import now_ms
from bridge.version import VERSION

MANIFEST = "MANIFEST.sha256"
MOST_EARLIER = 1000
"""Kept heads that a bundle ties to its own."""


class ScopeKind(StrEnum):
    ALL = "all"
    CASE = "case"
    RANGE = "range"


@dataclass(frozen=True, slots=True)
class Scope:
    """What is exported. Times in milliseconds since 1970, None where open; `until` itself is not in it."""

    kind: ScopeKind
    case_id: str = ""
    since: int | None = None
    until: int | None = None

    @property
    def words(self) -> str:
        match self.kind:
            case ScopeKind.ALL:
                return "the whole log"
            case ScopeKind.CASE:
                return f"case {self.case_id}"
            case ScopeKind.RANGE:
                since = time_text(self.since) if self.since is not None else "the beginning"
                until = time_text(self.until) if self.until is not None else "now"
                return f"{since} to {until}"


class Field(StrEnum):
    """What may be disclosed of what was committed to."""

    ACCOUNT = "account"
    RECORD = "record"
    CONTENT = "content"
    SENDER = "sender"
    BANK = "bank"
    NAME = "name"
    NOTE = "note"
    UPLOADS = "uploads"


class Step(StrEnum):
    """The steps of an export, in order; that it was logged comes before them all."""

    ENTRIES = "entries"
    PROOFS = "proofs"
    SIGNATURE = "signature"
    CHECK = "check"


Tell = Callable[[Step, int, int], None]
"""Progress: the step, how many are done, of how many. May raise to stop the export."""


class BundleWriter:
    """Writes one bundle into an empty folder."""

    def __init__(self, reader: LogReader, folder: Path, keychain: Keychain, tell: Tell) -> None:
        self._reader = reader
        self._folder = folder
        self._keychain = keychain
        self._tell = tell
        self._digests: dict[str, str] = {}
        self._head = reader.head
        self._signed = read_checkpoint(self._head.note) if self._head.note else None
        for inside in ("log", "keys"):
            (folder / inside).mkdir()

    def write(
        self, scope: Scope, indices: Sequence[int], export_entry: int, disclosed: frozenset[Field]
    ) -> frozenset[Field]:
        """Returns the fields that could be disclosed: none while the keys are locked. Raises ExportError."""
        if self._signed is None or self._signed.checkpoint.size <= export_entry:
            raise ExportError(
                "The log's newest entries are not signed.", "Unlock its key, then export again."
            )
        if not self._keychain.can_unseal:
            disclosed = frozenset()
        report = self._write_entries(indices, disclosed)
        if scope.kind is not ScopeKind.ALL:
            self._write_proofs(indices)
        self._tell(Step.SIGNATURE, 0, 1)
        self._write_heads()
        self._write_keys()
        facts = self._facts(scope, indices, export_entry, disclosed)
        self._put("bundle.json", canonical(facts) + b"\n")
        about = ReportFacts(scope.words, self._keychain.fingerprint, facts, self._stamps)
        self._put("report.html", report.html(about).encode())
        self._put("README.txt", readme(about).encode())
        self._put("verify.py", Path(verify.__file__).read_bytes())
        self._put("certification.txt", certification(about, self._digest("log/entries.jsonl")).encode())
        self._sign_manifest()
        self._tell(Step.SIGNATURE, 1, 1)
        return disclosed

    def _write_entries(self, indices: Sequence[int], disclosed: frozenset[Field]) -> Report:
        """The exact bytes, what opens them, a row of the CSV each; what the report will say of them."""
        names = self._reader.actor_names() if Field.NAME in disclosed else {}
        hidden = self._hidden_uploads(indices) if Field.CONTENT in disclosed else frozenset()
        with (
            (self._folder / "log/entries.jsonl").open("wb") as lines,
            (self._folder / "log/openings.jsonl").open("wb") as openings,
            (self._folder / "report.csv").open("w", encoding="utf-8", newline="") as rows,
        ):
            report = Report(rows)
            for number, idx in enumerate(indices):
                raw = self._reader.leaf(idx)
                leaf = Leaf.of_bytes(raw)
                lines.write(raw + b"\n")
                shown = dict[str, JSON]()
                for opening in self._openings(idx, leaf, disclosed, hidden):
                    openings.write(canonical(opening) + b"\n")
                    shown[str(opening["field"])] = opening["value"]
                report.add(Entry(idx, leaf, names.get(leaf.actor, leaf.actor), shown))
                if number % 64 == 0:
                    self._tell(Step.ENTRIES, number, len(indices))
        self._put("log/indices.txt", "".join(f"{idx}\n" for idx in indices).encode())
        self._tell(Step.ENTRIES, len(indices), len(indices))
        return report

    def _hidden_uploads(self, indices: Sequence[int]) -> frozenset[str]:
        """Uploads that matched a child-safety bank: a digest of theirs may be a value of its list."""
        raws = (self._reader.leaf(idx) for idx in indices)
        listed = (Leaf.of_bytes(raw) for raw in raws if Category.CHILD_SAFETY.value.encode() in raw)
        return frozenset(
            str(leaf.facts.get("upload"))
            for leaf in listed
            if leaf.facts.get("category") == Category.CHILD_SAFETY
        )

    def _openings(
        self, idx: int, leaf: Leaf, disclosed: frozenset[Field], hidden: frozenset[str]
    ) -> Iterator[Mapping[str, JSON]]:
        if not leaf.commitments or not disclosed & set(leaf.commitments):
            return
        opened = open_entry(self._reader, self._keychain, idx)
        for name in sorted(disclosed & set(opened)):
            if name == Field.CONTENT and leaf.facts.get("upload") in hidden:
                continue
            if name == BATCH:
                values = opened[name].value
                assert isinstance(values, list)
                shown = [shown_upload(opened[name], position) for position in range(len(values))]
                hashes = [leaf_hash(commit(each.value, each.salt)) for each in shown]
                for position, each in enumerate(shown):
                    proof = inclusion_proof(position, len(shown), _subtree_of(hashes))
                    yield {
                        "field": name, "index": idx, "of": len(shown), "position": position,
                        "proof": [_b64(step) for step in proof], "salt": _b64(each.salt), "value": each.value,
                    }  # fmt: skip
            else:
                salt = _b64(opened[name].salt)
                yield {"field": name, "index": idx, "salt": salt, "value": opened[name].value}

    def _write_proofs(self, indices: Sequence[int]) -> None:
        assert self._signed is not None
        size, note = self._signed.checkpoint.size, self._head.note
        (self._folder / "log/proofs").mkdir()
        for number, idx in enumerate(indices):
            proof = "".join(f"{_b64(step)}\n" for step in self._reader.inclusion_proof(idx, size))
            text = f"c2sp.org/tlog-proof@v1\nindex {idx}\n{proof}\n{note}"
            self._put(f"log/proofs/{idx:08}.tlog-proof", text.encode())
            if number % 64 == 0:
                self._tell(Step.PROOFS, number, len(indices))
        self._tell(Step.PROOFS, len(indices), len(indices))

    def _write_heads(self) -> None:
        assert self._signed is not None
        checkpoint, key = self._signed.checkpoint, VerifierKey(self._head.origin, self._keychain.public)
        ours = [each.signature for each in self._signed.signatures if each.key_id == key.key_id]
        self._put("log/checkpoint", self._head.note.encode())
        self._put("log/checkpoint.txt", checkpoint.text.encode())
        self._put("log/checkpoint.ed25519", ours[0] if ours else b"")
        kept = [each for each in self._reader.kept_checkpoints() if each.size < checkpoint.size]
        stamped = {anchor.size: anchor.receipt for anchor in self._reader.anchors()}
        rotated = [each for each in kept if each.why == "rotated"]
        chosen = {each.size: each for each in (*rotated, *kept[-MOST_EARLIER:])}
        if chosen:
            (self._folder / "log/earlier").mkdir()
        self._stamps = tuple(sorted(size for size in stamped if size in chosen))
        if self._stamps:
            (self._folder / "anchors").mkdir()
        for size, each in sorted(chosen.items()):
            proof = self._reader.consistency_proof(size, checkpoint.size)
            self._put(f"log/earlier/{size:08}.checkpoint", each.note.encode())
            self._put(f"log/earlier/{size:08}.consistency", "".join(f"{_b64(s)}\n" for s in proof).encode())
            if size in stamped:
                self._put(f"anchors/{size:08}.tsr", stamped[size])

    def _write_keys(self) -> None:
        origin, keys, public = self._head.origin, self._reader.history(), self._keychain.public
        self._put("keys/log.pub", f"{self._keychain.ssh_line} {origin}\n".encode())
        self._put("keys/log.vkey", f"{VerifierKey(origin, public)}\n".encode())
        self._put("keys/log.pub.pem", public_pem(public).encode())
        self._put("keys/allowed_signers", allowed_signers(origin, keys).encode())
        if revoked := revoked_keys(keys, now_ms()):
            self._put("keys/krl", revoked)

    def _facts(
        self, scope: Scope, indices: Sequence[int], export_entry: int, disclosed: frozenset[Field]
    ) -> dict[str, JSON]:
        assert self._signed is not None
        told: dict[str, JSON] = {"kind": scope.kind.value}
        own = Leaf.of_bytes(self._reader.leaf(export_entry)).facts
        if scope.kind is ScopeKind.CASE:
            told |= {"case": scope.case_id, "first": 1, "last": own["case_last"]}
        elif scope.kind is ScopeKind.RANGE:
            since, until = (None if each is None else time_text(each) for each in (scope.since, scope.until))
            told |= {"since": since, "until": until, "from": own["from"], "to": own["to"]}
        return {
            "v": 1,
            "origin": self._head.origin,
            "made": time_text(now_ms()),
            "tool": VERSION,
            "scope": told,
            "entries": len(indices),
            "size": self._signed.checkpoint.size,
            "root": _b64(self._signed.checkpoint.root),
            "key": self._keychain.fingerprint,
            "disclosed": sorted(disclosed),
            "export_entry": export_entry,
        }

    def _sign_manifest(self) -> None:
        paths = (path for path in self._folder.rglob("*") if path.is_file())
        names = sorted(path.relative_to(self._folder).as_posix() for path in paths)
        manifest = "".join(f"{self._digest(name)}  {name}\n" for name in names).encode()
        self._put(MANIFEST, manifest)
        signature = sshsig(sha512_of(manifest), self._keychain.public, self._keychain.sign)
        self._put(f"{MANIFEST}.sig", signature.encode())

    def _digest(self, name: str) -> str:
        """SHA-256 in hexadecimal; that of what was written whole is known already."""
        if name not in self._digests:
            with (self._folder / name).open("rb") as file:
                self._digests[name] = hashlib.file_digest(file, "sha256").hexdigest()
        return self._digests[name]

    def _put(self, name: str, data: bytes) -> None:
        (self._folder / name).write_bytes(data)
        self._digests[name] = hashlib.sha256(data).hexdigest()


def _subtree_of(hashes: Sequence[bytes]) -> Callable[[int, int], bytes]:
    return lambda level, index: root_of(hashes[index << level : (index + 1) << level])


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()
