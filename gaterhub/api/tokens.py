"""`POST tokens/`: a token on the spot, for a person who may make one."""

from typing import Annotated

import msgspec
from django.contrib.admin.models import ADDITION, LogEntry
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.views.decorators.debug import sensitive_variables
from drf_spectacular.utils import extend_schema
from msgspec import Meta, Struct
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from gaterhub.api.openapi import answer_of, problems, shape
from instances.access.models import NAME_MAX_LENGTH, Token
from instances.error_codes import Refusal

PERMISSION = "access.add_token"


def may_make_tokens(user: object) -> bool:
    """Tell whether the person may make a token: who may in the admin. A token can't make another."""
    return isinstance(user, User) and user.is_active and user.has_perm(PERMISSION)


class MayMakeTokens(BasePermission):
    message = "Your account may not make tokens. Ask an administrator of this hub for one."

    def has_permission(self, request: Request, view: APIView) -> bool:
        return may_make_tokens(request.user)


class NewToken(Struct, frozen=True, forbid_unknown_fields=True):
    """What a new token is to be."""

    name: Annotated[str, Meta(max_length=NAME_MAX_LENGTH, description="Its events carry this as their publisher.")]


class MadeToken(Struct, frozen=True):
    """A token, told this once."""

    token: Annotated[str, Meta(description="The token itself. Nobody can show it again.")]
    name: str
    prefix: Annotated[str, Meta(description="By which the admin lists it.")]


class TokensView(APIView):
    permission_classes = (MayMakeTokens,)

    @extend_schema(
        operation_id="make_token",
        summary="Make a token",
        request={"application/json": shape(NewToken)},
        responses={201: answer_of(MadeToken, "The token, shown this once."), **problems(400, 401, 403)},
    )
    @sensitive_variables("secret")
    def post(self, request: Request) -> Response:
        """Makes a token that acts for the person who is logged in, and ends with the account."""
        wish = _wish(request.data)
        user = request.user
        if not isinstance(user, User):
            raise TypeError("Only a person's account has the permission to make tokens.")
        with transaction.atomic():
            try:
                token, secret = Token.objects.issue(name=wish.name.strip(), user=user)
            except ValidationError as error:
                raise Refusal("bad_request", f"The name can't be taken: {' '.join(error.messages)}") from error
            # The admin's log has whatever is made in the admin, and this is the same act.
            LogEntry.objects.log_actions(user.pk, [token], ADDITION, "Made on the overview.", single_object=True)
        answer = Response(MadeToken(token=secret, name=token.name, prefix=token.prefix), status=201)
        answer["Cache-Control"] = "no-store"
        return answer


def _wish(body: object) -> NewToken:
    try:
        return msgspec.convert(body, NewToken)
    except msgspec.ValidationError as error:
        raise Refusal("bad_request", f'The body is to be {{"name": "…"}}: {error}.') from error
