"""`instances/{instance}/types/`: the event types of an instance, and how operators register theirs."""

from typing import Annotated, Any, Final, TypeVar

import msgspec
from drf_spectacular.utils import extend_schema
from msgspec import UNSET, Meta, Struct, UnsetType
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from gaterhub.api.authentication import caller
from gaterhub.api.body import read_struct
from gaterhub.api.openapi import EVENT_TYPE_PARAMETER, INSTANCE_PARAMETER, VERSION_PARAMETER, answer_of, problems, shape
from gaterhub.api.type_rows import TypeList, TypeRow, TypeStep, described
from instances.access.permissions import require, require_managed
from instances.access.principal import Principal
from instances.catalog import find
from instances.error_codes import Refusal
from instances.schemas import operators, usage
from instances.schemas.registered import ANYTHING, RegisteredType, UnknownVersion
from instances.schemas.registry import registered, types_of
from instances.schemas.words import Compatibility

BODY_MAX_BYTES: Final = 256 * 1024
"""Two schemas, a step, and what is said about them."""


class NewType(Struct, frozen=True, forbid_unknown_fields=True):
    """A new type with version 1, or the next version of one."""

    event_type: str
    data_schema: Annotated[dict[str, Any], Meta(description="JSON Schema 2020-12, at most 64 KiB.")]
    version: Annotated[int, Meta(ge=1, le=operators.VERSIONS_MAX)] = 1
    metadata_schema: Annotated[
        dict[str, Any] | None, Meta(description="Absent: any object, or what the version before has.")
    ] = None
    step: Annotated[
        TypeStep | None, Meta(description="How data of the version before is read as this one; from version 2 on.")
    ] = None
    title: Annotated[str, Meta(description="Of a new type.")] = ""
    purpose: Annotated[str, Meta(description="Of a new type, one sentence.")] = ""
    topic: Annotated[str, Meta(description="Of a new type: a template, or empty.")] = ""
    compatibility: Annotated[Compatibility, Meta(description="Of a new type.")] = Compatibility.BACKWARD


class ChangedType(Struct, frozen=True, forbid_unknown_fields=True):
    """What is absent stays."""

    title: str | UnsetType = UNSET
    purpose: str | UnsetType = UNSET
    topic: str | UnsetType = UNSET
    compatibility: Compatibility | UnsetType = UNSET


class ChangedVersion(Struct, frozen=True, forbid_unknown_fields=True):
    """What is absent stays. Schemas may only be added to."""

    data_schema: dict[str, Any] | UnsetType = UNSET
    metadata_schema: dict[str, Any] | UnsetType = UNSET
    step: Annotated[TypeStep | UnsetType, Meta(description="To the next version.")] = UNSET
    deprecated: Annotated[
        str | UnsetType | None, Meta(description="Since when, and what to do instead; null takes it back.")
    ] = UNSET


class OldData(Struct, frozen=True, forbid_unknown_fields=True):
    """Data as an event of some version has it."""

    schema_version: Annotated[int, Meta(ge=1)]
    data: Any


class NewestData(Struct, frozen=True):
    """The same as the newest version has it."""

    schema_version: int
    data: Any


_Read = TypeVar("_Read", bound=Struct)


def _read(request: Request, wanted: type[_Read]) -> _Read:
    return read_struct(request._request, wanted, max_bytes=BODY_MAX_BYTES)


def _known(instance: str, event_type: str) -> RegisteredType:
    known = registered(instance, event_type)
    if known is None:
        raise Refusal("not_found", f"No event type {event_type[:80]!r} is registered in {instance}.")
    return known


def _used(instance: str, who: Principal) -> dict[tuple[str, int], usage.Usage]:
    """Return who uses deprecated versions, for those who manage the instance."""
    return usage.used(instance) if who.rights.manages(instance) else {}


def _answer(instance: str, event_type: str, who: Principal, *, status: int = 200) -> Response:
    return Response(described(_known(instance, event_type), _used(instance, who)), status=status)


_WRITING: Final = problems(400, 401, 403, 404, 409, 413, 415)
_BODIES: Final = {
    struct: {"application/json": shape(struct)} for struct in (NewType, ChangedType, ChangedVersion, OldData)
}


class TypesView(APIView):
    @extend_schema(
        operation_id="list_types",
        summary="Event types",
        parameters=[INSTANCE_PARAMETER],
        responses={200: answer_of(TypeList, "All of the instance."), **problems(401, 404)},
    )
    def get(self, request: Request, instance: str) -> Response:
        """What events the instance knows, with every version's fields, schemas, example and step."""
        spec = find(instance)
        used = _used(spec.name, caller(request))
        return Response(TypeList([described(known, used) for known in types_of(spec.name)]))

    @extend_schema(
        operation_id="register_type",
        summary="Register a type or a version",
        parameters=[INSTANCE_PARAMETER],
        request=_BODIES[NewType],
        responses={201: answer_of(TypeRow, "The type as it is now."), **_WRITING},
    )
    def post(self, request: Request, instance: str) -> Response:
        """A new type, or with `version` from 2 on the next version of one, with a step from the version before."""
        spec, principal = find(instance), caller(request)
        require(principal, "instances.add_domaintype")
        require_managed(principal, spec.name)
        wish = _read(request, NewType)
        if wish.version == 1:
            if wish.step is not None:
                raise Refusal("bad_request", "Version 1 has no step, because no version comes before it.")
            operators.register_type(
                spec.name,
                wish.event_type,
                operators.Description(
                    title=wish.title, purpose=wish.purpose, topic=wish.topic, compatibility=wish.compatibility
                ),
                data_schema=wish.data_schema,
                metadata_schema=ANYTHING if wish.metadata_schema is None else wish.metadata_schema,
                by=principal.name,
            )
        else:
            if wish.step is None:
                raise Refusal("bad_request", "A version from 2 on needs a `step`; {} where nothing is to be done.")
            operators.register_version(
                spec.name,
                wish.event_type,
                wish.version,
                data_schema=wish.data_schema,
                metadata_schema=wish.metadata_schema,
                step=msgspec.to_builtins(wish.step),
                by=principal.name,
            )
        return _answer(spec.name, wish.event_type, principal, status=201)


