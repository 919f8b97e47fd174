"""The verifier's rules for the files of a bundle, each alone; what can be signed anew is."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from bridge.compliance import verify as verifier
from bridge.compliance.sshsig import sha512_of, sshsig
from bridge.compliance.verify import verify
from tests.compliance.forging import Files, Forged, key_of, manifest_of, problems, public_of, put

Edit = Callable[[bytes], bytes]


def replace(old: bytes, new: bytes) -> Edit:
    return lambda data: data.replace(old, new, 1)


def cut(data: bytes) -> bytes:
    return data[:-1]


NO_KEY = "keys/log.pub holds no Ed25519 key."
NO_SIGNER = "keys/allowed_signers holds a line that is not of this log."
NO_HEAD = "log/checkpoint is no signed checkpoint."
PARTS = "log/checkpoint.txt and log/checkpoint.ed25519 are not those of log/checkpoint."
RISING = "log/indices.txt is not a rising list of as many entries as bundle.json says."
EARLIER = "log/earlier/00000003.checkpoint"
PROOF = "log/proofs/00000004.tlog-proof"
NOT_FOR_IT = "Entry 4 has a proof that is not for it and log/checkpoint."
NOT_IN_LOG = "Entry 4 was changed, or its proof was: it is not in the log that was signed."

EDITS: list[tuple[str, str, Edit, str]] = [
    ("all", "keys/log.pub", replace(b"ssh-ed25519", b"ssh-rsa"), NO_KEY),
    ("all", "keys/log.pub", replace(b"AAAAC3", b"AAAAC4"), NO_KEY),
    ("all", "keys/log.pub", replace(b" hma", b" x hma"), NO_KEY),
    ("all", "keys/log.pub", replace(b" hma-console/abcdefghabcdefgh", b""), NO_KEY),
    ("all", "keys/log.pub", cut, NO_KEY),
    ("all", "keys/log.pub", lambda _: b"", NO_KEY),
    ("all", "keys/log.pub", lambda _: b"ssh-ed25519 !! x\n", NO_KEY),
    ("all", "keys/log.pub", lambda data: data + b"\n", NO_SIGNER),
    ("all", "keys/log.pub", lambda data: b"\xff" + data, NO_KEY),
    ("all", "keys/log.vkey", cut, "keys/log.vkey does not hold the key of keys/log.pub."),
    ("all", "keys/log.pub.pem", cut, "keys/log.pub.pem does not hold the key of keys/log.pub."),
    ("all", "keys/allowed_signers", replace(b"hma-console/", b"hma-other/"), NO_SIGNER),
    ("all", "keys/allowed_signers", replace(b"export@v1,", b"export@v1 "), NO_SIGNER),
    ("all", "keys/allowed_signers", lambda data: data + b"\n", NO_SIGNER),
    ("all", "keys/allowed_signers", lambda _: b"", "allowed_signers does not hold the key of keys/log.pub."),
    ("all", "log/checkpoint", replace(b"\n\n", b"\n"), NO_HEAD),
    ("all", "log/checkpoint", replace(b"\n9\n", b"\n09\n"), NO_HEAD),
    ("all", "log/checkpoint", replace(b"\n9\n", b"\n+9\n"), NO_HEAD),
    ("all", "log/checkpoint", replace(b"\n9\n", b"\nx\n"), NO_HEAD),
    ("all", "log/checkpoint", replace(b"\xe2\x80\x94", b"-"), NO_HEAD),
    ("all", "log/checkpoint", replace(b"\xe2\x80\x94 hma", b"\xe2\x80\x94 x"), NO_HEAD),
    ("all", "log/checkpoint", replace(b"abcdefghabcdefgh\n", b"abcdefghabcdefgh\nx\n"), NO_HEAD),
    ("all", "log/checkpoint", cut, NO_HEAD),
    ("all", "log/checkpoint", lambda data: data + b"\n", NO_HEAD),
    ("all", "log/checkpoint", lambda data: data + data.split(b"\n\n")[1][:-5] + b"\n", NO_HEAD),
    ("all", "log/checkpoint", replace(b"hma-console/abcdefghabcdefgh", b""), NO_HEAD),
    ("all", "log/checkpoint", lambda _: b"\xff", NO_HEAD),
    ("all", "log/checkpoint.txt", cut, PARTS),
    ("all", "log/checkpoint.ed25519", lambda _: bytes(64), PARTS),
    ("all", "log/indices.txt", cut, "of log/indices.txt the last line is cut"),
    ("all", "log/indices.txt", replace(b"1\n2\n", b"2\n1\n"), RISING),
    ("all", "log/indices.txt", replace(b"1\n", b"01\n"), RISING),
    ("all", "log/indices.txt", replace(b"0\n", b"-1\n"), RISING),
    ("all", "log/indices.txt", replace(b"0\n1\n", b"1\n1\n"), RISING),
    ("all", "log/indices.txt", replace(b"8\n", b"8\n9\n"), RISING),
    ("all", "log/indices.txt", replace(b"8\n", b"88888888888888888\n"), RISING),
    ("all", "log/entries.jsonl", lambda data: data + data, "holds more entries than log/indices.txt."),
    ("all", "log/entries.jsonl", lambda _: b"", "holds fewer entries than log/indices.txt."),
    ("all", "log/entries.jsonl", cut, "Entry 8 is cut, or longer than an entry may be."),
    ("all", EARLIER, cut, f"{EARLIER} is no signed checkpoint."),
    ("all", EARLIER, replace(b"\n3\n", b"\n4\n"), f"{EARLIER} has another size than its name says."),
    ("all", EARLIER, replace(b"abcdefgh", b"hgfedcba"), f"{EARLIER} is no signed checkpoint."),
    ("all", EARLIER, lambda data: data.replace(b"abcdefgh", b"hgfedcba"), "was rewritten"),
    ("all", "log/earlier/00000003.consistency", lambda data: data[45:], "history was rewritten"),
    ("all", "log/earlier/00000003.consistency", lambda data: data + data, "history was rewritten"),
    ("all", "log/earlier/00000003.consistency", cut, "the last line is cut"),
    ("all", "log/earlier/00000003.consistency", lambda _: b"x\n", "holds something that is no hash"),
    ("case", PROOF, replace(b"c2sp.org/tlog-proof@v1", b"c2sp.org/tlog-proof@v2"), NOT_FOR_IT),
    ("case", PROOF, replace(b"index 4", b"index 3"), NOT_FOR_IT),
    ("case", PROOF, replace(b"\n\n", b"\n"), NOT_FOR_IT),
    ("case", PROOF, lambda data: data + b"\n", NOT_FOR_IT),
    ("case", PROOF, lambda data: data.partition(b"\n\n")[0], NOT_FOR_IT),
    ("case", PROOF, replace(b"index 4\n", b"index 4\nx\n"), "holds something that is no hash"),
    ("case", PROOF, replace(b"index 4\n", b"index 4\n" + b"A" * 43 + b"=\n"), NOT_IN_LOG),
    ("case", PROOF, lambda data: b"\xff" + data, NOT_FOR_IT),
    ("all", "bundle.json", cut, "bundle.json is not"),
    ("all", "bundle.json", lambda _: b"[]\n", "bundle.json is not written as it is written for a bundle."),
    ("all", "bundle.json", lambda _: b"1\n", "bundle.json"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "name", "edit", "said"), EDITS)
def test_a_file_that_breaks_a_rule_is_found_although_it_was_signed_for(
    tmp_path: Path, kind: str, name: str, edit: Edit, said: str
) -> None:
    forged = Forged(kind)
    before = forged.files()[name]
    assert edit(before) != before
    found = problems(forged, tmp_path, lambda files: files.update({name: edit(files[name])}))
    assert any(said in each for each in found), found


NEEDED = [name for name in Forged("case").files() if name not in verifier.FREE_FILES]


@pytest.mark.parametrize("name", NEEDED)
def test_a_file_that_is_missing_is_named(tmp_path: Path, name: str) -> None:
    found = problems(Forged("case"), tmp_path, lambda files: files.pop(name))
    if name == EARLIER:  # nobody has to keep earlier heads; its proof alone belongs to nothing
        assert found == ["log/earlier/00000003.consistency does not belong to a bundle."]
    else:
        assert any(f"{name} is missing." in each for each in found), found


def test_what_does_not_belong_is_named_although_it_was_signed_for(tmp_path: Path) -> None:
    for number, name in enumerate(
        ("more.txt", "log/proofs/00000004.tlog-proof", "anchors/X.tsr", "anchors/1.tsr.x")
    ):
        found = problems(Forged("all"), tmp_path / str(number), put(name))
        assert found == [f"{name} does not belong to a bundle."]
    assert problems(Forged("all"), tmp_path / "stamp", put("anchors/00000003.tsr")) == []


def test_time_stamps_are_for_openssl_and_said_to_be(tmp_path: Path) -> None:
    def stamp(files: Files) -> None:
        files.update({"anchors/00000003.tsr": b"x", "anchors/00000008.tsr": b"x"})

    said = verify(str(Forged().write(tmp_path / "stamped", stamp))).not_proven
    assert "2 time stamps lie in anchors/: check them with openssl as README.txt says." in said
    assert not any("writer's own claim" in each for each in said)


def resigned(folder: Path, manifest: bytes) -> list[str]:
    (folder / "MANIFEST.sha256").write_bytes(manifest)
    armour = sshsig(sha512_of(manifest), public_of(key_of(1)), key_of(1).sign)
    (folder / "MANIFEST.sha256.sig").write_text(armour)
    return verify(str(folder)).problems


def test_a_manifest_is_sorted_whole_and_names_what_is_there(tmp_path: Path) -> None:
    folder = Forged().write(tmp_path / "bundle")
    good = (folder / "MANIFEST.sha256").read_bytes()
    first, *rest = good.splitlines(True)
    written = "MANIFEST.sha256 is not written as it is written for a bundle."
    assert resigned(folder, b"".join([*rest, first])) == [written]
    assert resigned(folder, good[:-1]) != []
    assert resigned(folder, good + first) == [written]
    assert resigned(folder, b"".join(rest)) == [
        "README.txt does not belong to the bundle: MANIFEST.sha256 does not name it."
    ]
    assert resigned(folder, good + b"0" * 64 + b"  zz\n") == ["zz is missing."]
    assert resigned(folder, b"0" * 64 + good[64:]) == ["README.txt was changed after the bundle was made."]
    assert resigned(folder, good[:64].upper() + good[64:]) == [
        "README.txt was changed after the bundle was made."
    ]
    assert resigned(folder, good) == []


def test_others_may_sign_a_bundle_too(tmp_path: Path) -> None:
    folder = Forged().write(tmp_path / "bundle")
    (folder / "MANIFEST.sha256.ana.sig").write_text("hers")
    assert verify(str(folder)).problems == []
    (folder / "MANIFEST.sha256.sig.ana").write_text("hers")
    assert len(verify(str(folder)).problems) == 2
    (folder / "MANIFEST.sha256.sig.ana").unlink()
    (folder / "MANIFEST.sha256.sig").unlink()
    assert verify(str(folder)).problems == ["MANIFEST.sha256.sig is missing."]


def test_a_bundle_has_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Forged().write(tmp_path / "bundle")
    count = sum(len(files) for _, _, files in os.walk(folder))
    longest = max(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    for name, limit, said in (
        ("MOST_FILES", count, "more files than a bundle may"),
        ("LARGEST_FILE", longest, "is larger than a file of a bundle may be."),
        ("LARGEST_TEXT", len((folder / "keys/log.pub").read_bytes()), "is larger than it may be."),
    ):
        with monkeypatch.context() as patched:
            patched.setattr(verifier, name, limit - 1)
            assert any(said in each for each in verify(str(folder)).problems), name
    for name, limit in (("MOST_FILES", count), ("LARGEST_FILE", longest), ("LARGEST_TEXT", longest)):
        with monkeypatch.context() as patched:
            patched.setattr(verifier, name, limit)
            assert verify(str(folder)).problems == [], name


def test_only_plain_files_and_full_folders_belong(tmp_path: Path) -> None:
    for name, make, said in (
        ("link", lambda path: path.symlink_to("README.txt"), "link is no plain file"),
        ("keys/link", lambda path: path.symlink_to(".."), "keys/link is no plain file"),
        ("pipe", os.mkfifo, "pipe is no plain file"),
        ("log/empty", lambda path: path.mkdir(), "log/empty is an empty folder"),
        ("a b", lambda path: path.write_text(""), "a?b is no name for a file of a bundle."),
        ("\u00fc~\x7f", lambda path: path.write_text(""), "?~? is no name for a file of a bundle."),
        ("x..y", lambda path: path.write_text(""), "x..y is no name for a file of a bundle."),
        ("n" * 200 + " ", lambda path: path.write_text(""), "n" * 120 + " is no name"),
    ):
        folder = Forged().write(tmp_path / f"{len(name)}{name[0]}")
        make(folder / name)
        found = verify(str(folder)).problems
        assert len(found) == 1, found
        assert found[0].startswith(said)
    folder = Forged().write(tmp_path / "nested")
    (folder / "a/b").mkdir(parents=True)
    assert verify(str(folder)).problems == ["a/b is an empty folder: it does not belong in a bundle."]


def test_at_most_fifty_problems_are_told(tmp_path: Path) -> None:
    def litter(files: Files) -> None:
        files.update({f"x{number}": b"" for number in range(60)})

    assert len(problems(Forged(), tmp_path, litter)) == verifier.MOST_PROBLEMS == 50


def test_progress_is_told_of_files_and_of_entries(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    forged = Forged("case")
    folder = forged.write(tmp_path / "bundle")
    assert verify(str(folder), progress=lambda done, total: told.append((done, total))).ok
    files = len(manifest_of(forged.files()).splitlines())
    assert told == [*((at, files) for at in range(files)), *((at + 1, 6) for at in range(6))]
