"""`POST tokens/{prefix}/signing-secret/`: a signing secret for a token, in the place of the one it had."""

from typing import Annotated

from django.contrib.admin.models import CHANGE, LogEntry
from django.db import transaction
from django.views.decorators.debug import sensitive_variables
from drf_spectacular.utils import OpenApiParameter, extend_schema
from msgspec import Meta, Struct
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from gaterhub.api.authentication import caller
from gaterhub.api.openapi import answer_of, problems
from instances.access import permissions
from instances.access.models import Token
from instances.access.principal import Principal
from instances.access.signing_secret import give_signing_secret
from instances.error_codes import Refusal

PERMISSION = "access.change_token"


class MadeSigningSecret(Struct, frozen=True):
    """A signing secret, told this once."""

    signing_secret: Annotated[str, Meta(description="The secret itself. Nobody can show it again.")]
    prefix: Annotated[str, Meta(description="Of the token that it belongs to.")]


class SigningSecretView(APIView):
    @extend_schema(
        operation_id="make_signing_secret",
        summary="Make a token's signing secret",
        parameters=[OpenApiParameter("prefix", str, OpenApiParameter.PATH, description="Of the token.")],
        request=None,
        responses={
            201: answer_of(MadeSigningSecret, "The secret, shown this once."),
            **problems(401, 403, 404, 409, 503),
        },
    )
    @sensitive_variables("secret")
    def post(self, request: Request, prefix: str) -> Response:
        """For one's own token when logged in, and for any with the permission to change tokens. The secret that the
        token had stops working within five seconds."""
        by = caller(request)
        with transaction.atomic():
            token = _token_of(by, prefix)
            secret = give_signing_secret(token)
            if by.kind == "user":
                LogEntry.objects.log_actions(by.id, [token], CHANGE, "Signing secret made.", single_object=True)
        answer = Response(MadeSigningSecret(signing_secret=secret, prefix=token.prefix), status=201)
        answer["Cache-Control"] = "no-store"
        return answer


def _token_of(by: Principal, prefix: str) -> Token:
    """Return the token that the caller may give a secret to.

    A token that may not change tokens can't give itself one: whoever stole it could sign as well. Raises: Refusal.
    """
    token = Token.objects.select_for_update().filter(prefix=prefix).first()
    own = token is not None and by.kind == "user" and token.user_id == by.id
    if not own:
        permissions.require(by, PERMISSION)
    if token is None:
        raise Refusal("not_found", f"There is no token with the prefix {prefix[:80]!r}.")
    return token
