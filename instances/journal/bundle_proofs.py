"""Proofs for many entries in the order of their index, with each node of the tree worked out once."""

from collections.abc import Callable
from functools import lru_cache
from typing import Final

from instances.journal import tiles
from instances.journal.merkle import TILE_HEIGHT, inclusion_ranges, node_hash
from instances.journal.models import Entry

BLOCK: Final = 1 << TILE_HEIGHT
_NODES_KEPT: Final = 4_096
"""Larger subtrees that are remembered: a proof takes some twenty, and the next one nearly the same."""


class ProofMaker:
    """Makes inclusion proofs in the tree of one size.

    Subtrees within a block of 256 leaves come from the block that was read last, all others from the tiles.
    """

    def __init__(self, model: type[Entry], size: int, *, using: str) -> None:
        self._size = size
        self._entries = model._base_manager.using(using)
        self._block = -1
        self._levels: list[list[bytes]] = []
        self._larger: Callable[[int, int], bytes] = lru_cache(_NODES_KEPT)(
            lambda begin, end: tiles.subtree_root(model, begin, end)
        )

    def inclusion(self, index: int) -> list[bytes]:
        """Return the proof of an entry. Raises: tiles.MissingLeaf; ValueError for one beyond the tree."""
        ranges = inclusion_ranges(index, self._size)
        if index // BLOCK != self._block:
            self._read(index // BLOCK)
        return [self._root(begin, end) for begin, end in ranges]

    def _root(self, begin: int, end: int) -> bytes:
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
        leaves = []
        for index, leaf in rows.values_list("index", "leaf_hash"):
            if index != first + len(leaves):
                break
            leaves.append(bytes(leaf))
        levels = [leaves]
        while len(levels[-1]) > 1:
            below = levels[-1]
            levels.append([node_hash(*below[at : at + 2]) for at in range(0, len(below) - 1, 2)])
        self._block, self._levels = block, levels + [[]] * (TILE_HEIGHT - len(levels))
