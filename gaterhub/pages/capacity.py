"""How much do the instances carry at most, and how much more could they? The recorded hours as a page and as CSV."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Final
from urllib.parse import urlencode

from asgiref.sync import sync_to_async
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from gaterhub.capacity.csv_rows import lines_of
from gaterhub.capacity.hours import LENGTHS, By, CapacityQuestion, begin_of, rows_of
from gaterhub.capacity.question import SHOWN, question_of, surveyed
from gaterhub.capacity.summary import Summary, summaries
from gaterhub.capacity.trend import DAYS_LEAST
from gaterhub.capacity.writing import LEASE
from gaterhub.models import Lease
from gaterhub.pages.granted import rights_of, visible_instances
from gaterhub.pages.wording import CAPACITY_HELP
from instances.catalog import find
from instances.error_codes import Refusal
from instances.options import OPTIONS

SPANS: Final[dict[By, str]] = {"hour": "48 hours, by hour", "day": "90 days, by day"}
_NO_LIMIT: Final = next(option.denied for option in OPTIONS if option.name == "events_per_second")


@require_safe
@login_required
def capacity(request: HttpRequest) -> HttpResponse:
    """Show what is recorded of the instances that the reader may survey, and of one of them each hour or day."""
    now, names = timezone.now(), surveyed(rights_of(request))
    known = summaries([find(name) for name in names], now)
    by: By = "day" if request.GET.get("by") == "day" else "hour"
    chosen = _chosen(request.GET.get("instance", ""), known)
    context: dict[str, object] = {
        "instances": visible_instances(request),
        "surveyed": names,
        "known": [(each, _NO_LIMIT(each.spec)) for each in known],
        "since": min((each.since for each in known), default=None),
        "recorder": Lease.objects.filter(name=LEASE, until__gte=now).values_list("holder", flat=True).first(),
        "spans": SPANS,
        "by": by,
        "span": SPANS[by],
        "help": CAPACITY_HELP,
        "days_least": DAYS_LEAST,
        "api_url": reverse("api:capacity"),
    }
    if chosen is not None:
        since = begin_of(now, by) - SHOWN[by] + LENGTHS[by]
        rows = rows_of(CapacityQuestion((chosen.spec.name,), by, since, now))
        context |= {
            "chosen": chosen,
            "rows": rows[::-1],
            "from_ms": round(since.timestamp() * 1000),
            "to_ms": round(begin_of(now, by).timestamp() * 1000),
            "step_ms": round(LENGTHS[by] / timedelta(milliseconds=1)),
            "highest": max(rows, key=lambda row: row.peak, default=None),
            "csv_shown": _csv(instance=chosen.spec.name, by=by, **{"from": f"{since:%Y-%m-%dT%H:%M:%SZ}"}),
            "csv_all": _csv(by="hour", **{"from": f"{min(each.since for each in known):%Y-%m-%dT%H:%M:%SZ}"}),
            "csv_all_days": _csv(by="day"),
        }
    return render(request, "pages/capacity.html", context)


@require_safe
@login_required
def capacity_csv(request: HttpRequest) -> HttpResponseBase:
    """Send the hours or days that are asked for, a week at a time; what is wrong with the question is told as text."""
    try:
        question = question_of(request.GET.dict(), rights_of(request), timezone.now())
    except Refusal as refusal:
        return HttpResponse(f"{refusal.message}\n", status=refusal.status, content_type="text/plain; charset=utf-8")
    about = question.instances[0] if request.GET.get("instance") else "all"
    answer = StreamingHttpResponse(_lines(question), content_type="text/csv; charset=utf-8; header=present")
    answer["Content-Disposition"] = f'attachment; filename="gaterhub-capacity-{about}-by-{question.by}.csv"'
    answer["Cache-Control"] = "no-store"
    return answer


async def _lines(question: CapacityQuestion) -> AsyncIterator[str]:
    yield lines_of((), header=True)
    for block in question.blocks():
        if lines := lines_of(await sync_to_async(rows_of)(block)):
            yield lines


def _chosen(said: str, known: list[Summary]) -> Summary | None:
    """Return the instance that the address names, else the one with the highest rate of the last seven days."""
    named = next((each for each in known if each.spec.name == said), None)
    return named or max(known, key=lambda each: each.sustained, default=None)


def _csv(**said: str) -> str:
    return f"{reverse('capacity-csv')}?{urlencode(said)}"
