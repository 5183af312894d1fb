"""The event types that operators register: what the registry takes, and what it refuses with the reason.

An additive change keeps its version. Anything else is a version of its own, with a step by which data of the version
before is read as the new one; what readers can rely on meanwhile is the type's compatibility.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, Final

import msgspec
from django.db import IntegrityError, transaction
from django.utils import timezone

from instances.catalog import INSTANCES, find
from instances.error_codes import Refusal
from instances.event import EVENT_TYPE
from instances.models import NAME_CHARACTERS, DeprecatedUse, DomainType, DomainTypeVersion
from instances.schemas import loading, registry
from instances.schemas.compatibility import changes_in_place
from instances.schemas.dialect import check_schema
from instances.schemas.following import breaks_between
from instances.schemas.registered import ANYTHING, Schema
from instances.schemas.steps import read_step, step_as_json
from instances.schemas.words import Compatibility, Step, parameters_of
from instances.spec import InstanceSpec
from instances.topics import BadTopic, check_topic

TYPES_MAX: Final = 1_000
"""Of all instances together; each is compiled in each process."""
VERSIONS_MAX: Final = 100
STEP_MAX_BYTES: Final = 64 * 1024
QUIET: Final = timedelta(days=7)
"""For so long nobody may have sent or followed a deprecated type before it can be deleted."""
_REASONS_SHOWN: Final = 5
_LONGEST: Final = {"title": 100, "purpose": 500, "deprecated": 300}


class Unchanged(Enum):
    """That nothing is said, where None says something."""

    UNCHANGED = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """What people read about a type."""

    title: str
    purpose: str
    topic: str = ""
    compatibility: Compatibility = Compatibility.BACKWARD


def register_type(
    instance: str,
    name: str,
    description: Description,
    *,
    data_schema: object,
    metadata_schema: object = ANYTHING,
    by: str,
) -> None:
    """Register a new type with its version 1. Raises: Refusal."""
    spec = _taking(instance)
    if EVENT_TYPE.fullmatch(name) is None:
        raise Refusal(
            "bad_request",
            f"The event type {name[:80]!r} must be 1 to 128 of A-Z a-z 0-9 _ . - and begin with a letter, a digit "
            "or _, such as order_placed.",
        )
    if registry.is_of_the_catalog(spec.name, name):
        raise Refusal("conflict", f"The catalog declares {name} in {spec.name}; choose another name.")
    _check_description(spec, description)
    schemas = _Schemas(data_schema, metadata_schema)
    with _changing():
        if DomainType.objects.count() >= TYPES_MAX:
            raise Refusal("limit_exceeded", f"{TYPES_MAX:,} event types are registered, and no more are taken.")
        if DomainType.objects.filter(instance=spec.name, name=name).exists():
            raise Refusal(
                "conflict", f"{name} is registered in {spec.name} already; register its next version, or change it."
            )
        row = DomainType.objects.create(
            instance=spec.name, name=name, **_columns(description), created_by=_by(by), updated_by=_by(by)
        )
        _add_version(row, 1, schemas, by)


def describe_type(instance: str, name: str, description: Description, *, by: str) -> None:
    """Change what people read about a type, and what readers can rely on from now on. Raises: Refusal."""
    spec = _taking(instance)
    _check_description(spec, description)
    with _changing():
        row = _found(spec, name)
        _update(row, by, **_columns(description))


def register_version(
    instance: str,
    name: str,
    number: int,
    *,
    data_schema: object,
    metadata_schema: object | None = None,
    step: object,
    by: str,
) -> None:
    """Register the next version, with the step by which data of the one before is read as this one.

    Metadata without a schema keeps that of the version before. Raises: Refusal.
    """
    spec, declared = _taking(instance), _step(step)
    with _changing():
        row = _found(spec, name)
        newest = row.versions.order_by("number").last()
        if newest is None or number != newest.number + 1:
            following = 1 if newest is None else newest.number + 1
            raise Refusal(
                "conflict", f"{name} has no place for a version {number}; the next one is version {following}."
            )
        if number > VERSIONS_MAX:
            raise Refusal("limit_exceeded", f"{name} has {VERSIONS_MAX} versions, and no more are taken.")
        before = _Schemas.of(newest)
        schemas = _Schemas(data_schema, before.metadata if metadata_schema is None else metadata_schema)
        _check_following(row, newest.number, before, declared, schemas)
        _add_version(row, number, schemas, by)
        _update(newest, by, step=_json(step_as_json(declared)))


def change_version(
    instance: str,
    name: str,
    number: int,
    *,
    data_schema: object | None = None,
    metadata_schema: object | None = None,
    step: object | None = None,
    deprecated: str | Unchanged | None = Unchanged.UNCHANGED,
    by: str,
) -> None:
    """Change a version in place, as far as that only adds, and deprecate it or take that back. Raises: Refusal.

    Of schemas and step None leaves what is. `deprecated` says since when and what to do instead; None: it isn't.

    1. What fitted the version fits it still, and nothing of it is gone.
    2. The version before is still read as this one, and this one as the next.
    """
    spec = _taking(instance)
    if isinstance(deprecated, str):
        _check_text("deprecated", deprecated)
    with _changing():
        row = _found(spec, name)
        versions = {each.number: each for each in row.versions.all()}
        version = _of(versions, row, number)
        old = _Schemas.of(version)
        new = _Schemas(
            old.data if data_schema is None else data_schema,
            old.metadata if metadata_schema is None else metadata_schema,
        )
        _check_in_place(row, number, old, new, newest=versions[max(versions)])
        declared = _step(msgspec.json.decode(version.step) if step is None else step) if version.step else None
        if step is not None and declared is None:
            raise Refusal("conflict", f"{name}, version {number}, is the newest, and there is no step from it yet.")
        if number - 1 in versions:
            before = versions[number - 1]
            _check_following(row, number - 1, _Schemas.of(before), _step(msgspec.json.decode(before.step)), new)
        if declared is not None:
            _check_following(row, number, new, declared, _Schemas.of(versions[number + 1]))
        _update(
            version,
            by,
            data_schema=_json(new.data),
            metadata_schema=_json(new.metadata),
            step="" if declared is None else _json(step_as_json(declared)),
            deprecated=version.deprecated if deprecated is Unchanged.UNCHANGED else deprecated or "",
        )


def delete_type(instance: str, name: str, *, now: datetime | None = None) -> None:
    """Delete a type with all of its versions, once nobody uses it. Raises: Refusal.

    One version alone is never deleted: events of it are read up by its step. Who uses a type is known once all of its
    versions are deprecated, and it must have been nobody for a week.
    """
    spec = _taking(instance)
    since = (now or timezone.now()) - QUIET
    with _changing():
        row = _found(spec, name)
        if row.versions.filter(deprecated="").exists() or row.versions.filter(updated_at__gt=since).exists():
            raise Refusal(
                "conflict",
                f"{name} can't be deleted yet: deprecate all of its versions, and wait {QUIET.days} days, in which "
                "the hub notes who still uses them.",
            )
        users = DeprecatedUse.objects.filter(instance=spec.name, event_type=name, last_at__gt=since)
        if names := sorted(set(users.values_list("name", flat=True))):
            raise Refusal(
                "conflict",
                f"{name} can't be deleted: in the last {QUIET.days} days it was used by "
                f"{', '.join(names[:_REASONS_SHOWN])}{'…' if len(names) > _REASONS_SHOWN else ''}.",
            )
        row.delete()


class _Schemas:
    """Both schemas of a version, checked."""

    def __init__(self, data: object, metadata: object) -> None:
        self.data: Schema = check_schema("data", data)
        self.metadata: Schema = check_schema("metadata", metadata)

    @classmethod
    def of(cls, row: DomainTypeVersion) -> "_Schemas":
        return cls(msgspec.json.decode(row.data_schema), msgspec.json.decode(row.metadata_schema))


@contextmanager
def _changing() -> Iterator[None]:
    """Change the registry all or nothing, and know of it in this process at once."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        raise Refusal(
            "conflict", "Somebody else registered the same at this moment; look at it and try again."
        ) from error
    loading.load()


