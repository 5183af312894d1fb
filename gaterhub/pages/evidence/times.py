"""Times as people give them in a form: what names no zone is UTC."""

from datetime import UTC, datetime
from typing import overload

from gaterhub.api.question import moment_of
from instances.error_codes import Refusal


@overload
def with_zone(text: str) -> str: ...
@overload
def with_zone(text: None) -> None: ...
@overload
def with_zone(text: str | None) -> str | None: ...
def with_zone(text: str | None) -> str | None:
    """Return the time as the API takes it; what is no time stays as it is, to be refused there."""
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return text
    return text if at.tzinfo else at.replace(tzinfo=UTC).isoformat()


def of_field(text: str) -> str:
    """Return a time as a form's field takes it, in UTC; nothing where it is none."""
    try:
        ms = moment_of("time", with_zone(text) if text else None)
        return "" if ms is None else f"{datetime.fromtimestamp(ms // 1000, UTC):%Y-%m-%dT%H:%M:%S}"
    except (Refusal, ValueError, OverflowError, OSError):
        return ""
