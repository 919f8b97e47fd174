"""What the verifier reads byte by byte, each rule alone: SSHSIG, zips; and its use as a program."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from bridge.compliance import verify as verifier
from bridge.compliance.sshsig import sha512_of, sshsig
from bridge.compliance.verify import Bad, check_sshsig, verify
from bridge.compliance.zips import write_zip
from tests.compliance.forging import Forged, key_of, public_of, put

MESSAGE = b"a message"


def string(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data


def armour(raw: bytes, width: int = 70) -> bytes:
    text = base64.b64encode(raw).decode()
    lines = [text[at : at + width] for at in range(0, len(text), width)]
    return "\n".join(["-----BEGIN SSH SIGNATURE-----", *lines, "-----END SSH SIGNATURE-----", ""]).encode()


def sshsig_blob(
    *,
    magic: bytes = b"SSHSIG",
    version: int = 1,
    namespace: bytes = b"hma-console-export@v1",
    reserved: bytes = b"",
    hashed: bytes = b"sha512",
    kind: bytes = b"ssh-ed25519",
    key: int = 1,
    signed_by: int = 1,
    tail: bytes = b"",
) -> bytes:
    """A signature over MESSAGE in which everything is as it should be but what is named."""
    digest = hashlib.sha512(MESSAGE).digest()
    body = string(namespace) + string(reserved) + string(hashed)
    signature = key_of(signed_by).sign(b"SSHSIG" + body + string(digest))
    public = string(string(kind) + string(public_of(key_of(key))))
    return (
        magic + struct.pack(">I", version) + public + body + string(string(kind) + string(signature)) + tail
    )


def said_of(armoured: bytes, key: int = 1) -> str:
    try:
        check_sshsig(armoured, hashlib.sha512(MESSAGE).digest(), public_of(key_of(key)))
    except Bad as bad:
        return str(bad)
    return ""


def test_a_signature_as_ssh_keygen_writes_it_is_right() -> None:
    ours = sshsig(sha512_of(MESSAGE), public_of(key_of(1)), key_of(1).sign).encode()
    assert ours == armour(sshsig_blob())
    assert said_of(ours) == ""


@pytest.mark.parametrize(
    ("armoured", "said"),
    [
        (armour(sshsig_blob(magic=b"SSHSIH")), "no SSH signature for an export"),
        (armour(sshsig_blob(version=2)), "no SSH signature for an export"),
        (armour(sshsig_blob(namespace=b"hma-console-checkpoint@v1")), "no SSH signature for an export"),
        (armour(sshsig_blob(namespace=b"hma-console-export@v2")), "no SSH signature for an export"),
        (armour(sshsig_blob(reserved=b"x")), "no SSH signature for an export"),
        (armour(sshsig_blob(hashed=b"sha256")), "no SSH signature for an export"),
        (armour(sshsig_blob(kind=b"ssh-ed25510")), "no SSH signature for an export"),
        (armour(sshsig_blob(tail=b"\x00" * 3)), "no SSH signature for an export"),
        (armour(sshsig_blob(key=2, signed_by=2)), "was made by ANOTHER KEY"),
        (armour(sshsig_blob(signed_by=2)), "is wrong: what it signed was changed"),
        (armour(sshsig_blob(), width=76), "as ssh-keygen writes it"),
        (armour(sshsig_blob(), width=64), "as ssh-keygen writes it"),
        (armour(sshsig_blob()).replace(b"BEGIN SSH", b"BEGIN PGP"), "is no SSH signature"),
        (armour(sshsig_blob()).replace(b"END SSH", b"END PGP"), "is no SSH signature"),
        (armour(sshsig_blob())[:-1], "is no SSH signature"),
        (armour(sshsig_blob()) + b"\n", "is no SSH signature"),
        (b"\n" + armour(sshsig_blob()), "is no SSH signature"),
        (armour(sshsig_blob()).replace(b"\n", b"\r\n"), "is no SSH signature"),
        (armour(sshsig_blob()).replace(b"U", b"*", 1), "is no SSH signature"),
        (armour(sshsig_blob()).replace(b"U1NI", b"*1NI", 1), "is not base64"),
        (armour(b""), "no SSH signature for an export"),
        (b"\xff", "is no SSH signature"),
        (b"", "is no SSH signature"),
    ],
)
def test_every_part_of_a_signature_has_to_be_what_we_write(armoured: bytes, said: str) -> None:
    assert said in said_of(armoured)


def zipped(folder: Path, target: Path, prefix: str = "bundle") -> Path:
    with target.open("wb") as file:
        write_zip(folder, file, prefix, lambda *_: None)
    return target


def by_hand(target: Path, names: list[str], folder: Path, compression: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(target, "w", compression) as file:
        for name in names:
            info = zipfile.ZipInfo(name)
            info.create_system, info.external_attr, info.compress_type = 3, 0o100644 << 16, compression
            file.writestr(info, (folder / name.partition("/")[2]).read_bytes())
    return target


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Forged("case").write(tmp_path / "bundle")


def test_a_zip_is_the_one_that_its_files_make(folder: Path, tmp_path: Path) -> None:
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    inside = [f"bundle/{name}" for name in names]
    good = zipped(folder, tmp_path / "good.zip")
    assert verify(str(good)).problems == []
    assert by_hand(tmp_path / "same.zip", inside, folder).read_bytes() == good.read_bytes()
    for name, changed in (
        ("deflated", by_hand(tmp_path / "deflated.zip", inside, folder, zipfile.ZIP_DEFLATED)),
        ("unsorted", by_hand(tmp_path / "unsorted.zip", inside[::-1], folder)),
        ("two roots", by_hand(tmp_path / "roots.zip", [*inside[:-1], "other/verify.py"], folder)),
        ("empty", by_hand(tmp_path / "empty.zip", [], folder)),
        ("one file", by_hand(tmp_path / "one.zip", inside[:1], folder)),
    ):
        assert verify(str(changed)).problems, name


def test_a_file_of_several_megabytes_is_checked_piece_by_piece(tmp_path: Path) -> None:
    folder = Forged().write(tmp_path / "large", put("report.html", b"large" * 600_000))
    assert verify(str(folder)).problems == []
    assert verify(str(zipped(folder, tmp_path / "large.zip"))).problems == []


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("a comment", lambda data: data[:-2] + b"\x01\x00x"),
        ("before it", lambda data: b"x" + data),
        ("after it", lambda data: data + b"x"),
        ("cut", lambda data: data[:-1]),
        ("another method", lambda data: data.replace(b"PK\x03\x04\x14\x00", b"PK\x03\x04\x15\x00", 1)),
        ("another system", lambda data: data.replace(b"PK\x01\x02\x14\x03", b"PK\x01\x02\x14\x00", 1)),
        ("another count", lambda data: data[:-12] + b"\x01\x00" + data[-10:]),
        ("no zip", lambda _: b"PK"),
    ],
)
def test_a_zip_that_was_changed_is_damaged(
    folder: Path, tmp_path: Path, name: str, change: Callable[[bytes], bytes]
) -> None:
    good = zipped(folder, tmp_path / "bundle.zip")
    good.write_bytes(change(good.read_bytes()))
    assert verify(str(good)).problems == ["The zip is damaged: it cannot be read."], name


def test_the_signature_beside_a_zip_is_checked_where_it_lies(folder: Path, tmp_path: Path) -> None:
    good = zipped(folder, tmp_path / "bundle.zip")
    beside = tmp_path / "bundle.zip.sig"
    for key, said in ((key_of(1), []), (key_of(2), ["The signature of the zip was made by ANOTHER KEY"])):
        beside.write_text(sshsig(sha512_of(good.read_bytes()), public_of(key), key.sign))
        assert [each[: len(said[0])] for each in verify(str(good)).problems] == said
    beside.write_text(sshsig(sha512_of(b"x"), public_of(key_of(1)), key_of(1).sign))
    assert verify(str(good)).problems == ["The signature of the zip is wrong: what it signed was changed."]
    (folder.parent / "bundle.sig").write_text("a folder's signature lies in it")
    assert verify(str(folder)).problems == []


def test_as_a_program_it_tells_by_its_exit_code_and_in_words(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*arguments: object) -> tuple[int, str, str]:
        code = verifier.main([str(each) for each in arguments])
        out, err = capsys.readouterr()
        return code, out, err

    key = Forged().fingerprint
    code, out, _ = run(folder, "--fingerprint", key, "--head", folder / "log/earlier/00000003.checkpoint")
    assert code == 0
    first, head, proven, *rest = out.splitlines()
    assert first == "It verifies."
    assert head == "Proven:     The head that you hold, of 3 entries, is of this log."
    assert proven.startswith("            These 6 entries (one whole case) stand unchanged")
    assert rest[0] == "            The key is the one you named, or one that it vouched for."
    assert any(each.startswith("Not proven: ") for each in rest)
    told = json.loads(run(folder, "--json")[1])
    assert (told["ok"], told["entries"], told["fingerprint"], told["problems"]) == (True, 6, key, [])
    assert run(tmp_path / "nowhere")[0] == 2
    assert run(tmp_path / "nowhere")[2] == f"{tmp_path}/nowhere: No such file or directory.\n"
    assert run(folder, "--head", tmp_path / "nothing")[0] == 2
    (folder / "report.csv").write_text("x")
    code, out, _ = run(folder)
    assert code == 1
    assert out.splitlines()[:2] == [
        "It does NOT verify.",
        "- report.csv was changed after the bundle was made.",
    ]
    code, out, _ = run(folder, "--json")
    assert (code, json.loads(out)["ok"]) == (1, False)


def test_without_a_name_it_checks_the_folder_it_lies_in(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(verifier, "__file__", str(folder / "verify.py"))
    assert verifier.main([]) == 0
    shutil.rmtree(folder / "log")
    assert verifier.main([]) == 1
    assert "Traceback" not in capsys.readouterr().out
