"""The search of a journal's entries, newest first, with its filters in the address."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from gaterhub.acts.evidence_reads import note_read
from gaterhub.api.question import check_parameters, fixed_by, question_of
from gaterhub.pages.evidence.journals import WHOLE, moment, of_journal, page_of, reads_whole
from gaterhub.pages.evidence.times import of_field, with_zone
from gaterhub.pages.granted import reader_of, rights_of
from instances.access.rights import Rights, Verb
from instances.error_codes import Refusal
from instances.journal.criteria import filters_of
from instances.journal.models import entry_model
from instances.journal.query import PERSONAL_FILTERS, Unavailable, answered, find_indexes
from instances.journal.router import ALIAS
from instances.journal.shown import APART, Apart, held_apart
from instances.schemas.registry import types_of
from instances.spec import InstanceSpec

ROWS_PER_PAGE: Final = 50
TIMES: Final = ("from", "to")
_OWN: Final = ("topic", "event_type", *TIMES)
_NOTHING_APART: Final = Apart(None, None)


@dataclass(frozen=True, slots=True)
class Cell:
    """A column's value, and the address of the same question with it as a filter, where that may be asked."""

    text: str
    narrowed: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    index: int
    id: str
    received: datetime
    cells: Mapping[str, Cell]


@require_safe
@of_journal
def search(request: HttpRequest, spec: InstanceSpec) -> HttpResponse:
    """Show the entries that the address asks for; one that says nothing beside a name is led to the address without."""
    rights = rights_of(request)
    asked = {name: text for name, value in request.GET.items() if (text := str(value).strip())}
    if not reads_whole(rights, spec):
        asked.setdefault("topic", rights.reach((Verb.QUERY,), spec.name)[0])
    if asked != request.GET.dict():
        return redirect(_address(spec, asked))
    said = {name: value for name, value in asked.items() if name != "after"}
    names = (*_OWN, *(each.name for each in filters_of(spec)))
    context = page_of(
        request,
        journal=spec,
        said=said,
        fields=[(each, said.get(each.name, "")) for each in filters_of(spec)],
        times={name: of_field(said.get(name, "")) for name in TIMES},
        types=[each.name for each in types_of(spec.name)],
        filtered=bool(said.keys() - {"topic"}) or said.get("topic", "*") != "*",
        later="after" in asked,
        first_page=_address(spec, said),
        everything=_address(spec, {}),
        api=reverse("api:events", args=[spec.name]),
        api_query=urlencode(said | {"order": "desc"}),
    )
    status = 200
    try:
        check_parameters(asked, (*names, "after"))
        question, limit = question_of(spec.name, _in_utc(said) | _PAGE, rights)
        note_read(request, spec, reader_of(request))
        indexes, following = find_indexes(question, fixed_by(spec, said), after=asked.get("after"), limit=limit)
        context["rows"] = answered(partial(_rows, spec, indexes, rights, said, personal=question.personal))
        if following is not None:
            context["next_page"] = _address(spec, said | {"after": following})
    except Unavailable:
        raise
    except Refusal as refusal:
        context["problem"], status = refusal.message, refusal.status
    return render(request, "pages/evidence/search.html", context, status=status)


_PAGE: Final = {"order": "desc", "limit": str(ROWS_PER_PAGE)}


def _rows(
    spec: InstanceSpec, indexes: Sequence[int], rights: Rights, said: Mapping[str, str], *, personal: bool
) -> list[Row]:
    """Read the columns of entries that were found, in the order in which they were."""
    entries = {
        each.index: each
        for each in entry_model(spec).objects.using(ALIAS).filter(index__in=indexes).defer("body", "leaf_hash")
    }
    apart = held_apart(spec, entries.values()) if personal else {}
    may_search = rights.covers(Verb.QUERY, spec.name, WHOLE, personal=True)
    rows = []
    for index in indexes:
        row = entries[index]
        hidden = apart.get(row.number, _NOTHING_APART)
        values = {
            "topic": row.topic,
            "event_type": row.event_type,
            "actor": row.actor or hidden.actor,
            "action": row.action,
            "resource": row.resource,
            "outcome": row.outcome,
            "origin": row.origin or hidden.origin,
        }
        cells = {
            name: Cell(APART)
            if value is None
            else Cell(
                value,
                _address(spec, {**said, name: value})
                if said.get(name) != value and (may_search or name not in PERSONAL_FILTERS)
                else "",
            )
            for name, value in values.items()
        }
        rows.append(Row(index, str(row.id), moment(row.received_ms), cells))
    return rows


def _in_utc(said: Mapping[str, str]) -> dict[str, str]:
    """Return the filters with times as the API takes them: a time without a zone is UTC, as the page's fields say."""
    return {name: with_zone(value) if name in TIMES else value for name, value in said.items()}


def _address(spec: InstanceSpec, said: Mapping[str, str]) -> str:
    own = reverse("evidence-journal", args=[spec.name])
    return f"{own}?{urlencode(said, safe=':*@/')}" if said else own
