"""Subscriptions that stand while their instance is configured anew: over other streams, and with another policy."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from consumers.hub import Hub
from consumers.running import start_hub, stop_hub
from instances import config
from instances.broker import Unavailable
from instances.catalog import find
from instances.config import Effective
from instances.groups import lay_out, parts_of, streams_of
from instances.publishing import apublish
from instances.routing import Route
from instances.spec import Overflow
from instances.streams import Position
from instances.supervisor import home
from instances.topics import Pattern
from tests.integration.test_hub import Reader, follower

pytestmark = pytest.mark.django_db(transaction=True)

HEALTH = find("health")
FAMILY = "process_health"


@pytest.fixture
async def hub(sequencer: None, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Hub]:
    # What the test sets is to stand: the database says nothing else.
    monkeypatch.setattr(config, "refresh_in_thread", lambda: None)
    yield await start_hub()
    await stop_hub()
    lay_out("health", {})


def configured(monkeypatch: pytest.MonkeyPatch, **values: Any) -> Effective:
    """Have this process hear of another configuration of `health`."""
    effective = replace(config.effective("health"), **values)
    monkeypatch.setattr(config, "_snapshot", config._snapshot | {"health": effective})
    lay_out("health", {family: route.layout for family, route in effective.routes.items()})
    return effective


async def ends(*streams: str) -> dict[str, Position]:
    here = home()
    assert here is not None
    return {stream: head.position for stream, head in (await here.broker.heads(streams)).items()}


async def spread_over(monkeypatch: pytest.MonkeyPatch, parts: int) -> None:
    """Spread the family anew, as an operator does."""
    route = Route(parts, (1,), await ends(*parts_of(HEALTH, FAMILY, parts)))
    configured(monkeypatch, routes={FAMILY: route})


async def publish(number: int) -> int:
    result = await apublish("health", f"{FAMILY}:service-{number % 7}", "checked", data=number)
    assert result.accepted, result
    return number


def told(reader: Reader) -> list[int]:
    return [event["data"] for event in reader.events]


class TestNewStreams:
    async def test_are_followed_by_those_who_are_there_and_nothing_is_missed(
        self, hub: Hub, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        _, wide = await follower(hub, "health", "*")
        _, narrow = await follower(hub, "health", f"{FAMILY}:service-3")
        published = [await publish(number) for number in range(10)]

        await spread_over(monkeypatch, 4)
        # Before the hub has looked: these enter streams that nobody follows yet.
        published += [await publish(number) for number in range(10, 20)]
        await hub.changes.follow(HEALTH)
        published += [await publish(number) for number in range(20, 30)]

        await wide.has(30)
        assert sorted(told(wide)) == published
        of_three = [number for number in published if number % 7 == 3]
        await narrow.has(len(of_three))
        # One topic stays in one stream of each layout, and the change comes between them.
        assert told(narrow) == of_three
        assert not [frame for frame in wide.frames if "gap" in frame]
        [extended] = [frame["extended"] for frame in wide.frames if "extended" in frame]
        assert extended["streams"].keys() == set(parts_of(HEALTH, FAMILY, 4))

    async def test_are_followed_by_itself_within_a_second_or_two(
        self, hub: Hub, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        connection, reader = await follower(hub, "health", f"{FAMILY}:*")

        await spread_over(monkeypatch, 2)
        await publish(1)

        assert [event["stream"] for event in await reader.has(1)] != ["health.process_health"]
        [subscription] = connection.subscriptions.values()
        assert set(subscription.streams) == set(streams_of(HEALTH, Pattern(f"{FAMILY}:*")))

    async def test_are_there_for_those_who_return_with_positions_of_the_old_ones(
        self, hub: Hub, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        connection, _ = await follower(hub, "health", f"{FAMILY}:*")
        left_at = {"health.process_health": (await ends("health.process_health"))["health.process_health"]}
        hub.detach(connection)
        published = [await publish(number) for number in range(5)]
        await spread_over(monkeypatch, 3)
        begins = config.effective("health").begins
        published += [await publish(number) for number in range(5, 12)]

        returning, reader = await follower(hub, "health")
        subscribed = await hub.subscribe(
            returning, id="s1", spec=HEALTH, pattern=Pattern(f"{FAMILY}:*"), since=left_at | begins
        )

        assert subscribed.recovered
        assert sorted(told(reader)) == published

    async def test_that_another_process_has_told_of_have_the_configuration_read_first(
        self, hub: Hub, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        _, stays = await follower(hub, "health", f"{FAMILY}:*")
        returning, reader = await follower(hub, "health")
        parts = parts_of(HEALTH, FAMILY, 2)
        begins = await ends(*parts)

        def read() -> bool:
            configured(monkeypatch, routes={FAMILY: Route(2, (1,), begins)})
            return True

        monkeypatch.setattr(config, "refresh", read)
        subscribed = await hub.subscribe(
            returning, id="s1", spec=HEALTH, pattern=Pattern(f"{FAMILY}:*"), since={parts[1]: begins[parts[1]]}
        )
        await publish(1)

        assert subscribed.recovered
        assert subscribed.streams.keys() == {"health.process_health", *parts}
        assert [event["data"] for event in await reader.has(1)] == [1]
        assert [event["data"] for event in await stays.has(1)] == [1]

    async def test_that_are_not_known_while_the_database_is_out_are_asked_for_again_later(
        self, hub: Hub, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        connection, _ = await follower(hub, "health")
        monkeypatch.setattr(config, "refresh", lambda: False)

        with pytest.raises(Unavailable):
            await hub.subscribe(
                connection,
                id="s1",
                spec=HEALTH,
                pattern=Pattern(f"{FAMILY}:*"),
                since={"health.process_health.1": Position("k", 3)},
            )

    async def test_that_nobody_has_made_are_passed_over(self, hub: Hub) -> None:
        connection, _ = await follower(hub, "health")

        subscribed = await hub.subscribe(
            connection,
            id="s1",
            spec=HEALTH,
            pattern=Pattern(f"{FAMILY}:*"),
            since={"health.process_health.9": Position("k", 3), "audit.x": Position("k", 3)},
        )

        assert subscribed.streams.keys() == {"health.process_health"}

    async def test_let_go_of_what_was_followed_when_the_last_one_leaves(
        self, hub: Hub, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        connection, _ = await follower(hub, "health", "*")
        await spread_over(monkeypatch, 4)
        await hub.changes.follow(HEALTH)
        pump = hub.pumps["health"]
        assert set(parts_of(HEALTH, FAMILY, 4)) <= pump.cursors.keys()

        hub.detach(connection)

        assert {count for stream, count in pump._wanted.items() if stream.startswith("health.process_health")} <= {0}


class TestAPolicy:
    async def test_is_told_before_anything_is_given_up_by_it(self, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
        _, reader = await follower(hub, "health", f"{FAMILY}:*")
        delivery = replace(HEALTH.delivery, overflow=Overflow.DROP_OLDEST)

        configured(monkeypatch, delivery=delivery)
        assert hub.changes.delivery["health"].overflow is Overflow.CONFLATE
        hub.changes.look()

        assert hub.changes.delivery["health"] is delivery
        assert {"policy": {"sub": "s0", "policy": "drop_oldest"}} in reader.frames
        hub.changes.look()
        await asyncio.sleep(0)
        assert len([frame for frame in reader.frames if "policy" in frame]) == 1
