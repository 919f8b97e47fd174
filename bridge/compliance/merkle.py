"""The Merkle tree of RFC 6962: hashes, the frontier that grows it, proofs and their verification.

A subtree is named (level, index): the node over leaves index·2^level up to (index+1)·2^level.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256().digest()

Subtree = Callable[[int, int], bytes]
"""Gives the hash of the complete subtree (level, index)."""


def leaf_hash(leaf: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


class Frontier:
    """The roots of the complete subtrees that make up a tree of `size` leaves, largest first."""

    def __init__(self, size: int = 0, roots: Iterable[bytes] = ()) -> None:
        self.size = size
        self.roots = list(roots)
        if len(self.roots) != size.bit_count():
            raise ValueError(f"a tree of {size} leaves has {size.bit_count()} complete subtrees")

    @classmethod
    def of_bytes(cls, size: int, roots: bytes) -> Frontier:
        return cls(size, (roots[at : at + HASH_BYTES] for at in range(0, len(roots), HASH_BYTES)))

    def __bytes__(self) -> bytes:
        return b"".join(self.roots)

    def append(self, hashed: bytes) -> list[tuple[int, int, bytes]]:
        """Adds a leaf by its hash; the subtrees it completes as (level, index, hash), lowest first."""
        completed = []
        level, index = 0, self.size
        while index & 1:
            hashed = node_hash(self.roots.pop(), hashed)
            level, index = level + 1, index >> 1
            completed.append((level, index, hashed))
        self.roots.append(hashed)
        self.size += 1
        return completed

    @property
    def root(self) -> bytes:
        if not self.roots:
            return EMPTY_ROOT
        root = self.roots[-1]
        for left in reversed(self.roots[:-1]):
            root = node_hash(left, root)
        return root


def root_of(hashes: Sequence[bytes]) -> bytes:
    """The root over leaf hashes."""
    frontier = Frontier()
    for hashed in hashes:
        frontier.append(hashed)
    return frontier.root


def inclusion_proof(index: int, size: int, subtree: Subtree) -> list[bytes]:
    """PATH(index, D[size]) of RFC 6962, 2.1.1: the hashes beside the way from leaf to root."""
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} leaves has no leaf {index}")
    proof: list[bytes] = []
    low, high = 0, size
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            proof.append(_range_root(middle, high, subtree))
            high = middle
        else:
            proof.append(_range_root(low, middle, subtree))
            low = middle
    return proof[::-1]


def consistency_proof(old: int, size: int, subtree: Subtree) -> list[bytes]:
    """PROOF(old, D[size]) of RFC 6962, 2.1.2: that the first `old` leaves are still what they were."""
    if not 0 < old <= size:
        raise ValueError(f"a tree of {size} leaves never had {old}")
    proof: list[bytes] = []
    low, high, known = 0, size, True
    while old != high:
        middle = low + _split(high - low)
        if old <= middle:
            proof.append(_range_root(middle, high, subtree))
            high = middle
        else:
            proof.append(_range_root(low, middle, subtree))
            low, known = middle, False
    if not known:
        proof.append(_range_root(low, high, subtree))
    return proof[::-1]


def verify_inclusion(hashed: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether `proof` shows the leaf at `index` in the tree of `size` leaves (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size or any(len(step) != HASH_BYTES for step in (hashed, root, *proof)):
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


def verify_consistency(old: int, old_root: bytes, size: int, root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether `proof` shows that the tree of `size` grew out of that of `old` (RFC 9162, 2.1.4.2)."""
    if not 0 < old <= size or any(len(step) != HASH_BYTES for step in (old_root, root, *proof)):
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


def _split(count: int) -> int:
    """The largest power of two below `count`."""
    return 1 << ((count - 1).bit_length() - 1)


def _range_root(low: int, high: int, subtree: Subtree) -> bytes:
    """The root over leaves low up to high, where low starts a subtree at least as large."""
    roots = []
    while low < high:
        level = (high - low).bit_length() - 1
        roots.append(subtree(level, low >> level))
        low += 1 << level
    root = roots.pop()
    while roots:
        root = node_hash(roots.pop(), root)
    return root
