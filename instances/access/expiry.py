"""When something is to end, as a person types it: a duration from now, or a date."""

import re
from datetime import datetime, timedelta
from typing import Final

from django.utils import timezone

from instances.error_codes import Refusal
from instances.topics import quoted

_UNITS: Final = {
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
# Five digits of weeks are 1,900 years, which a date still can say.
_DURATION: Final = re.compile(rf"(\d{{1,5}})([{''.join(_UNITS)}])", re.ASCII)


def end_of(text: str, *, now: datetime) -> datetime:
    """Return the moment that `90d`, `12h`, `2027-01-31` or `2027-01-31T12:00+01:00` says.

    A date without a zone is in the hub's own, and one without a time its first moment. Raises: Refusal, also for
    one that has passed.
    """
    duration = _DURATION.fullmatch(text)
    if duration is not None:
        end = now + int(duration[1]) * _UNITS[duration[2]]
    else:
        try:
            end = datetime.fromisoformat(text)
        except ValueError:
            raise Refusal(
                "bad_request",
                f"{quoted(text)} is no end: say a duration such as 90d, 12h, 30m or 2w, or a date such as 2030-01-31.",
            ) from None
        if timezone.is_naive(end):
            end = timezone.make_aware(end)
    if end <= now:
        raise Refusal("bad_request", f"{quoted(text)} has passed; the end must be to come.")
    return end
