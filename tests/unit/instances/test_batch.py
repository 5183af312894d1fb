import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from instances.batch import EVENTS, MAX_BYTES, MAX_EVENTS, Batch, Carried, from_message, in_messages, to_message


def carried(number: int, size: int = 10) -> Carried:
    return Carried("a:b", "tested", number % 9, b"%0*d" % (size, number))


class TestMessage:
    def test_unpacks_to_the_batch_that_was_packed(self) -> None:
        batch = Batch("health.subscription_health", "k3f9", 41, [carried(1), carried(2, size=70_000)])

        assert from_message(to_message(batch)) == batch

    def test_holds_plain_values_that_any_layer_can_carry(self) -> None:
        message = to_message(Batch("s", "e", 1, [carried(1)]))

        assert message["type"] == EVENTS
        assert {type(value) for value in message.values()} == {str, int, bytes}
        assert msgspec.msgpack.decode(msgspec.msgpack.encode(message)) == message

    def test_passes_over_keys_that_a_newer_process_added(self) -> None:
        batch = Batch("s", "e", 1, [carried(1)])

        assert from_message(to_message(batch) | {"trace": "x"}) == batch


class TestInMessages:
    @given(
        first=st.integers(1, 10**12),
        sizes=st.lists(st.sampled_from([10, 200, 30_000, 65_536, 70_000]), max_size=40),
    )
    def test_keeps_every_event_in_its_place(self, first: int, sizes: list[int]) -> None:
        events = [carried(number, size) for number, size in enumerate(sizes)]

        batches = [from_message(message) for message in in_messages("s", "e", first, events)]

        assert [event for batch in batches for event in batch.events] == events
        following = first
        for batch in batches:
            assert batch.first == following
            following = batch.last + 1
            assert sum(len(event.wire) for event in batch.events) <= MAX_BYTES

    @pytest.mark.parametrize(("count", "messages"), [(0, 0), (1, 1), (MAX_EVENTS, 1), (MAX_EVENTS + 1, 2)])
    def test_puts_at_most_500_events_into_a_message(self, count: int, messages: int) -> None:
        assert len(in_messages("s", "e", 1, [carried(number) for number in range(count)])) == messages

    def test_sends_an_event_that_is_too_large_for_company_alone(self) -> None:
        events = [carried(1), carried(2, size=MAX_BYTES + 1), carried(3)]

        batches = [from_message(message) for message in in_messages("s", "e", 1, events)]

        assert [batch.events for batch in batches] == [[event] for event in events]
