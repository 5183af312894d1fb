"""Bundles of evidence from a page: asked for, watched while they are made, and fetched by who asked."""

import time
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import msgspec
from asgiref.sync import sync_to_async
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from gaterhub.acts.actor import client_address
from gaterhub.acts.evidence_reads import note_read
from gaterhub.api.question import moment_of, value_of
from gaterhub.origin import plain
from gaterhub.pages.evidence.journals import (
    WHOLE,
    check_whole,
    json_of,
    moment,
    of_journal,
    page_of,
)
from gaterhub.pages.evidence.times import with_zone
from gaterhub.pages.granted import reader_of, rights_of
from instances.access.rights import Verb
from instances.error_codes import Refusal
from instances.journal import bundle_run
from instances.journal.bundle import Selection
from instances.journal.bundle_run import KEPT_SECONDS, BundleRun
from instances.schemas.registry import types_of
from instances.spec import InstanceSpec
from instances.topics import WILDCARD, Pattern

CHUNK_BYTES: Final = 1 << 20
INDEX_MAX_DIGITS: Final = 18
REASON_MAX_CHARACTERS: Final = 500
FIELDS: Final = ("topic", "event_type", "from", "to", "index_from", "index_to", "reason")


@require_http_methods(["GET", "HEAD", "POST"])
@of_journal
def bundles(request: HttpRequest, spec: InstanceSpec) -> HttpResponse:
    """Show the form and the reader's own bundles, and have one made by POST."""
    check_whole(request, spec, "Bundles")
    may_personal = rights_of(request).covers(Verb.QUERY, spec.name, WHOLE, personal=True)
    said = {name: value for name in FIELDS if (value := request.POST.get(name, "").strip())}
    problem = ""
    if request.method == "POST":
        personal = "personal" in request.POST
        try:
            if personal and not may_personal:
                raise Refusal("forbidden", "Personal values are not granted to you, so no bundle with them is made.")
            return _start(request, spec, _selection(said), personal=personal, reason=_reason(said))
        except Refusal as refusal:
            problem = refusal.message
    bundle_run.forget_old(time.time())
    context = page_of(
        request,
        journal=spec,
        said=said or {name: value for name, value in request.GET.items() if name in FIELDS},
        types=[each.name for each in types_of(spec.name)],
        may_personal=may_personal,
        runs=[_shown(run) for run in bundle_run.runs_of(reader_of(request).id) if run.instance == spec.name],
        problem=problem,
        reason_max=REASON_MAX_CHARACTERS,
    )
    return render(request, "pages/evidence/bundles.html", context, status=400 if problem else 200)


@require_safe
@of_journal
def bundle(request: HttpRequest, spec: InstanceSpec, run: str) -> HttpResponse:
    """Show how far a bundle is, or what it holds."""
    shown = _shown(_own(request, spec, run))
    return render(request, "pages/evidence/bundle.html", page_of(request, journal=spec, **shown))


@require_safe
@of_journal
def progress(request: HttpRequest, spec: InstanceSpec, run: str) -> HttpResponse:
    """Answer the page of a bundle with how far it is."""
    found = _own(request, spec, run)
    told = {
        "running": found.is_running,
        "percent": found.percent,
        "word": f"Being made, {found.percent} %",
        "parts": {spec.name: f"{found.done:,} of {found.size:,} entries gone through"},
    }
    return json_of(msgspec.json.encode(told))


@require_safe
@of_journal
def download(request: HttpRequest, spec: InstanceSpec, run: str) -> HttpResponseBase:
    """Send a bundle that was made, a piece at a time."""
    found = _own(request, spec, run)
    try:
        size_bytes = found.path.stat().st_size
    except FileNotFoundError:
        raise Http404("This bundle is not here any more; have it made again.") from None
    note_read(request, spec, reader_of(request), asked={"bundle": found.name})
    answer = StreamingHttpResponse(_pieces(found.path), content_type="application/zip")
    answer["Content-Length"] = str(size_bytes)
    answer["Content-Disposition"] = f'attachment; filename="gaterhub-{spec.name}-{found.started_ms}.zip"'
    return answer


