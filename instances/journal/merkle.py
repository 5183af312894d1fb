"""The Merkle tree of RFC 6962 section 2.1: roots, and proofs that a leaf or an older tree is part of a tree."""

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from typing import Final

HASH_BYTES: Final = 32
EMPTY_ROOT: Final = sha256(b"").digest()
TILE_HEIGHT: Final = 8
"""Of a tile: 256 hashes stand under one (as in C2SP tlog-tiles), so that a level is read at once."""

# Different first bytes keep a leaf from being passed off as a node, and the other way round.
_LEAF: Final = b"\x00"
_NODE: Final = b"\x01"


def leaf_hash(data: bytes) -> bytes:
    """Return the hash that stands for an entry in the tree."""
    return sha256(_LEAF + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of a node over its two children."""
    return sha256(_NODE + left + right).digest()


def root_of(leaf_hashes: Iterable[bytes]) -> bytes:
    """Return the root of the tree over those leaves, in their order."""
    frontier = Frontier()
    frontier.extend(leaf_hashes)
    return frontier.root


class Frontier:
    """The roots of the complete subtrees of a growing tree: all that it takes to go on, and to know its root."""

    __slots__ = ("_hashes", "_size")

    def __init__(self, size: int = 0, hashes: Iterable[bytes] = ()) -> None:
        self._size = size
        self._hashes = list(hashes)
        if size < 0 or len(self._hashes) != size.bit_count():
            raise ValueError(
                f"A tree of {size} leaves has {max(size, 0).bit_count()} complete subtrees, and {len(self._hashes)} "
                "hashes were given."
            )
        if any(len(each) != HASH_BYTES for each in self._hashes):
            raise ValueError(f"Each hash of a frontier has {HASH_BYTES} bytes.")

    @classmethod
    def from_bytes(cls, size: int, data: bytes) -> "Frontier":
        """Return the frontier that `to_bytes` wrote. Raises: ValueError where it doesn't fit the size."""
        return cls(size, (data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES)))

    def to_bytes(self) -> bytes:
        """Return the hashes one after the other, the largest subtree's first."""
        return b"".join(self._hashes)

    @property
    def size(self) -> int:
        return self._size

    @property
    def hashes(self) -> tuple[bytes, ...]:
        """Of the complete subtrees, the largest first."""
        return tuple(self._hashes)

    @property
    def root(self) -> bytes:
        if not self._hashes:
            return EMPTY_ROOT
        *larger, root = self._hashes
        for left in reversed(larger):
            root = node_hash(left, root)
        return root

    def append(self, leaf: bytes) -> None:
        """Let the tree grow by the hash of a leaf."""
        self.extend((leaf,))

    def extend(
        self, leaf_hashes: Iterable[bytes], *, completed: Callable[[int, int, bytes], None] | None = None
    ) -> None:
        """Let the tree grow by the hashes of leaves.

        `completed` is told of each tile that they complete: its level (1 for 256 leaves, 2 for 65,536), its number in
        the level from 0, and its root.
        """
        hashes, size = self._hashes, self._size
        for leaf in leaf_hashes:
            grown, rest, height = leaf, size, 0
            while rest & 1:
                grown = sha256(_NODE + hashes.pop() + grown).digest()
                rest >>= 1
                height += 1
                if completed is not None and height % TILE_HEIGHT == 0:
                    completed(height // TILE_HEIGHT, size >> height, grown)
            hashes.append(grown)
            size += 1
        self._size = size


# --- Which subtrees prove what ---------------------------------------------------------------------------------------


def inclusion_ranges(index: int, size: int) -> list[tuple[int, int]]:
    """Return the ranges of leaves whose roots are the proof that a leaf is in the tree (RFC 6962 section 2.1.1).

    Raises: ValueError for a leaf that the tree doesn't have.
    """
    if not 0 <= index < size:
        raise ValueError(f"A tree of {size} leaves has no leaf {index}.")
    ranges = []
    begin, end = 0, size
    while end - begin > 1:
        split = begin + _split(end - begin)
        if index < split:
            ranges.append((split, end))
            end = split
        else:
            ranges.append((begin, split))
            begin = split
    ranges.reverse()
    return ranges


def consistency_ranges(first: int, second: int) -> list[tuple[int, int]]:
    """Return the ranges of leaves whose roots are the proof that a tree grew from another (section 2.1.2).

    Raises: ValueError for sizes of which the first is the larger.
    """
    if not 0 <= first <= second:
        raise ValueError(f"A tree of {second} leaves can't have grown from one of {first}.")
    if first == 0:
        return []
    ranges = []
    begin, end = 0, second
    while end != first:
        split = begin + _split(end - begin)
        if first <= split:
            ranges.append((split, end))
            end = split
        else:
            ranges.append((begin, split))
            begin = split
    if begin:
        # What is left of the older tree is no subtree that starts at 0, so its root isn't known from the older root.
        ranges.append((begin, end))
    ranges.reverse()
    return ranges


def _split(leaves: int) -> int:
    """Return the largest power of two that is smaller than a number of leaves, of two or more."""
    return 1 << ((leaves - 1).bit_length() - 1)


# --- Proofs ----------------------------------------------------------------------------------------------------------


def inclusion_proof(leaf_hashes: Sequence[bytes], index: int) -> list[bytes]:
    """Return the proof that a leaf is in the tree over those. Raises: ValueError."""
    return [root_of(leaf_hashes[begin:end]) for begin, end in inclusion_ranges(index, len(leaf_hashes))]


def consistency_proof(leaf_hashes: Sequence[bytes], first: int) -> list[bytes]:
    """Return the proof that the tree over those grew from the one over the first of them. Raises: ValueError."""
    return [root_of(leaf_hashes[begin:end]) for begin, end in consistency_ranges(first, len(leaf_hashes))]


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Tell whether the proof shows the leaf's hash at that place in the tree (RFC 9162 section 2.1.3.2)."""
    if not 0 <= index < size or not _hashes(leaf, root, *proof):
        return False
    place, last, computed = index, size - 1, leaf
    for step in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            computed = node_hash(step, computed)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            computed = node_hash(computed, step)
        place, last = place >> 1, last >> 1
    return last == 0 and computed == root


def verify_consistency(first: int, second: int, first_root: bytes, second_root: bytes, proof: Sequence[bytes]) -> bool:
    """Tell whether the proof shows that the second tree grew from the first (RFC 9162 section 2.1.4.2)."""
    if not 0 <= first <= second or not _hashes(first_root, second_root, *proof):
        return False
    if first == 0:
        # Every tree grew from the empty one, which RFC 9162 leaves out, and C2SP tlog-witness has.
        return not proof and first_root == EMPTY_ROOT and (second > 0 or second_root == EMPTY_ROOT)
    if first == second:
        return not proof and first_root == second_root
    # A first tree that is one complete subtree is known by its root, which is then no part of the proof.
    whole = first & (first - 1) == 0
    steps = [first_root, *proof] if whole else list(proof)
    if not steps:
        return False
    place, last = first - 1, second - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    computed_first = computed_second = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            computed_first = node_hash(step, computed_first)
            computed_second = node_hash(step, computed_second)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            computed_second = node_hash(computed_second, step)
        place, last = place >> 1, last >> 1
    return last == 0 and computed_first == first_root and computed_second == second_root


def _hashes(*given: bytes) -> bool:
    return all(len(each) == HASH_BYTES for each in given)
