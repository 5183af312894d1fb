"""audit_required(): an entry before the act that it tells of, for what must not happen unrecorded."""

from collections.abc import Generator, Mapping
from types import TracebackType
from typing import Any, Final, Self
from uuid import UUID

from django.conf import settings

from instances.error_codes import Refusal
from instances.publishing.publish import PublishResult, apublish, apublish_or_raise, publish, publish_or_raise
from instances.schemas.audit import TYPES

AUDIT: Final = TYPES.instance
_STARTED, _SUCCESS, _FAILURE = "started", "success", "failure"


class NotRecorded(Refusal):
    """An act that must not begin, because it could not be recorded."""

    def __init__(self, why: str, *, event_id: str | None = None) -> None:
        super().__init__("unavailable", f"It is not recorded, and so it must not be done: {why}")
        self.event_id = event_id


class Recorded:
    """An act whose beginning is on record; as a context manager, it tells how the act ended, too."""

    def __init__(self, result: PublishResult, said: Mapping[str, Any]) -> None:
        self.event_id: Final = result.event_id
        self.spooled: Final = result.spooled
        """Whether the entry waits in the spool of this host."""
        self._said = said

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        publish(**self._ending(kind))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await apublish(**self._ending(kind))

    def _ending(self, kind: type[BaseException] | None) -> dict[str, Any]:
        return _ending(self._said, self.event_id, _SUCCESS if kind is None else _FAILURE)


def audit_required(
    topic: str,
    event_type: str,
    *,
    data: Mapping[str, Any],
    metadata: Mapping[str, Any] | None = None,
    instance: str = AUDIT,
    id: str | UUID | None = None,
    schema_version: int = 1,
    publisher: str | None = None,
    spool_is_enough: bool | None = None,
) -> Recorded:
    """Put an act on record before it is done, and return once it is; any exception says: don't do it.

    Without an `outcome` in `data` it is "started". Used with `with`, a second entry of the same type says "success"
    or "failure" once the block is over, its `correlation_id` in the metadata naming the first; that one is no
    condition any more. `spool_is_enough` tells whether an entry in the spool of this host will do where the database
    is out; None: as GATERHUB_SPOOL_IS_ENOUGH says. The entry is committed by itself: it stands whatever becomes of a
    transaction of the caller's.
    Raises: NotRecorded where it could not be kept; Refusal for an event that can't be taken at all.
    """
    said = _beginning(topic, event_type, data, metadata, instance, schema_version, publisher)
    try:
        result = publish_or_raise(**said, id=id)
    except Refusal as refusal:
        raise _as_not_recorded(refusal) from refusal
    if result.spooled and not _spool_will_do(spool_is_enough):
        publish(**_ending(said, result.event_id, _FAILURE))
        raise _only_spooled(result)
    return Recorded(result, said)


class _Awaited:
    """What `aaudit_required` returns: to be awaited, or to be entered with `async with`."""

    def __init__(self, said: dict[str, Any], id: str | UUID | None, spool_is_enough: bool | None) -> None:
        self._said = said
        self._id = id
        self._spool_is_enough = spool_is_enough
        self._recorded: Recorded | None = None

    def __await__(self) -> Generator[Any, None, Recorded]:
        return self._record().__await__()

    async def __aenter__(self) -> Recorded:
        self._recorded = await self._record()
        return self._recorded

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._recorded is not None
        await self._recorded.__aexit__(kind, error, trace)

    async def _record(self) -> Recorded:
        try:
            result = await apublish_or_raise(**self._said, id=self._id)
        except Refusal as refusal:
            raise _as_not_recorded(refusal) from refusal
        if result.spooled and not _spool_will_do(self._spool_is_enough):
            await apublish(**_ending(self._said, result.event_id, _FAILURE))
            raise _only_spooled(result)
        return Recorded(result, self._said)


def aaudit_required(
    topic: str,
    event_type: str,
    *,
    data: Mapping[str, Any],
    metadata: Mapping[str, Any] | None = None,
    instance: str = AUDIT,
    id: str | UUID | None = None,
    schema_version: int = 1,
    publisher: str | None = None,
    spool_is_enough: bool | None = None,
) -> _Awaited:
    """Put an act on record before it is done, from a coroutine: `await` it, or `async with` it. As `audit_required`."""
    said = _beginning(topic, event_type, data, metadata, instance, schema_version, publisher)
    return _Awaited(said, id, spool_is_enough)


def _beginning(
    topic: str,
    event_type: str,
    data: Mapping[str, Any],
    metadata: Mapping[str, Any] | None,
    instance: str,
    schema_version: int,
    publisher: str | None,
) -> dict[str, Any]:
    return {
        "instance": instance,
        "topic": topic,
        "event_type": event_type,
        "data": {"outcome": _STARTED, **data},
        "metadata": dict(metadata or {}),
        "schema_version": schema_version,
        "publisher": publisher,
    }


def _ending(said: Mapping[str, Any], event_id: str | None, outcome: str) -> dict[str, Any]:
    return {
        **said,
        "data": {**said["data"], "outcome": outcome},
        "metadata": {"correlation_id": event_id, **said["metadata"]},
    }


def _spool_will_do(asked: bool | None) -> bool:
    return settings.SPOOL_IS_ENOUGH if asked is None else asked


def _as_not_recorded(refusal: Refusal) -> Refusal:
    """Return the refusal of an event that can't be taken as it is, and NotRecorded for one that came at a bad time."""
    return NotRecorded(refusal.message) if refusal.retry else refusal


def _only_spooled(result: PublishResult) -> NotRecorded:
    return NotRecorded(
        "the journal's database is out, and the spool of this host is not enough for it.", event_id=result.event_id
    )
