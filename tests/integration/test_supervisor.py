"""The ten instances of a process: made once, shared, and restarted one by one."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from instances.broker import Unavailable
from instances.catalog import NAMES
from instances.keeper import Keeper
from instances.publishing import apublish, apublish_or_raise
from instances.supervisor import ensure_home, instances, start_instances, stop_instances

pytestmark = pytest.mark.django_db(transaction=True)

PATIENCE_SECONDS = 10


@pytest.fixture
async def running() -> AsyncIterator[None]:
    await start_instances()
    yield
    await stop_instances()


async def kill(keeper: Keeper) -> None:
    """End the task as nothing in it would, and wait until another runs in its place."""
    killed = keeper.task
    killed.cancel()
    async with asyncio.timeout(PATIENCE_SECONDS):
        while keeper.task is killed or not keeper.up:
            await asyncio.sleep(0)


class TestTheTen:
    async def test_are_the_same_whoever_asks(self, running: None) -> None:
        assert tuple(instances()) == NAMES
        assert all(one is other for one, other in zip(instances().values(), instances().values(), strict=True))

    async def test_started_twice_are_started_once(self, running: None) -> None:
        tasks = {name: instance.keeper for name, instance in instances().items()}

        first, second = await asyncio.gather(start_instances(), start_instances())

        assert first is second is ensure_home()
        assert {name: instance.keeper for name, instance in instances().items()} == tasks

    async def test_are_all_up_and_take_events(self, running: None) -> None:
        for name, instance in instances().items():
            assert instance.up
            assert (await apublish(name, instance.spec.example.topic, "seen")).accepted

    async def test_take_nothing_once_stopped(self) -> None:
        await start_instances()
        await stop_instances()

        assert not any(instance.up for instance in instances().values())
        with pytest.raises(Unavailable, match="REDIS_URL"):
            await apublish_or_raise("health", "process_health:web", "seen")

    async def test_can_be_started_again(self, running: None) -> None:
        before = await apublish("health", "process_health:web", "seen")
        await stop_instances()
        await start_instances()

        after = await apublish("health", "process_health:web", "seen")

        assert (before.offset, after.offset) == (1, 1)
        assert before.epoch != after.epoch


class TestOneThatFails:
    async def test_is_restarted_and_the_other_nine_notice_nothing(self, running: None) -> None:
        untouched = {name: i.keeper.task for name, i in instances().items() if i.keeper and name != "metrics"}
        metrics = instances()["metrics"]
        assert metrics.keeper is not None

        await kill(metrics.keeper)

        assert metrics.snapshot()["restarts"] == 1
        assert (await apublish("metrics", "performance_metrics:web", "seen")).accepted
        for name, task in untouched.items():
            keeper = instances()[name].keeper
            assert keeper is not None
            assert keeper.task is task
            assert not task.done()

    async def test_tells_those_who_wait_that_the_outcome_is_unknown(self, running: None) -> None:
        metrics = instances()["metrics"]
        assert metrics.keeper is not None
        waiting = asyncio.create_task(apublish("metrics", "performance_metrics:web", "seen"))
        await asyncio.sleep(0)
        metrics.keeper.task.cancel()

        result = await asyncio.wait_for(waiting, PATIENCE_SECONDS)

        assert not result.accepted
        assert result.error is not None
        assert (result.error.code, result.error.retry) == ("unavailable", True)
        assert result.event_id is not None
