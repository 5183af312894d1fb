from consumers.connection import Connection, Subscription
from consumers.lag import SLOWEST, lag_of, slowest
from instances.catalog import find
from instances.streams import Position
from instances.topics import Pattern
from tests.integration.test_hub import Reader
from tests.unit.consumers.making import EPOCH, event, run


def connection(*offsets: int) -> Connection:
    """Return one whose client reads nothing, with these events waiting."""
    reader = Reader()
    reader.writable = False
    made = Connection(reader)
    for offset in offsets:
        made.put(run(event(offset)))
    return made


def subscription() -> Subscription:
    return Subscription("s1", find("health"), Pattern("*"), ("s",))


class TestLagOf:
    def test_counts_what_waits(self) -> None:
        slow = connection(1, 2, 3)

        lag = lag_of(slow)

        assert (lag["events_behind"], lag["delivered"]) == (3, 0)
        assert lag["bytes_queued"] == slow.mailbox.size > 0
        assert lag["seconds_behind"] >= 0

    def test_counts_what_was_delivered(self) -> None:
        reader = Reader()
        quick = Connection(reader)
        quick.put(run(event(1), event(2)))
        quick.flush({})

        lag = lag_of(quick)

        assert (lag["events_behind"], lag["seconds_behind"], lag["delivered"]) == (0, 0.0, 2)


class TestSlowest:
    def test_has_those_for_whom_most_waits(self) -> None:
        some, most, none = connection(1), connection(1, 2, 3), connection()

        assert [each.id for each in slowest([some, none, most], 0.0)] == [most.id, some.id]

    def test_has_a_bounded_number(self) -> None:
        assert len(slowest([connection(1) for _ in range(SLOWEST + 5)], 0.0)) == SLOWEST

    def test_has_those_who_acknowledge(self) -> None:
        quick = connection()
        followed = quick.subscriptions["s1"] = subscription()
        followed.probe({"s": Position(EPOCH, 5)}, 10.0)
        followed.acknowledge({"s": Position(EPOCH, 5)}, 12.5)

        (told,) = slowest([quick], 20.0)

        assert (told.acknowledged_seconds_ago, told.processing_seconds) == (7.5, 2.5)


class TestProcessing:
    def test_is_measured_from_the_passing_of_an_event_to_its_acknowledgement(self) -> None:
        followed = subscription()
        followed.acknowledge({"s": Position(EPOCH, 1)}, 0.0)
        followed.probe({"s": Position(EPOCH, 5)}, 10.0)
        followed.probe({"s": Position(EPOCH, 9)}, 11.0)

        followed.acknowledge({"s": Position(EPOCH, 4)}, 12.0)
        assert followed.processing_seconds is None
        followed.acknowledge({"s": Position(EPOCH, 6)}, 13.0)

        assert followed.processing_seconds == 3.0

    def test_is_not_measured_where_all_is_acknowledged(self) -> None:
        followed = subscription()
        followed.acknowledge({"s": Position(EPOCH, 5)}, 0.0)
        followed.probe({"s": Position(EPOCH, 5)}, 10.0)

        followed.acknowledge({"s": Position(EPOCH, 6)}, 60.0)

        assert followed.processing_seconds is None
