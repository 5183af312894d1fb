"""publish() and its twins, for Python code: from threads, tasks, commands, inside transactions, after a fork."""

import asyncio
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final
from uuid import UUID

import msgspec
from django.conf import settings
from django.db import transaction

from instances.error_codes import Refusal
from instances.event import BadEvent
from instances.publishing.complaints import Complaints
from instances.publishing.context import origin
from instances.publishing.pipeline import Checked, check
from instances.publishing.submission import Submitted, asubmit, submit

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PublishError:
    code: str
    """One of `instances.error_codes`."""
    message: str
    retry: bool
    """Whether publishing the same again can help."""


@dataclass(frozen=True, slots=True)
class PublishResult:
    accepted: bool
    event_id: str | None
    """The event's id, also where the outcome is unknown: publish again with it, and readers can tell."""
    error: PublishError | None = None
    warnings: tuple[str, ...] = ()
    stream: str | None = None
    offset: int | None = None
    epoch: str | None = None
    spooled: bool = False
    """Whether evidence waits in a spool for the journal's database to come back."""
    leaf_hash: str | None = None
    signature: str | None = None
    """Of evidence, the receipt."""


class OnALoop(Refusal):
    """publish() would block the event loop that it was called on."""

    def __init__(self) -> None:
        super().__init__("bad_request", "publish() blocks, and this thread runs an event loop: `await apublish(...)`.")


def publish(
    instance: str,
    topic: str,
    event_type: str,
    *,
    data: Any = None,
    metadata: Mapping[str, Any] | None = None,
    timestamp: int | None = None,
    id: str | UUID | None = None,
    schema_version: int = 1,
    publisher: str | None = None,
) -> PublishResult:
    """Publish one event and wait until the hub has it; never raises.

    `data` is any JSON value, dates and UUIDs included; `timestamp` milliseconds since 1970 UTC, now by default;
    `publisher` this program's name, GATERHUB_PUBLISHER by default. What fails is told in the result and logged.
    """
    prepared: Checked | None = None
    try:
        prepared = check_event(instance, topic, event_type, data, metadata, timestamp, id, schema_version, publisher)
        _refuse_on_a_loop()
        return _accepted(submit(prepared))
    except Exception as error:  # noqa: BLE001  It never raises; the log has what it was.
        return _swallow(error, prepared, instance, topic)


async def apublish(
    instance: str,
    topic: str,
    event_type: str,
    *,
    data: Any = None,
    metadata: Mapping[str, Any] | None = None,
    timestamp: int | None = None,
    id: str | UUID | None = None,
    schema_version: int = 1,
    publisher: str | None = None,
) -> PublishResult:
    """Publish one event from a coroutine; never raises. As `publish` otherwise."""
    prepared: Checked | None = None
    try:
        prepared = check_event(instance, topic, event_type, data, metadata, timestamp, id, schema_version, publisher)
        return _accepted(await asubmit(prepared))
    except Exception as error:  # noqa: BLE001  It never raises; the log has what it was.
        return _swallow(error, prepared, instance, topic)


def publish_or_raise(
    instance: str,
    topic: str,
    event_type: str,
    *,
    data: Any = None,
    metadata: Mapping[str, Any] | None = None,
    timestamp: int | None = None,
    id: str | UUID | None = None,
    schema_version: int = 1,
    publisher: str | None = None,
) -> PublishResult:
    """Publish one event and wait until the hub has it. As `publish`, but raises: Refusal."""
    prepared = check_event(instance, topic, event_type, data, metadata, timestamp, id, schema_version, publisher)
    _refuse_on_a_loop()
    return _accepted(submit(prepared))


async def apublish_or_raise(
    instance: str,
    topic: str,
    event_type: str,
    *,
    data: Any = None,
    metadata: Mapping[str, Any] | None = None,
    timestamp: int | None = None,
    id: str | UUID | None = None,
    schema_version: int = 1,
    publisher: str | None = None,
) -> PublishResult:
    """Publish one event from a coroutine. As `apublish`, but raises: Refusal."""
    prepared = check_event(instance, topic, event_type, data, metadata, timestamp, id, schema_version, publisher)
    return _accepted(await asubmit(prepared))


def publish_on_commit(
    instance: str,
    topic: str,
    event_type: str,
    *,
    data: Any = None,
    metadata: Mapping[str, Any] | None = None,
    timestamp: int | None = None,
    id: str | UUID | None = None,
    schema_version: int = 1,
    publisher: str | None = None,
    using: str | None = None,
) -> None:
    """Publish one event once the transaction of the database `using` commits; after a rollback nothing is sent.

    Outside a transaction it is sent at once. The event is checked and takes its time here, so that what is wrong
    with it is told where it was made. Raises: Refusal for an event that could not be published whatever happens.
    """
    prepared = check_event(instance, topic, event_type, data, metadata, timestamp, id, schema_version, publisher)
    transaction.on_commit(partial(_submit_safely, prepared, topic), using=using)


def _submit_safely(prepared: Checked, topic: str) -> None:
    try:
        _refuse_on_a_loop()
        submit(prepared)
    except Exception as error:  # noqa: BLE001  As above.
        _swallow(error, prepared, prepared.spec.name, topic)


def check_event(
    instance: str,
    topic: str,
    event_type: str,
    data: Any,
    metadata: Mapping[str, Any] | None,
    timestamp: int | None,
    id: str | UUID | None,
    schema_version: int,
    publisher: str | None,
) -> Checked:
    event: dict[str, Any] = {
        "topic": topic,
        "event_type": event_type,
        "data": data,
        "metadata": origin() | dict(metadata or {}),
        "schema_version": schema_version,
    }
    if timestamp is not None:
        event["timestamp"] = timestamp
    if id is not None:
        event["id"] = str(id)
    try:
        # The standard library's encoder, because it refuses what is no JSON (NaN) instead of writing null for it.
        text = json.dumps(
            event, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=msgspec.to_builtins
        )
        body = text.encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise BadEvent("bad_request", f"The event can't be written as JSON: {error}.") from error
    return check(instance, body, publisher=publisher or settings.GATERHUB_PUBLISHER)


def _refuse_on_a_loop() -> None:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return
    raise OnALoop


def _accepted(submitted: Submitted) -> PublishResult:
    receipt = submitted.receipts[0]
    return PublishResult(
        accepted=True,
        event_id=receipt.id,
        warnings=submitted.warnings,
        stream=receipt.stream,
        offset=receipt.offset,
        epoch=receipt.epoch,
        spooled=submitted.spooled,
        leaf_hash=receipt.leaf_hash,
        signature=submitted.signature,
    )


_INTERNAL: Final = PublishError("internal", "An error inside the hub's client; the log has it.", retry=True)
_complaints: Final = Complaints()


def _swallow(error: Exception, prepared: Checked | None, instance: object, topic: object) -> PublishResult:
    """Turn what was raised into a result, and log it: publishing never breaks what it reports on."""
    event_id = None if prepared is None else prepared.events[0].id
    if isinstance(error, Refusal):
        # A mistake of the publisher's is told each time; that the hub is out is no news the second time.
        untold = _complaints.due(error.code) if error.retry else 0
        if untold is not None:
            others = f"; and {untold:,} others since the last such line" if untold else ""
            logger.warning("Not published to %s %s: %s (%s)%s", instance, topic, error.message, error.code, others)
        return PublishResult(
            accepted=False, event_id=event_id, error=PublishError(error.code, error.message, error.retry)
        )
    logger.error("Not published to %s %s.", instance, topic, exc_info=error)
    return PublishResult(accepted=False, event_id=event_id, error=_INTERNAL)