class TypeView(APIView):
    @extend_schema(
        operation_id="get_type",
        summary="One event type",
        parameters=[INSTANCE_PARAMETER, EVENT_TYPE_PARAMETER],
        responses={200: answer_of(TypeRow, "The type."), **problems(401, 404)},
    )
    def get(self, request: Request, instance: str, event_type: str) -> Response:
        """The same of one."""
        return _answer(find(instance).name, event_type, caller(request))

    @extend_schema(
        operation_id="change_type",
        summary="Change what is said of a type",
        parameters=[INSTANCE_PARAMETER, EVENT_TYPE_PARAMETER],
        request=_BODIES[ChangedType],
        responses={200: answer_of(TypeRow, "The type as it is now."), **_WRITING},
    )
    def patch(self, request: Request, instance: str, event_type: str) -> Response:
        """Title, purpose, topic or compatibility of a type that an operator registered."""
        spec, principal = find(instance), caller(request)
        require(principal, "instances.change_domaintype")
        require_managed(principal, spec.name)
        wish = _read(request, ChangedType)
        known = _known(spec.name, event_type)
        operators.describe_type(
            spec.name,
            event_type,
            operators.Description(
                title=known.title if wish.title is UNSET else wish.title,
                purpose=known.purpose if wish.purpose is UNSET else wish.purpose,
                topic=known.topic if wish.topic is UNSET else wish.topic,
                compatibility=known.compatibility if wish.compatibility is UNSET else wish.compatibility,
            ),
            by=principal.name,
        )
        return _answer(spec.name, event_type, principal)

    @extend_schema(
        operation_id="delete_type",
        summary="Delete a type",
        parameters=[INSTANCE_PARAMETER, EVENT_TYPE_PARAMETER],
        responses={204: None, **problems(401, 403, 404, 409)},
    )
    def delete(self, request: Request, instance: str, event_type: str) -> Response:
        """Only when all its versions have been deprecated for a week, and nobody used it meanwhile."""
        spec = find(instance)
        require(caller(request), "instances.delete_domaintype")
        require_managed(caller(request), spec.name)
        operators.delete_type(spec.name, event_type)
        return Response(status=204)


class TypeVersionView(APIView):
    @extend_schema(
        operation_id="replace_version",
        summary="Change a version in place",
        parameters=[INSTANCE_PARAMETER, EVENT_TYPE_PARAMETER, VERSION_PARAMETER],
        request=_BODIES[ChangedVersion],
        responses={200: answer_of(TypeRow, "The type as it is now."), **_WRITING},
    )
    def put(self, request: Request, instance: str, event_type: str, version: int) -> Response:
        """The same as PATCH."""
        return self.patch(request, instance, event_type, version)

    @extend_schema(
        operation_id="change_version",
        summary="Change or deprecate a version",
        parameters=[INSTANCE_PARAMETER, EVENT_TYPE_PARAMETER, VERSION_PARAMETER],
        request=_BODIES[ChangedVersion],
        responses={200: answer_of(TypeRow, "The type as it is now."), **_WRITING},
    )
    def patch(self, request: Request, instance: str, event_type: str, version: int) -> Response:
        """Add to a version's schemas, mend its step, deprecate it or take that back. All or nothing."""
        spec, principal = find(instance), caller(request)
        require(principal, "instances.change_domaintype")
        require_managed(principal, spec.name)
        wish = _read(request, ChangedVersion)
        operators.change_version(
            spec.name,
            event_type,
            version,
            data_schema=_given(wish.data_schema),
            metadata_schema=_given(wish.metadata_schema),
            step=None if wish.step is UNSET else msgspec.to_builtins(wish.step),
            deprecated=operators.Unchanged.UNCHANGED if wish.deprecated is UNSET else wish.deprecated,
            by=principal.name,
        )
        return _answer(spec.name, event_type, principal)


def _given(schema: dict[str, Any] | UnsetType) -> dict[str, Any] | None:
    return None if isinstance(schema, UnsetType) else schema


class ReadUpView(APIView):
    @extend_schema(
        operation_id="read_up",
        summary="Read old data as the newest version",
        parameters=[INSTANCE_PARAMETER, EVENT_TYPE_PARAMETER],
        request=_BODIES[OldData],
        responses={
            200: answer_of(NewestData, "The data as the newest version has it."),
            **problems(400, 401, 404, 413),
        },
    )
    def post(self, request: Request, instance: str, event_type: str) -> Response:
        """Takes the steps from the given version up to the newest; what fits no version is refused."""
        known = _known(find(instance).name, event_type)
        old = _read(request, OldData)
        try:
            wrong = known.version(old.schema_version).data.misfits(old.data)
        except UnknownVersion as error:
            raise Refusal("not_found", error.message) from error
        if wrong:
            raise Refusal("bad_schema", f"The data doesn't fit version {old.schema_version}: {'. '.join(wrong)}.")
        version, data = known.read_up(old.schema_version, old.data)
        return Response(NewestData(version, data))
