"""The checkpoints of a log, and who keeps them outside of the hub."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from gaterhub.pages.evidence.journals import check_whole, moment, of_journal, page_of
from instances.journal import logs, notes
from instances.journal.keys import NoKey
from instances.journal.models import Anchored, Checkpoint, JournalHead
from instances.journal.notes import BadNote, VerifierKey
from instances.journal.query import answered
from instances.journal.router import ALIAS
from instances.spec import InstanceSpec

ROWS_PER_PAGE: Final = 25
PLACE_MAX_DIGITS: Final = 18


@dataclass(frozen=True, slots=True)
class Cosigned:
    """A signature that a witness gave."""

    name: str
    at: datetime
    verified: bool
    """Whether it is right, by a key of GATERHUB_JOURNAL_WITNESS_KEYS."""


@dataclass(frozen=True, slots=True)
class KeptBy:
    anchor: str
    at: datetime
    witnesses: list[Cosigned]


@dataclass(frozen=True, slots=True)
class CheckpointShown:
    pk: int
    size: int
    grown: int | None
    """Entries since the one before on this page; None for the last of it."""
    generation: int
    signed: datetime
    root: str
    note: str
    anchors: list[KeptBy]


@require_safe
@of_journal
def checkpoints(request: HttpRequest, spec: InstanceSpec) -> HttpResponse:
    """Show the checkpoints, the newest first, from `?after=` on."""
    check_whole(request, spec, "Checkpoints")
    said = request.GET.get("after", "")
    after = int(said) if said.isdecimal() and said.isascii() and len(said) <= PLACE_MAX_DIGITS else None
    rows, following, keys = answered(partial(_read, spec, after))
    own = reverse("evidence-checkpoints", args=[spec.name])
    context = page_of(
        request,
        journal=spec,
        rows=rows,
        keys=keys,
        later=after is not None,
        bad_cursor=bool(said) and after is None,
        first_page=own,
        next_page=f"{own}?after={following}" if following else "",
        anchored=bool(settings.GATERHUB_JOURNAL_ANCHORS),
        api_url=reverse("api:checkpoints", args=[spec.name]),
    )
    return render(request, "pages/evidence/checkpoints.html", context)


def _read(spec: InstanceSpec, after: int | None) -> tuple[list[CheckpointShown], int | None, tuple[str, ...]]:
    page, following = logs.checkpoints(spec, newest_first=True, after=after, limit=ROWS_PER_PAGE)
    generation = JournalHead.objects.using(ALIAS).values_list("generation", flat=True).get(instance=spec.name)
    try:
        keys = logs.verifier_keys(spec, generation)
    except NoKey:
        keys = ()
    before = [*(row.size for row in page), None][1:]
    return [_shown(row, size) for row, size in zip(page, before, strict=True)], following, keys


def _shown(row: Checkpoint, before: int | None) -> CheckpointShown:
    return CheckpointShown(
        pk=row.pk,
        size=row.size,
        grown=None if before is None else row.size - before,
        generation=row.generation,
        signed=moment(row.signed_ms),
        root=bytes(row.root).hex(),
        note=row.note,
        anchors=[KeptBy(each.anchor, moment(each.at_ms), list(_cosigned(row, each))) for each in row.anchored.all()],
    )


def _cosigned(row: Checkpoint, kept: Anchored) -> Iterator[Cosigned]:
    """Yield the witnesses whose lines of signature an anchor answered with."""
    try:
        text = notes.parse(row.note).text
    except BadNote:
        return
    for line in kept.answer.splitlines():
        try:
            signature = notes.parse_signature(line)
        except BadNote:
            continue
        seconds = int.from_bytes(signature.value[:8], "big")
        right = any(notes.verify_signature(text, signature, key) for key in _witness_keys())
        try:
            at = moment(seconds * 1000)
        except (ValueError, OverflowError, OSError):
            continue
        yield Cosigned(signature.name, at, right)


def _witness_keys() -> Iterator[VerifierKey]:
    for text in settings.GATERHUB_JOURNAL_WITNESS_KEYS:
        try:
            yield VerifierKey.parse(text)
        except BadNote:
            continue
