"""Whether those who are connected may still be: asked anew every two seconds, whatever flood goes on beside it.

A socket lives for days, and what let it in may end meanwhile: a session, a token, an account, a grant.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from asgiref.sync import sync_to_async
from django.db import Error, close_old_connections
from django.utils import timezone

from consumers.sessions import principal_of_key
from instances.access.authentication import Networks, networks_of, taken_from
from instances.access.granting import OF_TOKEN, principal_of_token
from instances.access.models import Token
from instances.access.principal import Principal
from instances.keeper import Keeper

logger = logging.getLogger(__name__)

LOOK_SECONDS: Final = 2.0
"""Five are promised, from the change to the close."""
TOKENS_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class Credential:
    """By what a socket was let in."""

    token_id: int | None
    session_key: str | None
    address: str | None
    """From where it came; some tokens are not taken from everywhere."""


Hear = Callable[[Principal | None], None]
"""Called with who the credential stands for now, or None where it stands for nobody any more."""
Look = Callable[[Iterable[Credential]], Mapping[Credential, Principal | None]]


class Standing:
    """One of each hub, on its loop. `look` blocks on the database."""

    def __init__(self, look: Look | None = None) -> None:
        self._watched: dict[object, tuple[Credential, Hear]] = {}
        self._look = look or look_up
        self._keeper: Keeper | None = None

    def start(self) -> None:
        self._keeper = Keeper("watch over standing", self._run)

    async def stop(self) -> None:
        if self._keeper is not None:
            await self._keeper.stop()

    def watch(self, key: object, credential: Credential, hear: Hear) -> None:
        """Have `hear` called with what becomes of the credential, until `forget`."""
        self._watched[key] = credential, hear

    def forget(self, key: object) -> None:
        self._watched.pop(key, None)

    async def turn(self) -> None:
        """Ask about everybody once. While the database is out, everybody stays: nobody new is let in either."""
        if not self._watched:
            return
        asked = {credential for credential, _ in self._watched.values()}
        try:
            # Not thread-sensitive: requests must not wait behind it, nor it behind them.
            standing = await sync_to_async(self._look, thread_sensitive=False)(asked)
        except Error as error:
            logger.warning("Whether those who are connected may still be could not be asked: %s", error)
            return
        for credential, hear in list(self._watched.values()):
            if credential in standing:
                hear(standing[credential])

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            await self.turn()


def look_up(credentials: Iterable[Credential]) -> dict[Credential, Principal | None]:
    """Return who each credential stands for now; blocks on the database."""
    close_old_connections()
    try:
        return _of_tokens([each for each in credentials if each.token_id is not None]) | {
            each: principal_of_key(each.session_key) for each in credentials if each.session_key is not None
        }
    finally:
        close_old_connections()


def _of_tokens(credentials: list[Credential]) -> dict[Credential, Principal | None]:
    ids = sorted({each.token_id for each in credentials if each.token_id is not None})
    now = timezone.now()
    found: dict[int, tuple[Principal, Networks]] = {}
    for start in range(0, len(ids), TOKENS_AT_ONCE):
        tokens = Token.objects.filter(pk__in=ids[start : start + TOKENS_AT_ONCE]).select_related("user")
        for token in tokens.prefetch_related(*OF_TOKEN):
            if token.why_refused(at=now) is None:
                found[token.pk] = principal_of_token(token), networks_of(token)
    standing: dict[Credential, Principal | None] = dict.fromkeys(credentials)
    for each in credentials:
        principal, networks = found.get(each.token_id or 0, (None, ()))
        if taken_from(each.address, networks):
            standing[each] = principal
    return standing
