"""`GET grants/`: what the caller itself may do, so that a client can know before it tries."""

from typing import Annotated

from drf_spectacular.utils import extend_schema
from msgspec import Meta, Struct
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from gaterhub.api.authentication import caller
from gaterhub.api.openapi import answer_of, problems
from instances.access.holdings import held_by
from instances.access.rights import Verb


class HeldGrant(Struct, frozen=True):
    """One thing that the caller may do."""

    verb: Verb
    instance: str
    pattern: str
    personal: Annotated[bool, Meta(description="Whether personal fields are read in the clear.")]
    role: Annotated[str | None, Meta(description="By which role; null: by the caller itself.")]


class HeldGrants(Struct, frozen=True):
    """What the caller may do."""

    everything: Annotated[bool, Meta(description="Whether nothing is withheld, now or of what is still to come.")]
    results: list[HeldGrant]


class GrantsView(APIView):
    @extend_schema(
        operation_id="list_grants",
        summary="What the caller may do",
        responses={200: answer_of(HeldGrants, "By verb and instance."), **problems(401)},
    )
    def get(self, request: Request) -> Response:
        """Each verb with instance and pattern. Of a token that acts for an account, as far as both reach."""
        who = caller(request)
        rows = [HeldGrant(row.verb, row.instance, row.pattern.text, row.personal, row.role) for row in held_by(who)]
        free = who.rights.everything and (who.rights.within is None or who.rights.within.everything)
        answer = Response(HeldGrants(free, rows))
        answer["Cache-Control"] = "no-store"
        return answer
