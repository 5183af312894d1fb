"""Durable subscriptions: how far each has acknowledged, kept in the database so that it can come back from anywhere."""

import logging
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from asgiref.sync import sync_to_async
from django.db import DatabaseError, close_old_connections, transaction
from django.utils import timezone

from consumers.connection import Subscription
from consumers.frames import BadFrame
from consumers.ledger import UNFIT
from consumers.models import DurablePosition
from consumers.resuming import read_since
from instances.access.principal import Principal
from instances.broker import Unavailable
from instances.error_codes import Refusal
from instances.spec import InstanceSpec
from instances.streams import Position
from instances.topics import Pattern

logger = logging.getLogger(__name__)

NAMES_MAX: Final = 100
"""Of one principal; a name for each connection ever made would grow for ever."""
_NAME: Final = re.compile(r"[A-Za-z0-9_.\-]{1,64}")

Key = tuple[str, int, str]


@dataclass(slots=True)
class _Unsaved:
    instance: str
    pattern: str
    at: datetime
    """When the newest of the positions was said."""
    positions: dict[str, str] = field(default_factory=dict)


class Durables:
    """Acknowledged positions of this process's subscriptions, saved about once a second."""

    def __init__(self, clock: Callable[[], datetime] = timezone.now) -> None:
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        """Held from the taking of what is unsaved until it is in the database, where a reader must find it."""
        self._unsaved: dict[Key, _Unsaved] = {}
        self._clock = clock

    async def load(self, principal: Principal, name: str, *, instance: str, pattern: str) -> dict[str, str]:
        """Return the positions that were acknowledged under the name, and begin to keep it. Raises: Refusal."""
        if _NAME.fullmatch(name) is None:
            raise BadFrame("The name of a durable subscription has 1 to 64 of A-Z a-z 0-9 _ . - and no others.")
        key = principal.kind, principal.id, name
        return await sync_to_async(self._load, thread_sensitive=False)(key, instance, pattern)

    def acknowledge(self, key: Key, *, instance: str, pattern: str, positions: Mapping[str, str]) -> None:
        """Take note of positions; they are in the database a second later, or when the connection ends."""
        newer = _Unsaved(instance, pattern, self._clock(), dict(positions))
        with self._lock:
            held = self._unsaved.get(key)
            self._unsaved[key] = newer if held is None else _merged(held, newer)

    def flush(self) -> None:
        """Save what is not saved yet; blocks on the database. While that is out, it is kept for the next time."""
        with self._writing:
            self._flush()

    def _flush(self) -> None:
        with self._lock:
            unsaved, self._unsaved = self._unsaved, {}
        for key in list(unsaved):
            try:
                _save(key, unsaved[key])
            except UNFIT:
                # It would be refused the next time too, and stand in the way of all others.
                logger.exception("What was acknowledged under %r can't be kept, and is let go.", key[2])
            except BaseException:
                self._keep(unsaved)
                raise
            del unsaved[key]

    def _keep(self, unsaved: Mapping[Key, _Unsaved]) -> None:
        with self._lock:
            for key, row in unsaved.items():
                newer = self._unsaved.get(key)
                self._unsaved[key] = row if newer is None else _merged(row, newer)

    def _load(self, key: Key, instance: str, pattern: str) -> dict[str, str]:
        close_old_connections()
        try:
            # What this process still holds of the name must be in what is read.
            self.flush()
            row = DurablePosition.objects.filter(principal_kind=key[0], principal_id=key[1], name=key[2]).first()
            if row is not None:
                # Under a name that went over to another instance, nothing of that one was acknowledged.
                positions: dict[str, str] = row.positions if row.instance == instance else {}
                return positions
            held = DurablePosition.objects.filter(principal_kind=key[0], principal_id=key[1]).count()
            if held >= NAMES_MAX:
                raise Refusal(
                    "limit_exceeded", f"{NAMES_MAX} durable subscriptions are kept already; use one of their names."
                )
            _save(key, _Unsaved(instance, pattern, self._clock()))
            return {}
        finally:
            close_old_connections()


def _merged(older: _Unsaved, newer: _Unsaved) -> _Unsaved:
    """Return the newer one with what only the older one says; streams of another instance are none of it."""
    same = older.instance == newer.instance
    positions = older.positions | newer.positions if same else newer.positions
    return _Unsaved(newer.instance, newer.pattern, newer.at, positions)


def _save(key: Key, row: _Unsaved) -> None:
    """Write the positions over those that the database has of the same streams, whichever process had them written.

    What was said last counts, also where a process writes late what it could not write in time.
    """
    place = {"principal_kind": key[0], "principal_id": key[1], "name": key[2]}
    with transaction.atomic():
        kept = DurablePosition.objects.select_for_update().filter(**place).first()
        if kept is None:
            # Where another process makes it at this moment, theirs is there first, and is merged with.
            kept, made = DurablePosition.objects.get_or_create(**place, defaults=_columns(row))
            if made:
                return
        there = _Unsaved(kept.instance, kept.pattern, kept.updated_at, kept.positions)
        merged = _merged(there, row) if there.at <= row.at else _merged(row, there)
        DurablePosition.objects.filter(pk=kept.pk).update(**_columns(merged))


def _columns(row: _Unsaved) -> dict[str, object]:
    return {"instance": row.instance, "pattern": row.pattern, "positions": row.positions, "updated_at": row.at}


class DurableSubscriptions:
    """Those of one connection, by their names."""

    def __init__(self, durables: Durables, principal: Principal) -> None:
        self._durables = durables
        self._principal = principal
        self._names: dict[str, str] = {}

    async def load(self, name: str, *, spec: InstanceSpec, pattern: Pattern) -> dict[str, Position]:
        """Return the positions that the principal acknowledged under the name. Raises: Refusal."""
        if name in self._names.values():
            raise Refusal("conflict", f"This connection has a durable subscription {name!r} already.")
        try:
            kept = await self._durables.load(self._principal, name, instance=spec.name, pattern=pattern.text)
        except DatabaseError as error:
            raise Unavailable("The kept positions can't be read: the database is out.") from error
        return read_since(kept)

    def begin(self, name: str, subscription: Subscription, positions: Mapping[str, Position]) -> None:
        """Keep a subscription under the name from now on.

        Where it began is acknowledged from the start, or what it never acknowledges would not come again.
        """
        self._names[subscription.id] = name
        self.acknowledge(subscription, positions)

    def acknowledge(self, subscription: Subscription, positions: Mapping[str, Position]) -> None:
        """Have positions kept, where the subscription is a durable one."""
        name = self._names.get(subscription.id)
        if name is not None:
            self._durables.acknowledge(
                (self._principal.kind, self._principal.id, name),
                instance=subscription.spec.name,
                pattern=subscription.pattern.text,
                # A `since` may name any stream; what is kept of a name must not grow by what it doesn't follow.
                positions={stream: str(at) for stream, at in positions.items() if stream in subscription.streams},
            )

    def end(self, subscription: Subscription) -> None:
        """Let go of the name; what was acknowledged under it is kept."""
        self._names.pop(subscription.id, None)
