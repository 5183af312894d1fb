"""What this process's subscribers saw, on its way to the database: written about once a second, apart from the hub."""

import logging
import threading
from typing import Final

from consumers.seen.rows import Period, Row
from consumers.seen.writing import Unfit, write
from instances.process import process_name

logger = logging.getLogger(__name__)

WAITING_MAX: Final = 50_000
"""Rows that wait to be written, of about half a kilobyte each. While the database is out, stretches only grow: a
thousand connections that stay fill it in hours."""
BATCH_ROWS: Final = 500
"""Written in one transaction."""


class SeenBook:
    """Notes come from the hub's loop, `flush` from a thread."""

    def __init__(self, *, waiting_max: int = WAITING_MAX) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Row] = []
        self._waiting_max = waiting_max
        self._given_up: dict[str, Period] = {}
        """By instance, what had to be given up since the database could be written to last."""

    def note(self, row: Row) -> None:
        """Have the row written as it will be at the next flush; beyond the bound, stretches and words are given up."""
        with self._lock:
            if len(self._waiting) >= self._waiting_max and not isinstance(row, Period):
                if row.instance not in self._given_up:
                    logger.error("Too much of who saw %s waits to be written: more is given up.", row.instance)
                self._give_up(row.instance, row.first_ms, row.last_ms)
                return
            row.waiting = True
            self._waiting.append(row)

    def flush(self) -> None:
        """Write what waits; blocks on the database. While that is out, it is kept for the next time."""
        with self._lock:
            rows, self._waiting = self._waiting, []
            # From here on what grows is noted anew, so nothing is missed whatever of it is written now.
            for row in rows:
                row.waiting = False
        done = 0
        try:
            for done in range(0, len(rows), BATCH_ROWS):
                for unfit in write(rows[done : done + BATCH_ROWS]):
                    self._let_go(unfit)
            done = len(rows)
        finally:
            self._keep(rows[done:])
        self._tell_given_up()

    def _keep(self, rows: list[Row]) -> None:
        """Take back what could not be written, before what came meanwhile."""
        with self._lock:
            kept = [row for row in rows if not row.waiting]
            for row in kept:
                row.waiting = True
            self._waiting[:0] = kept

    def _let_go(self, unfit: Unfit) -> None:
        logger.error("A row of who saw %s can't be written, and is let go: %s", unfit.row.instance, unfit.error)
        if not isinstance(unfit.row, Period):
            with self._lock:
                self._give_up(unfit.row.instance, unfit.row.first_ms, unfit.row.last_ms)

    def _give_up(self, instance: str, first_ms: int, last_ms: int) -> None:
        period = self._given_up.get(instance)
        if period is None:
            period = self._given_up[instance] = Period(instance, process_name(), "given_up", first_ms, last_ms)
        period.began_ms, period.last_ms = min(period.began_ms, first_ms), max(period.last_ms, last_ms)
        period.rows += 1

    def _tell_given_up(self) -> None:
        """Have it written that rows were given up, now that the database takes rows again."""
        with self._lock:
            periods, self._given_up = self._given_up, {}
            for period in periods.values():
                logger.error("%d rows of who saw %s were given up.", period.rows, period.instance)
                period.waiting = True
                self._waiting.append(period)
