import json

import pytest
from msgspec import UNSET

from consumers.frames import BadFrame
from consumers.resuming import gap_after, read_since
from instances.streams import Position

HEAD = Position("k3f9", 70)


class TestReadSince:
    def test_gives_the_position_of_each_stream(self) -> None:
        assert read_since({"health.a": "k3f9:41", "health.b": "abc:0"}) == {
            "health.a": Position("k3f9", 41),
            "health.b": Position("abc", 0),
        }

    def test_gives_back_what_the_hub_told(self) -> None:
        assert read_since({"s": str(HEAD)}) == {"s": HEAD}

    def test_of_a_client_that_names_none_is_empty(self) -> None:
        assert read_since(UNSET) == {}

    @pytest.mark.parametrize(
        "text", ["", "41", ":41", "k3f9:", "k3f9", "k3f9:-1", "k3f9:1.5", "k3f9:x", "e:" + "9" * 90]
    )
    def test_refuses_what_is_no_position(self, text: str) -> None:
        with pytest.raises(BadFrame, match="<epoch>:<offset>"):
            read_since({"s": text})

    def test_takes_1_000_streams_and_no_more(self) -> None:
        since = {str(number): "e:1" for number in range(1_000)}

        assert len(read_since(since)) == 1_000
        with pytest.raises(BadFrame, match="1,001 streams"):
            read_since(since | {"one more": "e:1"})


class TestGapAfter:
    @pytest.mark.parametrize("since", [None, HEAD])
    def test_is_none_where_nothing_was_missed(self, since: Position | None) -> None:
        assert gap_after("s", since, HEAD) is None

    def test_tells_what_is_between(self) -> None:
        gap = gap_after("s", Position("k3f9", 41), HEAD)

        assert gap is not None
        assert json.loads(gap.message.payload)["gap"] == {
            "stream": "s",
            "epoch": "k3f9",
            "from": 42,
            "to": 70,
            "next": "k3f9:70",
            "lost": None,
            "reason": "evicted",
        }

    def test_of_another_epoch_has_no_known_end(self) -> None:
        gap = gap_after("s", Position("gone", 41), HEAD)

        assert gap is not None
        assert (gap.epoch, gap.first, gap.last, gap.following) == ("gone", 42, None, "k3f9:70")
        assert (gap.lost, gap.reason) == (None, "epoch")

    def test_is_told_even_where_the_new_epoch_has_no_event_yet(self) -> None:
        assert gap_after("s", Position("gone", 0), Position("k3f9", 0)) is not None

    def test_can_be_sent_however_large_the_offset_is_that_a_client_names(self) -> None:
        gap = gap_after("s", read_since({"s": "gone:" + "9" * 70})["s"], HEAD)

        assert gap is not None
        assert json.loads(gap.message.payload)["gap"]["from"] == 10**70
