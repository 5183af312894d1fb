"""Every code with which the hub closes a socket: 4000 to 4499 invite the client back, 4500 to 4999 don't."""

from dataclasses import dataclass, field, replace
from typing import Final, Self

REASON_MAX_BYTES: Final = 123


@dataclass(frozen=True, slots=True)
class CloseCode:
    code: int
    name: str
    reason: str = field(compare=False)
    """At most 123 bytes, which is what a close frame carries (RFC 6455 section 5.5.1)."""

    @property
    def reconnect(self) -> bool:
        return self.code < 4500

    def because(self, reason: str) -> Self:
        """Return the code with the reason of this one time, cut to what a close frame carries."""
        return replace(self, reason=reason.encode()[:REASON_MAX_BYTES].decode(errors="ignore"))


RESTART: Final = CloseCode(4000, "restart", "not ready to take you in; try again")
DRAINING: Final = CloseCode(4001, "draining", "this process is draining")
SLOW_CONSUMER: Final = CloseCode(4008, "slow_consumer", "too slow for events that must not be dropped")
POSITION_LOST: Final = CloseCode(4009, "position_lost", "the position is lost; subscribe anew")
NO_PONG: Final = CloseCode(4010, "no_pong", "no pong within 10 s")
TOO_MANY_REQUESTS: Final = CloseCode(4013, "too_many_requests", "more than 100 frames a second")
AUTHENTICATION_FAILED: Final = CloseCode(4500, "authentication_failed", "the token or session is not valid")
BAD_PROTOCOL: Final = CloseCode(4501, "bad_protocol", "speak gaterhub.v1+json and connect first, within 10 s")
DISCONNECTED: Final = CloseCode(4503, "disconnected", "disconnected by an operator")
TOO_MANY_CONNECTIONS: Final = CloseCode(4504, "too_many_connections", "too many connections")
ORIGIN_REFUSED: Final = CloseCode(4507, "origin_refused", "the page's origin is not trusted")
ACCESS_REVOKED: Final = CloseCode(4508, "access_revoked", "access was revoked")
TOO_MANY_ERRORS: Final = CloseCode(4509, "too_many_errors", "20 bad frames")
MESSAGE_TOO_LARGE: Final = CloseCode(4510, "message_too_large", "a message of more than 128 KiB")

_ROWS: Final = (
    RESTART,
    DRAINING,
    SLOW_CONSUMER,
    POSITION_LOST,
    NO_PONG,
    TOO_MANY_REQUESTS,
    AUTHENTICATION_FAILED,
    BAD_PROTOCOL,
    DISCONNECTED,
    TOO_MANY_CONNECTIONS,
    ORIGIN_REFUSED,
    ACCESS_REVOKED,
    TOO_MANY_ERRORS,
    MESSAGE_TOO_LARGE,
)
CLOSE_CODES: Final[dict[int, CloseCode]] = {row.code: row for row in _ROWS}
if len(CLOSE_CODES) != len(_ROWS):
    raise RuntimeError("A close code is declared twice in consumers/close_codes.py.")
