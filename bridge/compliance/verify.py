#!/usr/bin/env python3
"""Checks an export of an HMA Console compliance log. One file, Python 3.8+, nothing to install.

    python3 verify.py [BUNDLE] [--fingerprint SHA256:...] [--head FILE] [--json]

BUNDLE is a folder or a .zip; without it, the folder this file lies in. Exit code 0: everything
agrees; 1: it does not verify; 2: wrong use. Take this file, or the program, from somewhere else
than the bundle that you doubt: a changed verify.py cannot judge itself.

Formats: RFC 6962 (tree), RFC 8032 (Ed25519), RFC 8785 (JSON), OpenSSH PROTOCOL.sshsig,
C2SP signed-note, tlog-checkpoint and tlog-proof.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import hashlib
import hmac
import json
import os
import re
import stat
import struct
import sys
import zipfile
import zlib
from typing import IO, Any, Callable, Dict, Iterator, List, Optional, Sequence, Tuple

NAMESPACE = b"hma-console-export@v1"
MANIFEST = "MANIFEST.sha256"
LARGEST_FILE = 1 << 30
LARGEST_TEXT = 64 << 20
MOST_FILES = 2_000_000
MOST_PROBLEMS = 50
COMMIT = b"hma-console/commit/v1\x00"
LEAF_KEYS = {"actor", "c", "case", "case_prev", "case_seq", "d", "inst", "ts", "type", "v"}
FREE_FILES = ("README.txt", "report.html", "report.csv", "certification.txt", "verify.py")
KEY_TYPES = ("log.genesis", "key.created", "key.rotated", "key.lost", "key.revoked", "actor.named")
HASH_LINE = re.compile(r"[A-Za-z0-9+/]{43}=")


class Bad(Exception):
    """Something that does not verify; says what, in one sentence."""


class Missing(Bad):
    """A file that is not there: the whole sentence."""


class Verdict:
    """What was found. `ok` where `problems` is empty; the lists are of sentences."""

    def __init__(self) -> None:
        self.problems: List[str] = []
        self.proven: List[str] = []
        self.not_proven: List[str] = []
        self.entries = 0
        self.size = 0
        self.fingerprint = ""
        self.made = ""

    @property
    def ok(self) -> bool:
        return not self.problems

    def say(self, problem: str) -> None:
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(problem)


# --- Ed25519 (RFC 8032, 5.1.7), with the checks that strict verifiers make ---

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
SQRT_M1 = pow(2, (P - 1) // 4, P)
Point = Tuple[int, int, int, int]


def _add(p: Point, q: Point) -> Point:
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def _times(n: int, p: Point) -> Point:
    q: Point = (0, 1, 1, 0)
    while n:
        if n & 1:
            q = _add(q, p)
        p, n = _add(p, p), n >> 1
    return q


def _same(p: Point, q: Point) -> bool:
    return (p[0] * q[2] - q[0] * p[2]) % P == 0 and (p[1] * q[2] - q[1] * p[2]) % P == 0


def _point(encoded: bytes) -> Optional[Point]:
    y = int.from_bytes(encoded, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    if y >= P:
        return None
    x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P:
        x = x * SQRT_M1 % P
    if (x * x - x2) % P or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


_BASE = _point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def ed25519(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the signature of 64 bytes over the message is the key's (32 bytes)."""
    if len(public) != 32 or len(signature) != 64 or _BASE is None:
        return False
    key, r, s = _point(public), _point(signature[:32]), int.from_bytes(signature[32:], "little")
    if key is None or r is None or s >= L:
        return False
    identity: Point = (0, 1, 1, 0)
    if _same(_times(8, key), identity) or _same(_times(8, r), identity):
        return False
    digest = hashlib.sha512(signature[:32] + public + message).digest()
    k = int.from_bytes(digest, "little") % L
    return _same(_times(s, _BASE), _add(r, _times(k, key)))


# --- formats: each is read, written again, and must come out the same ---


def b64(text: str) -> bytes:
    """Standard base64, in its one canonical spelling."""
    try:
        raw = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, ValueError):
        raise Bad("is not base64") from None
    if base64.b64encode(raw).decode() != text:
        raise Bad("is not base64")
    return raw


def hash_of(text: Any) -> bytes:
    if not isinstance(text, str) or not HASH_LINE.fullmatch(text):
        raise Bad("holds something that is no hash")
    return b64(text)


def canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _no(_: str) -> Any:
    raise ValueError("no floats")


