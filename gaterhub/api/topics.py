"""`GET instances/{instance}/topics/` and `…/pattern/`: what goes through, and what a pattern would bring."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Final

from drf_spectacular.utils import OpenApiParameter, extend_schema
from msgspec import Meta, Struct
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from consumers.explorer.asking import FoundTopics, find_listeners, find_topics
from consumers.explorer.listening import ListenersAsked
from gaterhub.api.authentication import caller
from gaterhub.api.instances import LastEvent
from gaterhub.api.openapi import INSTANCE_PARAMETER, answer_of, problems
from gaterhub.api.question import check_parameters
from gaterhub.api.subscribers import VIEW
from instances import config
from instances.access.permissions import has
from instances.access.principal import Principal
from instances.access.rights import READING, Rights, Verb
from instances.catalog import find, warning_for
from instances.error_codes import Refusal
from instances.event import now_ms
from instances.explorer.orders import ORDERS
from instances.explorer.topics import ROWS_MAX, FamilySeen, Matched, TopicsAsked, TopicSeen
from instances.groups import streams_of
from instances.spec import Family, InstanceSpec, Overflow
from instances.streams import Head
from instances.supervisor import instances
from instances.topics import WILDCARD, Pattern, intersection

LIMIT_DEFAULT: Final = 100
PREVIEW_TOPICS: Final = 10
GIVE: Final = ("access.add_grant", "access.change_grant")
"""Whoever gives grants is told how much a pattern would bring anybody, of topics that aren't named to them."""

_PATTERN: Final = OpenApiParameter("pattern", str, description="Such as `subscription_health:*`; default: everything.")
FILTERS: Final = [
    INSTANCE_PARAMETER,
    _PATTERN,
    OpenApiParameter("order", str, enum=list(ORDERS), description="`rate` by default: most events a second first."),
    OpenApiParameter("limit", int, description=f"1 to {ROWS_MAX}; {LIMIT_DEFAULT} by default."),
]


class SeenLately(Struct, frozen=True):
    """How much there is. Rates are those of about the last minute."""

    topics: int
    events_per_second: float
    bytes_per_second: Annotated[float, Meta(description="On the wire, about.")]


class TopicRow(Struct, frozen=True):
    """A topic that was seen lately."""

    topic: str
    events_per_second: float
    bytes_per_second: float
    last_id: Annotated[str, Meta(description="Of its last event.")]
    last_event_type: str
    last_received: Annotated[int, Meta(description="Milliseconds since 1970 UTC.")]
    publishers: Annotated[
        tuple[str, ...], Meta(description="Who published there last, the latest first, four at most.")
    ]
    more_publishers: Annotated[bool, Meta(description="Whether there were others before them.")]
    listeners: Annotated[
        int | None, Meta(description=f"Connections that receive it; null without the permission {VIEW}.")
    ]


class FamilyRow(Struct, frozen=True):
    """A family: every declared one that the pattern touches, and undeclared ones that were seen."""

    name: str
    declared: bool
    template: Annotated[str | None, Meta(description="Null for one that nobody declared.")]
    purpose: str | None
    warning: Annotated[str | None, Meta(description="About an undeclared one: which family may have been meant.")]
    seen: SeenLately
    total: Annotated[
        int | None,
        Meta(description="Events in its streams so far; null for an undeclared one, or if not all of it may be read."),
    ]
    last_event: LastEvent | None


class Topics(Struct, frozen=True):
    """What goes through an instance, as far as the caller may read it."""

    at: Annotated[int, Meta(description="The hub's clock, in milliseconds since 1970 UTC.")]
    instance: str
    pattern: str
    matched: SeenLately
    exact: Annotated[
        bool, Meta(description="Whether numbers of topics are right; else they are the least that they can be.")
    ]
    results: list[TopicRow]
    families: list[FamilyRow]
    more_families: Annotated[int, Meta(description="Undeclared families that are left out.")]
    forgotten: Annotated[int, Meta(description="Topics of the instance that had to go, so that others had room.")]
    processes: Annotated[int, Meta(description="That answered, those that only publish among them.")]
    silent: Annotated[tuple[str, ...], Meta(description="Processes that did not answer in time.")]


class PatternRights(Struct, frozen=True):
    """What the caller may do with all that the pattern stands for."""

    subscribe: bool
    query: bool
    personal: Annotated[bool, Meta(description="Whether personal fields would be read in the clear.")]
    subscribable: Annotated[tuple[str, ...], Meta(description="Patterns that the caller may subscribe here.")]


