"""Of which instances a process records who saw their events, as they are configured, and since when."""

from typing import Final

from consumers.seen.rows import Clock, Period, Recording
from consumers.seen.sightings import Book
from instances import config
from instances.catalog import INSTANCES
from instances.event import now_ms
from instances.process import process_name
from instances.spec import InstanceSpec

JOURNALED: Final = frozenset(spec.name for spec in INSTANCES if spec.delivery.journaled)
HEARTBEAT_MS: Final = 10_000
"""A process that dies is known to have been at it up to so long before."""


class Recordings:
    """One for each hub, on its loop. Without a book, nothing is recorded."""

    def __init__(self, book: Book | None = None, *, clock: Clock = now_ms) -> None:
        self._book = book
        self._clock = clock
        self._recorded: dict[str, Recording] = {}
        self._periods: dict[str, Period] = {}
        self._looked_ms = 0
        if book is not None:
            self.look()

    def of(self, spec: InstanceSpec) -> Recording | None:
        """Return under what the instance's deliveries are recorded now, None where they aren't."""
        if spec.name not in JOURNALED or self._book is None:
            return None
        recording = self._recorded.get(spec.name)
        if (recording is not None) is config.effective(spec.name).record_seen:
            return recording
        self.look()
        return self._recorded.get(spec.name)

    def look(self) -> None:
        """Follow the configuration, and let it be known that the process is there; once a second."""
        if self._book is None:
            return
        now = self._clock()
        for name in JOURNALED:
            wanted = config.effective(name).record_seen
            period = self._periods.get(name)
            if period is None or (name in self._recorded) is not wanted:
                # Nobody is said to have seen nothing: it may be off since the last look, and is on only from now.
                at = now if wanted or period is None else max(self._looked_ms, period.began_ms)
                self._close(name, at)
                self._begin(name, wanted, at)
            elif now - period.last_ms >= HEARTBEAT_MS:
                self._note(period, now)
        self._looked_ms = now

    def end(self) -> None:
        """Let it be known that the process is about to end."""
        for name in list(self._periods):
            self._close(name, self._clock())
        self._recorded.clear()

    def _begin(self, name: str, wanted: bool, now: int) -> None:
        self._recorded.pop(name, None)
        if wanted:
            # A new one each time: no stretch goes on over a time in which nothing was recorded.
            self._recorded[name] = Recording(name)
        self._periods[name] = period = Period(name, process_name(), "on" if wanted else "off", now, now)
        self._note(period, now)

    def _close(self, name: str, now: int) -> None:
        period = self._periods.pop(name, None)
        if period is not None:
            self._note(period, now)

    def _note(self, period: Period, now: int) -> None:
        period.last_ms = now
        if self._book is not None and not period.waiting:
            self._book.note(period)
