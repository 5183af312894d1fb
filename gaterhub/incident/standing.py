"""The open alerts of the whole hub, as far as this process has read the journal of alerts: all of it, however old."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

import msgspec
from django.db import InterfaceError, OperationalError

from gaterhub.incident.open_alerts import ALERTS, Alert, OpenAlerts, Told, told_of
from instances.access.rights import Rights, Verb
from instances.access.sealing import CannotOpen
from instances.catalog import find
from instances.journal.database_thread import DatabaseHung
from instances.journal.models import JournalHead
from instances.journal.query import Unavailable, read_page
from instances.journal.readers import ask
from instances.journal.router import ALIAS
from instances.redaction import redacted
from instances.retained import LIMIT_MAX, Question
from instances.topics import WILDCARD, Pattern

logger = logging.getLogger(__name__)

T = TypeVar("T")

TURN_SECONDS: Final = 2.5
"""For one answer; who has the first ten thousand of a million alerts is told so, and asks again."""


@dataclass(frozen=True, slots=True)
class Standing:
    """The open alerts, the gravest first, and how much of the journal they are known from."""

    alerts: tuple[Alert, ...]
    read: int
    size: int
    unknown: int

    @property
    def whole(self) -> bool:
        return self.read >= self.size


class AlertsJournal:
    """Reads on from where it was last; of alerts nothing is ever purged, so the first reading reaches to the first."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic, page: int = LIMIT_MAX) -> None:
        self._clock = clock
        self._page = page
        self._lock = threading.Lock()
        self._begin()

    def standing(self) -> Standing:
        """Read what came since, for a bounded time, and return what is open. Raises: Unavailable."""
        with self._lock:
            size = _ask(_size)
            ends_at = self._clock() + TURN_SECONDS
            while self._read_on() and self._clock() < ends_at:
                pass
            return Standing(tuple(self._open), self._read, max(size, self._read), self._open.unknown)

    def _begin(self) -> None:
        self._open = OpenAlerts()
        self._read = 0
        self._last = ""

    def _read_on(self) -> bool:
        """Read a page; False where there is no more.

        The entry that was read last comes first again. Where it is another one, the journal is another one, such as a
        restored one, and all of it is read anew.
        """
        again = min(self._read, 1)
        wires = _ask(lambda: read_page(_QUESTION, {}, place=self._read - again - 1, limit=self._page + 1).wires)
        events = [told_of(wire) for wire in wires]
        if again and (not events or events[0].id != self._last):
            self._begin()
            return True
        for told in events[again:]:
            self._open.take(told)
        self._read += len(events) - again
        self._last = events[-1].id if events else ""
        return len(events) > self._page


_QUESTION: Final = Question(spec=find(ALERTS), pattern=Pattern(WILDCARD))


def _size() -> int:
    size: int = JournalHead.objects.using(ALIAS).values_list("size", flat=True).get(instance=ALERTS)
    return size


def _ask(read: Callable[[], T]) -> T:
    try:
        return ask(read)
    except (OperationalError, InterfaceError, DatabaseHung, CannotOpen) as error:
        logger.warning("The open alerts can't be read: %s.", type(error).__name__)
        raise Unavailable from error


JOURNAL: Final = AlertsJournal()
"""This process's."""


def seen_by(rights: Rights, told: Told | None) -> Told | None:
    """Return an event as the reader may query it, if they may."""
    if told is None or not rights.allows(Verb.QUERY, ALERTS, told.topic):
        return None
    return as_read_by(rights, told)


def as_read_by(rights: Rights, told: Told) -> Told:
    """Return an event that the reader may query, with personal fields redacted where these are not granted."""
    if rights.reads_personal(Verb.QUERY, ALERTS, told.topic):
        return told
    return msgspec.json.decode(redacted(ALERTS, told.event_type, msgspec.json.encode(told)), type=Told)
