import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.uri import parse_uri

from consumers.messages import MESSAGE_MAX_BYTES, Control, Event, Gap, Message, joined, runs_of
from tests.unit.consumers.making import event, run


def read_by_a_client(data: bytes) -> list[Frame]:
    """Return what another implementation of the protocol reads."""
    client = ClientProtocol(parse_uri("ws://hub.test/"), state=State.OPEN, max_size=None)
    client.receive_data(data)
    assert client.parser_exc is None
    return [received for received in client.events_received() if isinstance(received, Frame)]


def payload_of(size: int) -> bytes:
    return bytes(97 + number % 26 for number in range(size))


class TestMessage:
    @pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65_535, 65_536, MESSAGE_MAX_BYTES])
    def test_is_a_frame_that_a_client_reads(self, size: int) -> None:
        message = Message(payload_of(size))

        (frame,) = read_by_a_client(message.frame)
        assert (frame.opcode, bytes(frame.data), frame.fin) == (Opcode.TEXT, message.payload, True)

    def test_ends_where_its_frame_says(self) -> None:
        sizes = [125, 126, 65_535, 65_536, 3]

        frames = read_by_a_client(b"".join(Message(payload_of(size)).frame for size in sizes))

        assert [len(frame.data) for frame in frames] == sizes

    @pytest.mark.parametrize(("size", "head"), [(125, 2), (126, 4), (65_535, 4), (65_536, 10)])
    def test_has_the_shortest_header(self, size: int, head: int) -> None:
        assert len(Message(payload_of(size)).frame) == size + head

    def test_makes_each_form_once(self) -> None:
        message = Message('{"text":"\N{GREEK SMALL LETTER ALPHA}"}'.encode())

        assert message.frame is message.frame
        assert message.text is message.text
        assert json.loads(message.text) == {"text": "\N{GREEK SMALL LETTER ALPHA}"}


class TestRuns:
    @given(st.lists(st.sampled_from([300, 10_000, 65_536, 70_000, 131_000]), max_size=30))
    def test_keep_all_events_in_order_in_messages_of_at_most_256_kib(self, sizes: list[int]) -> None:
        events = [event(offset, size=size) for offset, size in enumerate(sizes, start=1)]

        runs = runs_of(events)

        assert [each for one in runs for each in one.events] == events
        assert all(len(one.message.payload) <= MESSAGE_MAX_BYTES for one in runs)

    def test_are_as_few_as_possible(self) -> None:
        assert [len(one.events) for one in runs_of([event(size=65_000) for _ in range(9)])] == [4, 4, 1]
        assert runs_of([]) == []

    def test_hold_json_objects_joined_by_line_feeds(self) -> None:
        one: list[Event] = [event(1), event(2)]

        lines = run(*one).message.payload.split(b"\n")

        assert [json.loads(line)["event"]["offset"] for line in lines] == [1, 2]


class TestJoined:
    def test_holds_all_items_one_a_line(self) -> None:
        gap = Gap(stream="s", epoch="e", first=3, last=None, following="f:0", lost=None, reason="epoch")
        message = joined([run(event(1), event(2)), gap, Control({"ping": {}})])

        lines = [json.loads(line) for line in message.payload.split(b"\n")]
        assert [next(iter(line)) for line in lines] == ["event", "event", "gap", "ping"]

    def test_of_one_item_says_what_the_item_says(self) -> None:
        control = Control({"ping": {}})

        assert joined([control]).payload == control.message.payload == b'{"ping":{}}'


class TestGap:
    def test_reaches_from_the_first_to_the_last_when_extended(self) -> None:
        earlier = Gap(stream="s", epoch="e", first=1, last=2, following="e:2", lost=2, reason="slow")
        later = Gap(stream="s", epoch="e", first=5, last=9, following="e:9", lost=3, reason="slow")

        told = json.loads(earlier.extended(later).message.payload)["gap"]

        assert told == {"stream": "s", "epoch": "e", "from": 1, "to": 9, "next": "e:9", "lost": 5, "reason": "slow"}

    @pytest.mark.parametrize(("lost", "more"), [(None, 1), (1, None)])
    def test_does_not_guess_what_was_lost(self, lost: int | None, more: int | None) -> None:
        earlier = Gap(stream="s", epoch="e", first=1, last=2, following="e:2", lost=lost, reason="slow")
        later = Gap(stream="s", epoch="e", first=3, last=4, following="e:4", lost=more, reason="slow")

        assert earlier.extended(later).lost is None