def _taking(instance: str) -> InstanceSpec:
    spec = find(instance)
    if not spec.takes_domain_types:
        taking = ", ".join(each.name for each in INSTANCES if each.takes_domain_types)
        raise Refusal(
            "conflict", f"The event types of {spec.name} are the catalog's; operators register theirs in {taking}."
        )
    return spec


def _found(spec: InstanceSpec, name: str) -> DomainType:
    # Held until the end of the transaction, so that no two changes of a type are compared with the same state.
    row = DomainType.objects.select_for_update().filter(instance=spec.name, name=name).first()
    if row is None:
        raise Refusal("not_found", f"No operator registered {name[:80]!r} in {spec.name}.")
    return row


def _of(versions: Mapping[int, DomainTypeVersion], row: DomainType, number: int) -> DomainTypeVersion:
    try:
        return versions[number]
    except KeyError:
        known = ", ".join(map(str, sorted(versions)))
        raise Refusal("not_found", f"{row.name} has no version {number}; it has {known}.") from None


def _check_description(spec: InstanceSpec, description: Description) -> None:
    _check_text("title", description.title)
    _check_text("purpose", description.purpose)
    template = description.topic
    if not template:
        return
    topic = template
    for name in parameters_of(template):
        topic = topic.replace(f"{{{name}}}", "x", 1)
    try:
        check_topic(topic)
    except BadTopic as error:
        raise Refusal(
            "bad_topic", f"The topic {template[:80]!r} is no template such as {spec.families[-1].template}: {error}"
        ) from error
    if spec.family(topic.partition(":")[0]) is None:
        families = ", ".join(family.name for family in spec.families)
        raise Refusal(
            "bad_topic",
            f"The topic {template[:80]!r} begins with none of the families of {spec.name}: {families}. "
            "Leave it empty if such events may stand on any topic.",
        )


