"""What a subscriber misses is written down, with who it was."""

from collections.abc import AsyncIterator

import pytest
from asgiref.sync import sync_to_async

from consumers.books import LEDGER, write_books
from consumers.close_codes import SLOW_CONSUMER, CloseCode
from consumers.connection import Connection
from consumers.hub import Hub
from consumers.ledger import Ledger
from consumers.mailbox import MAILBOX_MAX_BYTES
from consumers.messages import Gap
from consumers.models import Loss
from consumers.running import start_hub, stop_hub
from consumers.witness import Witness
from instances.access.principal import Principal
from instances.catalog import find
from instances.spec import FIREHOSE, RECORD, STATE
from instances.streams import Position
from instances.topics import Pattern
from tests.integration.test_hub import Reader
from tests.unit.consumers.making import event, run

OLGA = Principal(kind="user", id=7, name="olga")


def gap(first: int, last: int | None, *, lost: int | None = None, reason: str = "slow") -> Gap:
    return Gap(
        stream="health.process_health",
        epoch="k3f9",
        first=first,
        last=last,
        following=f"k3f9:{last}",
        lost=lost,
        reason=reason,
    )


class Watched:
    """A connection with a witness whose ledger the test reads."""

    def __init__(self) -> None:
        self.reader = Reader()
        self.connection = Connection(self.reader)
        self.ledger = Ledger()
        self.connection.witness = Witness(
            self.ledger,
            connection=self.connection.id,
            principal=OLGA,
            patterns=lambda instance: ["process_health:*", "*"] if instance == "health" else [],
            clock=lambda: 1_700_000_000_000,
        )

    @property
    def rows(self) -> list[tuple[str, str, int | None, int | None, int | None, str]]:
        return [
            (each.kind, each.stream, each.first, each.last, each.count, each.reason) for each in self.ledger._waiting
        ]


class TestWitness:
    def test_writes_down_a_gap_when_it_is_told(self) -> None:
        watched = Watched()
        watched.reader.writable = False
        watched.connection.tell_gap(gap(3, 9, lost=4))
        watched.connection.flush({})
        assert watched.rows == []

        watched.reader.writable = True
        watched.connection.became_writable()

        assert watched.rows == [("gap", "health.process_health", 3, 9, 4, "slow")]

    def test_names_the_subscriber_and_what_it_followed(self) -> None:
        watched = Watched()
        watched.connection.tell_gap(gap(3, None, reason="epoch"))
        watched.connection.flush({})

        (entry,) = watched.ledger._waiting
        assert (entry.principal, entry.principal_kind, entry.principal_id) == ("olga", "user", 7)
        assert (entry.connection, entry.instance, entry.epoch) == (watched.connection.id, "health", "k3f9")
        assert (entry.patterns, entry.at_ms) == ("* process_health:*", 1_700_000_000_000)

    def test_writes_down_what_a_full_mailbox_let_go(self) -> None:
        watched = Watched()
        watched.reader.writable = False
        for offset in range(1, 40):
            watched.connection.put(run(event(offset, delivery=FIREHOSE, size=MAILBOX_MAX_BYTES // 20)))

        watched.reader.writable = True
        watched.connection.became_writable()

        assert {(kind, reason) for kind, *_, reason in watched.rows} == {("gap", "slow")}
        assert sum(count or 0 for *_, count, _ in watched.rows) == watched.connection.mailbox.dropped > 0

    def test_writes_down_how_many_newer_events_replaced(self) -> None:
        watched = Watched()
        watched.reader.writable = False
        for offset in range(1, 40):
            watched.connection.put(run(event(offset, delivery=STATE, size=MAILBOX_MAX_BYTES // 20)))
        conflated = watched.connection.mailbox.conflated

        told = watched.connection.take_conflated()

        assert told == conflated > 0
        assert watched.rows == [("conflated", "s", None, None, conflated, "conflated")]
        assert watched.connection.take_conflated() == 0

    def test_writes_down_what_was_not_told_when_the_connection_ends(self) -> None:
        watched = Watched()
        watched.reader.writable = False
        for offset in range(1, 40):
            watched.connection.put(run(event(offset, delivery=STATE, size=MAILBOX_MAX_BYTES // 20)))

        watched.connection.leave()

        assert [row[0] for row in watched.rows] == ["conflated"]

    def test_writes_down_that_a_slow_consumer_was_closed(self) -> None:
        watched = Watched()
        closed: list[CloseCode] = []
        watched.connection.on_close = closed.append
        watched.reader.writable = False
        for offset in range(1, 40):
            watched.connection.put(run(event(offset, delivery=RECORD, size=MAILBOX_MAX_BYTES // 20)))

        assert closed == [SLOW_CONSUMER]
        assert watched.rows == [("closed", "s", None, None, None, "slow")]


@pytest.mark.django_db(transaction=True)
class TestBooks:
    @pytest.fixture
    async def hub(self) -> AsyncIterator[Hub]:
        yield await start_hub()
        await stop_hub()

    async def test_have_a_row_of_what_a_returning_subscriber_was_told_as_missing(self, hub: Hub) -> None:
        connection = Connection(Reader())
        connection.witness = Witness(
            LEDGER, connection=connection.id, principal=OLGA, patterns=connection.patterns_of, clock=lambda: 0
        )
        hub.attach(connection)
        await hub.subscribe(
            connection,
            id="s1",
            spec=find("health"),
            pattern=Pattern("process_health:*"),
            since={"health.process_health": Position("neverwas", 7)},
        )
        connection.flush({})
        await sync_to_async(write_books)()

        row = await Loss.objects.aget()
        assert (row.kind, row.stream, row.epoch, row.first, row.last) == (
            "gap",
            "health.process_health",
            "neverwas",
            8,
            None,
        )
        assert (row.reason, row.principal, row.connection) == ("epoch", "olga", connection.id)
