"""The verifier on keys and heads: who signed, who vouched for whom, what somebody else holds."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path

from bridge.compliance.merkle import leaf_hash
from bridge.compliance.reading import LogKey
from bridge.compliance.sshsig import revoked_keys
from bridge.compliance.verify import verify
from bridge.keys.ssh import ssh_line
from tests.compliance.forging import Files, Forged, entry, key_of, problems, public_of, put

EARLIER = "log/earlier/00000003.checkpoint"


def test_a_head_by_another_key_of_the_log_is_not_the_signer_s(tmp_path: Path) -> None:
    forged = Forged(allowed=[key_of(1), key_of(2)])
    other = Forged(signers=[key_of(2)]).files()

    def swap(files: Files) -> None:
        files["log/checkpoint"] = other["log/checkpoint"]

    assert "log/checkpoint is not signed by the key of keys/log.pub." in problems(forged, tmp_path, swap)


def test_an_earlier_head_needs_only_signatures_of_keys_of_the_log(tmp_path: Path) -> None:
    wrong = f"{EARLIER} is not signed by a key of this log."
    for number, (signers, said) in enumerate(
        (
            ([key_of(3)], [wrong]),
            ([key_of(1), key_of(3)], [wrong]),
            ([key_of(2)], []),
            ([key_of(1), key_of(2)], []),
        )
    ):
        forged = Forged(allowed=[key_of(1), key_of(2)], earlier={3: signers})
        assert verify(str(forged.write(tmp_path / str(number)))).problems == said


def test_a_wrong_signature_is_none_although_it_names_the_key(tmp_path: Path) -> None:
    def spoil(name: str) -> Callable[[Files], object]:
        def change(files: Files) -> None:
            text, _, line = files[name].decode().rpartition(" ")
            wrong = base64.b64decode(line)[:-1] + b"\x7f"
            files[name] = f"{text} {base64.b64encode(wrong).decode()}\n".encode()
            if name == "log/checkpoint":
                files["log/checkpoint.ed25519"] = wrong[4:]

        return change

    found = problems(Forged(), tmp_path / "head", spoil("log/checkpoint"))
    assert "log/checkpoint is not signed by the key of keys/log.pub." in found
    assert problems(Forged(), tmp_path / "old", spoil(EARLIER)) == [
        f"{EARLIER} is not signed by a key of this log."
    ]


def test_an_earlier_head_of_another_history_is_found(tmp_path: Path) -> None:
    forged = Forged()
    rewritten = forged.note([bytes(32)] * 3, key_of(1)).encode()
    found = problems(forged, tmp_path, put(EARLIER, rewritten))
    assert found == [f"{EARLIER} is not an earlier head of this log: its history was rewritten."]


def test_a_revoked_signer_is_said(tmp_path: Path) -> None:
    for number, revoked in ((1, ["The key that signed this was revoked."]), (2, [])):
        krl = revoked_keys([LogKey(public_of(key_of(number)), 0, 0, 1, "revoked")], 1)
        assert krl
        assert problems(Forged(), tmp_path / str(number), put("keys/krl", krl)) == revoked


def rotated(*, announced: bool = True, signers: int = 2) -> Forged:
    """A log that changed its key from 1 to 2, then to 3, both at heads that both keys signed."""
    one, two, three = (key_of(number) for number in (1, 2, 3))
    forged = Forged("all", signers=[three], allowed=[one, two, three])
    for at, key in ((5, two), (6, three)):
        line = ssh_line(public_of(key)) if announced else "x y"
        forged.leaves[at] = entry("key.rotated", ssh=line)
    forged.earlier = {6: [one, two][:signers], 7: [two, three][:signers]}
    return forged


def test_an_old_fingerprint_leads_to_the_key_in_use_by_what_both_signed(tmp_path: Path) -> None:
    first = Forged().fingerprint
    bundle = str(rotated().write(tmp_path / "vouched"))
    assert verify(bundle, first).problems == []
    assert "one that it vouched for" in verify(bundle, first).proven[-1]
    assert verify(bundle).problems == []
    for name, forged in (("silent", rotated(announced=False)), ("alone", rotated(signers=1))):
        found = verify(str(forged.write(tmp_path / name)), first).problems
        assert len(found) == 1, name
        assert found[0].startswith("WRONG KEY"), name


def test_a_chain_of_keys_that_lacks_a_link_leads_nowhere(tmp_path: Path) -> None:
    """The first key vouched for nobody, the second one for the third."""
    forged = rotated()
    forged.earlier[6] = [key_of(1)]
    found = verify(str(forged.write(tmp_path / "bundle")), Forged().fingerprint).problems
    assert [each[:9] for each in found] == ["WRONG KEY"]


def test_a_key_that_vouches_for_another_is_not_vouched_for_by_it(tmp_path: Path) -> None:
    """The new key's fingerprint says nothing of what only the old one signed."""
    forged = Forged("all", signers=[key_of(1)], allowed=[key_of(1), key_of(2)])
    line = ssh_line(public_of(key_of(2)))
    forged.leaves[5] = entry("key.rotated", ssh=line)
    forged.earlier = {6: [key_of(1), key_of(2)]}
    newer = Forged(signers=[key_of(2)]).fingerprint
    assert [each[:9] for each in verify(str(forged.write(tmp_path / "bundle")), newer).problems] == [
        "WRONG KEY"
    ]


def test_a_head_that_somebody_holds_is_compared_by_size_root_and_log(tmp_path: Path) -> None:
    forged = Forged()
    bundle = str(forged.write(tmp_path / "bundle"))
    hashes = [leaf_hash(str(number).encode()) for number in range(9)]
    held = (tmp_path / "bundle/log/earlier/00000003.checkpoint").read_bytes()
    assert "The head that you hold, of 3 entries, is of this log." in verify(bundle, head=held).proven
    own = (tmp_path / "bundle/log/checkpoint").read_bytes()
    assert "The head that you hold, of 9 entries, is of this log." in verify(bundle, head=own).proven
    rewritten = forged.note(hashes[:3], key_of(1)).encode()
    assert verify(bundle, head=rewritten).problems == [
        "The head that you hold, of 3 entries, is NOT of this log: it was rewritten."
    ]
    unknown = verify(bundle, head=forged.note(hashes[:4], key_of(1)).encode())
    assert unknown.problems == []
    assert any("has no proof for it" in each for each in unknown.not_proven)
    foreign = verify(bundle, head=held.replace(b"abcdefghabcdefgh", b"hgfedcbahgfedcba"))
    assert any("has no proof for it" in each for each in foreign.not_proven)
    assert not any("is of this log" in each for each in foreign.proven)
    assert verify(bundle, head=b"x").problems == ["The head that you hold is no signed checkpoint."]
