"""What did this console miss? The gap ledger as a page: a summary by subscriber, then each loss with its reason."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from consumers.missed import (
    SUMMARY_ROWS_MAX,
    LossPage,
    LossQuestion,
    Missed,
    find_losses,
    sees_all,
    summed_up,
    visible_to,
)
from consumers.models import Loss
from consumers.retention import LOSSES_KEPT
from gaterhub.pages.granted import reader_of, visible_instances
from gaterhub.pages.wording import LOSS_HELP, LOSS_KINDS, LOSS_REASONS
from instances.catalog import NAMES, find
from instances.retained import BadCursor
from instances.streams.contract import keep_of

ROWS_PER_PAGE: Final = 50
PERIODS: Final[dict[str, tuple[str, timedelta]]] = {
    "hour": ("the last hour", timedelta(hours=1)),
    "day": ("the last day", timedelta(days=1)),
    "week": ("the last 7 days", timedelta(days=7)),
    "month": ("the last 30 days", LOSSES_KEPT),
}
PERIOD_DEFAULT: Final = "day"
TEXT_MAX_CHARACTERS: Final = 150
RECOVERABLE: Final = frozenset({"slow", "conflated"})
"""Reasons for which the events are still in the history, for as long as it reaches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LossShown:
    at: datetime
    kind: str
    word: str
    reason: str
    instance: str
    stream: str
    stretch: str
    events: str
    times: int
    subscriber: str
    connection: str
    patterns: tuple[str, ...]
    of_subscriber: str
    """The address of this page with the subscriber's losses alone."""
    of_connection: str
    kept: str
    """The address of what the history still has of that time, or nothing."""


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter that no field of the form holds, and the address without it."""

    about: str
    value: str
    without: str


@require_safe
@login_required
def losses(request: HttpRequest) -> HttpResponse:
    """Show what was missed in a time, `?last=`: by everybody, or by the reader where they may see no more."""
    said = {name: _text(request.GET.get(name, "")) for name in ("subscriber", "connection", "stream")}
    period = _one_of(request.GET.get("last", ""), PERIODS) or PERIOD_DEFAULT
    instance = _one_of(request.GET.get("instance", ""), NAMES)
    kind = _one_of(request.GET.get("kind", ""), LOSS_KINDS)
    now = timezone.now()
    words, reach = PERIODS[period]
    question = LossQuestion(
        instance=instance or None,
        stream=said["stream"] or None,
        principal=said["subscriber"] or None,
        connection=said["connection"] or None,
        kind=kind or None,
        from_ms=round((now - reach).timestamp() * 1000),
        order="desc",
    )
    who = reader_of(request)
    everything = sees_all(who)
    rows = visible_to(who, everything=everything)
    after = request.GET.get("after") or None
    page, later, bad_cursor = _page(rows, question, after)
    filters = {"last": period, "instance": instance, "kind": kind, **said}
    summary = [] if later else summed_up(rows, question)
    context: dict[str, object] = {
        "instances": visible_instances(request),
        "periods": {name: title for name, (title, _) in PERIODS.items()},
        "period": period,
        "period_words": words,
        "kinds": LOSS_KINDS,
        "filters": filters,
        "filtered": any(value for name, value in filters.items() if name != "last"),
        "chips": [
            Chip(name, filters[name], _address(filters, **{name: ""}))
            for name in ("connection", "stream")
            if filters[name]
        ],
        "everything": everything,
        "summary": [(each, _address(filters, subscriber=each.principal, instance=each.instance)) for each in summary],
        "summary_full": len(summary) == SUMMARY_ROWS_MAX,
        "totals": _totals(summary),
        "losses": [_shown(each, filters, now) for each in page.rows],
        "later": later,
        "first_page": _address(filters),
        "next_page": _address(filters, after=page.following) if page.following else "",
        "bad_cursor": bad_cursor,
        "whole": _address({"last": "month"}),
        "help": LOSS_HELP,
        "api_url": reverse("api:losses"),
    }
    return render(request, "pages/losses.html", context)


def _page(rows: QuerySet[Loss], question: LossQuestion, after: str | None) -> tuple[LossPage, bool, bool]:
    """Return the page, whether it is a later one, and whether the address named a place that can't be."""
    if after is not None:
        try:
            return find_losses(rows, question, after=after, limit=ROWS_PER_PAGE), True, False
        except BadCursor:
            pass
    return find_losses(rows, question, after=None, limit=ROWS_PER_PAGE), False, after is not None


def _text(said: str) -> str:
    """Return what a database can look for."""
    return "".join(each for each in said if each.isprintable())[:TEXT_MAX_CHARACTERS].strip()


def _one_of(said: str, known: Mapping[str, object] | tuple[str, ...]) -> str:
    return said if said in known else ""


def _address(filters: Mapping[str, str], **changes: str) -> str:
    said = {name: value for name, value in {**filters, **changes}.items() if value}
    return f"{reverse('losses')}?{urlencode(said)}"


def _totals(summary: Sequence[Missed]) -> dict[str, int]:
    names = ("gaps", "events", "uncounted", "conflated", "closed")
    return {name: sum(getattr(each, name) for each in summary) for name in names}


def _shown(loss: Loss, filters: Mapping[str, str], now: datetime) -> LossShown:
    return LossShown(
        at=loss.at.astimezone(UTC),
        kind=loss.kind,
        word=LOSS_KINDS[loss.kind].title,
        reason=LOSS_REASONS.get((loss.kind, loss.reason), f"The hub gave the reason `{loss.reason}`."),
        instance=loss.instance,
        stream=loss.stream,
        stretch=_stretch(loss),
        events="unknown" if loss.count is None else f"{loss.count:,}",
        times=loss.times,
        subscriber=loss.principal,
        connection=loss.connection,
        patterns=tuple(loss.patterns.split()),
        of_subscriber=_address(filters, subscriber=loss.principal),
        of_connection=_address(filters, connection=loss.connection),
        kept=_kept(loss, now),
    )


def _stretch(loss: Loss) -> str:
    """Return the offsets in words."""
    if loss.first is None:
        return ""
    if loss.last is None:
        return f"offset {loss.first:,} to an unknown end"
    if loss.last == loss.first:
        return f"offset {loss.first:,}"
    return f"offsets {loss.first:,} to {loss.last:,}"


def _kept(loss: Loss, now: datetime) -> str:
    """Return the address of the query for what came before the loss was told, where it may still be kept."""
    if loss.reason not in RECOVERABLE or loss.instance not in NAMES:
        return ""
    if now - loss.at > timedelta(seconds=keep_of(find(loss.instance).delivery).seconds):
        return ""
    said = {"to": f"{round(loss.at.timestamp() * 1000)}", "order": "desc"}
    patterns = loss.patterns.split()
    if len(patterns) == 1:
        said["topic"] = patterns[0]
    return f"{reverse('api:events', args=[loss.instance])}?{urlencode(said)}"
