from collections import Counter

from consumers.connection import Connection
from consumers.losses import LOSSES, Losses, by_instance
from consumers.mailbox import MAILBOX_MAX_BYTES, Mailbox
from consumers.messages import Gap, Message
from instances.spec import FIREHOSE, RECORD, STATE
from tests.unit.consumers.making import event, run


class Stuck:
    """A writer whose client reads nothing."""

    writable = False

    def write(self, message: Message) -> None: ...

    def ponged(self) -> None: ...

    def abort(self) -> None: ...


def gap(stream: str) -> Gap:
    return Gap(stream=stream, epoch="k3f9", first=1, last=2, following="k3f9:2", lost=2, reason="slow")


class TestLosses:
    def test_count_each_event_that_a_full_mailbox_gave_up_by_its_stream(self) -> None:
        losses = Losses()
        mailbox = Mailbox(4_000, losses=losses)

        for offset in range(1, 31):
            mailbox.put(run(event(offset, stream="metrics.system", delivery=FIREHOSE)))

        assert losses.dropped == Counter({"metrics.system": mailbox.dropped})
        assert mailbox.dropped > 0

    def test_count_a_gap_once_however_often_it_grows(self) -> None:
        losses = Losses()
        mailbox = Mailbox(4_000, losses=losses)

        for offset in range(1, 31):
            mailbox.put(run(event(offset, stream="metrics.system", delivery=FIREHOSE)))

        assert sum(isinstance(item, Gap) for item in mailbox.normal) == 1
        assert losses.gaps == Counter({"metrics.system": 1})

    def test_count_what_was_conflated_apart_from_what_was_dropped(self) -> None:
        losses = Losses()
        mailbox = Mailbox(4_000, losses=losses)

        for offset in range(1, 31):
            mailbox.put(run(event(offset, stream="health.process_health", delivery=STATE)))

        assert losses.conflated == Counter({"health.process_health": mailbox.conflated})
        assert mailbox.conflated > 0
        assert losses.dropped.total() == 0

    def test_count_a_gap_that_is_told(self) -> None:
        before = LOSSES.gaps["health.told"]

        Connection(Stuck()).tell_gap(gap("health.told"))

        assert LOSSES.gaps["health.told"] == before + 1

    def test_count_a_connection_that_was_closed_as_too_slow(self) -> None:
        before = LOSSES.closed["events.closed"]
        connection = Connection(Stuck())

        for offset in range(1, 4):
            connection.put(run(event(offset, stream="events.closed", delivery=RECORD, size=MAILBOX_MAX_BYTES // 2)))

        assert not connection.open
        assert LOSSES.closed["events.closed"] == before + 1

    def test_are_summed_by_instance(self) -> None:
        assert by_instance({"health.a": 2, "health.b.1": 3, "audit._other": 1}) == Counter({"health": 5, "audit": 1})
