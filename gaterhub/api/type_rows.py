"""An event type as the API shows it."""

from functools import lru_cache
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from instances.schemas.description import fields_of
from instances.schemas.operators import TYPES_MAX
from instances.schemas.registered import RegisteredType, RegisteredVersion
from instances.schemas.sample import sample_event
from instances.schemas.steps import step_as_json
from instances.schemas.usage import Usage
from instances.schemas.words import Compatibility


class TypeField(Struct, frozen=True):
    """One field of an event's data or metadata, also one inside another."""

    path: Annotated[str, Meta(description="Such as `address.city` or `items[].name`.")]
    type: Annotated[str, Meta(description="text, integer, number, boolean, timestamp, enum, list, object or any.")]
    of: Annotated[str | None, Meta(description="What a list holds.")]
    help: str
    required: Annotated[bool, Meta(description="Within its object, which may itself be absent.")]
    unit: str | None
    choices: Annotated[tuple[Any, ...] | None, Meta(description="The only values it may hold; null: any.")]
    least: float | None
    most: float | None
    personal: Annotated[bool, Meta(description="Whether it says something about a person.")]
    severity: Annotated[bool, Meta(description="Whether it says how grave the event is.")]


class TypeStep(Struct, frozen=True, forbid_unknown_fields=True):
    """How data of a version is read as the next one, by dotted paths."""

    rename: Annotated[dict[str, str], Meta(description="Path to new last segment.")] = {}
    remove: list[str] = []
    default: Annotated[dict[str, Any], Meta(description="Path to the value where there is none.")] = {}
    scale: Annotated[dict[str, int | float], Meta(description="Path to what a number is multiplied with.")] = {}
    translate: Annotated[dict[str, dict[str, Any]], Meta(description="Path to old values, each with its new one.")] = {}


class TypeExample(Struct, frozen=True):
    """An event of that version as it could be published."""

    topic: str
    event_type: str
    schema_version: int
    data: Any
    metadata: dict[str, Any]


class TypeSender(Struct, frozen=True):
    publisher: str
    events: int
    last_at_ms: int


class TypeSubscriber(Struct, frozen=True):
    name: str
    pattern: str
    last_at_ms: int


class TypeUsage(Struct, frozen=True):
    """Who used a deprecated version in the last 90 days, the latest first."""

    senders: list[TypeSender] = []
    subscribers: Annotated[
        list[TypeSubscriber], Meta(description="Whose subscriptions events of the version can reach.")
    ] = []


class TypeVersion(Struct, frozen=True):
    """What an event with that `schema_version` holds."""

    version: int
    deprecated: Annotated[str | None, Meta(description="Since when, and what to do instead; null: it isn't.")]
    data: list[TypeField]
    metadata: list[TypeField]
    data_schema: Annotated[dict[str, Any], Meta(description="JSON Schema 2020-12.")]
    metadata_schema: dict[str, Any]
    example: TypeExample
    step: Annotated[TypeStep | None, Meta(description="To the next version; null for the newest.")]
    usage: Annotated[TypeUsage | None, Meta(description="Of a deprecated version; null of any other.")] = None


class TypeRow(Struct, frozen=True):
    """One event type."""

    event_type: str
    title: str
    purpose: str
    topic: Annotated[str, Meta(description="A template; empty: any topic of the instance.")]
    parameters: tuple[str, ...]
    source: Annotated[str, Meta(description="`catalog` or `operator`.")]
    compatibility: Compatibility
    current: Annotated[int, Meta(description="The newest version.")]
    versions: list[TypeVersion]


class TypeList(Struct, frozen=True):
    """The catalog's types first, then those of operators."""

    results: list[TypeRow]


def described(known: RegisteredType, used: dict[tuple[str, int], Usage]) -> TypeRow:
    """Return the type as the API shows it, with who uses its deprecated versions."""
    row = _row(known)
    return msgspec.structs.replace(
        row,
        versions=[
            each if each.deprecated is None else msgspec.structs.replace(each, usage=_usage(used, row, each))
            for each in row.versions
        ],
    )


# As many as there can be; a type that is registered anew is another object.
@lru_cache(maxsize=TYPES_MAX + 200)
def _row(known: RegisteredType) -> TypeRow:
    return TypeRow(
        event_type=known.name,
        title=known.title,
        purpose=known.purpose,
        topic=known.topic,
        parameters=known.parameters,
        source=known.source,
        compatibility=known.compatibility,
        current=known.newest,
        versions=[_version(known, each) for each in known.versions.values()],
    )


def _version(known: RegisteredType, row: RegisteredVersion) -> TypeVersion:
    example = sample_event(known, row.number)
    return TypeVersion(
        version=row.number,
        deprecated=row.deprecated,
        data=[TypeField(**each.as_dict()) for each in fields_of(row.data_schema)],
        metadata=[TypeField(**each.as_dict()) for each in fields_of(row.metadata_schema)],
        data_schema=dict(row.data_schema),
        metadata_schema=dict(row.metadata_schema),
        example=TypeExample(
            topic=example.topic,
            event_type=example.event_type,
            schema_version=example.schema_version,
            data=example.data,
            metadata=dict(example.metadata),
        ),
        step=None if row.step is None else TypeStep(**step_as_json(row.step)),
    )


def _usage(used: dict[tuple[str, int], Usage], row: TypeRow, version: TypeVersion) -> TypeUsage:
    noted = used.get((row.event_type, version.version), Usage())
    return TypeUsage(
        senders=[TypeSender(each.publisher, each.events, each.last_at_ms) for each in noted.senders],
        subscribers=[TypeSubscriber(each.name, each.pattern, each.last_at_ms) for each in noted.subscribers],
    )
