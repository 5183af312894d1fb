"""What a query string asks of the recorded hours, on the page, in CSV and over the API."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from gaterhub.api.question import check_parameters, moment_of
from gaterhub.capacity.hours import By, CapacityQuestion
from gaterhub.capacity.retention import DAYS_KEPT
from instances.access.rights import Rights
from instances.catalog import NAMES, find
from instances.error_codes import Refusal

PARAMETERS: Final = ("instance", "by", "from", "to")
SHOWN: Final[dict[By, timedelta]] = {"hour": timedelta(hours=48), "day": timedelta(days=DAYS_KEPT)}
"""What is told where `from` is not given: 48 hours, or all days."""


def question_of(
    said: Mapping[str, str], rights: Rights, now: datetime, *, more: tuple[str, ...] = ()
) -> CapacityQuestion:
    """Return what the query string asks, if whoever has these rights may ask it. Raises: Refusal.

    `more` are parameters that the caller itself reads.
    """
    check_parameters(said, {*PARAMETERS, *more})
    by = by_of(said.get("by", "hour"))
    since, until = _moment("from", said), _moment("to", said)
    question = CapacityQuestion(
        instances=_instances(said.get("instance"), rights),
        by=by,
        # Nothing older is kept, and nothing later is known.
        since=max(since or now - SHOWN[by], now - timedelta(days=DAYS_KEPT + 1)),
        until=min(until or now, now),
    )
    if since is not None and until is not None and since >= until:
        raise Refusal("bad_request", "`from` lies before `to`; nothing lies between the two as they are.")
    return question


def by_of(text: str) -> By:
    """Return whether hours or days are asked for. Raises: Refusal."""
    if text == "hour":
        return "hour"
    if text == "day":
        return "day"
    raise Refusal("bad_request", "`by` is hour or day.")


def surveyed(rights: Rights) -> tuple[str, ...]:
    """Return the instances whose figures may be seen."""
    return tuple(name for name in NAMES if rights.surveys(name))


def _instances(text: str | None, rights: Rights) -> tuple[str, ...]:
    if not text:
        return surveyed(rights)
    name = find(text).name
    if not rights.surveys(name):
        raise Refusal(
            "forbidden",
            f"The figures of {name} tell of all its topics, and you are granted no more than a part of it. "
            "Ask an operator for a grant of the whole instance.",
        )
    return (name,)


def _moment(name: str, said: Mapping[str, str]) -> datetime | None:
    text = said.get(name)
    ms = moment_of(name, text or None)
    if ms is None:
        return None
    try:
        return datetime.fromtimestamp(ms / 1000, UTC)
    except (ValueError, OverflowError) as error:
        raise Refusal("bad_request", f"`{name}` is beyond the year 9999.") from error
