"""Both sides publish events of the same size, and a client knows what it is sent."""

import json

import pytest

from tests.benchmarks.dialects import (
    EVENT_BYTES,
    Dialect,
    GaterhubDialect,
    Kind,
    SizedEvents,
    TextbookDialect,
)
from tests.benchmarks.ledger import FIRST_SEQUENCE

OURS = GaterhubDialect("gh_token", "events")
TEXTBOOK = TextbookDialect()


class TestSizedEvents:
    @pytest.mark.parametrize("dialect", [OURS, TEXTBOOK], ids=["ours", "textbook"])
    @pytest.mark.parametrize("sequence", [0, 9, 123_456, 8_999_999])
    def test_always_have_the_same_size_and_carry_their_sequence(self, dialect: Dialect, sequence: int) -> None:
        event = SizedEvents(dialect, "event_stream:g0:t0").write(sequence)

        assert len(event) == EVENT_BYTES
        assert json.loads(event)["data"]["n"] == FIRST_SEQUENCE + sequence
        assert json.loads(event)["topic"] == "event_stream:g0:t0"


class TestGaterhubDialect:
    @pytest.mark.parametrize(
        ("line", "kind"),
        [
            (b'{"event":{"id":"1"}}', Kind.EVENT),
            (b'{"id":2,"subscribed":{"sub":"s1"}}', Kind.REPLY),
            (b'{"id":3,"error":{"code":"forbidden"}}', Kind.REFUSAL),
            (b'{"error":{"code":"bad_request"}}', Kind.REFUSAL),
            (b'{"gap":{"from":1}}', Kind.GAP),
            (b'{"positions":{}}', Kind.NOTHING),
            (b'{"ping":{}}', Kind.PING),
            (b'{"bye":{"code":4001}}', Kind.REFUSAL),
        ],
    )
    def test_knows_a_line(self, line: bytes, kind: Kind) -> None:
        assert OURS.kind(line) is kind

    def test_publishes_one_event_or_an_array(self) -> None:
        event = OURS.event("event_stream:g0:t0", 0)

        assert json.loads(OURS.publishing([event]))["publish"] == json.loads(event)
        assert json.loads(OURS.publishing([event, event]))["publish"] == [json.loads(event)] * 2
