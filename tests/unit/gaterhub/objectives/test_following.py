"""Events are counted once each, wherever whoever counts was interrupted; what can't be counted is a hole."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaterhub.objectives.budget import Counts
from gaterhub.objectives.following import PAGE_EVENTS, PAUSE_SECONDS
from gaterhub.objectives.progress import Mark, whole_minutes
from instances.broker import Broker, Unavailable
from instances.streams import Keep
from instances.streams.memory import MemoryStreams
from instances.streams.redis import RedisStreams
from tests.unit.gaterhub.objectives.measured import QUICK, Life, covered, totals
from tests.unit.instances.streams.making import Clock


@pytest.fixture
def clock() -> Clock:
    clock = Clock()
    clock.now = 1_700_000_040.0  # The beginning of a minute.
    return clock


@pytest.fixture(params=["memory", "redis"])
def broker(request: pytest.FixtureRequest, clock: Clock) -> Iterator[Broker]:
    if request.param == "memory":
        yield Broker(streams=MemoryStreams(clock=clock))
    else:
        url = request.getfixturevalue("redis_url")
        yield Broker(streams=RedisStreams(url, timeout_seconds=5.0, clock=clock), timeout_seconds=None)


@pytest.fixture
async def life(broker: Broker, clock: Clock) -> Life:
    life = Life(broker, clock, QUICK)
    await life.look()
    return life


class TestCounting:
    async def test_counts_good_and_bad_events_of_the_pattern(self, life: Life) -> None:
        await life.publish(45, 99.9, 100, 4_000)
        await life.publish(1, topic="performance_metrics:cpu")
        await life.look(after_seconds=1)

        assert totals(life.write()) == (2, 2)

    async def test_counts_nothing_from_before_the_objective_was(self, broker: Broker, clock: Clock) -> None:
        life = Life(broker, clock, QUICK)
        await life.publish(45, 450)
        await life.look(after_seconds=1)
        await life.publish(45)
        await life.look(after_seconds=1)

        assert totals(life.write()) == (1, 0)

    async def test_counts_by_the_minute_in_which_the_hub_took_an_event(self, life: Life, clock: Clock) -> None:
        await life.publish(45)
        clock.now += 50
        await life.publish(450)
        clock.now += 20
        await life.publish(45, 45)
        await life.look()

        (taken,) = life.write()

        assert taken.counts == {1_700_000_040: Counts(1, 1), 1_700_000_100: Counts(2, 0)}

    async def test_reads_many_pages(self, life: Life) -> None:
        for _ in range(3):
            await life.publish(*[45] * (PAGE_EVENTS - 1), 450)
        await life.look(after_seconds=1)

        assert totals(life.write()) == (3 * (PAGE_EVENTS - 1), 3)

    async def test_counts_for_each_objective_by_its_own_bound(self, broker: Broker, clock: Clock) -> None:
        life = Life(broker, clock, QUICK, replace(QUICK, bound="1000"), replace(QUICK, event_type="other"))
        await life.look()
        await life.publish(45, 450, 4_500)
        await life.look(after_seconds=1)
        taken = life.write()

        assert [totals(taken, each) for each in range(3)] == [(1, 2), (2, 1), (0, 0)]

    async def test_goes_on_where_it_was_after_a_restart(self, life: Life) -> None:
        await life.publish(45)
        await life.look(after_seconds=1)
        first = life.write()
        await life.publish(450)
        life.restart()
        await life.look(after_seconds=1)

        assert (totals(first), totals(life.write())) == ((1, 0), (0, 1))

    async def test_counts_again_what_was_not_written_before_it_was_killed(self, life: Life) -> None:
        await life.look(after_seconds=1)
        life.write()
        await life.publish(45, 450)
        await life.look(after_seconds=1)
        life.restart()
        await life.look(after_seconds=1)

        assert totals(life.write()) == (1, 1)

    async def test_keeps_what_could_not_be_written(self, life: Life) -> None:
        await life.publish(45)
        await life.look(after_seconds=59)
        await life.look(after_seconds=2)
        taken = life.follower.take()
        life.follower.give_back(taken)
        await life.publish(450)
        await life.look(after_seconds=1)

        written = life.write()

        assert (totals(written), covered(written, life.clock)) == ((1, 1), [-1])

    async def test_goes_on_from_the_mark_where_another_has_counted_on(self, life: Life) -> None:
        await life.look(after_seconds=1)
        life.write()
        await life.publish(45)
        await life.look(after_seconds=1)
        taken = life.follower.take()
        # The writing failed after its commit: the mark is there, and this process takes it for not written.
        mark = taken[0].mark
        life.marks[0] = replace(mark, serial=mark.serial + 1)
        life.follower.give_back(taken)
        await life.publish(450)
        await life.look(after_seconds=1)
        life.follower.take()
        life.follower.adopt(life.known())
        await life.look(after_seconds=1)

        assert totals(life.write()) == (0, 1)

    async def test_reads_a_stream_that_it_did_not_know_from_its_beginning_but_nothing_from_before_the_objective(
        self, life: Life, clock: Clock
    ) -> None:
        await life.publish(45)
        clock.now += 10
        # As where an operator has spread a family over other streams.
        life.marks[0] = Mark(3, {}, since=clock.now, covered_from=clock.now, covered_until=clock.now)
        await life.publish(450)
        life.restart()
        await life.look(after_seconds=1)

        assert totals(life.write()) == (0, 1)

    async def test_begins_anew_where_the_objective_means_something_else(self, life: Life) -> None:
        await life.publish(45)
        await life.look(after_seconds=1)
        life.definitions, life.marks = (replace(QUICK, bound="10"),), {0: None}
        life.follower.adopt(life.known())
        await life.look(after_seconds=1)
        await life.publish(45)
        await life.look(after_seconds=1)

        assert totals(life.write()) == (0, 1)


class TestCoverage:
    async def test_covers_whole_minutes(self, life: Life, clock: Clock) -> None:
        for _ in range(15):
            await life.look(after_seconds=10)

        assert covered(life.write(), clock) == [-2, -1]

    async def test_covers_each_minute_once_it_is_over(self, life: Life, clock: Clock) -> None:
        minutes = []
        for _ in range(15):
            await life.look(after_seconds=10)
            minutes += [at for each in life.write() for at in each.covered]

        assert minutes == [1_700_000_040, 1_700_000_100]

    async def test_does_not_cover_a_pause(self, life: Life, clock: Clock) -> None:
        await life.look(after_seconds=59)
        await life.publish(450)
        await life.look(after_seconds=PAUSE_SECONDS * 5 + 2)
        await life.look(after_seconds=PAUSE_SECONDS)
        taken = life.write()

        # The event is a fact all the same.
        assert (totals(taken), covered(taken, clock)) == ((0, 1), [])
        await life.look(after_seconds=PAUSE_SECONDS)
        assert covered(life.write(), clock) == [-1]

    async def test_covers_a_change_of_who_counts(self, life: Life, clock: Clock) -> None:
        await life.look(after_seconds=50)
        life.write()
        life.restart()
        await life.look(after_seconds=40)

        assert covered(life.write(), clock) == [-1]

    async def test_does_not_cover_what_the_history_has_lost(self, life: Life, clock: Clock) -> None:
        few = Keep(events=2, seconds=3_600)
        await life.look(after_seconds=59)
        for _ in range(6):
            clock.now += 10
            await life.publish(450, keep=few)
        await life.look()
        await life.look(after_seconds=31)
        await life.look(after_seconds=30)
        taken = life.write()

        assert (totals(taken), covered(taken, clock)) == ((0, 2), [-1])

    async def test_covers_nothing_up_to_now_where_the_history_has_lost_all(self, life: Life, clock: Clock) -> None:
        clock.now += 30
        await life.publish(450, keep=Keep(events=1_000, seconds=10))
        clock.now += 20
        await life.broker.purge({"metrics.subscription_metrics": Keep(events=1_000, seconds=10)})
        await life.look()
        await life.look(after_seconds=40)
        taken = life.write()

        assert (totals(taken), covered(taken, clock)) == ((0, 0), [])

    async def test_covers_no_time_in_which_the_broker_was_out(
        self, life: Life, clock: Clock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def out(*_: object) -> None:
            raise Unavailable("Redis is out.")

        await life.look(after_seconds=59)
        with monkeypatch.context() as patch:
            patch.setattr(life.broker, "heads", out)
            for _ in range(10):
                with pytest.raises(Unavailable):
                    await life.look(after_seconds=10)
        await life.look(after_seconds=10)

        assert covered(life.write(), clock) == []

    async def test_does_not_cover_a_restart_that_forgot_the_streams(self, clock: Clock) -> None:
        life = Life(Broker(streams=MemoryStreams(clock=clock)), clock, QUICK)
        await life.look()
        await life.publish(45)
        await life.look(after_seconds=30)
        life.write()
        life.broker = Broker(streams=MemoryStreams(clock=clock))
        await life.publish(450)
        life.restart()
        await life.look(after_seconds=5)
        await life.look(after_seconds=50)
        taken = life.write()

        assert (totals(taken), covered(taken, clock)) == ((0, 1), [])


class TestWholeMinutes:
    @given(st.floats(0, 10_000), st.floats(0, 10_000))
    def test_are_those_that_lie_between(self, begins: float, ends: float) -> None:
        naive = [at for at in range(0, 10_020, 60) if begins <= at and at + 60 <= ends]

        assert list(whole_minutes(begins, ends)) == naive
