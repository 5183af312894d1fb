"""Which of the processes that stand by numbers the journal: on PostgreSQL a lock decides, on SQLite a lease."""

import logging
import time
from collections.abc import Callable
from typing import Final

from django.db import IntegrityError, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Q

from instances.journal.models import SequencerLease
from instances.journal.router import ALIAS

logger = logging.getLogger(__name__)

NAME: Final = "sequencer"
LEASE_SECONDS: Final = 3.0
"""A leader that dies on SQLite is followed within this and one look; on PostgreSQL its lock ends with it."""
RENEW_SECONDS: Final = 1.0
LOOK_SECONDS: Final = 0.5
"""How often those who stand by look whether nobody leads."""

_LOCK: Final = int.from_bytes(b"gaterhub")
"""The number of the advisory lock, of 63 bits: nothing else of a database that is shared should take it."""

# A leader whose machine vanished holds its lock until the server notices.
_NOTICE_SOON: Final = (
    "SET tcp_keepalives_idle = 2",
    "SET tcp_keepalives_interval = 1",
    "SET tcp_keepalives_count = 2",
    "SET tcp_user_timeout = 4000",
)


class Leadership:
    """What one process has of it. All calls belong to one thread, whose connection holds the lock.

    `clock` counts seconds since 1970.
    """

    def __init__(self, holder: str, *, clock: Callable[[], float] = time.time) -> None:
        self.leads = False
        self._holder = holder
        self._clock = clock
        self._renewed_at = 0.0
        self._locked_on: object = None

    def take(self) -> bool:
        """Take or renew it, and return whether this process leads. Raises what the database raises."""
        led = self.leads
        connection = connections[ALIAS]
        now = self._clock()
        if connection.vendor == "postgresql":
            self.leads = self._has_lock(connection)
            if self.leads and now - self._renewed_at >= RENEW_SECONDS:
                self._tell(now)
        elif not led or abs(now - self._renewed_at) >= RENEW_SECONDS:
            self.leads = self._lease(now)
        if self.leads != led:
            logger.info("The sequencer %s %s.", self._holder, "leads" if self.leads else "stands by")
        return self.leads

    def lose(self) -> None:
        """Stand by from now on, whatever the database says."""
        self.leads = False
        self._locked_on = None
        self._renewed_at = 0.0

    def give_back(self) -> None:
        """Let the next one lead at once. Raises what the database raises."""
        if self.leads:
            SequencerLease.objects.filter(name=NAME, holder=self._holder).update(until_ms=0)
        if self._locked_on is not None:
            with connections[ALIAS].cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])
        self.lose()

    def _has_lock(self, connection: BaseDatabaseWrapper) -> bool:
        connection.ensure_connection()
        if self._locked_on is connection.connection:
            return True
        self._locked_on = None
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
            if not cursor.fetchone()[0]:
                return False
            if not connection.settings_dict["HOST"].startswith("/"):
                for statement in _NOTICE_SOON:
                    cursor.execute(statement)
        self._locked_on = connection.connection
        return True

    def _lease(self, now: float) -> bool:
        until_ms = int((now + LEASE_SECONDS) * 1000)
        # One that ends later than the latest that can be given now is from before the clock was set back.
        over = Q(until_ms__lt=int(now * 1000)) | Q(until_ms__gt=until_ms + int(LEASE_SECONDS * 1000))
        mine_or_over = Q(holder=self._holder) | over
        leases = SequencerLease.objects.using(ALIAS)
        if not leases.filter(mine_or_over, name=NAME).update(holder=self._holder, until_ms=until_ms):
            try:
                with transaction.atomic(using=ALIAS):
                    leases.create(name=NAME, holder=self._holder, until_ms=until_ms)
            except IntegrityError:
                return False
        self._renewed_at = now
        return True

    def _tell(self, now: float) -> None:
        leases = SequencerLease.objects.using(ALIAS)
        told = {"holder": self._holder, "until_ms": int((now + LEASE_SECONDS) * 1000)}
        if not leases.filter(name=NAME).update(**told):
            leases.update_or_create(name=NAME, defaults=told)
        self._renewed_at = now


def leader(*, clock: Callable[[], float] = time.time) -> SequencerLease | None:
    """Return who leads now, or None. Raises what the database raises."""
    return SequencerLease.objects.filter(name=NAME, until_ms__gte=int(clock() * 1000)).first()
