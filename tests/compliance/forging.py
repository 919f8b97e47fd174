"""Bundles as somebody could write them who has the key: consistent in everything but what a test sets.

Proofs, digests and signatures are made anew after each change, so that only one rule can find it.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bridge.compliance.canonical import canonical
from bridge.compliance.commitments import commit, commit_batch, salt_of
from bridge.compliance.merkle import consistency_proof, inclusion_proof, leaf_hash, root_of
from bridge.compliance.notes import Checkpoint, VerifierKey, sign_checkpoint
from bridge.compliance.sshsig import public_pem, sha512_of, sshsig
from bridge.compliance.verify import FREE_FILES, verify
from bridge.keys.ssh import fingerprint, ssh_line

ORIGIN = "hma-console/abcdefghabcdefgh"
CASE, OTHER = "casecasecasecase", "otherotherothero"
SALT = bytes(range(32))
UPLOADS = ("one", "two", "three")

Json = dict[str, Any]
Files = dict[str, bytes]


def key_of(number: int) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)


def public_of(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes_raw()


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def entry(type_: str, case: str = "", committed: str = "", **facts: object) -> Json:
    """A leaf; its place in its case's chain is filled in when it is written."""
    leaf: Json = {
        "v": 1, "type": type_, "ts": "2026-11-24T12:00:00.000Z", "inst": "abcdefgh", "actor": "bridge",
        "d": facts,
    }  # fmt: skip
    if case:
        leaf["case"] = case
    if committed:
        leaf["c"] = {committed: b64(commit(f"{committed} of it", SALT))}
    return leaf


def opened(index: int, field_: str) -> Json:
    return {"field": field_, "index": index, "salt": b64(SALT), "value": f"{field_} of it"}


def _subtree(hashes: Sequence[bytes]) -> Callable[[int, int], bytes]:
    return lambda level, index: root_of(hashes[index << level : (index + 1) << level])


def opened_upload(index: int, position: int) -> Json:
    hashes = [leaf_hash(commit(value, salt_of(SALT, at))) for at, value in enumerate(UPLOADS)]
    proof = inclusion_proof(position, len(hashes), _subtree(hashes))
    return {
        "field": "uploads", "index": index, "of": len(hashes), "position": position,
        "proof": [b64(step) for step in proof], "salt": b64(salt_of(SALT, position)),
        "value": UPLOADS[position],
    }  # fmt: skip


def _leaves() -> list[Json | bytes]:
    batch = entry("scan.batch", uploads=3)
    batch["c"] = {"uploads": b64(commit_batch(list(UPLOADS), SALT))}
    return [
        entry("log.genesis"),
        entry("key.created"),
        batch,
        entry("case.opened", CASE, "account"),
        entry("case.matched", CASE, "bank"),
        entry("heartbeat"),
        entry("case.opened", OTHER),
        entry("case.joined", CASE),
        entry("log.exported"),
    ]


_INDICES = {"all": list(range(9)), "case": [0, 1, 3, 4, 7, 8], "range": [0, 1, 4, 5, 6, 7, 8]}
_OPENINGS = {
    "all": [opened_upload(2, 0), opened_upload(2, 2), opened(3, "account"), opened(4, "bank")],
    "case": [opened(3, "account"), opened(4, "bank")],
    "range": [opened(4, "bank")],
}
_BOUNDS: dict[str, tuple[Json, Json]] = {
    "all": ({}, {}),
    "case": ({"case_last": 3}, {"case": CASE, "last": 3}),
    "range": ({"from": 4, "to": 7}, {"from": 4, "to": 7}),
}
"""What the export's entry, and what bundle.json, say of the scope."""


