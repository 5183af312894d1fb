"""The heads of the journals in the admin, and from there their verification."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from instances.journal import verification_start
from instances.journal.findings import FINDINGS, Verdict
from instances.journal.models import JournalHead
from instances.journal.verification_run import SEALED
from instances.journal.verification_start import PERMISSION
from instances.journal.verification_state import BadState, Run, kept_runs, read_run

if TYPE_CHECKING:
    HeadModelAdmin = admin.ModelAdmin[JournalHead]
else:
    # Outside the type checker's world Django's classes take no parameter.
    HeadModelAdmin = admin.ModelAdmin

WATCH_SECONDS = 2
"""After so long the page of a run that goes on is loaded again."""
RUNS_SHOWN = 50

_WORDS = {
    Verdict.VALID: "Valid",
    Verdict.TAMPERED: "Tampered",
    Verdict.INCOMPLETE: "Valid but incomplete",
    Verdict.BAD_INPUT: "Not verified",
}


@admin.register(JournalHead)
class JournalHeadAdmin(HeadModelAdmin):
    list_display = ("instance", "generation", "size", "numbered_at", "unknown_outcomes", "unknown_origins")
    ordering = ("instance",)
    fields = readonly_fields = (*list_display, "unknown_targets", "epoch")
    actions = None
    change_list_template = "admin/journal/journalhead/change_list.html"

    @admin.display(description="Last numbered")
    def numbered_at(self, head: JournalHead) -> datetime | None:
        return datetime.fromtimestamp(head.numbered_ms / 1000, UTC) if head.numbered_ms else None

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: JournalHead | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: JournalHead | None = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        return [
            path(
                "verifications/",
                self.admin_site.admin_view(self.verifications),
                name="journal_journalhead_verifications",
            ),
            path(
                "verifications/<slug:name>/",
                self.admin_site.admin_view(self.verification),
                name="journal_journalhead_verification",
            ),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        may_verify = request.user.has_perm(PERMISSION)
        return super().changelist_view(request, {**(extra_context or {}), "may_verify": may_verify})

    def verifications(self, request: HttpRequest) -> HttpResponse:
        """Show the verifications of this host, and start one by POST."""
        self._refuse_without_rights(request)
        if request.method == "POST":
            return self._start(request)
        context = self._context(request, "Verifications") | {
            "runs": [_shown(run) for run in kept_runs()[:RUNS_SHOWN]],
            "instances": [spec.name for spec in SEALED],
        }
        return TemplateResponse(request, "admin/journal/journalhead/verifications.html", context)

    def verification(self, request: HttpRequest, name: str) -> HttpResponse:
        """Show how far one is, or what it has found."""
        self._refuse_without_rights(request)
        try:
            run = read_run(name)
        except (BadState, ValueError) as error:
            raise Http404(str(error)) from error
        if run is None:
            raise Http404("There is no such verification on this host.")
        context = self._context(request, f"Verification {name}") | _shown(run)
        answer = TemplateResponse(request, "admin/journal/journalhead/verification.html", context)
        if run.is_running:
            answer["Refresh"] = str(WATCH_SECONDS)
        return answer

    def _start(self, request: HttpRequest) -> HttpResponse:
        chosen = [spec.name for spec in SEALED if spec.name in request.POST.getlist("instance")]
        if not chosen:
            self.message_user(request, "Choose at least one journal.", messages.ERROR)
            return HttpResponseRedirect(reverse("admin:journal_journalhead_verifications"))
        try:
            run = verification_start.start(chosen, by=request.user.get_username())
        except verification_start.Running as running:
            self.message_user(request, f"{running} It has to end before another begins.", messages.WARNING)
            run = running.run
        except OSError as error:
            self.message_user(request, f"The verification can't be started: {error.strerror}.", messages.ERROR)
            return HttpResponseRedirect(reverse("admin:journal_journalhead_verifications"))
        else:
            for head in JournalHead.objects.filter(instance__in=chosen):
                self.log_change(request, head, f"Started the verification {run.name}.")
        return HttpResponseRedirect(reverse("admin:journal_journalhead_verification", args=[run.name]))

    def _refuse_without_rights(self, request: HttpRequest) -> None:
        """Raises: PermissionDenied."""
        if not (self.has_view_permission(request) and request.user.has_perm(PERMISSION)):
            raise PermissionDenied

    def _context(self, request: HttpRequest, title: str) -> dict[str, Any]:
        return {**self.admin_site.each_context(request), "opts": self.opts, "title": title}


def _shown(run: Run) -> dict[str, Any]:
    """Return what the pages show of a run."""
    if run.verdict is not None:
        word = _WORDS[run.verdict]
    elif run.is_running:
        word = f"Running, {run.percent} %"
    else:
        word = "Interrupted"
    return {
        "run": run,
        "word": word,
        "started_at": datetime.fromtimestamp(run.started_ms / 1000, UTC),
        "updated_at": datetime.fromtimestamp(run.updated_ms / 1000, UTC),
        "standings": [
            {
                "instance": instance,
                "verified": standing.frontier.size,
                "size": standing.size,
                "counts": [(FINDINGS[kind], count) for kind, count in standing.tally.counts.items()],
                "examples": [(each, FINDINGS[each.kind]) for each in standing.tally.examples],
            }
            for instance, standing in run.standings.items()
        ],
    }
