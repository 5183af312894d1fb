"""What may happen in a world, each act a row: how often, and what it does."""

from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple

from instances.spec import InstanceSpec
from tests.integration.simulation.client import Client
from tests.integration.simulation.world import ROWS, TOPICS, World

OUTAGE_SECONDS: Final = (0.05, 0.5, 1.5, 4.0)


class Act(NamedTuple):
    weight: int
    name: str
    do: Callable[[World], Awaitable[None]]


def _topics(world: World, spec: InstanceSpec, count: int) -> list[str]:
    """Draw topics, the first of an instance most often and its last rarely."""
    topics = TOPICS[spec.name]
    weights = [4 ** (len(topics) - number) for number in range(len(topics))]
    return world.chance.choices(topics, weights, k=count)


async def publish(world: World) -> None:
    spec = world.chance.choice(ROWS)
    again = world.chance.random() < 0.2
    world.publish(spec, _topics(world, spec, world.chance.choice((1, 1, 2, 5))), again=again)


async def flood(world: World) -> None:
    spec = world.chance.choice(ROWS)
    for _ in range(world.chance.randrange(2, 8)):
        world.publish(spec, _topics(world, spec, 10))


async def disconnect(world: World) -> None:
    _client(world).disconnect()


async def slow(world: World) -> None:
    client = _client(world)
    client.pace_seconds = world.chance.choice((0.005, 0.05, 0.3, float("inf")))


async def hurry(world: World) -> None:
    client = _client(world)
    client.pace_seconds = 0.0
    client.hurry.set()


def _client(world: World) -> Client:
    return world.chance.choice(world.clients)


async def lose(world: World) -> None:
    world.weather.lost = world.chance.choice((0.0, 0.1, 0.5, 1.0))


async def reorder(world: World) -> None:
    world.weather.late = world.chance.choice((0.0, 0.2, 0.7))
    world.weather.late_seconds = world.chance.choice((0.01, 0.2, 3.0))


async def double(world: World) -> None:
    world.weather.doubled = world.chance.choice((0.0, 0.3))


async def deafen(world: World) -> None:
    name = world.chance.choice(world.processes).name
    world.weather.deaf ^= {name}


async def end_pumps(world: World) -> None:
    world.layer.end_pumps(world.chance.choice(world.processes).name)


async def lag(world: World) -> None:
    world.weather.latency_seconds = world.chance.choice((0.001, 0.01, 0.1))


async def lose_answers(world: World) -> None:
    world.weather.answers_lost = world.chance.choice((0.0, 0.1))


async def hang(world: World) -> None:
    world.weather.hang()
    await world.pass_time(world.chance.choice(OUTAGE_SECONDS))
    world.weather.go_on()


async def outage(world: World) -> None:
    """Stop Redis, and start it again somehow."""
    world.weather.refuses = True
    world.weather.go_on()
    await world.pass_time(world.chance.choice(OUTAGE_SECONDS))
    how = world.chance.choice(("data", "data", "snapshot", "empty"))
    world.streams.restart(how)
    world.say(f"started with {how}")
    world.weather.refuses = False


async def restart(world: World) -> None:
    """Start Redis anew so quickly that nobody notices."""
    how = world.chance.choice(("data", "snapshot"))
    world.streams.restart(how)
    world.say(f"started with {how}")


async def save(world: World) -> None:
    world.streams.save()


async def trim(world: World) -> None:
    for stream in list(world.streams.published):
        world.streams.trim(stream, world.chance.choice((0.0, 0.3, 0.9, 1.0)))


async def replace_process(world: World) -> None:
    await world.replace_process()


async def spread(world: World) -> None:
    """Spread a family over other streams, while it is followed and published to."""
    spec = world.chance.choice([row for row in ROWS if not row.delivery.journaled])
    families = [family for family in spec.families if any(topic.startswith(family.name) for topic in TOPICS[spec.name])]
    await world.spread(spec, world.chance.choice(families), world.chance.choice((1, 2, 3)))


async def pass_time(world: World) -> None:
    await world.pass_time(world.chance.choice((0.1, 1.0, 3.0)))


async def clear(world: World) -> None:
    world.weather.clear()


ACTS: Final = tuple(
    Act(weight, do.__name__, do)
    for weight, do in (
        (60, publish),
        (12, flood),
        (8, pass_time),
        (8, disconnect),
        (6, slow),
        (5, hurry),
        (4, clear),
        (3, lose),
        (3, reorder),
        (2, double),
        (3, deafen),
        (2, end_pumps),
        (2, lag),
        (1, lose_answers),
        (2, hang),
        (2, outage),
        (1, restart),
        (2, save),
        (2, trim),
        (1, replace_process),
        (2, spread),
    )
)
ALWAYS: Final = ("publish", "flood", "pass_time")


class Plan:
    """The acts of one world: half of the faults, because some hide what others would show."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._acts = [act for act in ACTS if act.name in ALWAYS or world.chance.random() < 0.5]
        self._weights = [act.weight for act in self._acts]

    async def act(self) -> None:
        """Let something happen, as chance will have it."""
        world = self._world
        chosen = world.chance.choices(self._acts, self._weights)[0]
        world.say(chosen.name)
        await chosen.do(world)
        await world.pass_time(world.chance.choice((0.0, 0.0, 0.002, 0.03, 0.3)))
