"""What a query string asks of the events that are kept."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final

from drf_spectacular.utils import OpenApiParameter

from instances.access.rights import Rights, Verb
from instances.catalog import find
from instances.error_codes import Refusal
from instances.journal.criteria import FILTERS as EVIDENCE_FILTERS
from instances.journal.criteria import filters_of
from instances.retained import LIMIT_DEFAULT, LIMIT_MAX, Order, Question
from instances.spec import InstanceSpec
from instances.topics import WILDCARD, Pattern, quoted

PAGING: Final = [
    OpenApiParameter("order", str, enum=["asc", "desc"], description="Oldest first, or newest first."),
    OpenApiParameter("after", str, description="The cursor `next` of the page before, of the same question."),
    OpenApiParameter("limit", int, description=f"1 to {LIMIT_MAX}; {LIMIT_DEFAULT} by default."),
]
FILTERS: Final = [
    OpenApiParameter("topic", str, description="A pattern, such as `subscription_health:*`; default: everything."),
    OpenApiParameter("event_type", str, description="Events of that type only."),
    OpenApiParameter("from", str, description="Taken from then on: RFC 3339, or milliseconds since 1970 UTC."),
    OpenApiParameter("to", str, description="Taken before then."),
    *(
        OpenApiParameter(row.name, str, description=f"Of audit and security only. {row.help}")
        for row in EVIDENCE_FILTERS
    ),
    *PAGING,
]
_OF_ALL: Final = frozenset(row.name for row in FILTERS) - {row.name for row in EVIDENCE_FILTERS}
VALUE_MAX_CHARACTERS: Final = 1_000


class NotGranted(Refusal):
    """A query for a pattern that lies within none of the caller's grants."""

    def __init__(self, spec: InstanceSpec, pattern: Pattern, rights: Rights) -> None:
        granted = rights.patterns(Verb.QUERY, spec.name)
        hint = f"`topic` must lie within one of: {', '.join(granted)}." if granted else "Ask an operator for a grant."
        super().__init__("forbidden", f"Querying {quoted(pattern.text)} of {spec.name} is not granted to you. {hint}")


def question_of(instance: str, said: Mapping[str, str], rights: Rights) -> tuple[Question, int]:
    """Return what the query string asks, if whoever has these rights may ask it. Raises: Refusal."""
    spec = find(instance)
    check_parameters(said, _OF_ALL | {row.name for row in filters_of(spec)})
    order, limit = order_of(said), limit_of(said)
    pattern = Pattern(said.get("topic", WILDCARD))
    if not rights.covers(Verb.QUERY, spec.name, pattern):
        raise NotGranted(spec, pattern, rights)
    question = Question(
        spec=spec,
        pattern=pattern,
        personal=rights.covers(Verb.QUERY, spec.name, pattern, personal=True),
        event_type=value_of("event_type", said),
        from_ms=moment_of("from", said.get("from")),
        to_ms=moment_of("to", said.get("to")),
        order=order,
    )
    return question, limit


def fixed_by(spec: InstanceSpec, said: Mapping[str, str]) -> dict[str, str]:
    """Return the columns of evidence that are to have one value. Raises: Refusal."""
    values = {row.name: value_of(row.name, said) for row in filters_of(spec)}
    return {name: value for name, value in values.items() if value is not None}


def value_of(name: str, said: Mapping[str, str]) -> str | None:
    """Return the value that a column is to have, or None. Raises: Refusal."""
    value = said.get(name)
    if value is not None and (not 1 <= len(value) <= VALUE_MAX_CHARACTERS or "\0" in value):
        raise Refusal(
            "bad_request", f"`{name}` is a text of 1 to {VALUE_MAX_CHARACTERS} characters, none of which is NUL."
        )
    return value


def check_parameters(said: Collection[str], known: Collection[str]) -> None:
    """Make sure that only known parameters are said. Raises: Refusal."""
    unknown = sorted(set(said) - set(known))
    if unknown:
        raise Refusal("bad_request", f"`{unknown[0][:80]}` is no parameter here; {', '.join(sorted(known))} are.")


def order_of(said: Mapping[str, str]) -> Order:
    """Return the order that is asked for. Raises: Refusal."""
    order = said.get("order", "asc")
    if order not in ("asc", "desc"):
        raise Refusal("bad_request", "`order` is asc (oldest first) or desc (newest first).")
    return "asc" if order == "asc" else "desc"


def limit_of(said: Mapping[str, str]) -> int:
    """Return how many rows a page may have. Raises: Refusal."""
    limit = said.get("limit", str(LIMIT_DEFAULT))
    if not limit.isdecimal() or not 1 <= int(limit[:9]) <= LIMIT_MAX:
        raise Refusal("bad_request", f"`limit` is a number from 1 to {LIMIT_MAX}.")
    return int(limit)


def moment_of(name: str, text: str | None) -> int | None:
    """Return milliseconds since 1970 UTC. Raises: Refusal."""
    if text is None:
        return None
    if text.isdecimal() and text.isascii() and len(text) <= 15:
        return int(text)
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise Refusal(
            "bad_request",
            f"`{name}` is a time with its zone, such as 2026-11-23T14:00:00Z, or milliseconds since 1970 UTC.",
        )
    return round(at.timestamp() * 1000)
