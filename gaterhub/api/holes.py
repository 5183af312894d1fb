"""`consoles/{console}/holes/`: what is missing of a time."""

from typing import Annotated

from drf_spectacular.utils import extend_schema
from msgspec import Meta, Struct
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from gaterhub.api.console_question import CONSOLE, TIME, console_of, private, time_of
from gaterhub.api.openapi import answer_of, problems
from gaterhub.consoles.found import rows_for
from gaterhub.incident.holes import missing
from gaterhub.incident.timeline import Gap, gap_of


class ReachRow(Struct, frozen=True):
    instance: str
    nothing_before: Annotated[int | None, Meta(description="Nothing older is kept of it; null: all is.")]
    whole_since: Annotated[int | None, Meta(description="From then on each of its streams is whole; null: always.")]


class HolesAnswer(Struct, frozen=True):
    holes: Annotated[list[Gap], Meta(description="Of the gap ledger, oldest first.")]
    more: Annotated[bool, Meta(description="Whether there are older ones in that time.")]
    reach: Annotated[list[ReachRow], Meta(description="How far back each instance is kept.")]


class HolesView(APIView):
    @extend_schema(
        operation_id="list_holes",
        summary="What is missing of a time",
        parameters=[CONSOLE, *TIME],
        responses={200: answer_of(HolesAnswer, "It."), **problems(400, 401, 404, 503)},
    )
    def get(self, request: Request, console: str) -> Response:
        """Losses of the gap ledger that the caller may see, and how far back what the console asks for is kept."""
        who, found = console_of(request, console)
        from_ms, to_ms = time_of(request)
        known = missing(rows_for(found, who.rights), who, from_ms=from_ms, to_ms=to_ms)
        reach = [ReachRow(each.instance, each.nothing_before_ms, each.whole_since_ms) for each in known.reach]
        return private(HolesAnswer([gap_of(hole) for hole in known.holes], known.more, reach))
