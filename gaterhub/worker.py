"""Work that belongs to no single serving process: several stand by, one leads."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Final

from django.conf import settings
from django.db import Error, close_old_connections
from django.utils import timezone

from consumers.retention import clear_losses, clear_unused_durables
from gaterhub.capacity.retention import clear_old_peaks
from gaterhub.models import Lease
from gaterhub.objectives.retention import clear_old_counts
from gaterhub.people.guessing import clear_old_attempts
from gaterhub.purging import purge_shared
from gaterhub.reports.retention import clear_old_reports
from instances.journal.bundle_run import forget_those_of_now
from instances.process import process_name
from instances.retention.purging import PURGE_SECONDS
from instances.schemas.usage import clear_old_uses

logger = logging.getLogger(__name__)

LEASE: Final = "worker"
LEASE_SECONDS: Final = 6.0
TURN_SECONDS: Final = 2.0
"""A leader that dies is followed within the rest of its lease and one turn: 8 s at the most."""


@dataclass(frozen=True, slots=True)
class Job:
    name: str
    every_seconds: float
    run: Callable[[], None]


def clear_sessions() -> None:
    """Delete the sessions that are over; they are of no use to anybody, and some name people."""
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()


JOBS: Final = (
    Job("clear expired sessions", 3_600, clear_sessions),
    Job("clear old uses of deprecated event types", 3_600, clear_old_uses),
    Job("clear old failed log-ins", 300, clear_old_attempts),
    Job("clear old losses", 60, clear_losses),
    Job("clear old peak rates", 3_600, clear_old_peaks),
    Job("clear old counts of objectives", 3_600, clear_old_counts),
    Job("clear old reports", 3_600, clear_old_reports),
    Job("purge history", PURGE_SECONDS, purge_shared),
    Job("delete bundles of evidence that were fetched", 300, forget_those_of_now),
    Job("clear unused durable subscriptions", 3_600, clear_unused_durables),
)


class Worker:
    """Stands by, and does the jobs that are due while it leads."""

    def __init__(
        self,
        *,
        jobs: tuple[Job, ...] = JOBS,
        clock: Callable[[], float] = time.monotonic,
        holder: str | None = None,
    ) -> None:
        self.leads = False
        self._jobs = jobs
        self._clock = clock
        self._holder = holder or process_name()
        self._due = dict.fromkeys((job.name for job in jobs), 0.0)

    def run(self, stop: threading.Event) -> None:
        """Take turns until stopped, then give the lease back."""
        while not stop.is_set():
            self.turn()
            stop.wait(TURN_SECONDS)
        if self.leads:
            try:
                Lease.objects.give_back(LEASE, holder=self._holder)
            except Error as error:
                logger.warning("The worker's lease was not given back, and ends by itself: %s", error)
            finally:
                close_old_connections()

    def turn(self) -> None:
        """Take or renew the lease, and do what is due; whatever fails is logged and tried again in its time."""
        close_old_connections()
        try:
            led = self.leads
            self.leads = Lease.objects.take(LEASE, holder=self._holder, at=timezone.now(), seconds=LEASE_SECONDS)
            if self.leads != led:
                logger.info("The worker %s %s.", self._holder, "leads" if self.leads else "stands by")
            if self.leads:
                self._do_what_is_due()
        except Error as error:
            self.leads = False
            logger.warning("The worker can't reach the database: %s", error)
        finally:
            close_old_connections()

    def _do_what_is_due(self) -> None:
        for job in self._jobs:
            now = self._clock()
            if now >= self._due[job.name]:
                self._due[job.name] = now + job.every_seconds
                try:
                    job.run()
                except Exception:
                    logger.exception("The job %r failed; it is tried again in %g s.", job.name, job.every_seconds)
