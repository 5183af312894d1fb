"""The journal as the third adapter: what it keeps of the contract that readers rely on."""

import json
from collections.abc import AsyncIterator

import pytest
from asgiref.sync import sync_to_async

from instances.broker import Unavailable
from instances.journal import stream as stream_module
from instances.journal.models import JournalHead, StreamHead
from instances.journal.stream import JournalStreams
from instances.streams import Head, Position
from tests.integration.journal.writing import ACTION, ALERTS, draft, keep, number_all

STREAM = "audit.audit_trail"


@pytest.fixture
async def streams(journal: str) -> AsyncIterator[JournalStreams]:
    streams = JournalStreams(timeout_seconds=30)
    yield streams
    await streams.close()


@sync_to_async
def place(count: int) -> str:
    """Have so many entries in the stream, and return their epoch."""
    for start in range(0, count, 500):
        keep(count=min(count - start, 500))
    number_all()
    return JournalHead.objects.get(instance="audit").epoch


class TestJournalStreams:
    async def test_end_before_their_first_event_in_the_epoch_that_it_will_have(self, streams: JournalStreams) -> None:
        head = (await streams.heads([STREAM]))[STREAM]
        epoch = await place(1)

        assert head == Head(Position(epoch, 0), None, None, None)

    async def test_tell_where_they_end_and_what_stands_there(self, streams: JournalStreams) -> None:
        epoch = await place(3)

        heads = await streams.heads([STREAM, "audit._other", "alerts.system_alerts"])

        assert heads[STREAM].position == Position(epoch, 3)
        assert (heads[STREAM].topic, heads[STREAM].event_type) == (ACTION["topic"], "user_action")
        assert heads["audit._other"].position == Position(epoch, 0)
        assert heads["alerts.system_alerts"].position.epoch != epoch

    async def test_give_back_what_was_published(self, streams: JournalStreams) -> None:
        epoch = await place(2)

        kept = await streams.read(STREAM, Position(epoch, 0))

        assert kept.batch is not None
        assert (kept.batch.first, kept.batch.last, kept.oldest, kept.end, kept.following) == (1, 2, 1, 2, None)
        wire = json.loads(kept.batch.events[1].wire)
        assert (wire["offset"], wire["index"], wire["epoch"], wire["stream"]) == (2, 1, epoch, STREAM)
        assert wire["data"] == ACTION["data"] | {"resource": "r1"}
        assert wire["metadata"] == ACTION["metadata"]

    async def test_give_alerts_without_an_index(self, streams: JournalStreams) -> None:
        @sync_to_async
        def alert() -> None:
            keep(ALERTS, draft(ALERTS, topic="system_alerts:critical", event_type="something"))
            number_all(ALERTS)

        await alert()
        (epoch,) = await streams.past("alerts.system_alerts")

        kept = await streams.read("alerts.system_alerts", Position(epoch, 0))

        assert kept.batch is not None
        assert "index" not in json.loads(kept.batch.events[0].wire)

    @pytest.mark.parametrize("limit", [1, 7, 500])
    async def test_can_be_walked_in_both_directions(self, streams: JournalStreams, limit: int) -> None:
        epoch = await place(23)
        forward: list[int] = []
        back: list[int] = []

        at = Position(epoch, 0)
        while (kept := await streams.read(STREAM, at, limit=limit)).batch is not None:
            forward += range(kept.batch.first, kept.batch.last + 1)
            at = Position(epoch, kept.batch.last)
        at = Position(epoch, 24)
        while (kept := await streams.read_back(STREAM, at, limit=limit)).batch is not None:
            back += range(kept.batch.last, kept.batch.first - 1, -1)
            at = Position(epoch, kept.batch.first)

        assert forward == list(range(1, 24))
        assert back == forward[::-1]

    async def test_read_no_more_at_once_than_is_worth_to_hold(
        self, streams: JournalStreams, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(stream_module, "READ_BYTES", 1_000)
        epoch = await place(20)

        kept = await streams.read(STREAM, Position(epoch, 0))

        assert kept.batch is not None
        assert 1 <= len(kept.batch.events) < 5

    async def test_leave_out_what_has_no_number_yet(self, streams: JournalStreams) -> None:
        epoch = await place(2)
        await sync_to_async(keep)(count=5)

        kept = await streams.read(STREAM, Position(epoch, 0))

        assert kept.batch is not None
        assert (kept.batch.last, kept.end) == (2, 2)

    async def test_tell_of_an_epoch_that_nobody_remembers(self, streams: JournalStreams) -> None:
        epoch = await place(1)

        kept = await streams.read(STREAM, Position("neverwas", 7))

        assert (kept.batch, kept.end, kept.following) == (None, None, epoch)
        assert await streams.past(STREAM) == [epoch]

    async def test_of_a_stream_without_events_is_empty(self, streams: JournalStreams) -> None:
        head = (await streams.heads([STREAM]))[STREAM].position

        kept = await streams.read(STREAM, head)

        assert (kept.batch, kept.oldest, kept.end, kept.following) == (None, 1, 0, None)

    async def test_say_that_the_journal_can_t_be_read(
        self, streams: JournalStreams, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(StreamHead._meta, "db_table", "nothing_here")

        with pytest.raises(Unavailable, match="journal"):
            await streams.heads([STREAM])
