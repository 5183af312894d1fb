"""PostgreSQL's binary arrays, held against psycopg's own."""

import uuid
from collections.abc import Sequence
from typing import Any

import pytest
from psycopg.adapt import PyFormat, Transformer
from psycopg.types.numeric import Int2, Int8

from instances.journal.arrays import array_of


def theirs(values: Sequence[Any]) -> bytes:
    (dumped,) = Transformer().dump_sequence([list(values)], [PyFormat.BINARY])
    assert dumped is not None
    return bytes(dumped)


class TestArrayOf:
    @pytest.mark.parametrize(
        ("type", "values"),
        [
            ("text", ["a", "", "ä € 𝄞", "x" * 300]),
            ("text", [None, "a", None]),
            ("bytea", [b"", b"\0\xff", None]),
            ("uuid", [uuid.UUID(int=1), uuid.UUID(int=2**128 - 1)]),
        ],
    )
    def test_is_what_psycopg_sends(self, type: str, values: list[Any]) -> None:
        assert array_of(type, values) == theirs(values)

    def test_has_integers_as_wide_as_their_type(self) -> None:
        numbers = [0, -1, 32_767, None]

        assert array_of("int2", numbers) == theirs([None if each is None else Int2(each) for each in numbers])
        assert array_of("int8", numbers) == theirs([None if each is None else Int8(each) for each in numbers])
        assert array_of("int8", [2**63 - 1, -(2**63)]) == theirs([Int8(2**63 - 1), Int8(-(2**63))])

    def test_can_be_empty(self) -> None:
        assert array_of("int8", []).hex() == "00000000" * 2 + "00000014"
