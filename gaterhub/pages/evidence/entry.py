"""One entry of a journal: the event as it was sealed, and the proof that the reader's own browser checks."""

import base64
from typing import Any, Final
from uuid import UUID

import msgspec
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from consumers.seen.answer import PERMISSION as SEEN_PERMISSION
from consumers.seen.answer import Place
from consumers.seen.shown import seen_of
from gaterhub.acts.evidence_reads import note_read
from gaterhub.pages.evidence.journals import json_of, of_journal, page_of, reads_whole
from gaterhub.pages.granted import reader_of, rights_of
from instances.event import UUID_TEXT
from instances.journal.entry_proof import entry_proof
from instances.journal.kept_entry import KeptEntry, kept_entry
from instances.journal.shown import APART, when
from instances.journal.tiles import MissingLeaf
from instances.spec import InstanceSpec

INDEX_MAX_DIGITS: Final = 18


@require_safe
@of_journal
def entry(request: HttpRequest, spec: InstanceSpec, key: str) -> HttpResponse:
    """Show an entry by its index or its event's id; one that has no place yet says so, and the page waits for it."""
    named = _named(spec, key)
    if isinstance(named, UUID):
        note_read(request, spec, reader_of(request), event_id=str(named))
    else:
        note_read(request, spec, reader_of(request), index=named)
    kept = _kept(request, spec, named)
    row = kept.row
    may_see = request.user.has_perm(SEEN_PERMISSION)
    place = Place(str(row.id), spec.name, row.topic, row.stream, row.offset, kept.epoch, row.received_ms)
    context = page_of(
        request,
        journal=spec,
        kept=kept,
        row=row,
        fields=_fields(kept),
        leaf_hash=bytes(row.leaf_hash).hex(),
        byte_count=len(row.body),
        whole=reads_whole(rights_of(request), spec),
        earlier=None if not row.index else _address(spec, row.index - 1),
        later=None if row.index is None or row.index + 1 >= kept.size else _address(spec, row.index + 1),
        proof_url=reverse("evidence-proof", args=[spec.name, str(row.id)]),
        seen=seen_of(place, after=request.GET.get("seen_after")) if may_see else None,
        seen_permission=SEEN_PERMISSION,
    )
    return render(request, "pages/evidence/entry.html", context)


@require_safe
@of_journal
def proof(request: HttpRequest, spec: InstanceSpec, key: str) -> HttpResponse:
    """Answer the entry's page with how far the entry is sealed, and with the proof once there is one.

    It holds hashes and nothing of what the entry says, so it is no read of evidence.
    """
    kept = _kept(request, spec, _named(spec, key))
    index = kept.row.index
    if index is None:
        return json_of(msgspec.json.encode({"state": "waiting"}))
    if not reads_whole(rights_of(request), spec):
        return json_of(msgspec.json.encode({"state": "partial", "index": index}))
    try:
        found = entry_proof(spec, index)
    except MissingLeaf as missing:
        return json_of(msgspec.json.encode({"state": "broken", "index": index, "why": str(missing)}))
    if found is None:
        return json_of(msgspec.json.encode({"state": "numbered", "index": index}))
    told: dict[str, Any] = {
        "state": "sealed",
        "index": index,
        "leaf_hash": _base64(found.leaf_hash),
        "inclusion": [_base64(step) for step in found.inclusion],
        "checkpoint": found.checkpoint.note,
        "consistency": [_base64(step) for step in found.consistency],
        "newest": found.newest.note,
        "keys": found.keys,
    }
    return json_of(msgspec.json.encode(told))


def _named(spec: InstanceSpec, key: str) -> int | UUID:
    """Return the index or the id that an address names. Raises: Http404."""
    if UUID_TEXT.fullmatch(key):
        return UUID(key)
    if key.isdecimal() and key.isascii() and len(key) <= INDEX_MAX_DIGITS:
        return int(key)
    raise _missing(spec, key)


def _kept(request: HttpRequest, spec: InstanceSpec, named: int | UUID) -> KeptEntry:
    """Return the entry, if the reader may query it. Raises: Http404."""
    kept = kept_entry(spec, named, rights_of(request))
    if kept is None:
        raise _missing(spec, str(named))
    return kept


def _missing(spec: InstanceSpec, key: str) -> Http404:
    return Http404(f"The journal of {spec.name} has no entry {key[:80]!r}.")


def _fields(kept: KeptEntry) -> list[tuple[str, str]]:
    """Return the entry's columns with their values."""
    row = kept.row
    return [
        ("Received", when(row.received_ms)),
        ("Happened", f"{when(row.occurred_ms)}, by the clock of its publisher"),
        ("Actor", kept.actor),
        ("Action", row.action),
        ("Resource", row.resource),
        ("Outcome", row.outcome),
        ("Origin", kept.origin),
        ("Correlation", row.correlation_id or "none told"),
        ("Publisher", row.publisher or APART),
        ("Stream", row.stream if row.offset is None else f"{row.stream}, offset {row.offset:,}"),
    ]


def _address(spec: InstanceSpec, index: int) -> str:
    return reverse("evidence-entry", args=[spec.name, str(index)])


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
