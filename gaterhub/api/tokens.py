"""`tokens/`: one's tokens listed, made, revoked and rotated."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from gaterhub.api.authentication import caller
from gaterhub.api.body import read_struct
from gaterhub.api.openapi import answer_of, problems, shape
from gaterhub.api.question import check_parameters, limit_of, moment_of
from gaterhub.api.token_rows import MadeToken, NewToken, Overlap, TokenList, TokenRow, token_row, with_rows
from instances.access.delegation import Giver
from instances.access.issuing import TokenWish, granted, issue, roles_named
from instances.access.models import Issued, Token
from instances.access.permissions import has
from instances.access.principal import Principal
from instances.access.rotation import rotate
from instances.error_codes import Refusal

PERMISSION: Final = "access.add_token"
BODY_MAX_BYTES: Final = 64 * 1024
# The end of year 9999, beyond which no date can be written.
_MOMENT_MAX_MS: Final = 253_402_300_799_000

_PREFIX: Final = OpenApiParameter("prefix", str, OpenApiParameter.PATH, description="The eight characters after gh_.")
_PAGING: Final = [
    OpenApiParameter("after", str, description="What `next` of the page before says."),
    OpenApiParameter("limit", int, description="1 to 1000; 100 by default."),
]


def may_make_tokens(user: object) -> bool:
    """Tell whether the person may make a token: who may in the admin. A token can't make another."""
    return isinstance(user, User) and user.is_active and user.has_perm(PERMISSION)


def visible_to(who: Principal, *permissions: str) -> QuerySet[Token]:
    """Return the tokens that the caller may know of: its own, or all where it has one of the permissions.

    A token is its own; one that is not limited acts for its account, whose tokens are its own too.
    """
    if any(has(who, permission) for permission in permissions):
        return Token.objects.all()
    if who.kind == "user":
        return Token.objects.filter(user_id=who.id)
    return Token.objects.filter(Q(pk=who.id) | Q(user__tokens__in=Token.objects.filter(pk=who.id, limited=False)))


def found(who: Principal, prefix: str, *permissions: str) -> Token:
    """Return a token that the caller may know of. Raises: Refusal, the same for one that doesn't exist."""
    token = with_rows(visible_to(who, "access.view_token", *permissions)).filter(prefix=prefix[:64]).first()
    if token is None:
        raise Refusal("not_found", "There is no such token.")
    return token


def is_own(who: Principal, token: Token) -> bool:
    return visible_to(who).filter(pk=token.pk).exists()


class TokensView(APIView):
    @extend_schema(
        operation_id="list_tokens",
        summary="Tokens",
        parameters=_PAGING,
        responses={200: answer_of(TokenList, "A page of tokens."), **problems(400, 401)},
    )
    def get(self, request: Request) -> Response:
        """One's own tokens, or all with the permission access.view_token; never a secret."""
        said = request.query_params
        check_parameters(said, ("after", "limit"))
        limit = limit_of(said)
        tokens = with_rows(visible_to(caller(request), "access.view_token")).order_by("-pk").distinct()
        rows = list(_after(tokens, said)[: limit + 1])
        following = str(rows[limit - 1].pk) if len(rows) > limit else None
        return _private(TokenList([token_row(token) for token in rows[:limit]], following))

    @extend_schema(
        operation_id="make_token",
        summary="Make a token",
        request={"application/json": shape(NewToken)},
        responses={201: answer_of(MadeToken, "The token, shown this once."), **problems(400, 401, 403, 404, 413, 415)},
    )
    @sensitive_variables("issued")
    def post(self, request: Request) -> Response:
        """Makes a token that acts for the person who is logged in, and ends with the account."""
        user = _maker(request)
        wish = _wish(read_struct(request._request, NewToken, max_bytes=BODY_MAX_BYTES), user)
        with transaction.atomic():
            issued = issue(wish, giver=Giver(user))
            # The admin's log has whatever is made in the admin, and this is the same act.
            LogEntry.objects.log_actions(user.pk, [issued.token], ADDITION, "Made over the API.", single_object=True)
        return _made(issued)


