"""From the text of a token to its principal, through a short memory so that the database is asked rarely."""

import hmac
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Network, IPv6Network, ip_network
from threading import Lock
from typing import Any, Final

from channels.db import database_sync_to_async
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db import Error, transaction
from django.db.models import Model
from django.db.models.signals import m2m_changed, post_delete, post_save
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from instances.access.forwarding import address_of
from instances.access.granting import principal_of_token
from instances.access.models import Grant, Token
from instances.access.notices import tokens_revoked
from instances.access.principal import Principal
from instances.access.secret import digest_of, prefix_of
from instances.answers import answered_within
from instances.error_codes import Refusal

log = logging.getLogger(__name__)

# The longest that a revoked token still works in a process that has just seen it. Five seconds are promised, and a
# socket that comes in on an answer from memory is looked at anew two seconds later.
CACHE_SECONDS: Final = 2.0
# While the database can't be asked nobody can revoke a token either: what it said lately stands, or evidence that comes
# by HTTP could not even be spooled.
OUTAGE_SECONDS: Final = 600.0
LOOK_UP_SECONDS: Final = 2.0
"""How long the database may take for it; then it counts as out."""
# Of each kind: the good have a room of their own, so that no flood of bad tokens can drive them out.
CACHE_MAX_TOKENS: Final = 10_000

FOREIGN_NETWORK: Final = "The token is not taken from this address."
UNKNOWN_TOKEN: Final = "The token is not valid."  # noqa: S105  It is a sentence, no secret.