@dataclass
class Forged:
    """A log and its export. `told` and `facts` overrule what the export's entry and bundle.json say."""

    kind: str = "all"
    leaves: list[Json | bytes] = field(default_factory=_leaves)
    indices: list[int] = field(default_factory=list)
    openings: list[Json | bytes] = field(default_factory=list)
    told: Json = field(default_factory=dict)
    facts: Json = field(default_factory=dict)
    signers: list[Ed25519PrivateKey] = field(default_factory=lambda: [key_of(1)])
    allowed: list[Ed25519PrivateKey] = field(default_factory=lambda: [key_of(1)])
    earlier: dict[int, Sequence[Ed25519PrivateKey]] = field(default_factory=lambda: {3: [key_of(1)]})
    export_entry: int = 8

    def __post_init__(self) -> None:
        self.indices = self.indices or list(_INDICES[self.kind])
        self.openings = self.openings or list(_OPENINGS[self.kind])

    @property
    def signer(self) -> Ed25519PrivateKey:
        return self.signers[-1]

    def note(self, hashes: Sequence[bytes], *signers: Ed25519PrivateKey) -> str:
        checkpoint = Checkpoint(ORIGIN, len(hashes), root_of(hashes))
        named = [(VerifierKey(ORIGIN, public_of(key)), key.sign) for key in signers]
        return sign_checkpoint(checkpoint, *named).note

    def files(self) -> Files:
        """Every file but the manifest and its signature."""
        raws = self._written()
        hashes = [leaf_hash(raw) for raw in raws]
        note = self.note(hashes, *self.signers)
        public = public_of(self.signer)
        text, _, signed = note.partition("\n\n")
        allowed = (
            f'{ORIGIN} namespaces="hma-console-export@v1,hma-console-checkpoint@v1" '
            f"{ssh_line(public_of(key))}\n"
            for key in self.allowed
        )
        files = {
            **dict.fromkeys(FREE_FILES, b""),
            "bundle.json": canonical(self._bundle_facts(hashes)) + b"\n",
            "log/checkpoint": note.encode(),
            "log/checkpoint.txt": f"{text}\n".encode(),
            "log/checkpoint.ed25519": base64.b64decode(signed.split(" ")[-1])[4:],
            "log/entries.jsonl": b"".join(raws[index] + b"\n" for index in self.indices),
            "log/indices.txt": "".join(f"{index}\n" for index in self.indices).encode(),
            "log/openings.jsonl": b"".join(_raw(each) + b"\n" for each in self.openings),
            "keys/log.pub": f"{ssh_line(public)} {ORIGIN}\n".encode(),
            "keys/log.vkey": f"{VerifierKey(ORIGIN, public)}\n".encode(),
            "keys/log.pub.pem": public_pem(public).encode(),
            "keys/allowed_signers": "".join(allowed).encode(),
        }  # fmt: skip
        for size, signers in self.earlier.items():
            steps = consistency_proof(size, len(hashes), _subtree(hashes))
            files[f"log/earlier/{size:08}.checkpoint"] = self.note(hashes[:size], *signers).encode()
            files[f"log/earlier/{size:08}.consistency"] = "".join(f"{b64(s)}\n" for s in steps).encode()
        if self.kind != "all":
            for index in self.indices:
                proof = "".join(f"{b64(s)}\n" for s in inclusion_proof(index, len(hashes), _subtree(hashes)))
                text = f"c2sp.org/tlog-proof@v1\nindex {index}\n{proof}\n{note}"
                files[f"log/proofs/{index:08}.tlog-proof"] = text.encode()
        return files

    def write(self, folder: Path, change: Callable[[Files], object] = lambda files: None) -> Path:
        """Into `folder`, which is made; `change` sees the files before they are signed for."""
        files = self.files()
        change(files)
        manifest = manifest_of(files)
        armour = sshsig(sha512_of(manifest), public_of(self.signer), self.signer.sign)
        return write_files(
            folder, {**files, "MANIFEST.sha256": manifest, "MANIFEST.sha256.sig": armour.encode()}
        )

    @property
    def fingerprint(self) -> str:
        return fingerprint(public_of(self.signer))

    def _written(self) -> list[bytes]:
        last: dict[str, tuple[int, str]] = {}
        raws = []
        for index, leaf in enumerate(self.leaves):
            if isinstance(leaf, bytes):
                raws.append(leaf)
                continue
            if index == self.export_entry:
                leaf = {**leaf, "d": {**self._told(), **leaf["d"]}}
            if "case" in leaf:
                seq, previous = last.get(leaf["case"], (0, ""))
                chain = {"case_seq": seq + 1} | ({"case_prev": previous} if previous else {})
                leaf = {key: value for key, value in {**chain, **leaf}.items() if value is not None}
            raws.append(canonical(leaf))
            if "case" in leaf:
                last[leaf["case"]] = (leaf.get("case_seq", 0), b64(leaf_hash(raws[-1])))
        return raws

    def _told(self) -> Json:
        others = "".join(f"{index}\n" for index in self.indices if index != self.export_entry)
        told: Json = {"scope": self.kind, "indices": b64(hashlib.sha256(others.encode()).digest())}
        return told | _BOUNDS[self.kind][0] | self.told

    def _bundle_facts(self, hashes: Sequence[bytes]) -> Json:
        scope = {"kind": self.kind} | _BOUNDS[self.kind][1]
        facts: Json = {
            "v": 1, "origin": ORIGIN, "made": "2026-11-24T12:00:01.000Z", "tool": "0.1.0",
            "scope": scope,
            "entries": len(self.indices), "size": len(hashes), "root": b64(root_of(hashes)),
            "key": self.fingerprint, "disclosed": ["account", "bank", "uploads"],
            "export_entry": self.export_entry,
        }  # fmt: skip
        return {key: value for key, value in (facts | self.facts).items() if value is not None}


def problems(
    forged: Forged, folder: Path, change: Callable[[Files], object] = lambda files: None
) -> list[str]:
    """What the verifier finds in it, written into a new folder in `folder`."""
    return verify(str(forged.write(folder / "bundle", change))).problems


def put(name: str, data: bytes = b"x") -> Callable[[Files], object]:
    """A change: this file with these bytes."""
    return lambda files: files.update({name: data})


def manifest_of(files: Mapping[str, bytes]) -> bytes:
    return "".join(f"{hashlib.sha256(files[n]).hexdigest()}  {n}\n" for n in sorted(files)).encode()


def write_files(folder: Path, files: Mapping[str, bytes]) -> Path:
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def _raw(value: Json | bytes) -> bytes:
    return value if isinstance(value, bytes) else canonical(value)
