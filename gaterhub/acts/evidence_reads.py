"""Reads of evidence, which are acts themselves: one entry for each query, none for the pages that follow the first."""

import time
from collections.abc import Callable, Hashable, Mapping
from threading import Lock
from typing import Final

from django.http import HttpRequest

from gaterhub.acts.actor import current_actor
from gaterhub.acts.telling import tell
from gaterhub.origin import plain
from instances.access.granting import principal_of_user
from instances.access.principal import Principal
from instances.schemas import audit
from instances.schemas.typed_event import TypedEvent
from instances.spec import EVIDENCE, InstanceSpec

FOLLOWING_SECONDS: Final = 3_600.0
"""For so long pages belong to a query that was told; a cursor that comes later, or from nowhere, is a new query."""
QUERIES_MAX: Final = 10_000

# They say which part of the answer is shown, not what is asked.
_PAGING: Final = frozenset({"after", "limit"})


class EvidenceReads:
    """Remembers which queries are told, so that nobody reads unseen by beginning with a cursor of their own.

    Safe to use from several threads. `clock` counts seconds.
    """

    def __init__(
        self, *, say: Callable[[TypedEvent], None] = tell, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._say = say
        self._clock = clock
        self._told: dict[Hashable, float] = {}
        self._lock = Lock()

    def read(
        self,
        request: HttpRequest,
        spec: InstanceSpec,
        by: Principal,
        *,
        event_id: str | None = None,
        index: int | None = None,
        of: str | None = None,
        asked: Mapping[str, str] | None = None,
    ) -> None:
        """Tell that somebody asks for evidence, before the answer is looked for; what others read is not told.

        `of` says what is asked of the event or the entries, where that isn't themselves; `asked` what is asked for,
        where the address doesn't say it.
        """
        if spec.delivery is not EVIDENCE:
            return
        if event_id is not None:
            asked = {"id": event_id}
        elif index is not None:
            asked = {"index": str(index)}
        elif asked is None:
            asked = {name: str(value) for name, value in request.GET.items() if name not in _PAGING}
        if of is not None:
            asked = {**asked, "of": of}
        if self._is_news((by.kind, by.id, spec.name, *sorted(asked.items())), follows="after" in request.GET):
            query = "&".join(f"{name}={value}" for name, value in sorted(asked.items()))
            address = current_actor().get("ip_address")
            event = audit.evidence_read(
                actor=f"{by.kind}:{plain(by.name)}", journal=spec.name, query=plain(query) or None, ip_address=address
            )
            self._say(event)

    def _is_news(self, key: Hashable, *, follows: bool) -> bool:
        now = self._clock()
        with self._lock:
            told_at = self._told.pop(key, None)
            is_news = not follows or told_at is None or now - told_at > FOLLOWING_SECONDS
            while len(self._told) >= QUERIES_MAX:
                del self._told[next(iter(self._told))]
            self._told[key] = now if is_news or told_at is None else told_at
        return is_news


_reads: Final = EvidenceReads()


def note_read(
    request: HttpRequest,
    spec: InstanceSpec,
    by: Principal,
    *,
    event_id: str | None = None,
    index: int | None = None,
    of: str | None = None,
    asked: Mapping[str, str] | None = None,
) -> None:
    """Tell a read of evidence as `EvidenceReads.read` does, for this process."""
    _reads.read(request, spec, by, event_id=event_id, index=index, of=of, asked=asked)


def read_in_admin(*, request: HttpRequest, spec: InstanceSpec, event_id: str | None, **signal: object) -> None:
    """Tell that somebody looks at evidence in the admin."""
    if request.user.is_authenticated:
        note_read(request, spec, principal_of_user(request.user), event_id=event_id)