async def _pieces(path: Path) -> AsyncIterator[bytes]:
    file = await sync_to_async(lambda: path.open("rb"))()
    try:
        while piece := await sync_to_async(file.read)(CHUNK_BYTES):
            yield piece
    finally:
        file.close()


def _start(
    request: HttpRequest, spec: InstanceSpec, selection: Selection, *, personal: bool, reason: str | None
) -> HttpResponse:
    who = reader_of(request)
    asked = {name: str(value) for name, value in selection.as_json().items() if value is not None}
    note_read(request, spec, who, asked={**asked, "personal": "yes" if personal else "no"}, of="bundle")
    try:
        run = bundle_run.start(
            spec.name,
            selection,
            by=f"{who.kind}:{plain(who.name)}",
            by_id=who.id,
            address=client_address(request),
            personal=personal,
            reason=reason,
        )
    except bundle_run.AnotherRuns as another:
        messages.warning(request, str(another))
        run = another.run
    except OSError as error:
        messages.error(request, f"The bundle can't be begun: {error.strerror}.")
        return redirect("evidence-bundles", spec.name)
    return redirect(reverse("evidence-bundle", args=[run.instance, run.name]))


def _selection(said: dict[str, str]) -> Selection:
    """Return which entries the form asks for. Raises: Refusal."""
    topic = said.get("topic", WILDCARD)
    return Selection(
        topic=None if topic == WILDCARD else Pattern(topic),
        event_type=value_of("event_type", said),
        received_from_ms=moment_of("from", with_zone(said.get("from"))),
        received_to_ms=moment_of("to", with_zone(said.get("to"))),
        index_from=_index("index_from", said),
        index_to=_index("index_to", said),
    )


def _index(name: str, said: dict[str, str]) -> int | None:
    text = said.get(name)
    if text is None:
        return None
    if not text.isdecimal() or not text.isascii() or len(text) > INDEX_MAX_DIGITS:
        raise Refusal("bad_request", f"`{name}` is the index of an entry, a number from 0, such as 41.")
    return int(text)


def _reason(said: dict[str, str]) -> str | None:
    reason = said.get("reason")
    if reason is not None and (len(reason) > REASON_MAX_CHARACTERS or not reason.isprintable()):
        raise Refusal("bad_request", f"The reason is a line of at most {REASON_MAX_CHARACTERS} characters.")
    return reason


def _own(request: HttpRequest, spec: InstanceSpec, name: str) -> BundleRun:
    """Return a run that the reader asked for. Raises: Http404; PermissionDenied."""
    check_whole(request, spec, "Bundles")
    try:
        run = bundle_run.read_run(name)
    except ValueError as error:
        raise Http404(str(error)) from error
    if run is None or run.instance != spec.name or run.by_id != reader_of(request).id:
        raise Http404("There is no such bundle on this host, or it is not yours.")
    return run


def _shown(run: BundleRun) -> dict[str, Any]:
    """Return what the pages show of a run."""
    is_there = run.exported is not None and run.path.exists()
    if is_there:
        word, state = "Ready", "good"
    elif run.is_running:
        word, state = f"Being made, {run.percent} %", "now"
    elif run.exported is not None:
        word, state = "Deleted", "warn"
    else:
        word, state = "Not made", "bad"
    return {
        "run": run,
        "word": word,
        "state": state,
        "is_there": is_there,
        "started": moment(run.started_ms),
        "until": _until(run),
        "asked": [(_FILTERS[name], _value(name, value)) for name, value in run.filters.items() if value is not None],
    }


_FILTERS: Final = {
    "topic": "Topic",
    "event_type": "Type",
    "received_from_ms": "Received from",
    "received_to_ms": "Received before",
    "index_from": "From index",
    "index_to": "To index",
}


def _value(name: str, value: Any) -> str:
    return f"{moment(value):%Y-%m-%d %H:%M:%S} UTC" if name.endswith("_ms") else str(value)


def _until(run: BundleRun) -> datetime:
    return moment(run.updated_ms) + timedelta(seconds=KEPT_SECONDS)
