"""From when to when something is missing, and how far back an instance is kept."""

import asyncio
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaterhub.incident.holes import Missing, Reach, kept_since, reach_of, spread_of
from gaterhub.incident.timeline import moment, said_of
from instances.batch import Batch, Carried
from instances.streams import Head, Position, Slice
from instances.streams.position import began_ms, new_epoch

MOMENTS = st.none() | st.integers(0, 1_000)


class TestAStretch:
    @pytest.mark.parametrize(
        ("begins", "ends", "spread"),
        [
            (100, 200, (100, 200)),
            (None, None, (500, 500)),
            (100, None, (100, 500)),
            (None, 200, (500, 500)),
            (900, 950, (500, 500)),
        ],
    )
    def test_lasts_from_its_first_event_to_its_last(
        self, begins: int | None, ends: int | None, spread: tuple[int, int]
    ) -> None:
        assert spread_of(begins, ends, told_ms=500) == spread

    @given(MOMENTS, MOMENTS, st.integers(0, 1_000))
    def test_never_ends_before_it_begins_nor_after_it_was_told(
        self, begins: int | None, ends: int | None, told: int
    ) -> None:
        first, last = spread_of(begins, ends, told_ms=told)

        assert first <= last <= told


class TestAReach:
    def test_is_of_the_oldest_stream_and_of_the_youngest(self) -> None:
        assert reach_of("health", [300, 100, 200]) == Reach("health", 100, 300)
        assert reach_of("health", []) == Reach("health", None, None)

    def test_is_said_only_where_it_concerns_the_time(self) -> None:
        reach = (Reach("health", 1_000, 2_000), Reach("audit", None, None), Reach("metrics", 500, 500))

        def said(from_ms: int) -> list[str]:
            return said_of(Missing((), False, reach), from_ms=from_ms, to_ms=5_000)

        assert said(3_000) == []
        assert said(1_500) == [f"health: before {moment(2_000)} some streams are not kept."]
        assert said(0) == [
            f"health: nothing is kept before {moment(1_000)}.",
            f"health: before {moment(2_000)} some streams are not kept.",
            f"metrics: nothing is kept before {moment(500)}.",
        ]


EPOCH = new_epoch(lambda: 100.0)
EARLIER = new_epoch(lambda: 50.0)


class Kept:
    """One stream: of each of its epochs, the offset of the oldest event that is kept and when it was taken."""

    def __init__(self, oldest: dict[str, tuple[int, int] | None], end: Head) -> None:
        self._oldest, self._end = oldest, end

    async def past(self, stream: str) -> list[str]:
        return list(self._oldest)

    async def read(self, stream: str, after: Position, *, limit: int) -> Slice:
        found = self._oldest[after.epoch]
        if found is None:
            return Slice(None, 1, 0, None)
        first, received = found
        event = Carried("a:b", "seen", 2, f'{{"received":{received}}}'.encode())
        return Slice(Batch(stream, after.epoch, first, [event]), first, first, None)

    async def heads(self, streams: Iterable[str]) -> dict[str, Head]:
        return dict.fromkeys(streams, self._end)


class TestAStream:
    @pytest.mark.parametrize(
        ("oldest", "end", "since"),
        [
            # Older ones are gone.
            ({EPOCH: (7, 140_000)}, (9, 160_000), 140_000),
            # None of this epoch is; what was before it, nobody knows.
            ({EPOCH: (1, 140_000)}, (3, 160_000), 100_000),
            ({EARLIER: (1, 60_000), EPOCH: (1, 140_000)}, (3, 160_000), 50_000),
            ({EARLIER: None, EPOCH: (1, 140_000)}, (3, 160_000), 100_000),
            # Nothing ever came; all that came is gone.
            ({EPOCH: None}, (0, None), 100_000),
            ({EPOCH: None}, (9, 160_000), 160_001),
        ],
    )
    def test_is_kept_since_the_oldest_event_that_is_certain(
        self, oldest: dict[str, tuple[int, int] | None], end: tuple[int, int | None], since: int
    ) -> None:
        kept = Kept(oldest, Head(Position(EPOCH, end[0]), end[1], None, None))

        assert asyncio.run(kept_since("health.a", kept)) == since


class TestAnEpoch:
    @given(st.integers(0, 36**8 - 1))
    def test_tells_when_it_began(self, ms: int) -> None:
        # Half a millisecond more, so that no rounding of the division shows.
        assert began_ms(new_epoch(lambda: (ms + 0.5) / 1000)) == ms

    @pytest.mark.parametrize("name", ["k3f9", "", "UPPERCASE123", "0123456789abc"])
    def test_of_another_name_tells_nothing(self, name: str) -> None:
        assert began_ms(name) is None
