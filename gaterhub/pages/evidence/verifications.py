"""Having journals verified, and watching it: every entry is read again, in a process of its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from gaterhub.acts.operations import tell_verification
from gaterhub.pages.evidence.journals import json_of, moment, of_journals, page_of, readable, reads_whole
from gaterhub.pages.granted import rights_of
from instances.access.rights import Rights
from instances.journal import verification_start
from instances.journal.findings import FINDINGS, Finding, FindingKind, Verdict
from instances.journal.verification_start import PERMISSION
from instances.journal.verification_state import BadState, Run, Standing, kept_runs, read_run
from instances.spec import InstanceSpec

RUNS_SHOWN: Final = 50
VERDICTS: Final[dict[Verdict, tuple[str, str, str]]] = {
    Verdict.VALID: ("good", "Valid", "Every entry is as it was sealed."),
    Verdict.TAMPERED: ("bad", "Tampered", "Something contradicts what was signed. The findings below say what."),
    Verdict.INCOMPLETE: (
        "warn",
        "Valid but incomplete",
        "What is there is as it was sealed; something was purged or erased.",
    ),
    Verdict.BAD_INPUT: ("bad", "Not verified", "The journals could not be read."),
}
"""How the pages show a verdict: its colour, its word and its sentence."""


@dataclass(frozen=True, slots=True)
class FindingShown:
    kind: FindingKind
    count: int
    examples: list[Finding]


@dataclass(frozen=True, slots=True)
class StandingShown:
    began: int
    verified: int
    size: int
    finished: bool
    findings: list[FindingShown]


@dataclass(frozen=True, slots=True)
class RunShown:
    """A run, as far as its reader may query its journals."""

    name: str
    by: str
    started: datetime
    updated: datetime
    running: bool
    percent: int
    state: str
    word: str
    sentence: str
    standings: Mapping[str, StandingShown]


@require_http_methods(["GET", "HEAD", "POST"])
@of_journals
def verifications(request: HttpRequest) -> HttpResponse:
    """Show the verifications of this host, and start one by POST."""
    rights = rights_of(request)
    wholes = [spec for spec in readable(rights) if reads_whole(rights, spec)]
    if request.method == "POST":
        return _start(request, wholes)
    context = page_of(
        request,
        runs=runs_shown(rights)[:RUNS_SHOWN],
        wholes=wholes,
        may_verify=request.user.has_perm(PERMISSION),
        permission=PERMISSION,
    )
    return render(request, "pages/evidence/verifications.html", context)


@require_safe
@of_journals
def verification(request: HttpRequest, run: str) -> HttpResponse:
    """Show how far a verification is, or what it has found."""
    return render(request, "pages/evidence/verification.html", page_of(request, run=_found(request, run)))


@require_safe
@of_journals
def progress(request: HttpRequest, run: str) -> HttpResponse:
    """Answer the page of a verification with how far it is."""
    shown = _found(request, run)
    told = {
        "running": shown.running,
        "percent": shown.percent,
        "word": shown.word,
        "parts": {
            name: f"{each.verified:,} of {each.size:,} entries, {_found_words(each)}"
            for name, each in shown.standings.items()
        },
    }
    return json_of(msgspec.json.encode(told))


def runs_shown(rights: Rights) -> list[RunShown]:
    """Return the runs of this host that tell something of a journal that may be queried, the latest first."""
    return [shown for run in kept_runs() if (shown := _shown(run, rights)) is not None]


def _start(request: HttpRequest, wholes: list[InstanceSpec]) -> HttpResponse:
    """Start a verification of the journals that the form names. Raises: PermissionDenied."""
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied(
            f"Having journals verified needs the permission {PERMISSION}. An administrator of this hub can give it."
        )
    chosen = [spec.name for spec in wholes if spec.name in request.POST.getlist("journal")]
    if not chosen:
        messages.error(request, "Choose at least one journal.")
        return redirect("evidence-verifications")
    try:
        run = verification_start.start(chosen, by=request.user.get_username())
    except verification_start.Running as running:
        messages.warning(request, f"{running} It has to end before another begins.")
        run = running.run
    except OSError as error:
        messages.error(request, f"The verification can't be started: {error.strerror}.")
        return redirect("evidence-verifications")
    else:
        tell_verification(run.name, chosen)
    return redirect(reverse("evidence-verification", args=[run.name]))


def _found(request: HttpRequest, name: str) -> RunShown:
    """Return a run that the reader may see something of. Raises: Http404."""
    try:
        run = read_run(name)
    except (BadState, ValueError) as error:
        raise Http404(str(error)) from error
    shown = None if run is None else _shown(run, rights_of(request))
    if shown is None:
        raise Http404("There is no such verification on this host.")
    return shown


def _shown(run: Run, rights: Rights) -> RunShown | None:
    seen = {spec.name for spec in readable(rights) if reads_whole(rights, spec)}
    # Before it has begun, nobody knows what it is of.
    if not seen or (run.standings and not seen & run.standings.keys()):
        return None
    running, ended = run.is_running, run.verdict is not None
    if run.standings.keys() - seen:
        run.standings = {name: each for name, each in run.standings.items() if name in seen}
        run.verdict = run.found if ended else None
    if run.verdict is not None:
        state, word, sentence = VERDICTS[run.verdict]
    elif running:
        state, word, sentence = "now", f"Running, {run.percent} %", "Every entry is read again."
    else:
        state, word, sentence = "warn", "Interrupted", run.trouble or "Its process ended without a word."
    return RunShown(
        name=run.name,
        by=run.by or "somebody at a shell",
        started=moment(run.started_ms),
        updated=moment(run.updated_ms),
        running=running,
        percent=run.percent,
        state=state,
        word=word,
        sentence=sentence,
        standings={name: _standing(each) for name, each in run.standings.items()},
    )


def _standing(standing: Standing) -> StandingShown:
    tally = standing.tally
    findings = [
        FindingShown(FINDINGS[kind], count, [each for each in tally.examples if each.kind == kind])
        for kind, count in tally.counts.items()
    ]
    return StandingShown(standing.began, standing.frontier.size, standing.size, standing.finished, findings)


def _found_words(standing: StandingShown) -> str:
    count = sum(each.count for each in standing.findings)
    return "nothing found" if not count else f"{count:,} finding{'' if count == 1 else 's'}"
