"""`GET instances/` and `GET instances/{instance}/`: what the ten are for, how they are set, how they fare."""

from collections.abc import Mapping
from typing import Annotated, Any

from drf_spectacular.utils import extend_schema
from msgspec import Meta, Struct
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from gaterhub.api.authentication import caller
from gaterhub.api.openapi import INSTANCE_PARAMETER, answer_of, problems
from instances import config, supervisor
from instances.access.rights import READING, Rights
from instances.catalog import INSTANCES, find
from instances.spec import Criticality, InstanceSpec, Overflow, Volume


class Family(Struct, frozen=True):
    """The topics that share a first segment."""

    name: str
    template: Annotated[str, Meta(description="Such as `subscription_health:{store_id}:{subscription_name}`.")]
    parameters: tuple[str, ...]
    purpose: str


class Delivery(Struct, frozen=True):
    """What a publisher is told when, and what happens to a subscriber that cannot keep up."""

    name: Annotated[str, Meta(description="The delivery class.")]
    overflow: Annotated[Overflow, Meta(description="What becomes of a subscriber whose queue is full.")]
    acknowledged: Annotated[str, Meta(description="When a publisher hears that its event is taken.")]
    history_events: Annotated[int | None, Meta(description="Kept per stream; null where the journal keeps them.")]
    history_seconds: Annotated[int | None, Meta(description="For how long; null where the journal keeps them.")]


class Limits(Struct, frozen=True):
    """What one event and one request may hold."""

    event_bytes: Annotated[int, Meta(description="As compact JSON.")]
    depth: int
    batch_events: int
    body_bytes: int


class Example(Struct, frozen=True):
    """An event as a publisher would send it."""

    topic: str
    event_type: str
    data: Any
    metadata: dict[str, Any]


class Configuration(Struct, frozen=True):
    """What the operators have set, and the defaults where they have not."""

    enabled: Annotated[bool, Meta(description="Whether it takes events.")]
    strict: Annotated[bool, Meta(description="Whether it refuses undeclared families instead of warning.")]
    signed: Annotated[bool, Meta(description="Whether an event published with a token needs a signature.")]


class LastEvent(Struct, frozen=True):
    topic: str
    event_type: str
    received: Annotated[int, Meta(description="Milliseconds since 1970 UTC.")]


class Live(Struct, frozen=True):
    """How it fares: events of all processes, failures of the process that answers."""

    up: bool
    restarts: int
    total: Annotated[int, Meta(description="Events in its streams so far.")]
    rate_1s: Annotated[float, Meta(description="Events per second, over about that time.")]
    rate_10s: float
    rate_60s: float
    refused: Annotated[int, Meta(description="Publishes refused for what they held.")]
    scrubbed: Annotated[int, Meta(description="Secrets taken out of its events.")]
    failed: Annotated[int, Meta(description="Events that could not be published.")]
    waiting: Annotated[int, Meta(description="Events accepted and not yet on their way.")]
    last_event: LastEvent | None


class Instance(Struct, frozen=True):
    """One of the ten."""

    name: str
    aliases: Annotated[tuple[str, ...], Meta(description="Accepted wherever the name is.")]
    title: str
    purpose: str
    use_cases: tuple[str, ...]
    families: tuple[Family, ...]
    volume: Volume
    volume_note: str
    criticality: Criticality
    criticality_note: str
    delivery: Delivery
    limits: Limits
    example: Example
    configuration: Configuration
    live: Annotated[Live | None, Meta(description="Null where the caller is not granted all of the instance.")]


class Instances(Struct, frozen=True):
    """All ten, in the order of the catalog."""

    results: tuple[Instance, ...]


def last_event_for(rights: Rights, instance: str, last: Mapping[str, Any] | None) -> LastEvent | None:
    """Return the newest event, where it lies within what may be read."""
    if last is None or not any(rights.allows(verb, instance, last["topic"]) for verb in READING):
        return None
    return LastEvent(**last)


def _live(spec: InstanceSpec, rights: Rights) -> Live | None:
    if not rights.surveys(spec.name):
        return None
    figures = supervisor.instances()[spec.name].snapshot()
    last = last_event_for(rights, spec.name, figures.pop("last_event"))
    return Live(**figures, last_event=last)


def described(spec: InstanceSpec, rights: Rights) -> Instance:
    """Return the instance as the API shows it to whoever has these rights, with figures of this moment."""
    effective = config.effective(spec.name)
    return Instance(
        name=spec.name,
        aliases=spec.aliases,
        title=spec.title,
        purpose=spec.purpose,
        use_cases=spec.use_cases,
        families=tuple(Family(row.name, row.template, row.parameters, row.purpose) for row in spec.families),
        volume=spec.volume,
        volume_note=spec.volume_note,
        criticality=spec.criticality,
        criticality_note=spec.criticality_note,
        delivery=Delivery(
            name=spec.delivery.name,
            overflow=effective.delivery.overflow,
            acknowledged=spec.delivery.acknowledged,
            history_events=None if spec.delivery.journaled else effective.keep.events,
            history_seconds=None if spec.delivery.journaled else int(effective.keep.seconds),
        ),
        limits=Limits(
            event_bytes=effective.limits.event_bytes,
            depth=effective.limits.depth,
            batch_events=effective.limits.batch_events,
            body_bytes=effective.limits.body_bytes,
        ),
        example=Example(
            topic=spec.example.topic,
            event_type=spec.example.event_type,
            data=spec.example.data,
            metadata=spec.example.metadata,
        ),
        configuration=Configuration(enabled=effective.enabled, strict=effective.strict, signed=effective.signed),
        live=_live(spec, rights),
    )


class InstancesView(APIView):
    @extend_schema(
        operation_id="list_instances",
        summary="The ten instances",
        responses={200: answer_of(Instances, "All ten."), **problems(401)},
    )
    def get(self, request: Request) -> Response:
        """What each is for, its families, its configuration and its live figures."""
        return Response(Instances(tuple(described(spec, caller(request).rights) for spec in INSTANCES)))


class InstanceView(APIView):
    @extend_schema(
        operation_id="get_instance",
        parameters=[INSTANCE_PARAMETER],
        summary="One instance",
        responses={200: answer_of(Instance, "The instance."), **problems(401, 404)},
    )
    def get(self, request: Request, instance: str) -> Response:
        """The same of one, by its name or an alias."""
        return Response(described(find(instance), caller(request).rights))
