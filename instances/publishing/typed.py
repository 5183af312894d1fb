"""publish_event() and its twins: publishing an event made from its type, whose instance and topic can't be misspelt."""

from typing import Any
from uuid import UUID

from instances.publishing.publish import PublishResult, apublish, publish, publish_on_commit, publish_or_raise
from instances.schemas.typed_event import TypedEvent


def publish_event(
    event: TypedEvent, *, timestamp: int | None = None, id: str | UUID | None = None, publisher: str | None = None
) -> PublishResult:
    """Publish an event made by a type of `instances.schemas`; never raises. As `publish` otherwise."""
    return publish(*_where(event), **_what(event), timestamp=timestamp, id=id, publisher=publisher)


async def apublish_event(
    event: TypedEvent, *, timestamp: int | None = None, id: str | UUID | None = None, publisher: str | None = None
) -> PublishResult:
    """Publish an event made by a type of `instances.schemas` from a coroutine; never raises. As `apublish`."""
    return await apublish(*_where(event), **_what(event), timestamp=timestamp, id=id, publisher=publisher)


def publish_event_or_raise(
    event: TypedEvent, *, timestamp: int | None = None, id: str | UUID | None = None, publisher: str | None = None
) -> PublishResult:
    """Publish an event made by a type of `instances.schemas`. As `publish_or_raise`: raises Refusal."""
    return publish_or_raise(*_where(event), **_what(event), timestamp=timestamp, id=id, publisher=publisher)


def publish_event_on_commit(
    event: TypedEvent,
    *,
    timestamp: int | None = None,
    id: str | UUID | None = None,
    publisher: str | None = None,
    using: str | None = None,
) -> None:
    """Publish an event made by a type of `instances.schemas` once the transaction commits. As `publish_on_commit`."""
    publish_on_commit(*_where(event), **_what(event), timestamp=timestamp, id=id, publisher=publisher, using=using)


def _where(event: TypedEvent) -> tuple[str, str, str]:
    return event.instance, event.topic, event.event_type


def _what(event: TypedEvent) -> dict[str, Any]:
    return {"data": event.data, "metadata": event.metadata, "schema_version": event.schema_version}
