"""`GET objectives/`: how service level objectives stand, and what is left of their budgets."""

from datetime import datetime
from typing import Annotated, Final

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from msgspec import Meta, Struct
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from gaterhub.api.authentication import caller
from gaterhub.api.openapi import answer_of, problems
from gaterhub.api.question import check_parameters
from gaterhub.models import Lease
from gaterhub.objectives.standing import Standing, readable, standings
from gaterhub.objectives.writing import LEASE
from instances.catalog import find

FILTERS: Final = [OpenApiParameter("instance", str, description="Of that instance only; aliases are taken.")]
_PARAMETERS: Final = frozenset(row.name for row in FILTERS)


class BudgetFigure(Struct, frozen=True):
    """How many events may be bad, and how many more."""

    allowed: Annotated[float, Meta(description="Bad events that the window's traffic allows.")]
    left: Annotated[float, Meta(description="Of these; negative where more were bad.")]
    left_ratio: Annotated[
        float | None, Meta(description="1 is the whole budget, below 0 it is missed; null where nothing was seen.")
    ]
    burn_rate: Annotated[
        float | None,
        Meta(
            description="Over the last hour: 1 uses up the budget in exactly one window; null where nothing was seen "
            "in that hour."
        ),
    ]
    time_left_seconds: Annotated[
        float | None,
        Meta(
            description="Until more are bad than is allowed, if events go on as in the last hour and old ones leave "
            "the window; 0 where it is so already, null where it lasts or nothing was seen in that hour."
        ),
    ]


class ObjectiveRow(Struct, frozen=True):
    """One objective, as of now."""

    name: str
    instance: str
    pattern: str
    event_type: Annotated[str | None, Meta(description="Null: events of all types.")]
    metric: str
    comparison: Annotated[str, Meta(description="`below`, `at_most`, `above`, `at_least`, `is` or `is_not`.")]
    bound: Annotated[str, Meta(description="A number, or after `is` and `is_not` a word.")]
    good_event: Annotated[str, Meta(description="The three as a sentence, such as `processing_time_ms below 100`.")]
    target_percent: float
    window_days: int
    state: Annotated[
        str,
        Meta(
            description="`no_data`: nothing was seen yet; `kept`; `burning`: kept, and the budget goes faster than it "
            "lasts; `missed`: more were bad than is allowed."
        ),
    ]
    good: int
    bad: int
    good_ratio: Annotated[float | None, Meta(description="Null where nothing was seen.")]
    budget: BudgetFigure
    since: Annotated[
        int | None,
        Meta(description="From when on the window is counted, in milliseconds since 1970 UTC; null before it is."),
    ]
    until: Annotated[int | None, Meta(description="Up to when it is.")]
    covered_minutes: Annotated[int, Meta(description="Of the time between, in which every event was counted.")]
    uncovered_minutes: Annotated[int, Meta(description="In which events may be missing: neither good nor bad.")]


class Objectives(Struct, frozen=True):
    """All objectives that the caller may see, by name."""

    recorder: Annotated[str | None, Meta(description="The process that counts; null where none does.")]
    results: list[ObjectiveRow]


class ObjectivesView(APIView):
    @extend_schema(
        operation_id="list_objectives",
        summary="Service level objectives and their budgets",
        parameters=FILTERS,
        responses={200: answer_of(Objectives, "The objectives."), **problems(400, 401, 403, 404, 503)},
    )
    def get(self, request: Request) -> Response:
        """Of the objectives all events of which the caller may follow or query, how they stand."""
        said, now = request.query_params, timezone.now()
        check_parameters(said, _PARAMETERS)
        name = find(said["instance"]).name if said.get("instance") else None
        rows = [row for row in readable(caller(request).rights) if name in (None, row.instance)]
        recorder = Lease.objects.filter(name=LEASE, until__gte=now).values_list("holder", flat=True).first()
        answer = Response(Objectives(recorder, [_row(each) for each in standings(rows, now)]))
        answer["Cache-Control"] = "no-store"
        return answer


def _row(standing: Standing) -> ObjectiveRow:
    row, counts, budget = standing.objective, standing.counts, standing.budget
    return ObjectiveRow(
        name=row.name,
        instance=row.instance,
        pattern=row.pattern,
        event_type=row.event_type or None,
        metric=row.metric,
        comparison=row.comparison,
        bound=row.bound,
        good_event=row.definition.sentence,
        target_percent=float(row.target_percent),
        window_days=row.window_days,
        state=standing.state,
        good=counts.good,
        bad=counts.bad,
        good_ratio=counts.good_ratio,
        budget=BudgetFigure(
            allowed=_rounded(float(budget.events)) or 0.0,
            left=_rounded(float(budget.left)) or 0.0,
            left_ratio=_rounded(budget.left_ratio),
            burn_rate=_rounded(standing.burn_rate),
            time_left_seconds=_rounded(standing.spent_after_seconds),
        ),
        since=_ms(standing.since),
        until=_ms(standing.until),
        covered_minutes=standing.covered_minutes,
        uncovered_minutes=standing.uncovered_minutes,
    )


def _rounded(figure: float | None) -> float | None:
    return None if figure is None else round(figure, 4)


def _ms(at: datetime | None) -> int | None:
    return None if at is None else round(at.timestamp() * 1000)