def _check_text(name: str, text: str) -> None:
    if not text.strip() or len(text) > _LONGEST[name] or not text.isprintable():
        raise Refusal("bad_request", f"`{name}` must be a line of 1 to {_LONGEST[name]} characters.")


def _check_in_place(row: DomainType, number: int, old: _Schemas, new: _Schemas, *, newest: DomainTypeVersion) -> None:
    mode = Compatibility(row.compatibility)
    why = [
        *changes_in_place(old.data, new.data, mode, "data"),
        *changes_in_place(old.metadata, new.metadata, mode, "metadata"),
    ]
    if why:
        raise Refusal(
            "conflict",
            f"{row.name}, version {number}, can't be changed in place: {_listed(why)}. Register it as version "
            f"{newest.number + 1}, with a step that says how data of version {newest.number} is read as that, such as "
            f"{_json(_suggestion(_Schemas.of(newest).data, new.data))}.",
        )


def _check_following(row: DomainType, number: int, old: _Schemas, step: Step, new: _Schemas) -> None:
    mode = Compatibility(row.compatibility)
    why = breaks_between((old.data, old.metadata), step, (new.data, new.metadata), mode)
    if why:
        raise Refusal(
            "conflict",
            f"{row.name}, version {number + 1}, can't follow version {number} ({mode} compatibility), even with the "
            f"step: {_listed(why)}. Change the schema, have the step do what is missing, such as "
            f"{_json(_suggestion(old.data, new.data))}, or register another event type.",
        )


def _listed(why: list[str]) -> str:
    why = list(dict.fromkeys(why))
    more = f"; and {len(why) - _REASONS_SHOWN} more" if len(why) > _REASONS_SHOWN else ""
    return "; ".join(why[:_REASONS_SHOWN]) + more


def _suggestion(old: Schema, new: Schema) -> dict[str, Any]:
    """Return a step to begin with, from the names alone."""
    before, after = old.get("properties", {}), new.get("properties", {})
    gone, added = [name for name in before if name not in after], [name for name in after if name not in before]
    if len(gone) == len(added) == 1:
        return {"step": {"rename": {gone[0]: added[0]}}}
    required = [name for name in new.get("required", ()) if name not in old.get("required", ())]
    words = {"default": dict.fromkeys(required[:_REASONS_SHOWN], "…"), "remove": gone[:_REASONS_SHOWN]}
    return {"step": {word: value for word, value in words.items() if value}}


def _step(value: object) -> Step:
    if len(msgspec.json.encode(value)) > STEP_MAX_BYTES:
        raise Refusal("too_large", f"The step is over {STEP_MAX_BYTES:,} bytes.")
    return read_step(value)


def _columns(description: Description) -> dict[str, str]:
    return {
        "title": description.title,
        "purpose": description.purpose,
        "topic": description.topic,
        "compatibility": description.compatibility.value,
    }


def _add_version(row: DomainType, number: int, schemas: _Schemas, by: str) -> None:
    row.versions.create(
        number=number,
        data_schema=_json(schemas.data),
        metadata_schema=_json(schemas.metadata),
        created_by=_by(by),
        updated_by=_by(by),
    )


def _update(row: DomainType | DomainTypeVersion, by: str, **columns: str) -> None:
    for name, value in {**columns, "updated_by": _by(by)}.items():
        setattr(row, name, value)
    # The type's row is locked meanwhile, so no other change counts from the same number.
    row.revision += 1
    row.save()


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _by(name: str) -> str:
    return name[:NAME_CHARACTERS]
