"""The timeline of a console as a file: JSON, CSV or Markdown, of the time and the filter in the address."""

from typing import Final

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from gaterhub.acts.evidence_reads import note_read
from gaterhub.api.console_question import time_from
from gaterhub.api.notes import VIEW
from gaterhub.consoles.found import find_console, rows_for
from gaterhub.incident.filtering import PARAMETERS, Filter
from gaterhub.incident.forms import FORMS
from gaterhub.incident.timeline import timeline
from gaterhub.pages.granted import reader_of, rights_of
from instances.access.permissions import has
from instances.catalog import find
from instances.error_codes import Refusal

TEXT_MAX_CHARACTERS: Final = 2_000
"""Of each parameter, as of a saved view's whole query."""


@require_safe
@login_required
def console_timeline(request: HttpRequest, name: str, form: str) -> HttpResponse:
    """Send what the hub's history has of a time; what is wrong with the question is told as text."""
    if form not in FORMS:
        raise Http404(f"A timeline is {', '.join(FORMS)}; not {form[:20]!r}.")
    console = find_console(name, rights_of(request))
    if console is None:
        raise Http404(f"There is no console {name!r}.")
    try:
        from_ms, to_ms = time_from(request.GET.get("from"), request.GET.get("to"))
    except Refusal as refusal:
        return HttpResponse(f"{refusal.message}\n", status=refusal.status, content_type="text/plain; charset=utf-8")
    who = reader_of(request)
    rows = rows_for(console, who.rights)
    for row in rows:
        if row.kept:
            note_read(request, find(row.instance), who)
    known = timeline(
        console,
        rows,
        who,
        from_ms=from_ms,
        to_ms=to_ms,
        only=Filter({name: request.GET.get(name, "")[:TEXT_MAX_CHARACTERS] for name in PARAMETERS}),
        notes=has(who, VIEW),
        now=timezone.now(),
    )
    make, kind = FORMS[form]
    answer = HttpResponse(make(known), content_type=kind)
    answer["Content-Disposition"] = f'attachment; filename="gaterhub-{console.name}-{from_ms}-{to_ms}.{form}"'
    answer["Cache-Control"] = "no-store"
    return answer