class PatternSubscribers(Struct, frozen=True):
    """Connections that follow it now, each counted once."""

    same: Annotated[int, Meta(description="With this very pattern.")]
    wider: Annotated[int, Meta(description="With one that takes it in.")]
    part: Annotated[int, Meta(description="With one that shares topics with it.")]


class PatternPreview(Struct, frozen=True):
    """What a pattern would bring, judged by the last minute."""

    at: Annotated[int, Meta(description="The hub's clock, in milliseconds since 1970 UTC.")]
    instance: str
    pattern: str
    matched: Annotated[SeenLately, Meta(description="Of topics that the caller may read.")]
    anybody: Annotated[
        SeenLately | None,
        Meta(description="Of all topics that it matches, for whoever gives grants; else null."),
    ]
    exact: Annotated[
        bool, Meta(description="Whether numbers of topics are right; else they are the least that they can be.")
    ]
    results: Annotated[list[TopicRow], Meta(description=f"The busiest, {PREVIEW_TOPICS} at most.")]
    streams: Annotated[tuple[str, ...], Meta(description="That it touches: as many positions are kept for it.")]
    delivery: Annotated[str, Meta(description="The delivery class.")]
    policy: Annotated[Overflow, Meta(description="What becomes of a subscriber whose queue is full.")]
    enabled: Annotated[bool, Meta(description="Whether the instance takes events.")]
    warning: Annotated[str | None, Meta(description="About a family that nobody declared.")]
    may: PatternRights
    subscribers: Annotated[PatternSubscribers | None, Meta(description=f"Null without the permission {VIEW}.")]
    forgotten: int
    silent: tuple[str, ...]


class NothingReadable(Refusal):
    def __init__(self, instance: str) -> None:
        super().__init__("forbidden", f"Reading anything of {instance} is not granted to you; ask an operator.")


class TopicsView(APIView):
    @extend_schema(
        operation_id="list_topics",
        summary="Topics seen lately",
        parameters=FILTERS,
        responses={200: answer_of(Topics, "Topics and families."), **problems(400, 401, 403, 404, 503)},
    )
    def get(self, request: Request, instance: str) -> Response:
        """Topics and families with rates, last event, publishers and listeners, of all processes."""
        who, spec, said = caller(request), find(instance), request.query_params
        check_parameters(said, ("pattern", "order", "limit"))
        pattern = Pattern(said.get("pattern", WILDCARD))
        found = _found(who, spec, pattern, order=said.get("order", "rate"), limit=_limit_of(said))
        told = found.told
        return _private(
            Topics(
                at=now_ms(),
                instance=spec.name,
                pattern=pattern.text,
                matched=_lately(told.readable),
                exact=told.exact,
                results=_rows(who, spec, told.rows),
                families=list(_families(who.rights, spec, pattern, told.families)),
                more_families=told.more_families,
                forgotten=told.forgotten,
                processes=found.processes,
                silent=found.silent,
            )
        )


class PatternView(APIView):
    @extend_schema(
        operation_id="preview_pattern",
        summary="What a pattern would bring",
        parameters=[INSTANCE_PARAMETER, _PATTERN],
        responses={200: answer_of(PatternPreview, "Judged by the last minute."), **problems(400, 401, 403, 404, 503)},
    )
    def get(self, request: Request, instance: str) -> Response:
        """Topics, events and bytes a second, streams, policy, and whether the caller may: before subscribing to it."""
        who, spec, said = caller(request), find(instance), request.query_params
        check_parameters(said, ("pattern",))
        pattern = Pattern(said.get("pattern", WILDCARD))
        found = _found(who, spec, pattern, order="rate", limit=PREVIEW_TOPICS)
        told, rights = found.told, who.rights
        gives = any(has(who, permission) for permission in GIVE)
        return _private(
            PatternPreview(
                at=now_ms(),
                instance=spec.name,
                pattern=pattern.text,
                matched=_lately(told.readable),
                anybody=_lately(told.everything) if gives else None,
                exact=told.exact,
                results=_rows(who, spec, told.rows),
                streams=streams_of(spec, pattern),
                delivery=spec.delivery.name,
                policy=spec.delivery.overflow,
                enabled=config.effective(spec.name).enabled,
                warning=None if pattern.segments[0] == WILDCARD else warning_for(spec, pattern.text),
                may=PatternRights(
                    subscribe=rights.covers(Verb.SUBSCRIBE, spec.name, pattern),
                    query=rights.covers(Verb.QUERY, spec.name, pattern),
                    personal=rights.covers(Verb.SUBSCRIBE, spec.name, pattern, personal=True),
                    subscribable=rights.reach((Verb.SUBSCRIBE,), spec.name),
                ),
                subscribers=_subscribers(who, spec, pattern),
                forgotten=told.forgotten,
                silent=found.silent,
            )
        )


