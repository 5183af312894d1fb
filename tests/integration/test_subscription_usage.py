"""Who subscribes to what is deprecated, from the hub's subscriptions to the table."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from consumers.connection import Connection
from consumers.hub import Hub
from consumers.messages import Message
from consumers.running import start_hub, stop_hub
from instances.catalog import find
from instances.models import DeprecatedUse
from instances.schemas import usage
from instances.schemas.registered import RegisteredType, version_of
from instances.schemas.registry import replace_operators_types
from instances.schemas.words import Compatibility
from instances.topics import Pattern

pytestmark = pytest.mark.django_db(transaction=True)


class Silent:
    """A writer that nobody reads."""

    writable = False

    def write(self, message: Message) -> None:
        raise AssertionError("Nothing is written to a writer that isn't writable.")

    def ponged(self) -> None: ...

    def abort(self) -> None:
        pass


@pytest.fixture
async def hub() -> AsyncIterator[Hub]:
    yield await start_hub()
    await stop_hub()


@pytest.fixture
def order_paid(hub: Hub) -> None:
    versions = {1: version_of(1, {}, deprecated="Send order_settled.")}
    replace_operators_types(
        [
            RegisteredType(
                instance="events",
                name="order_paid",
                title="Order paid",
                purpose="An order is paid.",
                topic="aggregate_events:{id}",
                parameters=("id",),
                source="operator",
                compatibility=Compatibility.BACKWARD,
                rank=2,
                versions=versions,
            )
        ]
    )


def noted() -> list[tuple[str, str]]:
    usage.flush()
    return list(DeprecatedUse.objects.filter(event_type="order_paid").values_list("name", "pattern"))


class TestASubscription:
    async def test_is_noted_with_its_principal_while_it_lives(self, hub: Hub, order_paid: None) -> None:
        connection = Connection(Silent())
        connection.principal = "billing"
        hub.attach(connection)
        for number, pattern in enumerate(("aggregate_events:*", "event_stream:*")):
            await hub.subscribe(connection, id=f"s{number}", spec=find("events"), pattern=Pattern(pattern))

        assert await asyncio.to_thread(noted) == [("billing", "aggregate_events:*")]
        assert len(usage._live) == 2

        hub.detach(connection)

        assert len(usage._live) == 0
