"""Who is kept out for a time: read into each process every two seconds, so that no socket waits for the database."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from asgiref.sync import sync_to_async
from django.db import Error, close_old_connections
from django.utils import timezone

from consumers.close_codes import DISCONNECTED, CloseCode
from consumers.models import Ban
from instances.access.principal import Principal

logger = logging.getLogger(__name__)

_Key = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Banned:
    """Until when, and why."""

    until: datetime
    because: str

    @property
    def reason(self) -> str:
        return f"banned until {self.until.astimezone(UTC):%Y-%m-%d %H:%M} UTC: {self.because}"

    @property
    def code(self) -> CloseCode:
        """With which its sockets are closed."""
        return DISCONNECTED.because(self.reason)


class Bans:
    """Those in force as this process knows them."""

    def __init__(self) -> None:
        self._known: Mapping[_Key, Banned] = {}

    def of(self, principal: Principal) -> Banned | None:
        """Return the ban of a principal, None where there is none or it has run out."""
        found = self._known.get((principal.kind, principal.id))
        return None if found is None or found.until <= timezone.now() else found

    async def refresh(self) -> None:
        """Read them anew. While the database is out, the ones that are known stand."""
        try:
            self._known = await sync_to_async(_read, thread_sensitive=False)()
        except Error as error:
            logger.warning("Who is banned could not be read, so what was known stands: %s", error)


def _read() -> dict[_Key, Banned]:
    close_old_connections()
    try:
        return _longest(Ban.objects.in_force(timezone.now()))
    finally:
        close_old_connections()


def _longest(bans: Iterable[Ban]) -> dict[_Key, Banned]:
    known: dict[_Key, Banned] = {}
    for each in bans:
        key = each.principal_kind, each.principal_id
        if key not in known or each.until > known[key].until:
            known[key] = Banned(each.until, each.because)
    return known


BANS: Final = Bans()