def _found(who: Principal, spec: InstanceSpec, pattern: Pattern, *, order: str, limit: int) -> FoundTopics:
    """Return the topics that match, as far as the caller may read them. Raises: Refusal."""
    within = who.rights.reach(READING, spec.name)
    if not within:
        raise NothingReadable(spec.name)
    asked = TopicsAsked(instance=spec.name, pattern=pattern.text, within=within, order=order, limit=limit)
    return find_topics(asked)


def _rows(who: Principal, spec: InstanceSpec, rows: tuple[TopicSeen, ...]) -> list[TopicRow]:
    listeners: tuple[int | None, ...] = (None,) * len(rows)
    if rows and has(who, VIEW):
        asked = ListenersAsked(instance=spec.name, topics=tuple(row.topic for row in rows))
        listeners = find_listeners(asked).of_topics
    return [
        TopicRow(
            topic=row.topic,
            events_per_second=round(row.events_per_second, 2),
            bytes_per_second=round(row.bytes_per_second, 1),
            last_id=row.id,
            last_event_type=row.event_type,
            last_received=row.last_ms,
            publishers=row.publishers[::-1],
            more_publishers=row.more_publishers,
            listeners=count,
        )
        for row, count in zip(rows, listeners, strict=True)
    ]


def _families(
    rights: Rights, spec: InstanceSpec, pattern: Pattern, seen: tuple[FamilySeen, ...]
) -> Iterator[FamilyRow]:
    by_name = {each.name: each for each in seen}
    reach = [Pattern(text) for text in rights.reach(READING, spec.name)]
    for family in spec.families:
        topics = Pattern(f"{family.name}:{WILDCARD}")
        if family.name in by_name or _touches(topics, pattern, reach):
            yield _family_row(rights, spec, family, by_name.pop(family.name, None))
    for name, found in sorted(by_name.items()):
        yield FamilyRow(
            name=name,
            declared=False,
            template=None,
            purpose=None,
            warning=warning_for(spec, name),
            seen=_lately(found.matched),
            total=None,
            last_event=_last_seen(found),
        )


def _touches(topics: Pattern, pattern: Pattern, reach: list[Pattern]) -> bool:
    asked = intersection(topics, pattern)
    return asked is not None and any(intersection(asked, each) is not None for each in reach)


def _family_row(rights: Rights, spec: InstanceSpec, family: Family, found: FamilySeen | None) -> FamilyRow:
    topics = Pattern(f"{family.name}:{WILDCARD}")
    heads = instances()[spec.name].heads
    ends = [heads[stream] for stream in streams_of(spec, topics) if stream in heads]
    whole = any(rights.covers(verb, spec.name, topics) for verb in READING)
    return FamilyRow(
        name=family.name,
        declared=True,
        template=family.template,
        purpose=family.purpose,
        warning=None,
        seen=SeenLately(0, 0.0, 0.0) if found is None else _lately(found.matched),
        total=sum(each.position.offset for each in ends) if whole else None,
        last_event=_last_kept(ends) if whole else None if found is None else _last_seen(found),
    )


def _last_seen(found: FamilySeen) -> LastEvent:
    return LastEvent(found.last.topic, found.last.event_type, found.last.last_ms)


def _last_kept(ends: list[Head]) -> LastEvent | None:
    """Return the last event of a family's streams, also of one that came before any process that runs now."""
    told = [
        LastEvent(each.topic, each.event_type, each.received_ms)
        for each in ends
        if each.topic is not None and each.event_type is not None and each.received_ms is not None
    ]
    return max(told, key=lambda each: each.received, default=None)


def _lately(matched: Matched) -> SeenLately:
    return SeenLately(matched.topics, round(matched.events_per_second, 2), round(matched.bytes_per_second, 1))


def _subscribers(who: Principal, spec: InstanceSpec, pattern: Pattern) -> PatternSubscribers | None:
    if not has(who, VIEW):
        return None
    told = find_listeners(ListenersAsked(instance=spec.name, pattern=pattern.text))
    return PatternSubscribers(told.same, told.wider, told.part)


def _limit_of(said: Mapping[str, str]) -> int:
    text = said.get("limit", str(LIMIT_DEFAULT))
    if not (text.isascii() and text.isdecimal() and len(text) <= 6):
        raise Refusal("bad_request", f"`limit` is a number from 1 to {ROWS_MAX}.")
    return int(text)


def _private(body: object) -> Response:
    answer = Response(body)
    answer["Cache-Control"] = "no-store"
    return answer
