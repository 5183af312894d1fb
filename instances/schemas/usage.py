"""Who still uses what is deprecated, so that teams can be asked before it goes.

Counted in each process, and added up in a table by the thread that refreshes the configuration. A sender is whoever
publishes an event of a deprecated version. A subscriber is whoever holds a subscription that events of such a version
can reach; it is noted again every minute while the subscription lives, so that one which was made before the version
was deprecated is seen too.
"""

import logging
import os
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Lock
from typing import Final

from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import F
from django.db.models.functions import Greatest
from django.utils import timezone

from instances.event import Prepared
from instances.models import NAME_CHARACTERS, DeprecatedUse
from instances.schemas.registry import deprecated_versions, registered
from instances.topics import SEPARATOR, WILDCARD

logger = logging.getLogger(__name__)

ROWS_MAX: Final = 1_000
"""Waiting in a process to be written; what is new beyond that is left out, and the log says so."""
LIVE_MAX: Final = 20_000
"""Different subscriptions of a process that are remembered."""
PATTERNS_MAX: Final = 20
"""That one subscriber is noted with for one version: patterns are anybody's, and the table must not be."""
SUBSCRIBERS_EVERY_SECONDS: Final = 60.0
KEPT_DAYS: Final = 90

Role = DeprecatedUse.Role
_Key = tuple[str, str, int, str, str, str]
"""Instance, event type, version, role, name, pattern."""


@dataclass(frozen=True, slots=True)
class Sender:
    publisher: str
    events: int
    last_at_ms: int


@dataclass(frozen=True, slots=True)
class Subscriber:
    name: str
    pattern: str
    last_at_ms: int


@dataclass(frozen=True, slots=True)
class Usage:
    """Of one version; the latest first."""

    senders: list[Sender] = field(default_factory=list)
    subscribers: list[Subscriber] = field(default_factory=list)


_lock = Lock()
_waiting: Counter[_Key] = Counter()
_live: Counter[tuple[str, str, str]] = Counter()
"""Subscriptions of this process, by instance, name and pattern."""
_left_out = 0
_subscribers_due = 0.0


def note_published(instance: str, events: Iterable[Prepared], publisher: str) -> None:
    """Count the events of deprecated versions, by their publisher. Asks no database."""
    if not deprecated_versions():
        return
    counts = Counter((event.event_type, event.schema_version) for event in events)
    for (event_type, version), count in counts.items():
        known = registered(instance, event_type)
        row = None if known is None else known.versions.get(version)
        if row is not None and row.deprecated is not None:
            _note((instance, event_type, version, Role.SENDER.value, publisher[:NAME_CHARACTERS], ""), count)


def note_subscribed(instance: str, name: str, pattern: str) -> None:
    """Remember that somebody follows a pattern, until `note_unsubscribed` says the same. Asks no database."""
    key = instance, name[:NAME_CHARACTERS], pattern
    with _lock:
        if key in _live or len(_live) < LIVE_MAX:
            _live[key] += 1
    _note_subscriber(*key)


def note_unsubscribed(instance: str, name: str, pattern: str) -> None:
    """Forget one such subscription."""
    key = instance, name[:NAME_CHARACTERS], pattern
    with _lock:
        if key in _live:
            _live[key] -= 1
            if _live[key] <= 0:
                del _live[key]


def flush(*, clock: Callable[[], float] = time.monotonic) -> None:
    """Add what was counted to the table. A database that is out is asked again the next time."""
    global _left_out, _subscribers_due
    if deprecated_versions() and clock() >= _subscribers_due:
        _subscribers_due = clock() + SUBSCRIBERS_EVERY_SECONDS
        with _lock:
            live = list(_live)
        for each in live:
            _note_subscriber(*each)
    with _lock:
        waiting, left_out = dict(_waiting), _left_out
        _waiting.clear()
        _left_out = 0
    if left_out:
        logger.warning("Deprecated event types are used by so many that %d uses were not noted.", left_out)
    if not waiting:
        return
    try:
        with transaction.atomic():
            # In one order in all processes, so that no two wait for each other.
            for key in sorted(waiting):
                _write(key, waiting[key])
    except DatabaseError as error:
        logger.warning("The use of deprecated event types could not be written yet: %s", error)
        with _lock:
            _waiting.update(waiting)


def used(instance: str) -> dict[tuple[str, int], Usage]:
    """Return who was noted, by event type and version; blocks on the database."""
    found: defaultdict[tuple[str, int], Usage] = defaultdict(Usage)
    for row in DeprecatedUse.objects.filter(instance=instance).order_by("-last_at", "name", "pattern"):
        usage = found[row.event_type, row.version]
        last_at_ms = round(row.last_at.timestamp() * 1000)
        if row.role == Role.SENDER:
            usage.senders.append(Sender(row.name, row.events, last_at_ms))
        else:
            usage.subscribers.append(Subscriber(row.name, row.pattern, last_at_ms))
    return dict(found)


def clear_old_uses() -> None:
    """Delete what nobody did for 90 days."""
    DeprecatedUse.objects.filter(last_at__lt=timezone.now() - timedelta(days=KEPT_DAYS)).delete()


def forget() -> None:
    """Let go of everything that was counted here, as in a process of its own after a fork."""
    global _lock, _left_out, _subscribers_due
    # Another thread of the parent may have held the lock when it forked.
    _lock = Lock()
    _waiting.clear()
    _live.clear()
    _left_out, _subscribers_due = 0, 0.0


os.register_at_fork(after_in_child=forget)


def reaches(pattern: str, template: str) -> bool:
    """Tell whether the pattern can match a topic of the template; an empty one stands for any topic."""
    if not template:
        return True
    segments, wanted = pattern.split(SEPARATOR), template.split(SEPARATOR)
    if segments[-1] == WILDCARD:
        if len(wanted) < len(segments):
            return False
    elif len(segments) != len(wanted):
        return False
    return all(
        mine in (WILDCARD, theirs) or theirs.startswith("{") for mine, theirs in zip(segments, wanted, strict=False)
    )


def _note_subscriber(instance: str, name: str, pattern: str) -> None:
    for known, version in deprecated_versions():
        if known.instance == instance and reaches(pattern, known.topic):
            _note((instance, known.name, version, Role.SUBSCRIBER.value, name, pattern), 0)


def _note(key: _Key, count: int) -> None:
    global _left_out
    with _lock:
        if key in _waiting or len(_waiting) < ROWS_MAX:
            _waiting[key] += count
        else:
            _left_out += 1


def _write(key: _Key, count: int) -> None:
    """Add to the row, or make it; whichever process is first, none of what they counted is lost."""
    names = ("instance", "event_type", "version", "role", "name", "pattern")
    place = dict(zip(names, key, strict=True))
    now = timezone.now()
    change = {"events": F("events") + count, "last_at": Greatest(F("last_at"), now)}
    if DeprecatedUse.objects.filter(**place).update(**change):
        return
    others = {name: value for name, value in place.items() if name != "pattern"}
    if place["pattern"] and DeprecatedUse.objects.filter(**others).count() >= PATTERNS_MAX:
        return
    try:
        with transaction.atomic():
            DeprecatedUse.objects.create(**place, events=count, first_at=now, last_at=now)
    except IntegrityError:
        DeprecatedUse.objects.filter(**place).update(**change)
