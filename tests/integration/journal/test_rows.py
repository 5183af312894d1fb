"""Statements of many rows, on either database."""

import pytest
from django.db import IntegrityError, connections

from instances.journal.append import writing
from instances.journal.models import StreamHead, Tile
from instances.journal.router import ALIAS
from instances.journal.rows import Column, Table, insert, put, read, select, update

TILE = Table(
    Tile._meta.db_table,
    (Column("instance", "text"), Column("level", "int2"), Column("number", "int8"), Column("root", "bytea")),
)
HEAD = Table(
    StreamHead._meta.db_table,
    (
        Column("stream", "text"),
        Column("instance", "text"),
        Column("offset", "int8"),
        Column("received_ms", "int8"),
        Column("topic", "text"),
        Column("event_type", "text"),
    ),
)


def tile(number: int) -> tuple[str, int, int, bytes]:
    return "audit", 1, number, bytes([number]) * 32


def head(stream: str, offset: int) -> tuple[str, str, int, int, str, str]:
    return stream, "audit", offset, offset * 1_000, "audit_trail:a", "told"


def numbers() -> list[int]:
    return list(Tile.objects.order_by("pk").values_list("number", flat=True))


class TestInsert:
    def test_keeps_the_order_of_the_rows(self, journal: str) -> None:
        insert(connections[ALIAS], (TILE, [tile(each) for each in (7, 3, 5)]))

        assert numbers() == [7, 3, 5]

    def test_inserts_into_several_tables(self, journal: str) -> None:
        insert(connections[ALIAS], (TILE, [tile(1)]), (HEAD, [head("audit.a", 1), head("audit.b", 2)]))

        assert numbers() == [1]
        assert StreamHead.objects.count() == 2

    def test_does_nothing_without_rows(self, journal: str) -> None:
        insert(connections[ALIAS], (TILE, []), (HEAD, []))

        assert numbers() == []

    def test_stands_or_falls_as_a_whole_on_postgresql(self, postgres_journal: None) -> None:
        with pytest.raises(IntegrityError):
            insert(connections[ALIAS], (TILE, [tile(1)]), (HEAD, [head("audit.a", 1), head("audit.a", 2)]))

        assert numbers() == []

    def test_is_part_of_its_callers_transaction(self, journal: str) -> None:
        def act() -> None:
            with writing() as connection:
                insert(connection, (TILE, [tile(1)]))
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            act()

        assert numbers() == []

    def test_takes_any_number_of_rows(self, journal: str) -> None:
        insert(connections[ALIAS], (TILE, [("audit", 1, each, b"") for each in range(5_000)]))

        assert numbers() == list(range(5_000))

    def test_fails_in_djangos_words(self, journal: str) -> None:
        insert(connections[ALIAS], (HEAD, [head("audit.a", 1)]))

        with pytest.raises(IntegrityError):
            insert(connections[ALIAS], (HEAD, [head("audit.a", 1)]))


class TestPut:
    def test_takes_the_place_of_what_has_the_key(self, journal: str) -> None:
        put(connections[ALIAS], HEAD, [head("audit.a", 1), head("audit.b", 1)], key="stream")
        put(connections[ALIAS], HEAD, [head("audit.b", 9), head("audit.c", 1)], key="stream")

        ends = {each.stream: (each.offset, each.received_ms) for each in StreamHead.objects.all()}
        assert ends == {"audit.a": (1, 1_000), "audit.b": (9, 9_000), "audit.c": (1, 1_000)}


class TestUpdate:
    def test_tells_how_many_had_the_key(self, journal: str) -> None:
        # Tiles are never changed, and triggers see to it.
        insert(connections[ALIAS], (HEAD, [head("audit.a", 1), head("audit.b", 2)]))
        stream, offset = Column("stream", "text"), Column("offset", "int8")

        found = update(connections[ALIAS], HEAD.name, stream, [offset], [(4, "audit.a"), (5, "audit.b"), (6, "none")])

        assert found == 2
        assert list(StreamHead.objects.order_by("stream").values_list("offset", flat=True)) == [4, 5]


class TestSelect:
    def test_finds_by_any_of_the_values(self, journal: str) -> None:
        insert(connections[ALIAS], (TILE, [tile(each) for each in range(5)]))

        found = select(connections[ALIAS], TILE.name, ("number", "root"), Column("root", "bytea"), [b"\1" * 32, b"x"])

        assert [(number, bytes(root)) for number, root in found] == [(1, b"\1" * 32)]


class TestRead:
    def test_sees_what_its_transaction_wrote(self, journal: str) -> None:
        with writing() as connection:
            insert(connection, (TILE, [tile(1)]))

            assert read(connection, f'SELECT "number", "instance" FROM "{TILE.name}"') == [(1, "audit")]