Networks = tuple[IPv4Network | IPv6Network, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the database said about one token."""

    principal: Principal | None
    reason: str = ""
    """Why there is no principal."""
    expires_at: datetime | None = None
    networks: Networks = ()
    """From where the token is taken; empty: from anywhere."""

    def principal_or_refusal(self, address: str | None) -> Principal:
        if self.principal is None:
            raise Refusal("unauthorized", self.reason)
        if not taken_from(address, self.networks):
            raise Refusal("unauthorized", FOREIGN_NETWORK)
        return self.principal


def networks_of(token: Token) -> Networks:
    """Return from where the token is taken; none: from anywhere."""
    return tuple(ip_network(network) for network in token.networks.split())


def taken_from(address: str | None, networks: Networks) -> bool:
    """Tell whether a token that is taken from those networks is taken from that address."""
    if not networks:
        return True
    at = address_of(address or "")
    return at is not None and any(at in network for network in networks)


class Memory:
    """Verdicts by the digest of a token, each until its time; the oldest goes when the room is full."""

    def __init__(self, max_verdicts: int) -> None:
        self._verdicts: dict[str, tuple[float, float, Verdict]] = {}
        self._max_verdicts = max_verdicts
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._verdicts)

    def recall(self, digest: str, *, now_seconds: float) -> Verdict | None:
        _, until_seconds, verdict = self._verdicts.get(digest, (0.0, 0.0, None))
        return verdict if now_seconds < until_seconds else None

    def last(self, digest: str, *, since_seconds: float) -> Verdict | None:
        """Return what was found no earlier than then, though its time is over."""
        asked_seconds, _, verdict = self._verdicts.get(digest, (0.0, 0.0, None))
        return verdict if asked_seconds >= since_seconds else None

    def prolong(self, digest: str, *, until_seconds: float) -> None:
        """Have a verdict recalled until then, without having been found anew."""
        with self._lock:
            if digest in self._verdicts:
                asked_seconds, _, verdict = self._verdicts[digest]
                self._verdicts[digest] = (asked_seconds, until_seconds, verdict)

    def drop(self, digest: str) -> None:
        with self._lock:
            self._verdicts.pop(digest, None)

    def keep(self, digest: str, verdict: Verdict, *, asked_seconds: float, until_seconds: float) -> None:
        with self._lock:
            # Taken out first, so that a renewed verdict counts as the newest.
            self._verdicts.pop(digest, None)
            while len(self._verdicts) >= self._max_verdicts:
                del self._verdicts[next(iter(self._verdicts))]
            self._verdicts[digest] = (asked_seconds, until_seconds, verdict)

    def clear(self) -> None:
        with self._lock:
            self._verdicts.clear()


class TokenAuthenticator:
    """Answers from memory for CACHE_SECONDS, then asks again; while the database is out, for OUTAGE_SECONDS.

    `look_up` takes a well-formed text and the time. `clock` counts seconds from anywhere and never goes back.
    """

    def __init__(
        self,
        look_up: Callable[[str, datetime], Verdict],
        *,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = timezone.now,
        max_tokens: int = CACHE_MAX_TOKENS,
    ) -> None:
        self._look_up = look_up
        self._clock = clock
        self._now = now
        self.accepted = Memory(max_tokens)
        self.refused = Memory(max_tokens)

    @sensitive_variables("text")
    def authenticate(self, text: str, address: str | None = None) -> Principal:
        verdict = self._recall(text) or self._ask(text)
        return verdict.principal_or_refusal(address)

    @sensitive_variables("text")
    async def aauthenticate(self, text: str, address: str | None = None) -> Principal:
        verdict = self._recall(text) or await database_sync_to_async(self._ask)(text)
        return verdict.principal_or_refusal(address)

    def forget(self) -> None:
        """Ask the database about every token again."""
        self.accepted.clear()
        self.refused.clear()

    @sensitive_variables("text")
    def _recall(self, text: str) -> Verdict | None:
        if prefix_of(text) is None:
            return Verdict(None, UNKNOWN_TOKEN)
        digest = digest_of(text)
        now_seconds = self._clock()
        return self.accepted.recall(digest, now_seconds=now_seconds) or self.refused.recall(
            digest, now_seconds=now_seconds
        )

    @sensitive_variables("text")
    def _ask(self, text: str) -> Verdict:
        digest = digest_of(text)
        # Both clocks are read before the database is: a revocation during the query must not gain time by it.
        started_seconds, now = self._clock(), self._now()
        try:
            with answered_within(LOOK_UP_SECONDS):
                verdict = self._look_up(text, now)
        except Error:
            known = self.accepted.last(digest, since_seconds=started_seconds - OUTAGE_SECONDS)
            if known is not None and (known.expires_at is None or known.expires_at > now):
                log.warning("The database is out; a token counts as it did when it was last asked.")
                # Not asked again at once: each question may take as long as the database's time-out.
                self.accepted.prolong(digest, until_seconds=self._clock() + CACHE_SECONDS)
                return known
            log.exception("A token could not be looked up in the database.")
            raise Refusal("unavailable", "The token cannot be checked just now.") from None
        keep_seconds = CACHE_SECONDS
        if verdict.expires_at is not None:
            keep_seconds = min(keep_seconds, (verdict.expires_at - now).total_seconds())
        memory, other = (self.refused, self.accepted) if verdict.principal is None else (self.accepted, self.refused)
        memory.keep(digest, verdict, asked_seconds=started_seconds, until_seconds=started_seconds + keep_seconds)
        other.drop(digest)
        return verdict


@sensitive_variables("text")
def look_up(text: str, now: datetime) -> Verdict:
    """Ask the database about a well-formed token, and note its use there once a minute.

    The note is written on this path only, which a busy token takes every CACHE_SECONDS: no answer from memory
    ever waits for it.
    """
    token = Token.objects.select_related("user").filter(prefix=prefix_of(text)).first()
    if token is None or not hmac.compare_digest(token.digest, digest_of(text)):
        return Verdict(None, UNKNOWN_TOKEN)
    reason = token.why_refused(at=now)
    if reason is not None:
        return Verdict(None, reason)
    if token.is_use_due(at=now):
        note_use_or_log(token, now)
    return Verdict(principal_of_token(token), expires_at=token.expires_at, networks=networks_of(token))


def note_use_or_log(token: Token, now: datetime) -> None:
    """Note the use of a token; a database that cannot write just then keeps nobody out."""
    try:
        # The savepoint keeps a transaction of the caller's usable when this statement fails.
        with transaction.atomic():
            Token.objects.note_use(token, at=now)
    except Error:
        log.warning("The last use of the token %s could not be written.", token, exc_info=True)


_authenticator: Final = TokenAuthenticator(look_up)


@sensitive_variables("secret")
def authenticate_token(secret: str, address: str | None = None) -> Principal:
    """Return whose token this is; `address` is where the caller comes from, None where that isn't known.

    Raises: Refusal, `unauthorized` when it is unknown, expired, revoked, of a deactivated user or not taken from
    there, `unavailable` when the database cannot be asked.
    """
    return _authenticator.authenticate(secret, address)


@sensitive_variables("secret")
async def aauthenticate_token(secret: str, address: str | None = None) -> Principal:
    """Return whose token this is, leaving the loop only when the memory has no answer. Raises: as above."""
    return await _authenticator.aauthenticate(secret, address)


def forget_tokens(**signal: Any) -> None:
    """Have what changed of tokens, grants, roles or accounts hold at once in the process that changed it."""
    _authenticator.forget()


def connect() -> None:
    """Forget what is remembered of tokens whenever it may have changed."""
    models: tuple[type[Model], ...] = (Token, Grant, Group, get_user_model())
    for model in models:
        for saved_or_deleted in (post_save, post_delete):
            saved_or_deleted.connect(forget_tokens, sender=model, dispatch_uid=f"access.{model.__name__}")
    tokens_revoked.connect(forget_tokens, dispatch_uid="access.tokens_revoked")
    for through in (Token.roles.through, get_user_model().groups.through):
        m2m_changed.connect(forget_tokens, sender=through, dispatch_uid=f"access.{through.__name__}")
