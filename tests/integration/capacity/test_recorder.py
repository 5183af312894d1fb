"""The recorder of a process: what it gathers, a database that is out, and its end."""

import asyncio
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone

from consumers.figures import InstanceFigures, ProcessFigures, Told
from gaterhub.capacity import recorder as module
from gaterhub.capacity.gathering import Gathering
from gaterhub.capacity.recorder import Recorder
from gaterhub.capacity.retention import clear_old_peaks
from gaterhub.capacity.writing import LEASE
from gaterhub.models import Lease, PeakHour
from gaterhub.worker import JOBS
from instances.instance import Instance
from instances.peaks import Peaks
from instances.streams import Position
from instances.supervisor import instances
from tests.integration.capacity.gathering import NOON, NOON_SECONDS

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _nothing_sampled_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    for each in instances().values():
        monkeypatch.setattr(each, "peaks", Peaks())


@pytest.fixture
def health() -> Instance:
    return instances()["health"]


def sample(instance: Instance, second: float, total: int) -> None:
    instance.peaks.add(
        {"health.a": Position("k3f9", total)},
        asked_seconds=second,
        told_seconds=second,
        at_seconds=NOON_SECONDS + second,
    )


def process(name: str, bytes: int, *, age: float = 0.0, subscribers: int = 0) -> Told:
    figures = InstanceFigures(up=True, published_bytes=bytes, subscribers=subscribers)
    told = ProcessFigures(name, "1", 17, 0, 0, "closed", {"health": figures, "audit": figures})
    return Told(told, age)


def recorder(gathering: Gathering | None = None) -> Recorder:
    return Recorder(gathering=gathering or Gathering(told=list), holder="web-1", now=lambda: NOON)


def turn(recorder: Recorder) -> None:
    asyncio.run(recorder.turn())


class TestRecorder:
    def test_writes_what_was_sampled(self, health: Instance) -> None:
        alone = recorder()
        for second, total in enumerate((100, 110, 310)):
            sample(health, second, total)

        turn(alone)

        row = PeakHour.objects.get(instance="health")
        assert alone.records
        assert (row.hour, row.events, row.peak) == (NOON, 210, 200)

    def test_writes_nothing_before_anything_was_sampled(self) -> None:
        turn(recorder())

        assert not PeakHour.objects.exists()

    def test_keeps_all_while_the_database_is_out(
        self, health: Instance, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        alone = recorder()
        for second, total in [(0, 0), (1, 500), (2, 510), (3_700, 900)]:
            sample(health, second, total)

        def out(*_: object, **__: object) -> bool:
            raise OperationalError("the database is out")

        with monkeypatch.context() as patch:
            patch.setattr(module, "write", out)
            turn(alone)
        assert not alone.records
        assert "are kept: the database is out" in caplog.text

        turn(alone)

        rows = PeakHour.objects.order_by("hour").values_list("events", "peak")
        assert [(events, round(peak, 3)) for events, peak in rows] == [(510, 500.0), (390, round(390 / 3_698, 3))]

    def test_lets_go_of_what_is_written_but_for_the_hour_that_runs(self, health: Instance) -> None:
        for second, total in [(0, 0), (1, 500), (3_700, 900)]:
            sample(health, second, total)

        turn(recorder())

        assert list(health.peaks.hours()) == [NOON_SECONDS + 3_600]

    def test_keeps_all_while_it_stands_by(self, health: Instance) -> None:
        Lease.objects.create(name=LEASE, holder="web-2", until=NOON + timedelta(seconds=20))
        for second, total in [(0, 0), (1, 500), (3_700, 900)]:
            sample(health, second, total)
        standing_by = recorder()

        turn(standing_by)

        assert not standing_by.records
        assert len(health.peaks.hours()) == 2

    def test_writes_the_rest_and_gives_its_place_away_when_it_ends(self, health: Instance) -> None:
        async def live() -> None:
            alone = recorder()
            alone.start()
            sample(health, 0, 0)
            sample(health, 1, 70)
            await alone.stop()

        asyncio.run(live())

        assert PeakHour.objects.get(instance="health").peak == 70
        assert not Lease.objects.filter(name=LEASE).exists()


class TestGathering:
    def test_adds_up_the_bytes_and_subscribers_of_all_processes(self, health: Instance) -> None:
        now, told = [100.0], [process("web-1", 1_000, subscribers=2), process("web-2", 5_000, subscribers=3)]
        gathering = Gathering(told=lambda: told, clock=lambda: now[0], wall_clock=lambda: NOON_SECONDS + now[0])
        for second in range(12):
            now[0] = 100.0 + second
            told = [process("web-1", 1_000 + 100 * second, subscribers=2), process("web-2", 5_000 + 400 * second)]
            gathering.look()
        sample(health, 112, 1)

        ((hour,),) = [each.hours for each in gathering.gathered()]

        assert hour.bytes is not None
        assert (hour.bytes.long.per_second, hour.subscribers) == (500.0, 2)

    def test_makes_allowance_for_the_age_of_what_others_told(self, health: Instance) -> None:
        now = [0.0]
        told: list[Told] = []
        gathering = Gathering(told=lambda: told, clock=lambda: now[0], wall_clock=lambda: NOON_SECONDS + now[0])
        for second in range(12):
            now[0], told = float(second), [process("web-2", 1_000 * second, age=2.0)]
            gathering.look()
        sample(health, 12, 1)

        ((hour,),) = [each.hours for each in gathering.gathered()]

        assert hour.bytes is not None
        assert hour.bytes.long.per_second <= 1_000

    def test_counts_no_bytes_of_evidence(self) -> None:
        gathering = Gathering(told=lambda: [process("web-1", 70)], wall_clock=lambda: NOON_SECONDS)
        sample(instances()["audit"], 0, 1)
        gathering.look()

        (audit,) = gathering.gathered()

        assert audit.hours[0].bytes is None

    def test_takes_no_process_for_running_that_is_silent(self, health: Instance) -> None:
        gathering = Gathering(told=lambda: [process("web-1", 70, age=60.0)], wall_clock=lambda: NOON_SECONDS)
        sample(health, 0, 1)

        gathering.look()

        assert gathering.gathered()[0].hours[0].subscribers == 0


class TestRetention:
    def test_deletes_the_hours_of_more_than_90_days(self) -> None:
        for days in (90.01, 89.99, 0):
            PeakHour.objects.create(instance="health", hour=timezone.now() - timedelta(days=days))

        clear_old_peaks()

        assert PeakHour.objects.count() == 2

    def test_is_the_worker_s_job(self) -> None:
        assert clear_old_peaks in {job.run for job in JOBS}
