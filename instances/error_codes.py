"""Every error code that a client can meet, as one table, and the exception that carries one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class ErrorCode:
    code: str
    status: int
    """HTTP status of a response that carries this code."""
    title: str
    retry: bool
    """Whether sending the same again can help."""


_ROWS: Final = (
    ErrorCode("bad_request", 400, "The request is malformed", retry=False),
    ErrorCode("unknown_instance", 404, "No such instance", retry=False),
    ErrorCode("bad_topic", 400, "The topic is malformed", retry=False),
    ErrorCode("bad_pattern", 400, "The pattern is malformed", retry=False),
    ErrorCode("bad_schema", 400, "The event does not fit its schema", retry=False),
    ErrorCode("forbidden", 403, "Not permitted", retry=False),
    ErrorCode("unauthorized", 401, "Authentication is required", retry=False),
    ErrorCode("not_found", 404, "Not found", retry=False),
    ErrorCode("conflict", 409, "In conflict with what was accepted before", retry=False),
    ErrorCode("too_large", 413, "Too large", retry=False),
    ErrorCode("too_many_requests", 429, "Too many requests", retry=True),
    ErrorCode("limit_exceeded", 409, "A limit is reached", retry=False),
    ErrorCode("instance_disabled", 409, "The instance is disabled", retry=True),
    ErrorCode("unavailable", 503, "Temporarily unavailable", retry=True),
    ErrorCode("internal", 500, "An error inside the hub", retry=True),
)

CODES: Final[dict[str, ErrorCode]] = {row.code: row for row in _ROWS}
if len(CODES) != len(_ROWS):
    raise RuntimeError("An error code is declared twice in instances/error_codes.py.")


class Refusal(Exception):
    """What the hub declines, as a code of the table and one sentence for the person who reads it."""

    errors: Sequence[Mapping[str, Any]] = ()
    """Of a batch, what is wrong with which of its events: index, code and message."""
    retry_after_seconds: float | None = None
    """When to try again, where that is known."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.row = CODES[code]
        self.message = message

    @property
    def code(self) -> str:
        return self.row.code

    @property
    def status(self) -> int:
        return self.row.status

    @property
    def retry(self) -> bool:
        return self.row.retry
