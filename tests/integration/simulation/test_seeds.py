"""The continuity rule over seeded faults: thousands of seeds in `make soak`, and each failing one can be run again."""

import os
import time
from collections.abc import Callable, Iterable
from typing import Any, Final
from unittest.mock import patch

import pytest

from consumers import hub, relief
from consumers.cursor import Cursor
from consumers.hub import Hub
from consumers.pump import Pump
from consumers.resuming import Replay
from instances.streams import Position
from tests.integration.simulation.acts import Plan
from tests.integration.simulation.loop import simulated
from tests.integration.simulation.world import World, small_world

pytestmark = pytest.mark.fault

ACTS_OF_A_SEED: Final = 120
SEEDS: Final = 200
SEEDS_SOAKING: Final = 5_000
BUDGET_SECONDS: Final = 20.0
"""Of the suite; a machine too slow for all seeds runs fewer."""
SEEDS_UNTIL_FOUND: Final = 30
"""A fault of the hub's own that so many seeds don't find is one that the simulation can't find."""
SEED: Final = os.environ.get("GATERHUB_SIMULATION_SEED")
"""The one to run again."""


async def live_through(seed: int) -> None:
    """Let a world live, and check it. Raises: AssertionError, with all that happened and the seed."""
    world = World(seed)
    try:
        await world.begin()
        plan = Plan(world)
        for _ in range(ACTS_OF_A_SEED):
            await plan.act()
        await world.settle()
    except Exception as error:
        happened = "\n".join(world.transcript)
        raise AssertionError(
            f"{happened}\n{type(error).__name__}: {error}\nRun it again: GATERHUB_SIMULATION_SEED={seed}"
        ) from error
    finally:
        await world.end()


def live_through_all(seeds: Iterable[int], *, seconds: float = float("inf")) -> None:
    ends_at = time.monotonic() + seconds
    with small_world():
        for seed in seeds:
            simulated(live_through(seed))
            if time.monotonic() > ends_at:
                break


def _nothing(*_: Any, **__: Any) -> None:
    """Take the place of what is switched off."""


def _accept_in_any_order(cursor: Cursor, batch: Any) -> list[Any]:
    if batch.epoch == cursor.head.epoch and batch.first > cursor.head.offset:
        cursor.head = Position(batch.epoch, batch.first - 1)
    return _accept(cursor, batch)


def _miss_and_say_nothing(run: Any, dropped: set[Any], conflated: set[Any]) -> Any:
    return _left_of(run, set(), dropped | conflated)


def _replay_what_is_there(cursor: Cursor, position: Position) -> Any:
    return [batch for batch in cursor._recent if batch.epoch == position.epoch and batch.last > position.offset]


async def _join_at_their_ends(pump: Pump, streams: Any, begins: Any) -> None:
    await _join(pump, streams, {})


def _left_at_what_is_said(spec: Any, streams: Any, since: Any) -> dict[str, Position]:
    return {stream: since[stream] for stream in streams if stream in since}


_join: Final = Pump._join
_accept: Final = Cursor.accept
_left_of: Final = relief.left_of

BROKEN: Final[dict[str, tuple[Any, str, Callable[..., Any]]]] = {
    "nothing is healed": (Pump, "heal", _nothing),
    "silence is not noticed": (Pump, "beat", _nothing),
    "order is not kept": (Cursor, "accept", _accept_in_any_order),
    "history and live don't meet": (Cursor, "since", _replay_what_is_there),
    "holes are not told": (Hub, "_tell_hole", _nothing),
    "drops are not told": (relief, "left_of", _miss_and_say_nothing),
    "gaps of a replay are not told": (Replay, "_miss", _nothing),
    "new streams begin at their ends": (Pump, "_join", _join_at_their_ends),
    "new streams are not come back to": (hub, "left_at", _left_at_what_is_said),
}
"""Ways in which the hub could break the rule; the simulation finds each of them."""


class TestContinuityRule:
    def test_holds_under_the_faults_of_every_seed(self, soaking: bool) -> None:
        if SEED is not None:
            live_through_all([int(SEED)])
        elif soaking:
            live_through_all(range(SEEDS_SOAKING))
        else:
            live_through_all(range(SEEDS), seconds=BUDGET_SECONDS)


class TestSimulation:
    @pytest.mark.parametrize("how", BROKEN)
    def test_finds_a_hub_that_breaks_the_rule(self, how: str) -> None:
        owner, name, broken = BROKEN[how]

        with patch.object(owner, name, broken), pytest.raises(AssertionError, match="GATERHUB_SIMULATION_SEED="):
            live_through_all(range(SEEDS_UNTIL_FOUND))

    def test_happens_twice_in_the_same_way(self) -> None:
        with small_world():
            first, second = _published_in_world(3), _published_in_world(3)

        assert first == second
        assert any(first.values())


def _published_in_world(seed: int) -> dict[str, Any]:
    published: dict[str, Any] = {}

    async def live() -> None:
        world = World(seed)
        await world.begin()
        plan = Plan(world)
        for _ in range(ACTS_OF_A_SEED):
            await plan.act()
        published.update(world.streams.published)
        await world.end()

    simulated(live())
    return published
