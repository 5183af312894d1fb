"""Roots and proofs from the database: complete subtrees from their tiles, the rest from the entries' leaf hashes."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from instances.journal.merkle import (
    EMPTY_ROOT,
    TILE_HEIGHT,
    consistency_ranges,
    inclusion_ranges,
    node_hash,
    root_of,
)
from instances.journal.models import ENTRIES, Entry, Tile, entry_model
from instances.journal.router import ALIAS

WIDTH: Final = 1 << TILE_HEIGHT
"""Nodes of a level under one of the next, and what is read at once."""


class MissingLeaf(LookupError):
    """A numbered journal that lacks an entry, so that nothing can be proven with it."""

    def __init__(self, instance: str, index: int) -> None:
        super().__init__(f"The journal of {instance} has no entry {index}, which its tree has.")
        self.instance = instance
        self.index = index


def root(instance: str, size: int) -> bytes:
    """Return the root of the tree over the first entries. Raises: MissingLeaf; what the database raises."""
    return _Tree(instance).root(0, size)


def roots(instance: str, sizes: Sequence[int]) -> list[bytes]:
    """Return the roots of the trees of those sizes, reading what they share once. Raises as `root` does."""
    tree = _Tree(instance)
    return [tree.root(0, size) for size in sizes]


def subtree_root(model: type[Entry], begin: int, end: int) -> bytes:
    """Return the root over a range of entries that begins where a complete subtree as large as it could begin.

    Raises: MissingLeaf; ValueError for a range that is no subtree of any tree.
    """
    return _Tree(_instance_of(model)).root(begin, end)


def inclusion(instance: str, index: int, size: int) -> list[bytes]:
    """Return the proof that an entry is in the tree of that size. Raises: MissingLeaf; ValueError."""
    tree = _Tree(instance)
    return [tree.root(begin, end) for begin, end in inclusion_ranges(index, size)]


def consistency(instance: str, first: int, second: int) -> list[bytes]:
    """Return the proof that the tree of one size grew from that of another. Raises: MissingLeaf; ValueError."""
    tree = _Tree(instance)
    return [tree.root(begin, end) for begin, end in consistency_ranges(first, second)]


def _instance_of(model: type[Entry]) -> str:
    return next(name for name, known in ENTRIES.items() if known is model)


class _Tree:
    """Reads the nodes of one instance's tree, each block of them once.

    A node of level n stands for 256^n leaves; level 0 are the leaves. A proof lies within two blocks a level, so that
    it takes some 256 hashes for each power of 256 in the size, whatever the size.
    """

    def __init__(self, instance: str) -> None:
        self._instance = instance
        self._entries = entry_model(instance)._base_manager.using(ALIAS)
        self._tiles = Tile.objects.using(ALIAS).filter(instance=instance)
        self._blocks: dict[tuple[int, int], dict[int, bytes]] = {}

    def root(self, begin: int, end: int) -> bytes:
        span = 1 << max(end - begin - 1, 0).bit_length()
        if not 0 <= begin <= end or begin % span:
            raise ValueError(f"The leaves from {begin} to before {end} are no subtree.")
        return _merged(self._subtrees(begin, end))

    def _subtrees(self, begin: int, end: int) -> Iterator[tuple[int, bytes]]:
        """Yield height and root of complete subtrees that together are the range, the largest first."""
        level = max((end - begin).bit_length() - 1, 0) // TILE_HEIGHT
        while level >= 0:
            leaves = 1 << level * TILE_HEIGHT
            while end - begin >= leaves:
                yield level * TILE_HEIGHT, self._node(level, begin // leaves)
                begin += leaves
            level -= 1

    def _node(self, level: int, number: int) -> bytes:
        block = number // WIDTH
        if (level, block) not in self._blocks:
            self._blocks[level, block] = self._read(level, block * WIDTH)
        found = self._blocks[level, block].get(number)
        if found is not None:
            return found
        if level == 0:
            raise MissingLeaf(self._instance, number)
        # The tile may not be written yet, or be lost: what is below says the same.
        found = root_of(self._node(level - 1, number * WIDTH + below) for below in range(WIDTH))
        self._blocks[level, block][number] = found
        return found

    def _read(self, level: int, first: int) -> dict[int, bytes]:
        within = (first, first + WIDTH - 1)
        if level == 0:
            entries = self._entries.filter(index__range=within)
            return {
                index: bytes(leaf) for index, leaf in entries.values_list("index", "leaf_hash") if index is not None
            }
        tiles = self._tiles.filter(level=level, number__range=within)
        return {number: bytes(root) for number, root in tiles.values_list("number", "root")}


def _merged(subtrees: Iterable[tuple[int, bytes]]) -> bytes:
    """Return the root over complete subtrees, of which none is higher than the one before."""
    stack: list[tuple[int, bytes]] = []
    for height, subtree in subtrees:
        grown, top = height, subtree
        # Two of one height are the halves of the next, because the range begins where a subtree can.
        while stack and stack[-1][0] == grown:
            grown, top = grown + 1, node_hash(stack.pop()[1], top)
        stack.append((grown, top))
    if not stack:
        return EMPTY_ROOT
    _, top = stack.pop()
    while stack:
        top = node_hash(stack.pop()[1], top)
    return top
