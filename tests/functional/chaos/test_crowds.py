"""Very many sockets: that come back all at once, and that come and go."""

import asyncio
import time
from typing import Final

import psutil
import pytest

from tests.functional.chaos.conftest import World, until
from tests.functional.chaos.follower import Follower
from tests.functional.conftest import serving
from tests.functional.subscriber import Subscriber

pytestmark = pytest.mark.fault

CROWD_SECONDS: Final = 60.0
GROWTH_BYTES_MAX: Final = 8 * 1024 * 1024
"""What an allocator may keep for itself; a leak of 1 KiB a socket would be more over 20,000."""
AT_ONCE: Final = 20
ONE: Final = {"topic": "aggregate_events:busy", "event_type": "told"}


class TestACrowd:
    async def test_that_comes_back_all_at_once_loses_nothing(self, world: World, soaking: bool) -> None:
        count = 2_000 if soaking else 200
        with serving(world.folder, like=world.servers[0]) as victim:
            pair = World(world.redis, [victim, world.servers[1]], world.folder)
            pair.followers = [Follower(pair.servers, "events", "aggregate_events:*", whole=True) for _ in range(count)]
            try:
                async with pair.publishing(world.servers[1]) as publisher:
                    async with asyncio.timeout(CROWD_SECONDS):
                        await asyncio.gather(*(follower.live.wait() for follower in pair.followers))
                    await publisher.publish([ONE])
                    await pair.all_accounted_for()

                    started = time.monotonic()
                    victim.process.kill()
                    for _ in range(20):
                        await publisher.publish([ONE])
                    async with asyncio.timeout(CROWD_SECONDS):
                        while not all(len(follower.resumed) > 1 for follower in pair.followers):
                            await asyncio.sleep(0.05)
                    print(f"{count:,} sockets were live again after {time.monotonic() - started:.1f} s")
                    await publisher.publish([ONE])
                    await pair.all_accounted_for()

                assert pair.faults == []
                assert {gap for follower in pair.followers for gap in follower.heard.gaps} == set()
                assert all(follower.resumed[-1].recovered for follower in pair.followers)
            finally:
                await asyncio.gather(*(follower.end() for follower in pair.followers))

    async def test_that_comes_and_goes_leaves_nothing_behind(self, world: World, soaking: bool) -> None:
        count = 20_000 if soaking else 500
        server = world.servers[0]
        process = psutil.Process(server.process.pid)

        def come_and_go(times: int) -> None:
            for number in range(times):
                with Subscriber(server) as subscriber:
                    subscriber.subscribe("events", f"aggregate_events:visitor-{number % 100}")

        async def crowd(times: int) -> None:
            await asyncio.gather(*(asyncio.to_thread(come_and_go, times // AT_ONCE) for _ in range(AT_ONCE)))

        # What is made once, such as pools and caches, is there after the first few hundred.
        await crowd(300)
        descriptors, bytes_before = process.num_fds(), process.memory_info().rss
        await crowd(count)

        await until(lambda: process.num_fds() <= descriptors + 5, lambda: (descriptors, process.num_fds()))
        grown = process.memory_info().rss - bytes_before
        print(f"{count:,} sockets came and went: {grown / 1024:,.0f} KiB more, {process.num_fds()} descriptors")
        assert grown <= GROWTH_BYTES_MAX
