"""The gap ledger: every gap, conflation and slow close, by whom it hit, so that somebody can ask later."""

import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, NamedTuple

from django.db import DataError, IntegrityError

from consumers.models import Loss

logger = logging.getLogger(__name__)

WAITING_MAX: Final = 10_000
"""Rows that wait to be written; beyond it they are added up, by stream and reason, under nobody's name."""
SEVERAL: Final = "several"
"""Stands for the subscribers of losses that are added up; their `principal_kind` is empty, as nobody else's is."""
UNFIT: Final = (DataError, IntegrityError, ValueError, OverflowError)
"""What a database says of a row that it will refuse the next time too, rather than of itself."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One loss, as it is told."""

    at_ms: int
    kind: str
    instance: str
    stream: str
    epoch: str
    first: int | None
    last: int | None
    count: int | None
    reason: str
    connection: str
    principal_kind: str
    principal_id: int
    principal: str
    patterns: str


class _Alike(NamedTuple):
    """What losses that are added up have in common."""

    kind: str
    instance: str
    stream: str
    reason: str
    known: bool
    """Whether it is known how many events each cost."""


@dataclass(slots=True)
class _Sum:
    at_ms: int
    """When the last one was told."""
    times: int = 0
    events: int = 0

    def add(self, at_ms: int, times: int, events: int) -> None:
        self.at_ms = max(self.at_ms, at_ms)
        self.times += times
        self.events += events


class Ledger:
    """What this process's subscribers missed, written to the database about once a second."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Entry] = []
        self._sums: dict[_Alike, _Sum] = {}

    def note(self, entry: Entry) -> None:
        """Take note of a loss."""
        with self._lock:
            self._put(entry)

    def flush(self) -> None:
        """Write what waits; blocks on the database. While that is out, it is kept for the next time."""
        with self._lock:
            waiting, self._waiting = self._waiting, []
            sums, self._sums = self._sums, {}
        if not waiting and not sums:
            return
        try:
            _write([*map(_row, waiting), *_rows(sums)])
        except BaseException:
            self._keep(waiting, sums)
            raise

    def _put(self, entry: Entry) -> None:
        if len(self._waiting) < WAITING_MAX:
            self._waiting.append(entry)
        else:
            alike = _Alike(entry.kind, entry.instance, entry.stream, entry.reason, entry.count is not None)
            self._sums.setdefault(alike, _Sum(entry.at_ms)).add(entry.at_ms, 1, entry.count or 0)

    def _keep(self, waiting: list[Entry], sums: dict[_Alike, _Sum]) -> None:
        """Take back what could not be written, before what came meanwhile."""
        with self._lock:
            later, self._waiting = self._waiting, waiting
            for alike, each in sums.items():
                self._sums.setdefault(alike, _Sum(each.at_ms)).add(each.at_ms, each.times, each.events)
            for entry in later:
                self._put(entry)


def _write(rows: list[Loss]) -> None:
    """Write all rows or none, but for those that no database would take."""
    try:
        Loss.objects.bulk_create(rows, batch_size=500)
    except UNFIT:
        # One bad row would be refused every time, and keep all others out of the ledger.
        for row in rows:
            try:
                row.save(force_insert=True)
            except UNFIT:
                logger.exception("A loss of %s in %s can't be written, and is let go.", row.principal, row.stream)


def _rows(sums: dict[_Alike, _Sum]) -> Iterator[Loss]:
    for alike, each in sums.items():
        yield Loss(
            at=_moment(each.at_ms),
            kind=alike.kind,
            instance=alike.instance,
            stream=alike.stream,
            reason=alike.reason,
            count=each.events if alike.known else None,
            times=each.times,
            principal_id=0,
            principal=SEVERAL,
        )


def _row(entry: Entry) -> Loss:
    return Loss(
        at=_moment(entry.at_ms),
        kind=entry.kind,
        instance=entry.instance,
        stream=entry.stream,
        epoch=entry.epoch,
        first=entry.first,
        last=entry.last,
        count=entry.count,
        reason=entry.reason,
        connection=entry.connection,
        principal_kind=entry.principal_kind,
        principal_id=entry.principal_id,
        principal=entry.principal,
        patterns=entry.patterns,
    )


def _moment(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)
