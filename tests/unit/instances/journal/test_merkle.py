import json
from hashlib import sha256
from pathlib import Path
from typing import Final

import pytest

from instances.journal import merkle

VECTORS = json.loads((Path(__file__).parent / "transparency_vectors.json").read_text(encoding="utf-8"))["merkle"]
MOST: Final = 130
"""Past 128, so that the trees have a complete subtree of each height up to seven, and one leaf more."""
LEAVES = [merkle.leaf_hash(f"entry {number}".encode()) for number in range(MOST)]
ROOTS = [merkle.root_of(LEAVES[:size]) for size in range(MOST + 1)]


def naive_root(leaves: list[bytes]) -> bytes:
    """Return the root as RFC 6962 section 2.1 defines it, word for word."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return sha256(b"\x01" + naive_root(leaves[:split]) + naive_root(leaves[split:])).digest()


def flipped(data: bytes) -> bytes:
    return data[:-1] + bytes((data[-1] ^ 1,))


class TestRoot:
    def test_is_that_of_the_vectors(self) -> None:
        leaves = [merkle.leaf_hash(bytes.fromhex(leaf)) for leaf in VECTORS["leaves_hex"]]

        roots = [merkle.root_of(leaves[:size]).hex() for size in range(1, len(leaves) + 1)]

        assert roots == VECTORS["roots_hex_by_size"]
        assert merkle.root_of([]).hex() == merkle.EMPTY_ROOT.hex() == VECTORS["empty_root"]

    def test_is_what_the_definition_says_at_every_size(self) -> None:
        assert [naive_root(LEAVES[:size]) for size in range(MOST + 1)] == ROOTS


class TestInclusion:
    def test_is_shown_for_every_leaf_of_every_tree(self) -> None:
        refused = [
            (index, size)
            for size in range(1, MOST + 1)
            for index in range(size)
            if not merkle.verify_inclusion(
                LEAVES[index], index, size, merkle.inclusion_proof(LEAVES[:size], index), ROOTS[size]
            )
        ]

        assert refused == []

    @pytest.mark.parametrize("size", [1, 2, 3, 6, 7, 8, 13, 32, 33, 130])
    def test_is_not_shown_by_anything_forged(self, size: int) -> None:
        believed = []
        for index in range(size):
            proof = merkle.inclusion_proof(LEAVES[:size], index)
            leaf, root = LEAVES[index], ROOTS[size]
            forged = {
                "another leaf": (flipped(leaf), index, size, proof, root),
                "another root": (leaf, index, size, proof, flipped(root)),
                "one step more": (leaf, index, size, [*proof, root], root),
                "one step before": (leaf, index, size, [root, *proof], root),
                "a short root": (leaf, index, size, proof, root[:-1]),
                "past the end": (leaf, size, size, proof, root),
                "before the start": (leaf, -1, size, proof, root),
            }
            for other in range(size):
                if other != index:
                    forged[f"index {other}"] = (leaf, other, size, proof, root)
            for other in range(1, MOST):
                if other != size:
                    forged[f"root of {other}"] = (leaf, index, size, proof, ROOTS[other])
                    forged[f"size {other}"] = (leaf, index, other, proof, ROOTS[other])
            for at in range(len(proof)):
                forged[f"step {at} flipped"] = (
                    leaf,
                    index,
                    size,
                    [*proof[:at], flipped(proof[at]), *proof[at + 1 :]],
                    root,
                )
                forged[f"step {at} left out"] = (leaf, index, size, [*proof[:at], *proof[at + 1 :]], root)
                forged[f"step {at} cut"] = (leaf, index, size, [*proof[:at], proof[at][:-1], *proof[at + 1 :]], root)
            believed += [(index, what) for what, given in forged.items() if merkle.verify_inclusion(*given)]

        assert believed == []

    def test_proves_no_leaf_for_a_node(self) -> None:
        """A node over two leaves is no leaf of the tree that has half as many (RFC 6962 section 2.1)."""
        assert not merkle.verify_inclusion(merkle.leaf_hash(LEAVES[0] + LEAVES[1]), 0, 1, [], ROOTS[2])

    @pytest.mark.parametrize(("index", "size"), [(0, 0), (5, 5), (-1, 5)])
    def test_has_no_proof_for_what_is_not_there(self, index: int, size: int) -> None:
        with pytest.raises(ValueError, match=f"A tree of {size} leaves has no leaf {index}"):
            merkle.inclusion_proof(LEAVES[:size], index)


class TestConsistency:
    def test_is_shown_for_every_two_sizes(self) -> None:
        refused = [
            (first, second)
            for second in range(MOST + 1)
            for first in range(second + 1)
            if not merkle.verify_consistency(
                first, second, ROOTS[first], ROOTS[second], merkle.consistency_proof(LEAVES[:second], first)
            )
        ]

        assert refused == []

    @pytest.mark.parametrize("second", [1, 2, 3, 7, 8, 13, 64, 65, 130])
    def test_is_not_shown_by_anything_forged(self, second: int) -> None:
        believed = []
        for first in range(second + 1):
            proof = merkle.consistency_proof(LEAVES[:second], first)
            old, new = ROOTS[first], ROOTS[second]
            forged = {
                "another old root": (first, second, flipped(old), new, proof),
                "one step more": (first, second, old, new, [*proof, new]),
                "one step before": (first, second, old, new, [new, *proof]),
                "a larger first": (second + 1, second, old, new, proof),
                "a negative first": (-1, second, old, new, proof),
            }
            if first:
                forged["another new root"] = (first, second, old, flipped(new), proof)
            for other in range(1, second + 1):
                if other != first:
                    forged[f"root of {other}"] = (first, second, ROOTS[other], new, proof)
            for other in range(max(first, 1), MOST):
                if other != second and first:
                    forged[f"second {other}"] = (first, other, old, ROOTS[other], proof)
            for at in range(len(proof)):
                steps = [*proof[:at], flipped(proof[at]), *proof[at + 1 :]]
                forged[f"step {at} flipped"] = (first, second, old, new, steps)
                forged[f"step {at} left out"] = (first, second, old, new, [*proof[:at], *proof[at + 1 :]])
                forged[f"step {at} cut"] = (first, second, old, new, [*proof[:at], proof[at][1:], *proof[at + 1 :]])
            believed += [(first, what) for what, given in forged.items() if merkle.verify_consistency(*given)]

        assert believed == []

    def test_is_not_shown_for_a_tree_of_which_an_old_leaf_was_changed(self) -> None:
        changed = [LEAVES[0], flipped(LEAVES[1]), *LEAVES[2:]]

        for first in range(2, 60):
            proof = merkle.consistency_proof(changed[:60], first)
            assert not merkle.verify_consistency(first, 60, ROOTS[first], merkle.root_of(changed[:60]), proof), first

    def test_has_no_proof_that_a_tree_grew_from_a_larger_one(self) -> None:
        with pytest.raises(ValueError, match="A tree of 3 leaves can't have grown from one of 4"):
            merkle.consistency_proof(LEAVES[:3], 4)


class TestFrontier:
    def test_goes_on_from_where_it_was_kept(self) -> None:
        frontier = merkle.Frontier()
        for size in range(MOST):
            assert (frontier.size, frontier.root) == (size, ROOTS[size])
            frontier = merkle.Frontier.from_bytes(size, frontier.to_bytes())
            frontier.append(LEAVES[size])

        assert frontier.root == ROOTS[MOST]
        assert len(frontier.hashes) == 2

    @pytest.mark.parametrize(("size", "data"), [(1, b""), (3, b"x" * 32), (2, b"x" * 64), (1, b"x" * 31), (-1, b"")])
    def test_is_refused_where_it_does_not_fit_the_size(self, size: int, data: bytes) -> None:
        with pytest.raises(ValueError, match=r"complete subtrees|32 bytes"):
            merkle.Frontier.from_bytes(size, data)

    def test_tells_each_tile_that_is_completed(self) -> None:
        leaves = [sha256(number.to_bytes(4, "big")).digest() for number in range(65_536 + 300)]
        frontier = merkle.Frontier()
        tiles: dict[tuple[int, int], bytes] = {}

        for at in range(0, len(leaves), 1_000):
            frontier.extend(
                leaves[at : at + 1_000], completed=lambda level, number, root: tiles.update({(level, number): root})
            )

        assert sorted(tiles) == [*((1, number) for number in range(257)), (2, 0)]
        assert tiles[1, 0] == naive_root(leaves[:256])
        assert tiles[1, 255] == naive_root(leaves[255 * 256 : 65_536])
        assert tiles[1, 256] == naive_root(leaves[65_536 : 65_536 + 256])
        assert tiles[2, 0] == naive_root(leaves[:65_536])