class TokenView(APIView):
    @extend_schema(
        operation_id="get_token",
        summary="One token",
        parameters=[_PREFIX],
        responses={200: answer_of(TokenRow, "The token, without its secret."), **problems(401, 404)},
    )
    def get(self, request: Request, prefix: str) -> Response:
        return _private(token_row(found(caller(request), prefix)))

    @extend_schema(
        operation_id="revoke_token",
        summary="Revoke a token",
        parameters=[_PREFIX],
        request=None,
        responses={204: None, **problems(401, 403, 404)},
    )
    def delete(self, request: Request, prefix: str) -> Response:
        """Revokes one's own token, or any with the permission access.revoke_token. Twice is as good as once."""
        who = caller(request)
        token = found(who, prefix, "access.revoke_token")
        if not (is_own(who, token) or has(who, "access.revoke_token")):
            raise Refusal("forbidden", "This token is not yours; revoking it needs the permission access.revoke_token.")
        with transaction.atomic():
            if Token.objects.filter(pk=token.pk).revoke(at=timezone.now()):
                _note(request, token, "Revoked over the API.")
        answer = Response(status=204)
        answer["Cache-Control"] = "no-store"
        return answer


class RotationView(APIView):
    @extend_schema(
        operation_id="rotate_token",
        summary="Rotate a token",
        parameters=[_PREFIX],
        request={"application/json": shape(Overlap)},
        responses={
            201: answer_of(MadeToken, "The successor, shown this once."),
            **problems(400, 401, 403, 404, 409, 413, 415),
        },
    )
    @sensitive_variables("issued")
    def post(self, request: Request, prefix: str) -> Response:
        """Makes a successor of one's own token, or of any with the permission access.rotate_token."""
        who = caller(request)
        token = found(who, prefix, "access.rotate_token")
        user = request.user
        if not isinstance(user, User):
            raise Refusal("forbidden", "A token makes no further token, not even its successor; log in for that.")
        if not (is_own(who, token) or has(who, "access.rotate_token")):
            raise Refusal("forbidden", "This token is not yours; rotating it needs the permission access.rotate_token.")
        wish = read_struct(request._request, Overlap, max_bytes=BODY_MAX_BYTES)
        # What no timedelta holds is out of bounds all the same.
        overlap = timedelta(seconds=max(-1, min(wish.overlap_seconds, 10**9)))
        Giver(user).check_rotation(token)
        with transaction.atomic():
            issued = rotate(token, at=timezone.now(), overlap=overlap)
            _note(request, token, f"Rotated over the API to {issued.token}.")
        return _made(issued)


def _maker(request: Request) -> User:
    user = request.user
    if not isinstance(user, User) or not may_make_tokens(user):
        raise Refusal("forbidden", "Your account may not make tokens. Ask an administrator of this hub for one.")
    return user


def _wish(said: NewToken, user: User) -> TokenWish:
    return TokenWish(
        name=said.name.strip(),
        user=user,
        limited=said.roles is not None or said.grants is not None,
        roles=roles_named(said.roles or ()),
        grants=[granted(row.verb, row.instance, row.pattern, personal=row.personal) for row in said.grants or ()],
        expires_at=_end(said.expires_at),
        networks=said.networks,
        events_per_second=said.events_per_second,
        bytes_per_second=said.bytes_per_second,
        connections=said.connections,
    )


def _end(said: str | int | None) -> datetime | None:
    moment_ms = moment_of("expires_at", None if said is None else str(said))
    if moment_ms is None:
        return None
    if not 0 <= moment_ms <= _MOMENT_MAX_MS:
        raise Refusal("bad_request", "`expires_at` is beyond what a date can say.")
    return datetime.fromtimestamp(moment_ms / 1000, UTC)


def _after(tokens: QuerySet[Token], said: Mapping[str, str]) -> QuerySet[Token]:
    after = said.get("after")
    if after is None:
        return tokens
    if not (after.isascii() and after.isdecimal() and len(after) <= 18):
        raise Refusal("bad_request", "`after` is what `next` of the page before says.")
    return tokens.filter(pk__lt=int(after))


def _note(request: Request, token: Token, message: str) -> None:
    """Put the act into the admin's log, which is of accounts only."""
    if isinstance(request.user, User):
        LogEntry.objects.log_actions(request.user.pk, [token], CHANGE, message, single_object=True)


@sensitive_variables("issued")
def _made(issued: Issued) -> Response:
    return _private(MadeToken(token=issued.secret, name=issued.token.name, prefix=issued.token.prefix), status=201)


def _private(body: object, *, status: int = 200) -> Response:
    answer = Response(body, status=status)
    answer["Cache-Control"] = "no-store"
    return answer
