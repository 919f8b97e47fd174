"""The tree of RFC 6962, against an own recursive reading of the RFC's definitions."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.compliance.merkle import (
    EMPTY_ROOT,
    Frontier,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    root_of,
    verify_consistency,
    verify_inclusion,
)

LEAVES = [f"leaf {number}".encode() for number in range(70)]
HASHES = [leaf_hash(leaf) for leaf in LEAVES]


def mth(leaves: Sequence[bytes]) -> bytes:
    """MTH(D[n]) as section 2.1 of the RFC writes it."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + mth(leaves[:k]) + mth(leaves[k:])).digest()


def path(m: int, leaves: Sequence[bytes]) -> list[bytes]:
    """PATH(m, D[n])."""
    if len(leaves) == 1:
        return []
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if m < k:
        return [*path(m, leaves[:k]), mth(leaves[k:])]
    return [*path(m - k, leaves[k:]), mth(leaves[:k])]


def subproof(m: int, leaves: Sequence[bytes], known: bool) -> list[bytes]:
    """SUBPROOF(m, D[n], b)."""
    if m == len(leaves):
        return [] if known else [mth(leaves)]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if m <= k:
        return [*subproof(m, leaves[:k], known), mth(leaves[k:])]
    return [*subproof(m - k, leaves[k:], False), mth(leaves[:k])]


def subtree(level: int, index: int) -> bytes:
    return mth(LEAVES[index << level : (index + 1) << level])


@pytest.mark.parametrize("size", range(len(LEAVES) + 1))
def test_roots_and_proofs_are_those_of_the_rfc(size: int) -> None:
    leaves, root = LEAVES[:size], mth(LEAVES[:size])
    assert root_of(HASHES[:size]) == root
    for index in range(size):
        proof = inclusion_proof(index, size, subtree)
        assert proof == path(index, leaves)
        assert verify_inclusion(HASHES[index], index, size, proof, root)
    for old in range(1, size + 1):
        proof = consistency_proof(old, size, subtree)
        assert proof == subproof(old, leaves, True)
        assert verify_consistency(old, mth(LEAVES[:old]), size, root, proof)


@given(st.data())
def test_a_changed_proof_shows_nothing(data: st.DataObject) -> None:
    size = data.draw(st.integers(2, len(LEAVES)))
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size - 1))
    root, old_root = mth(LEAVES[:size]), mth(LEAVES[:old])
    inclusion, consistency = inclusion_proof(index, size, subtree), consistency_proof(old, size, subtree)
    for proof in (inclusion, consistency):
        at, bit = data.draw(st.integers(0, len(proof) - 1)), data.draw(st.integers(0, 255))
        proof[at] = (int.from_bytes(proof[at]) ^ 1 << bit).to_bytes(32)
    assert not verify_inclusion(HASHES[index], index, size, inclusion, root)
    assert not verify_consistency(old, old_root, size, root, consistency)


def test_proofs_of_another_length_place_or_size_show_nothing() -> None:
    root, old_root = mth(LEAVES[:20]), mth(LEAVES[:7])
    proof, grown = inclusion_proof(5, 20, subtree), consistency_proof(7, 20, subtree)
    for wrong in (proof[:-1], [*proof, root], proof[1:], [*proof[:-1], proof[-1][:-1]]):
        assert not verify_inclusion(HASHES[5], 5, 20, wrong, root)
    for index, size in ((4, 20), (5, 40), (5, 3), (-1, 20), (20, 20)):
        assert not verify_inclusion(HASHES[5], index, size, proof, root)
    for wrong in (grown[:-1], [*grown, root], grown[1:], []):
        assert not verify_consistency(7, old_root, 20, root, wrong)
    for old, size in ((6, 20), (8, 20), (7, 40), (0, 20), (20, 7), (20, 20)):
        assert not verify_consistency(old, old_root, size, root, grown)


def test_a_frontier_goes_on_from_its_bytes() -> None:
    frontier = Frontier()
    for number, hashed in enumerate(HASHES):
        frontier = Frontier.of_bytes(number, bytes(frontier))
        frontier.append(hashed)
    assert frontier.root == mth(LEAVES)
    with pytest.raises(ValueError, match="complete subtrees"):
        Frontier(3, [HASHES[0]])


def test_an_empty_tree_has_the_hash_of_nothing() -> None:
    assert Frontier().root == EMPTY_ROOT == mth([])
    for index, size in ((0, 0), (1, 1), (-1, 4)):
        with pytest.raises(ValueError, match="no leaf"):
            inclusion_proof(index, size, subtree)
    for old, size in ((0, 4), (5, 4)):
        with pytest.raises(ValueError, match="never had"):
            consistency_proof(old, size, subtree)
