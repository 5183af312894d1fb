"""`POST witness/add-checkpoint`: this hub as a witness of other hubs' logs (C2SP tlog-witness)."""

from typing import Final

from django.http import HttpResponse
from django.http.request import UnreadablePostError
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.views import APIView

from gaterhub.api.body import BodyTooLarge
from gaterhub.api.openapi import problems
from gaterhub.api.problem import answer, problem
from instances.error_codes import Refusal
from instances.journal.cosigning import SIZE_TYPE
from instances.journal.witness import REQUEST_MAX_BYTES, AnotherSize, Declined, add_checkpoint

_CODES: Final = {403: "forbidden", 404: "not_found", 409: "conflict"}
"""Of the error table, by the status that the protocol asks for; others are bad requests."""
_TEXT: Final = "text/plain"


class WitnessView(APIView):
    # The log's signature over its checkpoint is what lets it in, and the protocol knows no other.
    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(
        operation_id="add_checkpoint",
        summary="Cosign another hub's checkpoint",
        auth=[],
        request={_TEXT: OpenApiTypes.STR},
        responses={
            (200, _TEXT): OpenApiResponse(OpenApiTypes.STR, "Lines of cosignature, one for each key of this hub."),
            (409, SIZE_TYPE): OpenApiResponse(OpenApiTypes.STR, "The size that was cosigned last."),
            **problems(400, 403, 404, 409, 413, 415, 422, 503),
        },
    )
    def post(self, request: Request) -> HttpResponse:
        """`old` and the size that was cosigned last, a proof of what came after, an empty line, and the checkpoint."""
        try:
            return HttpResponse(add_checkpoint(_body(request)), content_type=f"{_TEXT}; charset=utf-8")
        except AnotherSize as declined:
            return HttpResponse(f"{declined.size}\n", content_type=SIZE_TYPE, status=declined.status)
        except Declined as declined:
            told = problem(_CODES.get(declined.status, "bad_request"), str(declined), status=declined.status)
            return answer(told)


def _body(request: Request) -> bytes:
    """Return the body, bounded before it is parsed. Raises: BodyTooLarge; Refusal."""
    length = request.headers.get("Content-Length", "")
    if length.isdecimal() and int(length) > REQUEST_MAX_BYTES:
        raise BodyTooLarge(REQUEST_MAX_BYTES)
    try:
        body: bytes = request._request.read(REQUEST_MAX_BYTES + 1)
    except UnreadablePostError as error:
        raise Refusal("bad_request", "The body ended early.") from error
    if len(body) > REQUEST_MAX_BYTES:
        raise BodyTooLarge(REQUEST_MAX_BYTES)
    return body
