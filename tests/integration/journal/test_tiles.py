"""Roots and proofs as the database gives them, held against those over all leaves."""

from typing import Final

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from instances.journal import merkle, tiles
from instances.journal.models import entry_model
from instances.journal.router import ALIAS
from tests.integration.journal.growing import grow, leaf_of

SIZE: Final = 66_000
"""Past 65,536, so that there is a tile of the second level, and some of the first after it."""


def leaves(size: int) -> list[bytes]:
    return [leaf_of(index) for index in range(size)]


class TestSmallTree:
    def test_proves_every_entry_at_every_size(self, journal: str) -> None:
        grow("audit", 20)
        known = leaves(20)

        for size in range(21):
            assert tiles.root("audit", size) == merkle.root_of(known[:size])
            for index in range(size):
                assert tiles.inclusion("audit", index, size) == merkle.inclusion_proof(known[:size], index)
            for first in range(size + 1):
                assert tiles.consistency("audit", first, size) == merkle.consistency_proof(known[:size], first)

    def test_is_each_instance_s_own(self, journal: str) -> None:
        grow("audit", 3)

        assert tiles.root("security", 0) == merkle.EMPTY_ROOT
        with pytest.raises(tiles.MissingLeaf, match="The journal of security has no entry 0"):
            tiles.root("security", 1)

    def test_names_the_entry_that_it_lacks(self, journal: str) -> None:
        grow("audit", 10)

        with pytest.raises(tiles.MissingLeaf, match="no entry 10, which"):
            tiles.root("audit", 12)

    def test_reads_subtrees_and_nothing_else(self, journal: str) -> None:
        grow("audit", 10)
        model = entry_model("audit")

        assert tiles.subtree_root(model, 4, 6) == merkle.root_of(leaves(6)[4:])
        assert tiles.subtree_root(model, 8, 9) == leaf_of(8)
        with pytest.raises(ValueError, match="from 3 to before 6 are no subtree"):
            tiles.subtree_root(model, 3, 6)


class TestLargeTree:
    def test_proves_the_same_as_all_its_leaves_and_reads_a_few_blocks(self) -> None:
        grow("audit", SIZE)
        known = leaves(SIZE)

        for size in (255, 256, 257, 1_000, 65_535, 65_536, 65_537, SIZE):
            assert tiles.root("audit", size) == merkle.root_of(known[:size]), size
        for index, size in ((0, SIZE), (65_535, SIZE), (65_536, SIZE), (SIZE - 1, SIZE), (300, 65_700)):
            proof = tiles.inclusion("audit", index, size)
            assert merkle.verify_inclusion(known[index], index, size, proof, merkle.root_of(known[:size]))
        for first, second in ((1, SIZE), (256, SIZE), (65_536, SIZE), (65_700, SIZE), (777, 65_537)):
            proof = tiles.consistency("audit", first, second)
            roots = merkle.root_of(known[:first]), merkle.root_of(known[:second])
            assert merkle.verify_consistency(first, second, *roots, proof)
        with CaptureQueriesContext(connections[ALIAS]) as asked:
            tiles.inclusion("audit", 40_000, SIZE)
        assert len(asked) <= 6

    def test_goes_on_from_below_where_tiles_are_missing(self, journal: str) -> None:
        grow("audit", 2_000, tiles=False)

        assert tiles.root("audit", 2_000) == merkle.root_of(leaves(2_000))
        assert tiles.inclusion("audit", 700, 2_000) == merkle.inclusion_proof(leaves(2_000), 700)
