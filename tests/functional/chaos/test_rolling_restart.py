"""New processes take the place of old ones, one after the other, and nobody misses anything."""

import asyncio
import signal
from contextlib import ExitStack
from typing import Final

import pytest

from consumers.close_codes import DRAINING
from tests.functional.chaos.conftest import Scale, World, until
from tests.functional.conftest import Server, serving

pytestmark = pytest.mark.fault

STEPS_SECONDS: Final = 0.25
"""A hundred sockets go in ten steps, half a second from the first to the last."""
TRIES: Final = 3
"""A reader who is held up by its neighbours on the machine finds all steps at once; those of a hub that takes none are
never apart."""


class TestARollingRestart:
    async def test_of_two_processes_under_load_loses_nothing(self, world: World, scale: Scale) -> None:
        with ExitStack() as stack:

            def start() -> Server:
                return stack.enter_context(serving(world.folder, like=world.servers[0]))

            fleet = World(world.redis, [await asyncio.to_thread(start) for _ in range(2)], world.folder)
            for _ in range(scale.rounds):
                successors = [await asyncio.to_thread(start) for _ in fleet.servers]
                async with fleet.followed(scale.followers):
                    async with fleet.loaded(scale.events_a_second):
                        await asyncio.sleep(scale.calm_seconds)
                        for place, successor in enumerate(successors):
                            leaving, fleet.servers[place] = fleet.servers[place], successor
                            # uvicorn ends by the very signal, once it has ended everything else.
                            assert await asyncio.to_thread(leaving.stop) == -signal.SIGTERM, leaving.log.read_text()
                        live = await fleet.all_live_again()
                        await asyncio.sleep(scale.calm_seconds)
                    await fleet.all_accounted_for()

                    byes = [bye for follower in fleet.followers for bye in follower.byes]
                    print(f"{len(fleet.acknowledged):,} events, {len(byes)} byes; all live again after {live:.1f} s")
                    assert fleet.faults == []
                    assert [gap for follower in fleet.followers for gap in follower.heard.gaps] == []
                    assert all(told.recovered for follower in fleet.followers for told in follower.resumed)
                    # Everybody was told to go, and when; nobody was cut off.
                    assert all(follower.byes for follower in fleet.followers)
                    assert {code for follower in fleet.followers for code in follower.closes} == {DRAINING.code}
                    assert len({bye.retry_after_ms for bye in byes}) > len(byes) // 2


class TestADrain:
    async def test_sends_its_sockets_away_in_steps(self, world: World) -> None:
        took_seconds = 0.0
        for _ in range(TRIES):
            took_seconds = await self._drain_seconds(world)
            if took_seconds >= STEPS_SECONDS:
                break
        assert took_seconds >= STEPS_SECONDS

    async def _drain_seconds(self, world: World) -> float:
        """Return the time between the first and the last socket that was sent away, once nobody has lost anything."""
        with serving(world.folder, like=world.servers[0]) as leaving:
            pair = World(world.redis, [leaving, world.servers[1]], world.folder)
            async with pair.followed(200), pair.publishing(world.servers[1]) as publisher:
                leaving.process.send_signal(signal.SIGTERM)
                for _ in range(20):
                    await publisher.publish([{"topic": "aggregate_events:busy", "event_type": "told"}])
                await until(
                    lambda: sum(len(follower.resumed) for follower in pair.followers) == 300,
                    lambda: [follower.closes for follower in pair.followers if follower.closes != [DRAINING.code]],
                )
                await publisher.publish([{"topic": "aggregate_events:busy", "event_type": "told"}])
                await pair.all_accounted_for()

                retry_after_ms = [bye.retry_after_ms for follower in pair.followers for bye in follower.byes]
                assert min(retry_after_ms) < 1_500
                assert max(retry_after_ms) > 4_000
                assert pair.faults == []
                assert [gap for follower in pair.followers for gap in follower.heard.gaps] == []
                sent_away_at = [at for follower in pair.followers for at in follower.byes_at]
                assert len(sent_away_at) == 100
                return max(sent_away_at) - min(sent_away_at)
