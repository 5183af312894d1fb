"""How fast one caller may publish to one instance, and how much of it at once."""

import functools
from dataclasses import dataclass
from typing import Final, NamedTuple

from django.conf import settings

from instances.spec import Limits

BURST_SECONDS: Final = 2
"""So many seconds' worth may come at once after a rest; never less than a full batch, which must always be possible."""
LEASE_SECONDS: Final = 0.1
"""What a process takes of a shared bucket at a time: long enough to spare most publishes the way to Redis."""
_BATCH: Final = Limits()


class Amount(NamedTuple):
    """Of events, and of the bytes that they came as."""

    events: float
    bytes: float


@dataclass(frozen=True, slots=True)
class Rates:
    """Per second; 0: any amount."""

    events: int
    bytes: int

    @property
    def per_second(self) -> Amount:
        return Amount(self.events, self.bytes)

    @property
    def burst(self) -> Amount:
        return Amount(
            max(self.events * BURST_SECONDS, _BATCH.batch_events), max(self.bytes * BURST_SECONDS, _BATCH.body_bytes)
        )

    @property
    def lease(self) -> Amount:
        return Amount(max(self.events * LEASE_SECONDS, 1), max(self.bytes * LEASE_SECONDS, 1))


@functools.lru_cache(maxsize=1_000)
def _made(events: int, bytes: int) -> Rates | None:
    return Rates(events, bytes) if events or bytes else None


def rates_of_token(events_per_second: int | None, bytes_per_second: int | None) -> Rates | None:
    """Return what a token may publish, by its own figures or those of the settings; None: any amount.

    The same figures give the same object.
    """
    return _made(
        settings.GATERHUB_TOKEN_EVENTS_PER_SECOND if events_per_second is None else events_per_second,
        settings.GATERHUB_TOKEN_BYTES_PER_SECOND if bytes_per_second is None else bytes_per_second,
    )


def rates_of_instance(events_per_second: int | None, bytes_per_second: int | None) -> Rates | None:
    """Return what all publishers of an instance together may publish; None: any amount. As above."""
    return _made(events_per_second or 0, bytes_per_second or 0)


def rates_of_session() -> Rates | None:
    """Return what a person may publish under a session; None: any amount."""
    return _made(settings.GATERHUB_SESSION_EVENTS_PER_SECOND, 0)
