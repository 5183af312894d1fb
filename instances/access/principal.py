"""Who a caller turned out to be."""

from dataclasses import dataclass, field
from typing import Final, Literal, Protocol

from instances.access.rights import NOTHING, Rights
from instances.limits.rates import Rates


@dataclass(frozen=True, slots=True)
class Limits:
    """What one token may do of what it may do; None: as the settings say for all."""

    events_per_second: int | None = None
    bytes_per_second: int | None = None
    connections: int | None = None


NO_LIMITS: Final = Limits()


class SigningSecret(Protocol):
    """With what a caller signs, opened when it is first needed."""

    @property
    def key(self) -> bytes:
        """The key of the HMAC. Raises: Refusal."""


@dataclass(frozen=True, slots=True)
class Principal:
    """One caller, whatever the door it came through."""

    kind: Literal["token", "user"]
    id: int
    name: str
    """What its events carry as `publisher`."""
    rights: Rights = field(default=NOTHING, compare=False, repr=False)
    limits: Limits = field(default=NO_LIMITS, compare=False, repr=False)
    rates: Rates | None = field(default=None, compare=False, repr=False)
    """What `limits` and the settings make of how fast it may publish to each instance; None: as fast as it can."""
    signing_secret: SigningSecret | None = field(default=None, compare=False, repr=False)
    """None: nothing that it signs can be checked."""
