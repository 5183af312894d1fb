"""Proofs for many entries in the order of their index, with each node of the tree worked out once."""

from collections.abc import Callable
from functools import lru_cache
from typing import Final

from instances.journal import tiles
from instances.journal.merkle import TILE_HEIGHT, inclusion_ranges, node_hash, verify_inclusion
from instances.journal.models import Entry

BLOCK: Final = 1 << TILE_HEIGHT
_NODES_KEPT: Final = 4_096
"""Larger subtrees that are remembered: a proof takes some twenty, and the next one nearly the same."""


class WrongTree(Exception):
    """Entries that do not give the root that was signed, somewhere among so many."""

    def __init__(self, index: int, count: int) -> None:
        super().__init__(f"Among the {count} entries from {index} is one that is not as it was sealed.")
        self.index = index
        self.count = count


class ProofMaker:
    """Makes inclusion proofs in the tree of one size and root.

    Subtrees within a block of 256 leaves come from the block that was read last, all others from the tiles.
    """

    def __init__(self, model: type[Entry], size: int, root: bytes, *, using: str) -> None:
        self._size = size
        self._root = root
        self._entries = model._base_manager.using(using)
        self._block = -1
        self._levels: list[list[bytes]] = []
        self._larger: Callable[[int, int], bytes] = lru_cache(_NODES_KEPT)(
            lambda begin, end: tiles.subtree_root(model, begin, end)
        )

    def inclusion(self, index: int) -> list[bytes]:
        """Return the proof of an entry.

        Raises: WrongTree; tiles.MissingLeaf; ValueError for an entry beyond the tree.
        """
        ranges = inclusion_ranges(index, self._size)
        fresh = index // BLOCK != self._block
        if fresh:
            self._read(index // BLOCK)
        proof = [self._subtree(begin, end) for begin, end in ranges]
        # The proof of one leaf is made of all others in its block, so that it shows all of them to be right.
        if fresh and not verify_inclusion(self._leaf(index), index, self._size, proof, self._root):
            raise WrongTree(index // BLOCK * BLOCK, BLOCK)
        return proof

    def _leaf(self, index: int) -> bytes:
        """Raises: tiles.MissingLeaf."""
        return self._subtree(index, index + 1)

    def _subtree(self, begin: int, end: int) -> bytes:
        leaves = end - begin
        if leaves < BLOCK and begin // BLOCK == self._block and leaves.bit_count() == 1:
            height = leaves.bit_length() - 1
            level = self._levels[height]
            at = (begin - self._block * BLOCK) >> height
            if at < len(level):
                return level[at]
        return self._larger(begin, end)

    def _read(self, block: int) -> None:
        first = block * BLOCK
        rows = self._entries.filter(index__gte=first, index__lt=min(first + BLOCK, self._size)).order_by("index")
        leaves: list[bytes] = []
        for index, leaf in rows.values_list("index", "leaf_hash"):
            if index != first + len(leaves):
                break
            leaves.append(bytes(leaf))
        levels = [leaves]
        while len(levels[-1]) > 1:
            below = levels[-1]
            levels.append([node_hash(*below[at : at + 2]) for at in range(0, len(below) - 1, 2)])
        self._block, self._levels = block, levels + [[]] * (TILE_HEIGHT - len(levels))