def parse_json(raw: bytes) -> Any:
    """Canonical JSON: the bytes that the value has, and no others."""
    try:
        value = json.loads(raw.decode(), parse_float=_no, parse_constant=_no)
        if canonical(value) != raw:
            raise ValueError("not canonical")
    except (ValueError, RecursionError):
        raise Bad("is not canonical JSON") from None
    return value


def text_of(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data


def ssh_blob(public: bytes) -> bytes:
    return text_of(b"ssh-ed25519") + text_of(public)


def fingerprint_of(public: bytes) -> str:
    return "SHA256:" + base64.b64encode(hashlib.sha256(ssh_blob(public)).digest()).decode().rstrip("=")


def check_sshsig(armour: bytes, message_sha512: bytes, public: bytes) -> None:
    """Raises Bad where the armoured signature is not this key's over the message, or not strictly written."""
    lines = armour.decode("ascii", "replace").split("\n")
    if lines[0] != "-----BEGIN SSH SIGNATURE-----" or lines[-2:] != ["-----END SSH SIGNATURE-----", ""]:
        raise Bad("is no SSH signature")
    raw = b64("".join(lines[1:-2]))
    wrapped = [base64.b64encode(raw).decode()[at : at + 70] for at in range(0, len("".join(lines[1:-2])), 70)]
    if lines[1:-2] != wrapped:
        raise Bad("is no SSH signature as ssh-keygen writes it")
    head = b"SSHSIG" + struct.pack(">I", 1)
    rest = text_of(NAMESPACE) + text_of(b"") + text_of(b"sha512")
    signature = raw[-64:]
    tail = text_of(text_of(b"ssh-ed25519") + text_of(signature))
    blob_end = len(raw) - len(tail) - len(rest)
    blob = raw[len(head) + 4 : blob_end]
    if raw != head + text_of(blob) + rest + tail:
        raise Bad("is no SSH signature for an export of this log")
    if blob != ssh_blob(public):
        raise Bad("was made by ANOTHER KEY than keys/log.pub")
    signed = b"SSHSIG" + rest + text_of(message_sha512)
    if not ed25519(public, signed, signature):
        raise Bad("is wrong: what it signed was changed")


class Checkpoint:
    """A signed tree head (C2SP tlog-checkpoint): origin, size, root, and its signatures by key id."""

    def __init__(self, note: bytes) -> None:
        try:
            text, _, signatures = note.decode().partition("\n\n")
            self.origin, size, root = text.split("\n")
            self.text = (text + "\n").encode()
            self.size = int(size)
            self.root = hash_of(root)
            self.signatures: List[Tuple[str, bytes, bytes]] = []
            for line in signatures[:-1].split("\n"):
                dash, name, encoded = line.split(" ")
                raw = b64(encoded)
                if dash != "\u2014" or name != self.origin or len(raw) != 68:
                    raise Bad("not a signature")
                self.signatures.append((name, raw[:4], raw[4:]))
        except (ValueError, Bad):
            raise Bad("is no signed checkpoint") from None
        lines = [f"\u2014 {n} {base64.b64encode(i + s).decode()}\n" for n, i, s in self.signatures]
        again = f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n\n{''.join(lines)}"
        if again.encode() != note or not self.origin:
            raise Bad("is no signed checkpoint")

    def signature_of(self, public: bytes) -> Optional[bytes]:
        """This key's signature, where it is there and right."""
        key_id = hashlib.sha256(self.origin.encode() + b"\n\x01" + public).digest()[:4]
        for _, found, signature in self.signatures:
            if found == key_id and ed25519(public, self.text, signature):
                return signature
        return None


# --- the tree (RFC 6962; verification as in RFC 9162, 2.1.3.2 and 2.1.4.2) ---


def leaf_hash(leaf: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def included(hashed: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    if not 0 <= index < size:
        return False
    at, last = index, size - 1
    for step in proof:
        if last == 0:
            return False
        if at & 1 or at == last:
            hashed = node_hash(step, hashed)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            hashed = node_hash(hashed, step)
        at, last = at >> 1, last >> 1
    return last == 0 and hashed == root


def consistent(old: int, old_root: bytes, size: int, root: bytes, proof: Sequence[bytes]) -> bool:
    if not 0 < old <= size:
        return False
    if old == size:
        return not proof and old_root == root
    steps = list(proof)
    if old & (old - 1) == 0:
        steps.insert(0, old_root)
    if not steps:
        return False
    at, last = old - 1, size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    before = after = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            before, after = node_hash(step, before), node_hash(step, after)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            after = node_hash(after, step)
        at, last = at >> 1, last >> 1
    return last == 0 and before == old_root and after == root


class Root:
    """The root over leaf hashes that come one by one."""

    def __init__(self) -> None:
        self.size = 0
        self._roots: List[bytes] = []

    def add(self, hashed: bytes) -> None:
        at = self.size
        while at & 1:
            hashed, at = node_hash(self._roots.pop(), hashed), at >> 1
        self._roots.append(hashed)
        self.size += 1

    def value(self) -> bytes:
        root = b""
        for left in reversed(self._roots):
            root = node_hash(left, root) if root else left
        return root or hashlib.sha256().digest()


# --- where the files are: a folder, or a zip whose every byte follows from its files ---


class Folder:
    def __init__(self, path: str) -> None:
        self._path = path
        self.names: List[str] = []
        for folder, folders, files in os.walk(path):
            folders.sort()
            for name in files + [each for each in folders if os.path.islink(os.path.join(folder, each))]:
                full = os.path.join(folder, name)
                inside = os.path.relpath(full, path).replace(os.sep, "/")
                if not stat.S_ISREG(os.lstat(full).st_mode):
                    raise Bad(f"{printable(inside)} is no plain file: it does not belong in a bundle.")
                self.names.append(inside)
            if folder != path and not files and not folders:
                inside = os.path.relpath(folder, path)
                raise Bad(f"{printable(inside)} is an empty folder: it does not belong in a bundle.")

    def size(self, name: str) -> int:
        return os.path.getsize(os.path.join(self._path, name))

    def open(self, name: str) -> IO[bytes]:
        return open(os.path.join(self._path, name), "rb")


class Zip:
    """Stored, sorted, one date, no comments: built anew from its files it must be the same bytes."""

    def __init__(self, path: str) -> None:
        try:
            self._zip = zipfile.ZipFile(path)
            infos = self._zip.infolist()
            self._prefix = infos[0].filename.split("/")[0] + "/" if infos else ""
            self.names = [info.filename[len(self._prefix) :] for info in infos]
            self._sizes = {info.filename: info.file_size for info in infos}
            self._check(path, infos)
        except (
            zipfile.BadZipFile,
            OSError,
            ValueError,
            NotImplementedError,
            EOFError,
            zlib.error,
            struct.error,
        ):
            raise Bad("The zip is damaged: it cannot be read.") from None

    def _check(self, path: str, infos: Sequence[zipfile.ZipInfo]) -> None:
        with open(path, "rb") as raw:
            central = b""
            for info in infos:
                name, at = info.filename.encode("ascii"), raw.tell()
                if not info.filename.startswith(self._prefix) or info.compress_type != 0:
                    raise ValueError("not as we write it")
                crc, size = 0, 0
                with self._zip.open(info) as file:
                    header_at = raw.tell()
                    raw.seek(header_at + 30 + len(name))
                    for piece in pieces(file):
                        crc, size = zlib.crc32(piece, crc), size + len(piece)
                        if raw.read(len(piece)) != piece:
                            raise ValueError("not where it should be")
                    end = raw.tell()
                common = struct.pack("<HHHHHIIIHH", 20, 0, 0, 0, 0x21, crc, size, size, len(name), 0)
                raw.seek(header_at)
                if raw.read(30 + len(name)) != b"PK\x03\x04" + common + name:
                    raise ValueError("another header")
                raw.seek(end)
                central += (
                    b"PK\x01\x02\x14\x03" + common + struct.pack("<HHHII", 0, 0, 0, 0o100644 << 16, at) + name
                )
            at, count = raw.tell(), len(infos)
            central += b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, count, count, len(central), at, 0)
            if raw.read() != central or [info.filename for info in infos] != sorted(self._sizes):
                raise ValueError("another directory")

    def size(self, name: str) -> int:
        return self._sizes[self._prefix + name]

    def open(self, name: str) -> IO[bytes]:
        return self._zip.open(self._prefix + name)


def pieces(file: IO[bytes]) -> Iterator[bytes]:
    while True:
        piece = file.read(1 << 20)
        if not piece:
            return
        yield piece


def printable(name: str) -> str:
    return "".join(each if 32 < ord(each) < 127 else "?" for each in name)[:120]


# --- the bundle ---


class Bundle:
    """One check of one bundle. Each step adds what it finds to the verdict."""

    def __init__(self, path: str, verdict: Verdict, progress: Callable[[int, int], None]) -> None:
        self._files = Folder(path) if os.path.isdir(path) else Zip(path)
        self._names = set(self._files.names)
        self._used = {MANIFEST, *FREE_FILES}
        self._verdict = verdict
        self._progress = progress
        self._public = b""
        self._keys: List[bytes] = []
        self._facts: Dict[str, Any] = {}
        self._leaves: Dict[int, Dict[str, Any]] = {}
        self._vouched: List[Tuple[bytes, bytes]] = []
        self.heads: Dict[int, Checkpoint] = {}

    def check(self) -> None:
        if len(self._files.names) > MOST_FILES or len(self._names) != len(self._files.names):
            raise Bad("The bundle holds more files than a bundle may, or two of one name.")
        for name in self._files.names:
            if not re.fullmatch(r"[A-Za-z0-9._/-]+", name) or ".." in name or name.startswith("/"):
                raise Bad(f"{printable(name)} is no name for a file of a bundle.")
            if self._files.size(name) > LARGEST_FILE:
                raise Bad(f"{name} is larger than a file of a bundle may be.")
        for step in (self._check_keys, self._check_manifest, self._check_facts, self._check_head):
            step()
        for step in (self._check_earlier, self._check_entries, self._check_openings, self._check_rest):
            step()

    def read(self, name: str) -> bytes:
        if name not in self._names:
            raise Missing(f"{name} is missing.")
        if self._files.size(name) > LARGEST_TEXT:
            raise Bad(f"{name} is larger than it may be.")
        self._used.add(name)
        with self._files.open(name) as file:
            return file.read()

    def _check_keys(self) -> None:
        line = self.read("keys/log.pub").decode("ascii", "replace")
        parts = line.split(" ")
        try:
            blob = b64(parts[1])
            self._public = blob[-32:]
            if blob != ssh_blob(self._public) or len(parts) != 3 or not parts[2].endswith("\n"):
                raise Bad("not ours")
            origin = parts[2][:-1]
        except (Bad, IndexError):
            raise Bad("keys/log.pub holds no Ed25519 key.") from None
        encoded = base64.b64encode(blob).decode()
        if line != f"ssh-ed25519 {encoded} {origin}\n":
            raise Bad("keys/log.pub holds no Ed25519 key.")
        self._origin = origin
        key_id = hashlib.sha256(origin.encode() + b"\n\x01" + self._public).digest()[:4].hex()
        vkey = f"{origin}+{key_id}+{base64.b64encode(bytes([1]) + self._public).decode()}\n"
        der = base64.b64encode(b"\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00" + self._public).decode()
        pem = f"-----BEGIN PUBLIC KEY-----\n{der}\n-----END PUBLIC KEY-----\n"
        for name, wanted in (("keys/log.vkey", vkey), ("keys/log.pub.pem", pem)):
            if self.read(name) != wanted.encode():
                self._verdict.say(f"{name} does not hold the key of keys/log.pub.")
        pattern = r'(\S+) namespaces="hma-console-export@v1,hma-console-checkpoint@v1"\S* ssh-ed25519 (\S+)'
        for signer in self.read("keys/allowed_signers").decode("ascii", "replace").split("\n")[:-1]:
            found = re.fullmatch(pattern, signer)
            if not found or found.group(1) != origin:
                raise Bad("keys/allowed_signers holds a line that is not of this log.")
            self._keys.append(b64(found.group(2))[-32:])
        if self._public not in self._keys:
            self._verdict.say("keys/allowed_signers does not hold the key of keys/log.pub.")
        if "keys/krl" in self._names and ssh_blob(self._public) in self.read("keys/krl"):
            self._verdict.say("The key that signed this was revoked.")
        self._verdict.fingerprint = fingerprint_of(self._public)

    def _check_manifest(self) -> None:
        manifest = self.read(MANIFEST)
        others = sorted(n for n in self._names if re.fullmatch(r"MANIFEST\.sha256\.(\S+\.)?sig", n))
        try:
            check_sshsig(self.read(MANIFEST + ".sig"), hashlib.sha512(manifest).digest(), self._public)
        except Missing as bad:
            self._verdict.say(str(bad))
        except Bad as bad:
            self._verdict.say(f"The signature of {MANIFEST} {bad}.")
        self._used.update(others)
        listed: Dict[str, str] = {}
        for line in manifest.decode("ascii", "replace").split("\n")[:-1]:
            listed[line[66:]] = line[:64]
        if "".join(f"{listed[n]}  {n}\n" for n in sorted(listed)).encode() != manifest:
            self._verdict.say(f"{MANIFEST} is not written as it is written for a bundle.")
        for name in sorted(self._names - set(listed) - {MANIFEST} - set(others)):
            self._verdict.say(f"{name} does not belong to the bundle: {MANIFEST} does not name it.")
        for at, name in enumerate(sorted(listed)):
            if name not in self._names:
                self._verdict.say(f"{printable(name)} is missing.")
                continue
            digest = hashlib.sha256()
            with self._files.open(name) as file:
                for piece in pieces(file):
                    digest.update(piece)
            if digest.hexdigest() != listed[name]:
                self._verdict.say(f"{name} was changed after the bundle was made.")
            self._progress(at, len(listed))

    def _check_facts(self) -> None:
        raw = self.read("bundle.json")
        try:
            facts = parse_json(raw[:-1])
            wanted = {"v", "origin", "made", "tool", "scope", "entries", "size", "root", "key", "disclosed"}
            if raw[-1:] != b"\n" or set(facts) != {*wanted, "export_entry"} or facts["v"] != 1:
                raise Bad("is not written as it is written for a bundle")
            whole = (facts["v"], facts["entries"], facts["size"], facts["export_entry"])
            if any(type(each) is not int or each < 0 for each in whole) or type(facts["scope"]) is not dict:
                raise Bad("holds a number that is none")
        except (Bad, TypeError) as bad:
            raise Bad(f"bundle.json {bad}.") from None
        self._facts = facts
        self._verdict.made = str(facts["made"])
        if facts["origin"] != self._origin or facts["key"] != fingerprint_of(self._public):
            self._verdict.say("bundle.json names another log or key than keys/log.pub.")

    def _check_head(self) -> None:
        note = self.read("log/checkpoint")
        try:
            self._head = Checkpoint(note)
        except Bad as bad:
            raise Bad(f"log/checkpoint {bad}.") from None
        head, self._note = self._head, note
        signature = head.signature_of(self._public)
        if signature is None or head.origin != self._origin:
            self._verdict.say("log/checkpoint is not signed by the key of keys/log.pub.")
        if self.read("log/checkpoint.txt") != head.text or self.read("log/checkpoint.ed25519") != signature:
            self._verdict.say(
                "log/checkpoint.txt and log/checkpoint.ed25519 are not those of log/checkpoint."
            )
        root = base64.b64encode(head.root).decode()
        if (self._facts["size"], self._facts["root"]) != (head.size, root):
            self._verdict.say("bundle.json names another head than log/checkpoint.")
        self._verdict.size = head.size
        self.heads[head.size] = head

    def _check_earlier(self) -> None:
        for name in sorted(
            n for n in self._names if n.startswith("log/earlier/") and n.endswith(".checkpoint")
        ):
            try:
                old = Checkpoint(self.read(name))
                if name != f"log/earlier/{old.size:08}.checkpoint":
                    raise Bad("has another size than its name says")
                proof = [hash_of(each) for each in self._lines(name[: -len("checkpoint")] + "consistency")]
                if old.origin != self._origin or not consistent(
                    old.size, old.root, self._head.size, self._head.root, proof
                ):
                    raise Bad("is not an earlier head of this log: its history was rewritten")
                signers = [key for key in self._keys if old.signature_of(key) is not None]
                if not signers or len(signers) != len(old.signatures):
                    raise Bad("is not signed by a key of this log")
            except Missing as bad:
                self._verdict.say(str(bad))
                continue
            except Bad as bad:
                self._verdict.say(f"{name} {bad}.")
                continue
            self.heads[old.size] = old
            if len(signers) == 2:
                self._vouched.append((signers[0], signers[1]))

    def _lines(self, name: str) -> List[str]:
        text = self.read(name).decode("ascii", "replace")
        if text and not text.endswith("\n"):
            raise Bad(f"of {name} the last line is cut")
        return text.split("\n")[:-1]

    def _check_entries(self) -> None:
        kind = self._facts["scope"].get("kind")
        if kind not in ("all", "case", "range"):
            raise Bad("bundle.json names a scope that there is not.")
        indices = [
            int(each) if re.fullmatch(r"0|[1-9]\d{0,15}", each) else -1
            for each in self._lines("log/indices.txt")
        ]
        if (
            indices != sorted(set(indices))
            or (indices and indices[0] < 0)
            or len(indices) != self._facts["entries"]
        ):
            raise Bad("log/indices.txt is not a rising list of as many entries as bundle.json says.")
        if "log/entries.jsonl" not in self._names:
            raise Missing("log/entries.jsonl is missing.")
        self._used.add("log/entries.jsonl")
        tree, hashes, count = Root(), {}, 0
        with self._files.open("log/entries.jsonl") as file:
            for line in iter(lambda: file.readline(4098), b""):
                if count >= len(indices):
                    raise Bad("log/entries.jsonl holds more entries than log/indices.txt.")
                index = indices[count]
                hashed = leaf_hash(line[:-1])
                try:
                    leaf = self._leaf(line)
                    if kind != "all":
                        self._check_proof(index, hashed)
                except Missing as bad:
                    self._verdict.say(str(bad))
                    leaf = {}
                except Bad as bad:
                    self._verdict.say(f"Entry {index} {bad}.")
                    leaf = {}
                tree.add(hashed)
                if kind != "all" or "case" in leaf or leaf.get("type") in (*KEY_TYPES, "log.exported"):
                    self._leaves[index] = leaf
                    hashes[index] = hashed
                count += 1
                self._progress(count, len(indices))
        if count != len(indices):
            raise Bad("log/entries.jsonl holds fewer entries than log/indices.txt.")
        if kind == "all" and (indices != list(range(self._head.size)) or tree.value() != self._head.root):
            self._verdict.say(
                "The entries are not those that log/checkpoint covers: one was changed or is missing."
            )
        self._verdict.entries = count
        self._check_scope(kind, indices, hashes)

    def _leaf(self, line: bytes) -> Dict[str, Any]:
        if len(line) > 4097 or line[-1:] != b"\n":
            raise Bad("is cut, or longer than an entry may be")
        leaf = parse_json(line[:-1])
        if (
            type(leaf) is not dict
            or not set(leaf) <= LEAF_KEYS
            or not {"actor", "d", "inst", "ts", "type", "v"} <= set(leaf)
            or type(leaf["v"]) is not int
            or leaf["v"] != 1
            or type(leaf["d"]) is not dict
            or type(leaf.get("c", {})) is not dict
            or ("case" in leaf) != ("case_seq" in leaf)
        ):
            raise Bad("is not written as entries are")
        return leaf

    def _check_proof(self, index: int, hashed: bytes) -> None:
        name = f"log/proofs/{index:08}.tlog-proof"
        text, blank, note = self.read(name).partition(b"\n\n")
        lines = text.decode("ascii", "replace").split("\n")
        if lines[:2] != ["c2sp.org/tlog-proof@v1", f"index {index}"] or not blank or note != self._note:
            raise Bad("has a proof that is not for it and log/checkpoint")
        if not included(
            hashed, index, self._head.size, [hash_of(each) for each in lines[2:]], self._head.root
        ):
            raise Bad("was changed, or its proof was: it is not in the log that was signed")

    def _check_scope(self, kind: str, indices: List[int], hashes: Dict[int, bytes]) -> None:
        scope, act = self._facts["scope"], self._facts["export_entry"]
        entry = self._leaves.get(act, {})
        told = entry.get("d", {})
        listed = hashlib.sha256("".join(f"{index}\n" for index in indices if index != act).encode())
        if entry.get("type") != "log.exported" or act != indices[-1] or told.get("scope") != kind:
            self._verdict.say("The entry that says that this was exported is missing, or is not the last.")
        elif kind != "all" and told.get("indices") != base64.b64encode(listed.digest()).decode():
            self._verdict.say(
                "The export was logged with other entries than these: some were left out or added."
            )
        cases: Dict[str, List[int]] = {}
        for index in sorted(self._leaves):
            if "case" in self._leaves[index]:
                cases.setdefault(str(self._leaves[index]["case"]), []).append(index)
        for case, members in cases.items():
            self._check_case(case, members, hashes, from_first=kind != "range")
        if kind == "case":
            mine = cases.get(str(scope.get("case")), [])
            if (
                len(mine) != scope.get("last")
                or told.get("case_last") != len(mine)
                or set(cases) != {scope.get("case")}
            ):
                self._verdict.say(
                    "The case is not whole: it had another number of entries when it was exported."
                )
        low, high = scope.get("from", 0), scope.get("to", -1)
        if type(low) is not int or type(high) is not int:
            raise Bad("bundle.json names a range that is none.")
        if kind == "range":
            inside = [index for index in indices if low <= index <= high]
            if inside != list(range(low, high + 1)) or (told.get("from"), told.get("to")) != (low, high):
                self._verdict.say("The range is not whole: entries are missing from it.")
        if kind != "all":
            for index in indices:
                leaf = self._leaves.get(index, {})
                wanted = index == act or "case" in leaf or low <= index <= high
                if not wanted and leaf.get("type") not in KEY_TYPES:
                    self._verdict.say(f"Entry {index} does not belong to what was exported.")

    def _check_case(self, case: str, members: List[int], hashes: Dict[int, bytes], from_first: bool) -> None:
        before = 0
        for index in members:
            leaf = self._leaves[index]
            seq, previous = leaf["case_seq"], leaf.get("case_prev")
            first_here = index == members[0] and not from_first
            if not first_here and seq != before + 1:
                self._verdict.say(f"Case {case} has a gap before its entry {index}.")
            elif (seq == 1) != (previous is None) or (
                previous is not None
                and not first_here
                and hash_of(previous) != hashes[members[members.index(index) - 1]]
            ):
                self._verdict.say(f"Entry {index} does not follow the entry of case {case} before it.")
            before = seq

    def _check_openings(self) -> None:
        order: List[Tuple[int, str, int]] = []
        for number, line in enumerate(self.read("log/openings.jsonl").split(b"\n")[:-1], 1):
            try:
                opened = parse_json(line)
                index, field, position = opened["index"], opened["field"], opened.get("position", 0)
                committed = self._opened_leaf(index).get("c", {}).get(field)
                shown = hashlib.sha256(COMMIT + hash_of(opened["salt"]) + canonical(opened["value"])).digest()
                if "position" in opened:
                    proof = [hash_of(each) for each in opened["proof"]]
                    fits = included(leaf_hash(shown), position, opened["of"], proof, hash_of(committed))
                else:
                    fits = hmac.compare_digest(shown, hash_of(committed))
                if not fits:
                    raise Bad(f"shows a {field} of entry {index} that is not the one committed to")
                order.append((index, field, position))
            except (KeyError, TypeError, AttributeError):
                self._verdict.say(f"Line {number} of log/openings.jsonl is no opening.")
            except Bad as bad:
                self._verdict.say(f"Line {number} of log/openings.jsonl {bad}.")
        if order != sorted(set(order)) or not {field for _, field, _ in order} <= set(
            self._facts["disclosed"]
        ):
            self._verdict.say(
                "log/openings.jsonl discloses twice, out of order, or what bundle.json does not name."
            )

    def _opened_leaf(self, index: int) -> Dict[str, Any]:
        if index not in self._leaves and self._facts["scope"]["kind"] == "all":
            with self._files.open("log/entries.jsonl") as file:
                for at, line in enumerate(file):
                    leaf = self._leaf(line)
                    if "c" in leaf:
                        self._leaves[at] = leaf
        if index not in self._leaves:
            raise Bad("opens an entry that is not here")
        return self._leaves[index]

    def _check_rest(self) -> None:
        for name in sorted(self._names - self._used):
            if not re.fullmatch(r"anchors/[a-z0-9]+\.tsr", name):
                self._verdict.say(f"{name} does not belong to a bundle.")

    def summarise(self, fingerprint: Optional[str], head: Optional[bytes]) -> None:
        verdict, stamps = self._verdict, len([n for n in self._names if n.startswith("anchors/")])
        if fingerprint and fingerprint != verdict.fingerprint:
            self._follow_key(fingerprint)
        if head is not None:
            self._compare_head(head)
        if not verdict.ok:
            return
        kind = {"all": "the whole log", "case": "one whole case", "range": "a whole stretch"}[
            self._facts["scope"]["kind"]
        ]
        verdict.proven.append(
            f"These {verdict.entries} entries ({kind}) stand unchanged in the log of {verdict.size} entries "
            f"that was signed by the key {verdict.fingerprint}, and no file of the bundle was changed."
        )
        if fingerprint:
            verdict.proven.append("The key is the one you named, or one that it vouched for.")
        else:
            verdict.not_proven.append(
                "Whose key that is: without --fingerprint, got by another way than this bundle, it only "
                "agrees with itself."
            )
        if stamps:
            verdict.not_proven.append(
                f"{stamps} time stamps lie in anchors/: check them with openssl as README.txt says."
            )
        else:
            verdict.not_proven.append("When the entries were written: the times are the writer's own claim.")
        verdict.not_proven.append("That everything that happened was logged: no log can tell that.")

    def _follow_key(self, fingerprint: str) -> None:
        """From the key that was named to the one in use, through heads that both signed."""
        reached = {fingerprint}
        rotated = [
            str(leaf.get("d", {}).get("ssh", ""))
            for leaf in self._leaves.values()
            if leaf.get("type") == "key.rotated"
        ]
        announced = {line.split(" ")[1] for line in rotated if line.startswith("ssh-ed25519 ")}
        for _ in self._vouched:
            for pair in self._vouched:
                names = {fingerprint_of(key) for key in pair}
                new = {fingerprint_of(k) for k in pair if base64.b64encode(ssh_blob(k)).decode() in announced}
                if names & reached and names - reached <= new:
                    reached |= names
        if self._verdict.fingerprint not in reached:
            self._verdict.say(
                f"WRONG KEY: this was signed by {self._verdict.fingerprint}, not by "
                f"{printable(fingerprint)} or a key that it vouched for."
            )

    def _compare_head(self, note: bytes) -> None:
        try:
            held = Checkpoint(note)
        except Bad as bad:
            raise Bad(f"The head that you hold {bad}.") from None
        known = self.heads.get(held.size)
        if known is None or held.origin != self._origin:
            self._verdict.not_proven.append(
                f"Whether the head that you hold, of {held.size} entries, is of this log: the bundle has no "
                "proof for it."
            )
        elif known.root != held.root:
            self._verdict.say(
                f"The head that you hold, of {held.size} entries, is NOT of this log: it was rewritten."
            )
        else:
            self._verdict.proven.append(f"The head that you hold, of {held.size} entries, is of this log.")


def verify(
    path: str,
    fingerprint: Optional[str] = None,
    head: Optional[bytes] = None,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Verdict:
    """Checks the bundle at `path`; everything that is wrong is among the verdict's problems."""
    verdict = Verdict()
    try:
        bundle = Bundle(path, verdict, progress)
        bundle.check()
        bundle.summarise(fingerprint, head)
        if not os.path.isdir(path) and os.path.exists(path + ".sig"):
            _check_zip_signature(path, bundle)
    except Bad as bad:
        verdict.say(str(bad))
    except (OSError, RecursionError, MemoryError, ValueError, KeyError, TypeError, AttributeError) as error:
        verdict.say(f"The bundle cannot be read: {type(error).__name__}.")
    return verdict


def _check_zip_signature(path: str, bundle: Bundle) -> None:
    digest = hashlib.sha512()
    with open(path, "rb") as file:
        for piece in pieces(file):
            digest.update(piece)
    with open(path + ".sig", "rb") as file:
        try:
            check_sshsig(file.read(1 << 16), digest.digest(), bundle._public)
        except Bad as bad:
            raise Bad(f"The signature of the zip {bad}.") from None


def main(arguments: Optional[Sequence[str]] = None) -> int:
    parser = argparse.ArgumentParser(description="Checks an export of an HMA Console compliance log.")
    parser.add_argument("bundle", nargs="?", default=os.path.dirname(os.path.abspath(__file__)))
    parser.add_argument(
        "--fingerprint", help="SHA256:..., as you were told it by another way than the bundle"
    )
    parser.add_argument(
        "--head", metavar="FILE", help="an earlier head (signed checkpoint) of the log that you hold"
    )
    parser.add_argument("--json", action="store_true", help="print for programs")
    given = parser.parse_args(arguments)
    try:
        head = None
        if given.head:
            with open(given.head, "rb") as file:
                head = file.read(1 << 16)
        os.stat(given.bundle)
    except OSError as error:
        print(f"{error.filename}: {error.strerror}.", file=sys.stderr)
        return 2
    verdict = verify(given.bundle, given.fingerprint, head)
    if given.json:
        print(json.dumps({**vars(verdict), "ok": verdict.ok}))
    else:
        print("It verifies." if verdict.ok else "It does NOT verify.")
        for title, said in (
            ("", verdict.problems),
            ("Proven:", verdict.proven),
            ("Not proven:", verdict.not_proven),
        ):
            for number, sentence in enumerate(said):
                print(f"{title if not number else '':12}{sentence}" if title else f"- {sentence}")
    return 0 if verdict.ok else 1


if __name__ == "__main__":
    sys.exit(main())
