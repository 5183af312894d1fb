"""Who counts objectives, and what stands in the database: once each, also where writing failed or another took over."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone

from gaterhub.models import Lease
from gaterhub.objectives import recorder as module
from gaterhub.objectives import writing
from gaterhub.objectives.following import Follower
from gaterhub.objectives.models import Objective, ObjectiveHour, ObjectiveMark
from gaterhub.objectives.recorder import Recorder
from gaterhub.objectives.retention import DAYS_KEPT, clear_old_counts
from gaterhub.objectives.writing import LEASE, moment
from gaterhub.worker import JOBS
from instances.broker import Broker
from instances.streams.memory import MemoryStreams
from tests.integration.objectives.promised import ago, hour, promise
from tests.unit.gaterhub.objectives.measured import KEEP, STREAM, measured
from tests.unit.instances.streams.making import Clock

pytestmark = pytest.mark.django_db(transaction=True)


class Hub:
    """Recorders of one hub, beside its streams; it is noon, and time is moved by hand."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.clock.now = 1_700_049_600.0
        self.broker = Broker(streams=MemoryStreams(clock=self.clock))

    def recorder(self, holder: str = "web-1") -> Recorder:
        return Recorder(
            follower=Follower(clock=self.clock),
            broker=lambda: self.broker,
            holder=holder,
            now=lambda: moment(self.clock.now),
        )

    async def publish(self, *milliseconds: float) -> None:
        await self.broker.append("metrics", [measured(self.clock, *milliseconds)], {STREAM: KEEP})


@pytest.fixture
def hub() -> Hub:
    return Hub()


async def begun(hub: Hub, holder: str = "web-1") -> Recorder:
    """Return a recorder that has found the objectives and where their streams end."""
    recorder = hub.recorder(holder)
    await recorder.turn()
    await recorder.look()
    return recorder


def counted() -> list[tuple[int, int]]:
    return list(ObjectiveHour.objects.order_by("hour").values_list("good", "bad"))


class TestRecorder:
    def test_counts_into_hours_minutes_and_what_is_covered(self, hub: Hub) -> None:
        promise()

        async def live() -> None:
            recorder = await begun(hub)
            for _ in range(3):
                hub.clock.now += 50
                await hub.publish(45, 45, 450)
                await recorder.look()
                await recorder.turn()

        asyncio.run(live())

        row = ObjectiveHour.objects.get()
        assert (row.good, row.bad, row.covered) == (6, 3, 0b11)
        assert row.minutes == {"0": [2, 1], "1": [2, 1], "2": [2, 1]}
        assert ObjectiveMark.objects.get().positions == {STREAM: hub_position(hub, 9)}

    def test_goes_on_after_a_restart_and_counts_nothing_twice(self, hub: Hub) -> None:
        promise()

        async def live() -> None:
            recorder = await begun(hub)
            await hub.publish(45)
            await recorder.stop()
            await hub.publish(450)
            hub.clock.now += 5
            recorder = await begun(hub)
            await hub.publish(45)
            await recorder.stop()

        asyncio.run(live())

        assert counted() == [(2, 1)]
        assert not Lease.objects.exists()

    def test_stands_by_while_another_counts_and_follows_when_it_is_gone(self, hub: Hub) -> None:
        promise()

        async def live() -> tuple[bool, bool, bool]:
            first, second = await begun(hub), hub.recorder("web-2")
            await second.turn()
            standing_by = second.records
            await hub.publish(45, 450)
            await first.look()
            await first.turn()
            await hub.publish(450)
            hub.clock.now += 31
            await second.turn()
            await second.look()
            await second.turn()
            await first.turn()
            return standing_by, second.records, first.records

        assert asyncio.run(live()) == (False, True, False)
        assert counted() == [(1, 2)]

    def test_keeps_what_was_counted_while_the_database_is_out(
        self, hub: Hub, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        promise()

        def out(*_: Any, **__: Any) -> None:
            raise OperationalError("the database is out")

        def lost_answer(*given: Any, **words: Any) -> None:
            writing.write(*given, **words)
            raise OperationalError("the connection broke after the commit")

        async def live() -> None:
            recorder = await begun(hub)
            await hub.publish(45)
            for failing in (out, lost_answer):
                await recorder.look()
                with monkeypatch.context() as patch:
                    patch.setattr(module, "write", failing)
                    await recorder.turn()
                await hub.publish(450)
            await recorder.look()
            await recorder.turn()
            await recorder.look()
            await recorder.turn()

        asyncio.run(live())

        assert "are kept: the database is out" in caplog.text
        assert counted() == [(1, 2)]

    def test_begins_anew_where_the_objective_is_changed(self, hub: Hub) -> None:
        promise()

        async def live() -> None:
            recorder = await begun(hub)
            await hub.publish(45, 450)
            await recorder.look()
            await recorder.turn()
            await Objective.objects.aupdate(bound="1000")
            await hub.publish(45, 450)
            await recorder.look()
            await recorder.turn()
            await recorder.look()
            await hub.publish(45, 450, 4_500)
            await recorder.look()
            await recorder.turn()

        asyncio.run(live())

        assert counted() == [(2, 1)]

    def test_keeps_its_counts_where_only_target_or_window_are_changed(self, hub: Hub) -> None:
        promise()

        async def live() -> None:
            recorder = await begun(hub)
            await hub.publish(45)
            await recorder.look()
            await Objective.objects.aupdate(target_percent="95", window_days=7)
            await recorder.turn()

        asyncio.run(live())

        assert counted() == [(1, 0)]

    def test_lets_an_objective_go_that_is_deleted(self, hub: Hub) -> None:
        promise()

        async def live() -> None:
            recorder = await begun(hub)
            await hub.publish(45)
            await recorder.look()
            await Objective.objects.all().adelete()
            await recorder.turn()
            await recorder.look()
            await recorder.turn()

        asyncio.run(live())

        assert not ObjectiveHour.objects.exists()
        assert not ObjectiveMark.objects.exists()


def hub_position(hub: Hub, offset: int) -> str:
    (head,) = asyncio.run(hub.broker.heads([STREAM])).values()
    assert head.position.offset == offset
    return str(head.position)


class TestLease:
    def test_is_another_s_while_it_lasts(self, hub: Hub) -> None:
        Lease.objects.create(name=LEASE, holder="web-2", until=moment(hub.clock.now) + timedelta(seconds=1))
        recorder = hub.recorder()

        asyncio.run(recorder.turn())

        assert not recorder.records


class TestRetention:
    def test_deletes_what_no_window_reaches(self) -> None:
        objective = promise()
        for days in (DAYS_KEPT + 0.01, DAYS_KEPT - 0.01, 0):
            hour(objective, ago(days=days))

        clear_old_counts()

        assert ObjectiveHour.objects.count() == 2
        assert ObjectiveHour.objects.filter(hour__lt=timezone.now() - timedelta(days=90)).count() == 1

    def test_is_the_worker_s_job(self) -> None:
        assert clear_old_counts in {job.run for job in JOBS}
