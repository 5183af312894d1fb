"""`GET journals/{instance}/…`: the sealed logs, their checkpoints, and proofs of what is in them."""

import base64
from collections.abc import Mapping
from typing import Annotated, Any, Final

import msgspec
from drf_spectacular.utils import OpenApiParameter, extend_schema
from msgspec import Meta, Struct, field
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from gaterhub.acts.evidence_reads import note_read
from gaterhub.api.authentication import caller
from gaterhub.api.openapi import answer_of, problems
from gaterhub.api.question import PAGING, NotGranted, check_parameters, limit_of, order_of
from instances.access.rights import Verb
from instances.catalog import INSTANCES, find
from instances.error_codes import Refusal
from instances.journal import logs, tiles
from instances.journal.models import JournalHead, entry_model
from instances.spec import InstanceSpec
from instances.topics import WILDCARD, Pattern

_SEALED: Final = tuple(spec.name for spec in INSTANCES if spec.delivery.sealed)
_LOG_PARAMETER: Final = OpenApiParameter(
    "instance", str, OpenApiParameter.PATH, description=f"{' or '.join(_SEALED)}, or an alias."
)
_SIZE_MAX_DIGITS: Final = 18

Base64 = Annotated[str, Meta(description="32 bytes in base64.")]


class JournalUnknown(Struct, frozen=True):
    """How many entries don't tell what the law wants to know."""

    outcomes: int
    origins: int
    targets: int


class Journal(Struct, frozen=True):
    """A sealed log as it is now."""

    instance: str
    origin: Annotated[str, Meta(description="The log's name, which its checkpoints begin with.")]
    generation: Annotated[int, Meta(description="1; more where a restored journal was accepted.")]
    size: Annotated[int, Meta(description="Entries that have their place.")]
    root: Annotated[str, Meta(description="Of the Merkle tree (RFC 6962) over them, in base64.")]
    verifier_key: Annotated[str, Meta(description="Of the key that signs now (C2SP signed-note).")]
    earlier_keys: Annotated[list[str], Meta(description="Of those before it, so far as the log proves them.")]
    checkpoint: Annotated[str | None, Meta(description="The last one, as it was signed; null before the first.")]
    unknown: JournalUnknown
    trouble: Annotated[str, Meta(description="Why nothing can be signed; empty where it can.")]


class CheckpointAnchor(Struct, frozen=True):
    """Who keeps a checkpoint outside of the hub."""

    anchor: str
    answer: Annotated[str, Meta(description="What it said, such as a witness's lines of cosignature.")]
    at: Annotated[int, Meta(description="In milliseconds since 1970 UTC.")]


class CheckpointRow(Struct, frozen=True):
    """A checkpoint as it was signed."""

    size: int
    root: Base64
    generation: int
    signed: Annotated[int, Meta(description="In milliseconds since 1970 UTC.")]
    note: Annotated[str, Meta(description="In the form of C2SP tlog-checkpoint.")]
    anchors: list[CheckpointAnchor]


class Checkpoints(Struct, frozen=True):
    """A page of checkpoints."""

    results: list[CheckpointRow]
    next: Annotated[str | None, Meta(description="The cursor of the next page; null where there is no more now.")]


class JournalEntry(Struct, frozen=True):
    """An entry as it is sealed, and the event that it keeps."""

    index: int
    leaf_hash: Annotated[str, Meta(description="SHA-256 of a zero byte and the body, in base64.")]
    body: Annotated[
        str, Meta(description="The sealed bytes in base64: canonical JSON, personal fields as commitments.")
    ]
    event: Annotated[dict[str, Any], Meta(description="As it went over the WebSocket.")]


class InclusionProof(Struct, frozen=True):
    """That an entry is in the tree of a size (RFC 6962 section 2.1.1)."""

    index: int
    size: int
    leaf_hash: Base64
    root: Base64
    hashes: list[Base64]


class ConsistencyProof(Struct, frozen=True):
    """That the tree of one size grew from that of another (RFC 6962 section 2.1.2)."""

    first: int = field(name="from")
    second: int = field(name="to")
    first_root: Base64 = field(name="from_root")
    second_root: Base64 = field(name="to_root")
    hashes: list[Base64]


class JournalView(APIView):
    @extend_schema(
        operation_id="get_journal",
        summary="A sealed log",
        parameters=[_LOG_PARAMETER],
        responses={200: answer_of(Journal, "The log."), **problems(401, 403, 404, 503)},
    )
    def get(self, request: Request, instance: str) -> Response:
        """Its size and root now, its key, and its last checkpoint."""
        spec = _whole(instance, request)
        log = logs.present(spec)
        told = Journal(
            instance=spec.name,
            origin=log.origin,
            generation=log.head.generation,
            size=log.head.size,
            root=_base64(log.root),
            verifier_key=log.keys[0],
            earlier_keys=list(log.keys[1:]),
            checkpoint=log.note,
            unknown=JournalUnknown(log.head.unknown_outcomes, log.head.unknown_origins, log.head.unknown_targets),
            trouble=log.trouble,
        )
        return _unstored(told)


