"""The verifier against forged and hostile bundles: each finding in a sentence of its own."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bridge.compliance import verify as verifier
from bridge.compliance.merkle import (
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    root_of,
)
from bridge.compliance.sshsig import sha512_of, sshsig
from bridge.compliance.verify import verify
from tests.compliance.changing import files_of, flips, problems
from tests.compliance.logs import open_keychain

KINDS = ("all", "case", "range")


def test_an_untouched_bundle_verifies_and_says_what_that_means(bundle: Path) -> None:
    key = (bundle / "README.txt").read_text().split("Key:")[1].split()[0]
    verdict = verify(str(bundle), key)
    assert verdict.ok
    assert "stand unchanged in the log" in verdict.proven[0]
    assert any("everything that happened" in each for each in verdict.not_proven)
    without = verify(str(bundle))
    assert without.ok
    assert any("only agrees with itself" in each for each in without.not_proven)


def resigned(folder: Path, sign: Callable[[bytes], bytes], public: bytes) -> None:
    """Makes manifest and signature fit again: as one could who has the key, or another key."""
    own = {"MANIFEST.sha256", "MANIFEST.sha256.sig"}
    names = sorted(path.relative_to(folder).as_posix() for path in files_of(folder))
    lines = [f"{hashlib.sha256((folder / n).read_bytes()).hexdigest()}  {n}\n" for n in names if n not in own]
    (folder / "MANIFEST.sha256").write_text("".join(lines))
    armour = sshsig(sha512_of("".join(lines).encode()), public, sign)
    (folder / "MANIFEST.sha256.sig").write_text(armour)


FORGERIES: list[tuple[str, str, Callable[[bytes], bytes], str]] = [
    (
        "all",
        "log/entries.jsonl",
        lambda d: d.replace(b"bank.cr", b"bank.br"),
        "not those that log/checkpoint",
    ),
    ("all", "log/entries.jsonl", lambda d: d.split(b"\n", 1)[1], "fewer entries"),
    ("all", "log/entries.jsonl", lambda d: d + b"{}\n", "more entries"),
    ("case", "log/entries.jsonl", lambda d: d.replace(b'"distance":2', b'"distance":3'), "was changed"),
    ("range", "log/entries.jsonl", lambda d: d.replace(b'"v":1}', b'"v":1 }', 1), "not canonical JSON"),
    ("case", "log/entries.jsonl", lambda d: d.replace(b'"d":{', b'"d":{"x":1.5,', 1), "not canonical JSON"),
    (
        "case",
        "log/openings.jsonl",
        lambda d: d.replace(b'"value":"mine"', b'"value":"nice"'),
        "not the one committed",
    ),
    ("case", "log/openings.jsonl", lambda d: d + d.splitlines(True)[-1], "discloses twice"),
    ("case", "log/openings.jsonl", lambda d: b"{}\n" + d, "is no opening"),
    (
        "all",
        "log/openings.jsonl",
        lambda d: d.replace(b'"position":0', b'"position":1'),
        "not the one committed",
    ),
    (
        "all",
        "bundle.json",
        lambda d: d.replace(b'"disclosed":["account",', b'"disclosed":['),
        "bundle.json does not name",
    ),
    ("case", "bundle.json", lambda d: d.replace(b'"last":', b'"last":1'), "The case is not whole"),
    (
        "case",
        "bundle.json",
        lambda d: d.replace(b'"kind":"case"', b'"kind":"range"'),
        "The range is not whole",
    ),
    ("range", "bundle.json", lambda d: d.replace(b'"from":', b'"from":1'), "range is not whole"),
    ("range", "bundle.json", lambda d: d.replace(b'"v":1}', b'"v":2}'), "not written as it is"),
    ("all", "bundle.json", lambda d: d.replace(b'"size":', b'"size":1'), "another head"),
    (
        "all",
        "bundle.json",
        lambda d: d.replace(b'"export_entry":', b'"export_entry":1'),
        "says that this was exported",
    ),
    ("all", "log/checkpoint", lambda d: d.replace(b"\n\n", b"\n \n"), "no signed checkpoint"),
    ("all", "log/checkpoint.ed25519", lambda d: bytes(64), "log/checkpoint.ed25519"),
    ("case", "log/indices.txt", lambda d: b"".join(d.splitlines(True)[::-1]), "rising list"),
    ("case", "log/indices.txt", lambda d: b"0" + d, "rising list"),
    ("all", "keys/log.vkey", lambda d: d.replace(b"+", b"-", 1), "keys/log.vkey"),
    ("all", "keys/allowed_signers", lambda d: d.replace(b"hma-console/", b"other/"), "not of this log"),
    ("all", "keys/log.pub", lambda d: d.replace(b"ssh-ed25519", b"ssh-rsa"), "no Ed25519 key"),
]


@pytest.mark.parametrize(("kind", "name", "change", "said"), FORGERIES)
def test_what_the_signer_himself_forged_is_found_in_the_tree_or_the_rules(
    bundles: Path, tmp_path: Path, kind: str, name: str, change: Callable[[bytes], bytes], said: str
) -> None:
    folder = Path(shutil.copytree(bundles / kind, tmp_path / "forged"))
    keychain = open_keychain(bundles / "data")
    before = (folder / name).read_bytes()
    assert change(before) != before
    (folder / name).write_bytes(change(before))
    resigned(folder, keychain.sign, keychain.public)
    assert any(said in each for each in problems(folder)), problems(folder)


def test_a_left_out_entry_of_a_case_is_a_gap(bundles: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(bundles / "case", tmp_path / "gap"))
    keychain = open_keychain(bundles / "data")
    lines = (folder / "log/entries.jsonl").read_bytes().splitlines(True)
    indices = (folder / "log/indices.txt").read_text().splitlines(True)
    at = next(number for number, line in enumerate(lines) if b'"case_seq":2' in line)
    (folder / f"log/proofs/{int(indices[at]):08}.tlog-proof").unlink()
    (folder / "log/entries.jsonl").write_bytes(b"".join(lines[:at] + lines[at + 1 :]))
    (folder / "log/indices.txt").write_text("".join(indices[:at] + indices[at + 1 :]))
    facts = json.loads((folder / "bundle.json").read_text())
    facts["entries"] -= 1
    (folder / "bundle.json").write_bytes(verifier.canonical(facts) + b"\n")
    resigned(folder, keychain.sign, keychain.public)
    found = " ".join(problems(folder))
    assert "has a gap before its entry" in found
    assert "some were left out or added" in found


def test_the_same_content_signed_by_another_key_is_the_wrong_key(bundles: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(bundles / "all", tmp_path / "other"))
    other = Ed25519PrivateKey.generate()
    resigned(folder, other.sign, other.public_key().public_bytes_raw())
    assert any("ANOTHER KEY" in each for each in problems(folder))
    known = verify(str(bundles / "all")).fingerprint
    assert verify(str(bundles / "all"), known).ok
    wrong = "SHA256:" + "A" * 43
    assert any("WRONG KEY" in each for each in verify(str(bundles / "all"), wrong).problems)


def test_an_earlier_head_that_somebody_holds_is_compared(bundles: Path) -> None:
    folder = bundles / "all"
    [earlier, *_] = sorted((folder / "log/earlier").glob("*.checkpoint"))
    held = verify(str(folder), head=earlier.read_bytes())
    assert any("is of this log" in each for each in held.proven)
    unknown = earlier.read_bytes().replace(b"\n1\n", b"\n2\n").replace(b"\n2\n", b"\n2\n")
    assert any("no proof for it" in each for each in verify(str(folder), head=unknown).not_proven)
    text, _, rest = earlier.read_text().partition("\n\n")
    origin, size, _ = text.split("\n")
    forged = f"{origin}\n{size}\n{base64.b64encode(bytes(32)).decode()}\n\n{rest}".encode()
    assert any("NOT of this log" in each for each in verify(str(folder), head=forged).problems)


@pytest.mark.parametrize("name", ["../x", "a b", "log/x\n", "ü"])
def test_hostile_names_are_a_sentence(bundles: Path, tmp_path: Path, name: str) -> None:
    folder = Path(shutil.copytree(bundles / "case", tmp_path / "hostile"))
    (folder / name.replace("../", "..") if name.startswith("../") else folder / name).write_text("x")
    assert problems(folder)


def test_links_and_empty_folders_do_not_belong_in_a_bundle(bundle: Path) -> None:
    (bundle / "link").symlink_to("/etc/passwd")
    assert any("no plain file" in each for each in problems(bundle))
    (bundle / "link").unlink()
    (bundle / "folder").mkdir()
    assert any("empty folder" in each for each in problems(bundle))


def test_nonsense_is_a_sentence_and_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(b"PK\x03\x04" + bytes(100))
    (tmp_path / "empty").mkdir()
    for path in (tmp_path / "x.zip", tmp_path / "empty"):
        assert len(problems(path)) == 1


@pytest.mark.parametrize("size", range(1, 33))
def test_its_own_tree_agrees_with_ours(size: int) -> None:
    hashes = [leaf_hash(str(number).encode()) for number in range(size)]

    def subtree(level: int, index: int) -> bytes:
        return root_of(hashes[index << level : (index + 1) << level])

    root, tree = root_of(hashes), verifier.Root()
    for hashed in hashes:
        tree.add(hashed)
    assert tree.value() == root
    for index in range(size):
        proof = inclusion_proof(index, size, subtree)
        assert verifier.included(hashes[index], index, size, proof, root)
        assert not verifier.included(hashes[index], index, size, [*proof, root], root)
        assert not verifier.included(hashes[index - 1], index, size, proof, root) or size == 1
    assert not verifier.consistent(0, b"", size, root, [])
    assert not verifier.consistent(0, hashlib.sha256().digest(), size, root, [root])
    assert not verifier.consistent(size + 1, root, size, root, [])
    assert not verifier.consistent(3, root, size + 4, root, [])
    for old in range(1, size + 1):
        proof = consistency_proof(old, size, subtree)
        old_root = root_of(hashes[:old])
        assert verifier.consistent(old, old_root, size, root, proof)
        assert not verifier.consistent(old, bytes(32), size, root, proof)
        assert not verifier.consistent(old, old_root, size, bytes(32), proof)
        assert not verifier.consistent(old, old_root, size, root, [*proof, root])


def test_its_ed25519_is_strict() -> None:
    key = Ed25519PrivateKey.generate()
    public, message = key.public_key().public_bytes_raw(), b"a message"
    signature = key.sign(message)
    assert verifier.ed25519(public, message, signature)
    assert not verifier.ed25519(public, b"another", signature)
    for flipped in flips(signature, 64, seed=1):
        assert not verifier.ed25519(public, message, flipped)
    s = int.from_bytes(signature[32:], "little") + verifier.L
    assert not verifier.ed25519(public, message, signature[:32] + s.to_bytes(32, "little"))
    small = (1).to_bytes(32, "little")
    assert not verifier.ed25519(small, message, small + bytes(32)), "a point of small order signs anything"
    assert not verifier.ed25519((verifier.P + 1).to_bytes(32, "little"), message, signature)
    assert not verifier.ed25519(public[:-1], message, signature)
    assert not verifier.ed25519(public, message, signature + b"x")


def test_it_runs_as_a_program_and_tells_by_its_exit_code(bundles: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(bundles / "case", tmp_path / "case"))

    def run(*arguments: str) -> tuple[int, str]:
        done = subprocess.run(
            ["python3", str(folder / "verify.py"), *arguments], capture_output=True, text=True
        )
        return done.returncode, done.stdout + done.stderr

    assert run()[0] == 0
    assert json.loads(run("--json")[1])["ok"] is True
    assert run(str(tmp_path / "nowhere"))[0] == 2
    (folder / "report.csv").write_text("x")
    code, said = run()
    assert (code, "report.csv was changed" in said, "Traceback" in said) == (1, True, False)
