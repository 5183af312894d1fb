"""The continuity rule as a state machine: hypothesis looks for the shortest story that breaks it."""

from typing import Any, Final

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from instances.catalog import find
from tests.conftest import SOAKING
from tests.integration.simulation.loop import JumpingLoop, end_all
from tests.integration.simulation.world import ROWS, TOPICS, World, small_world

pytestmark = pytest.mark.fault

EXAMPLES: Final = 25
EXAMPLES_SOAKING: Final = 3_000
CLIENTS: Final = 3

instance_names: Final = st.sampled_from([row.name for row in ROWS])
client_numbers: Final = st.integers(0, CLIENTS - 1)
shares: Final = st.sampled_from((0.0, 0.3, 1.0))


class Continuity(RuleBasedStateMachine):
    """A world in which hypothesis chooses what happens next; its end checks what everyone was told."""

    def __init__(self) -> None:
        super().__init__()
        self._patched = small_world()
        self._patched.__enter__()
        self._loop = JumpingLoop()

    @initialize(seed=st.integers(0, 1_000), processes=st.integers(1, 2))
    def begin(self, seed: int, processes: int) -> None:
        async def make() -> World:
            world = World(seed, processes=processes, clients=CLIENTS)
            await world.begin()
            await world.pass_time(1.0)
            return world

        self._world: World = self._loop.run_until_complete(make())

    def _do(self, doing: Any) -> None:
        self._loop.run_until_complete(doing)

    @rule(name=instance_names, count=st.sampled_from((1, 3, 10, 40)), again=st.booleans())
    def publish(self, name: str, count: int, again: bool) -> None:
        topics = TOPICS[name]

        async def publish() -> None:
            for start in range(0, count, 10):
                chosen = [topics[(start + number) % len(topics)] for number in range(min(count, 10))]
                self._world.publish(find(name), chosen, again=again)

        self._do(publish())

    @rule(number=client_numbers)
    def disconnect(self, number: int) -> None:
        """It comes back by itself, and resumes."""
        self._world.clients[number].disconnect()

    @rule(number=client_numbers, pace=st.sampled_from((0.0, 0.02, 0.3, float("inf"))))
    def read_slowly(self, number: int, pace: float) -> None:
        client = self._world.clients[number]
        client.pace_seconds = pace
        client.hurry.set()

    @rule(share=shares)
    def trim(self, share: float) -> None:
        for stream in list(self._world.streams.published):
            self._world.streams.trim(stream, share)

    @rule()
    def save(self) -> None:
        self._world.streams.save()

    @rule(how=st.sampled_from(("data", "snapshot", "empty")))
    def begin_an_epoch(self, how: str) -> None:
        self._world.streams.restart(how)

    @rule(share=shares)
    def lose(self, share: float) -> None:
        self._world.weather.lost = share

    @rule(share=shares)
    def reorder(self, share: float) -> None:
        self._world.weather.late = share

    @rule(share=shares)
    def double(self, share: float) -> None:
        self._world.weather.doubled = share

    @rule()
    def end_pumps(self) -> None:
        self._world.layer.end_pumps(self._world.processes[0].name)

    @rule(out=st.booleans())
    def refuse(self, out: bool) -> None:
        self._world.weather.refuses = out

    @rule()
    @precondition(lambda self: self._world.weather.hangs is None)
    def hang(self) -> None:
        self._world.weather.hang()

    @rule()
    def go_on(self) -> None:
        self._world.weather.go_on()

    @rule(parts=st.sampled_from((1, 2, 3)))
    def spread(self, parts: int) -> None:
        events = find("events")
        self._do(self._world.spread(events, events.families[0], parts))

    @rule()
    def replace_process(self) -> None:
        self._do(self._world.replace_process())

    @rule(seconds=st.sampled_from((0.001, 0.06, 0.5, 2.0, 30.0)))
    def pass_time(self, seconds: float) -> None:
        """Whatever a client finds to be wrong is raised here."""
        self._do(self._world.pass_time(seconds))

    def teardown(self) -> None:
        """Every story ends with fair weather, in which nobody is kept from anything."""
        try:
            if hasattr(self, "_world"):
                self._do(self._world.settle())
                self._do(self._world.end())
        finally:
            self._do(end_all())
            self._loop.close()
            self._patched.__exit__(None, None, None)


TestContinuity = Continuity.TestCase
TestContinuity.settings = settings(
    max_examples=EXAMPLES_SOAKING if SOAKING else EXAMPLES, stateful_step_count=40, print_blob=True
)