class CheckpointsView(APIView):
    @extend_schema(
        operation_id="list_checkpoints",
        summary="Checkpoints of a log",
        parameters=[_LOG_PARAMETER, *PAGING],
        responses={200: answer_of(Checkpoints, "A page of checkpoints."), **problems(400, 401, 403, 404, 503)},
    )
    def get(self, request: Request, instance: str) -> Response:
        """As they were signed, with who keeps them outside."""
        said = request.query_params
        check_parameters(said, [row.name for row in PAGING])
        order, limit = order_of(said), limit_of(said)
        after = None if "after" not in said else _number("after", said["after"])
        spec = _whole(instance, request)
        page, following = logs.checkpoints(spec, newest_first=order == "desc", after=after, limit=limit)
        rows = [
            CheckpointRow(
                size=row.size,
                root=_base64(row.root),
                generation=row.generation,
                signed=row.signed_ms,
                note=row.note,
                anchors=[CheckpointAnchor(each.anchor, each.answer, each.at_ms) for each in row.anchored.all()],
            )
            for row in page
        ]
        return _unstored(Checkpoints(rows, None if following is None else str(following)))


class EntryView(APIView):
    @extend_schema(
        operation_id="get_entry",
        summary="One sealed entry",
        parameters=[_LOG_PARAMETER, OpenApiParameter("index", int, OpenApiParameter.PATH, description="From 0.")],
        responses={200: answer_of(JournalEntry, "The entry."), **problems(401, 404, 503)},
    )
    def get(self, request: Request, instance: str, index: str) -> Response:
        """The very bytes that the log's hashes are made of. One outside the caller's grants isn't there."""
        spec, who = _log(instance), caller(request)
        known = len(index) <= _SIZE_MAX_DIGITS and index.isdecimal() and index.isascii()
        if known:
            note_read(request._request, spec, who, index=int(index))
        found = logs.entry(spec, int(index), who.rights) if known else None
        if found is None:
            raise Refusal("not_found", f"The journal of {spec.name} has no entry {index[:20]!r}.")
        return _unstored(
            {
                "index": int(index),
                "leaf_hash": _base64(found.leaf_hash),
                "body": _base64(found.body),
                "event": msgspec.Raw(found.wire),
            }
        )


class ProofView(APIView):
    @extend_schema(
        operation_id="prove_inclusion",
        summary="That an entry is in the log",
        parameters=[
            _LOG_PARAMETER,
            OpenApiParameter("index", int, required=True, description="The entry's."),
            OpenApiParameter("size", int, description="Of the tree, such as a checkpoint's; default: the present one."),
        ],
        responses={200: answer_of(InclusionProof, "The proof."), **problems(400, 401, 403, 404, 503)},
    )
    def get(self, request: Request, instance: str) -> Response:
        """Hashes that lead from the entry to the root of the tree of that size."""
        said = request.query_params
        check_parameters(said, ("index", "size"))
        spec = _whole(instance, request)
        size = _size(spec, said, "size")
        index = _number("index", said.get("index"))
        if index >= size:
            raise Refusal("bad_request", f"`index` is below the size, and a tree of {size} has no entry {index}.")
        leaf = tiles.subtree_root(entry_model(spec), index, index + 1)
        hashes = [_base64(step) for step in tiles.inclusion(spec.name, index, size)]
        return _unstored(InclusionProof(index, size, _base64(leaf), _base64(tiles.root(spec.name, size)), hashes))


class ConsistencyView(APIView):
    @extend_schema(
        operation_id="prove_consistency",
        summary="That the log only grew",
        parameters=[
            _LOG_PARAMETER,
            OpenApiParameter("from", int, required=True, description="The size of the older tree."),
            OpenApiParameter("to", int, description="The size of the newer one; default: the present one."),
        ],
        responses={200: answer_of(ConsistencyProof, "The proof."), **problems(400, 401, 403, 404, 503)},
    )
    def get(self, request: Request, instance: str) -> Response:
        """Hashes that lead from the root of the one tree to that of the other."""
        said = request.query_params
        check_parameters(said, ("from", "to"))
        spec = _whole(instance, request)
        second = _size(spec, said, "to")
        first = _number("from", said.get("from"))
        if first > second:
            raise Refusal("bad_request", f"`from` is at most the newer size, and {first} is above {second}.")
        return _unstored(
            ConsistencyProof(
                first,
                second,
                _base64(tiles.root(spec.name, first)),
                _base64(tiles.root(spec.name, second)),
                [_base64(step) for step in tiles.consistency(spec.name, first, second)],
            )
        )


def _log(instance: str) -> InstanceSpec:
    """Return the instance whose log is asked for. Raises: Refusal."""
    spec = find(instance)
    if not spec.delivery.sealed:
        raise Refusal("not_found", f"{spec.name} has no sealed log; {' and '.join(_SEALED)} have.")
    return spec


def _whole(instance: str, request: Request) -> InstanceSpec:
    """Return the instance, if the caller may query all of it: a hash tells of what it is made. Raises: Refusal."""
    spec, rights, everything = _log(instance), caller(request).rights, Pattern(WILDCARD)
    if not rights.covers(Verb.QUERY, spec.name, everything):
        raise NotGranted(spec, everything, rights)
    return spec


def _size(spec: InstanceSpec, said: Mapping[str, str], name: str) -> int:
    """Return the size of the tree that is asked for, by default the present one. Raises: Refusal."""
    present = JournalHead.objects.values_list("size", flat=True).get(instance=spec.name)
    size = present if name not in said else _number(name, said[name])
    if size > present:
        raise Refusal("bad_request", f"`{name}` is at most the log's size, which is {present}.")
    return size


def _number(name: str, text: str | None) -> int:
    if text is None or not text.isdecimal() or not text.isascii() or len(text) > _SIZE_MAX_DIGITS:
        raise Refusal("bad_request", f"`{name}` is a number from 0, such as 41.")
    return int(text)


def _base64(data: bytes | memoryview) -> str:
    return base64.b64encode(data).decode()


def _unstored(told: object) -> Response:
    answer = Response(told)
    answer["Cache-Control"] = "no-store"
    return answer
