"""Nothing is lost without a word, whatever becomes of Redis or of a server."""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Final

import pytest

from tests.functional.chaos.conftest import Scale, World
from tests.functional.conftest import Server, serving

pytestmark = pytest.mark.fault

HUNG_SECONDS: Final = 3.0
STALE_SECONDS: Final = 1.0
ONE: Final = {"topic": "aggregate_events:busy", "event_type": "told"}
UNHEALED_SECONDS: Final = 7.0
"""Longer than a heartbeat takes to find what is missing."""


async def killed_and_restarted_with_its_data(world: World) -> None:
    world.redis.kill()
    await asyncio.to_thread(world.redis.start)


async def restarted_with_data_a_second_old(world: World) -> None:
    await asyncio.to_thread(world.redis.snapshot)
    await asyncio.sleep(STALE_SECONDS)
    world.redis.kill()
    await asyncio.to_thread(world.redis.start_from_snapshot)


async def restarted_without_data(world: World) -> None:
    world.redis.kill()
    await asyncio.to_thread(world.redis.start_empty)


async def stopped_for_three_seconds(world: World) -> None:
    world.redis.stop()
    try:
        await asyncio.sleep(HUNG_SECONDS)
    finally:
        world.redis.go_on()


async def cut_off_from_what_it_subscribed(world: World) -> None:
    await asyncio.to_thread(world.redis.kill_pubsub)


FAULTS: Final[dict[str, Callable[[World], Awaitable[None]]]] = {
    fault.__name__: fault
    for fault in (
        killed_and_restarted_with_its_data,
        restarted_with_data_a_second_old,
        restarted_without_data,
        stopped_for_three_seconds,
        cut_off_from_what_it_subscribed,
    )
}


class TestUnderLoad:
    @pytest.mark.parametrize("fault", FAULTS)
    async def test_nothing_is_lost_without_a_word_when_redis_is(self, world: World, scale: Scale, fault: str) -> None:
        for _ in range(scale.rounds):
            await survive(world, scale, partial(FAULTS[fault], world))

    async def test_nothing_is_lost_without_a_word_when_a_server_is_killed(self, world: World, scale: Scale) -> None:
        for _ in range(scale.rounds):
            with serving(world.folder, like=world.servers[0]) as victim:
                pair = World(world.redis, [victim, world.servers[1]], world.folder)
                await survive(pair, scale, partial(kill, victim))
                assert sum(follower.closes.count(1006) for follower in pair.followers) >= scale.followers // 2


async def kill(victim: Server) -> None:
    await asyncio.to_thread(victim.stop, signal.SIGKILL)


async def survive(world: World, scale: Scale, fault: Callable[[], Awaitable[None]]) -> None:
    """Put the fault in the middle of a load, and see that all is well again, and all accounted for."""
    async with world.followed(scale.followers):
        async with world.loaded(scale.events_a_second):
            await asyncio.sleep(scale.calm_seconds)
            await fault()
            live = await world.all_live_again()
            await asyncio.sleep(scale.calm_seconds)
        healed = await world.all_accounted_for()
        refused = sum(publisher.refused for publisher in world.publishers)
        print(
            f"{len(world.acknowledged):,} events; all live again after {live:.1f} s; all accounted for {healed:.1f} s "
            f"after the last; {refused} batches sent again; "
            f"{sum(len(follower.heard.gaps) for follower in world.followers)} gaps"
        )
        assert world.acknowledged
        assert world.faults == []


class TestInSilence:
    async def test_one_event_that_pubsub_lost_is_found_by_the_heartbeat(self, world: World, scale: Scale) -> None:
        for turn in range(scale.rounds):
            deaf, speaking = world.servers[turn % 2], world.servers[(turn + 1) % 2]
            listening = World(world.redis, [deaf], world.folder)
            async with listening.followed(scale.followers):
                await lose_one_event(listening, speaking)
                healed = await listening.all_accounted_for()
                print(f"found after {healed:.1f} s")
                assert listening.faults == []
                assert [gap for follower in listening.followers for gap in follower.heard.gaps] == []

    async def test_it_stays_lost_where_nothing_heals(self, world: World, tmp_path: Path) -> None:
        """The test of the tests: they do notice."""
        program = ("-m", "tests.functional.chaos.serve_without_healing")
        with serving(tmp_path, like=world.servers[0], program=program) as unhealed:
            listening = World(world.redis, [unhealed], tmp_path)
            async with listening.followed(10):
                await lose_one_event(listening, world.servers[1])
                await asyncio.sleep(UNHEALED_SECONDS)
                assert {name for name, _ in listening.missing} == {
                    follower.heard.name
                    for follower in listening.followers
                    if follower.heard.pattern.matches("aggregate_events:busy")
                }


async def lose_one_event(world: World, speaking: Server) -> None:
    """Publish elsewhere while the world's server is cut off from Redis and can't come back; and then nothing."""
    [deaf] = world.servers
    async with world.publishing(speaking) as publisher:
        await publisher.publish([ONE])
        await world.all_accounted_for()
        deaf.process.send_signal(signal.SIGSTOP)
        try:
            await asyncio.to_thread(world.redis.kill_pubsub)
            await publisher.publish([ONE])
        finally:
            deaf.process.send_signal(signal.SIGCONT)
