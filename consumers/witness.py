"""Writes into the ledger what one connection misses."""

from collections.abc import Callable, Iterable

from consumers.ledger import Entry, Ledger
from consumers.messages import Gap
from instances.access.principal import Principal
from instances.groups import instance_of


class Witness:
    """One for each connection that has said who it is; `clock` tells milliseconds since 1970."""

    def __init__(
        self,
        ledger: Ledger,
        *,
        connection: str,
        principal: Principal,
        patterns: Callable[[str], Iterable[str]],
        clock: Callable[[], int],
    ) -> None:
        """`patterns` gives those with which the connection follows an instance now."""
        self._ledger = ledger
        self._connection = connection
        self._principal = principal
        self._patterns = patterns
        self._clock = clock

    def gap(self, gap: Gap) -> None:
        """Write down a stretch that is told as missing."""
        self._note(
            "gap", stream=gap.stream, epoch=gap.epoch, first=gap.first, last=gap.last, count=gap.lost, reason=gap.reason
        )

    def conflated(self, stream: str, count: int) -> None:
        """Write down that newer events took the place of so many."""
        self._note("conflated", stream=stream, count=count, reason="conflated")

    def closed(self, stream: str) -> None:
        """Write down that the connection is closed, because it can't take what came in that stream."""
        self._note("closed", stream=stream, reason="slow")

    def _note(
        self,
        kind: str,
        *,
        stream: str,
        reason: str,
        epoch: str = "",
        first: int | None = None,
        last: int | None = None,
        count: int | None = None,
    ) -> None:
        instance = instance_of(stream)
        self._ledger.note(
            Entry(
                at_ms=self._clock(),
                kind=kind,
                instance=instance,
                stream=stream,
                epoch=epoch,
                first=first,
                last=last,
                count=count,
                reason=reason,
                connection=self._connection,
                principal_kind=self._principal.kind,
                principal_id=self._principal.id,
                principal=self._principal.name,
                patterns=" ".join(sorted(self._patterns(instance))),
            )
        )
