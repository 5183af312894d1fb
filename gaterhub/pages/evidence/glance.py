"""Both journals at a glance: how much is sealed, by whom it is kept, and when it was last verified."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from gaterhub.pages.evidence.journals import moment, of_journals, page_of, readable, reads_whole
from gaterhub.pages.evidence.verifications import RunShown, runs_shown
from gaterhub.pages.granted import rights_of
from instances.journal import logs
from instances.journal.anchors import BadAnchor, anchors
from instances.journal.keys import NoKey
from instances.journal.models import Anchored, Checkpoint
from instances.journal.query import answered
from instances.journal.router import ALIAS
from instances.journal.verification_start import PERMISSION
from instances.spec import InstanceSpec


@dataclass(frozen=True, slots=True)
class AnchorShown:
    """Who keeps checkpoints outside, and the last one that it has."""

    name: str
    size: int | None
    """None: it has none yet."""
    at: datetime | None
    behind: int = 0
    """Entries of the newest checkpoint that its own doesn't cover."""


@dataclass(slots=True)
class Glance:
    spec: InstanceSpec
    whole: bool
    """Whether the reader may query all of it; else nothing of the log is told."""
    origin: str = ""
    size: int = 0
    key: str = ""
    trouble: str = ""
    checkpoint: Checkpoint | None = None
    signed: datetime | None = None
    waiting: int = 0
    """Entries that the last checkpoint doesn't cover yet."""
    anchors: list[AnchorShown] = field(default_factory=list)
    verification: RunShown | None = None
    """The last that was ended or runs."""


@require_safe
@of_journals
def glance(request: HttpRequest) -> HttpResponse:
    """Show how each journal stands that the reader may query."""
    rights = rights_of(request)
    runs = runs_shown(rights)
    journals = [_glance(spec, runs) if reads_whole(rights, spec) else Glance(spec, False) for spec in readable(rights)]
    context = page_of(
        request,
        glances=journals,
        anchored=bool(settings.GATERHUB_JOURNAL_ANCHORS),
        may_verify=request.user.has_perm(PERMISSION),
    )
    return render(request, "pages/evidence/glance.html", context)


def _glance(spec: InstanceSpec, runs: list[RunShown]) -> Glance:
    told = Glance(spec, True, verification=next((run for run in runs if spec.name in run.standings), None))
    answered(partial(_read, told))
    return told


def _read(told: Glance) -> None:
    """Read how the log stands, on this thread."""
    try:
        log = logs.present(told.spec)
    except NoKey as error:
        told.trouble = str(error)
        return
    told.origin, told.size, told.key, told.trouble = log.origin, log.head.size, log.keys[0], log.trouble
    rows = Checkpoint.objects.using(ALIAS).filter(instance=told.spec.name, generation=log.head.generation)
    told.checkpoint = rows.order_by("-size", "-id").first()
    told.waiting = log.head.size - (told.checkpoint.size if told.checkpoint else 0)
    if told.checkpoint is not None:
        told.signed = moment(told.checkpoint.signed_ms)
    try:
        told.anchors = list(_anchors(told))
    except BadAnchor as error:
        told.trouble = str(error)


def _anchors(told: Glance) -> Iterator[AnchorShown]:
    """Yield the anchors of the settings, in their order, with the last checkpoint that each has. Raises: BadAnchor."""
    for anchor in anchors():
        kept = Anchored.objects.using(ALIAS).filter(anchor=anchor.name, checkpoint__instance=told.spec.name)
        last = kept.select_related("checkpoint").order_by("-checkpoint_id").first()
        if last is None:
            yield AnchorShown(anchor.name, None, None)
            continue
        size = last.checkpoint.size
        newest = told.checkpoint.size if told.checkpoint else size
        yield AnchorShown(anchor.name, size, moment(last.at_ms), max(0, newest - size))
