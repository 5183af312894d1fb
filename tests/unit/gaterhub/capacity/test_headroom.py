"""What a peak leaves of a limit, and of the history."""

import pytest

from gaterhub.capacity.headroom import Headroom, Reach, bytes_headroom, events_headroom, reach
from instances import config
from instances.catalog import find
from instances.config import Effective
from instances.limits.rates import rates_of_instance
from instances.streams import Keep

HEALTH, AUDIT = find("health"), find("audit")


@pytest.fixture
def limited(monkeypatch: pytest.MonkeyPatch) -> None:
    rates = rates_of_instance(200, 10_000)
    monkeypatch.setattr(config, "_snapshot", {**config._snapshot, "health": Effective(rates=rates)})


class TestHeadroom:
    def test_is_what_the_peak_leaves(self) -> None:
        headroom = Headroom(87, 200)

        assert (headroom.free, headroom.used_percent, headroom.free_percent) == (113, 43.5, 56.5)

    def test_is_negative_beyond_the_limit(self) -> None:
        assert Headroom(240, 200).free == -40

    def test_is_none_where_no_limit_is_set(self) -> None:
        assert events_headroom(HEALTH, 87) is None
        assert bytes_headroom(HEALTH, 87) is None

    @pytest.mark.usefixtures("limited")
    def test_is_held_against_what_operators_have_set(self) -> None:
        assert events_headroom(HEALTH, 87) == Headroom(87, 200)
        assert bytes_headroom(HEALTH, 900) == Headroom(900, 10_000)

    @pytest.mark.usefixtures("limited")
    def test_is_none_of_bytes_that_nobody_counts(self) -> None:
        assert bytes_headroom(HEALTH, None) is None


class TestReach:
    def test_is_as_long_as_the_events_last(self) -> None:
        short = Reach(Keep(10_000, 3_600), 100)

        assert (short.seconds, short.is_whole) == (100, False)

    @pytest.mark.parametrize("per_second", [0, 2])
    def test_is_never_longer_than_events_are_kept(self, per_second: float) -> None:
        whole = Reach(Keep(10_000, 3_600), per_second)

        assert (whole.seconds, whole.is_whole) == (3_600, True)

    def test_is_none_where_the_journal_keeps_all(self) -> None:
        assert reach(AUDIT, 87) is None
        assert reach(HEALTH, 87) is not None
