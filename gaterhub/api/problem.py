"""Every error of the API as RFC 9457 `application/problem+json`, with a code of the error table."""

import logging
import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
from django.core.exceptions import BadRequest, PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.views import defaults
from django.views.csrf import csrf_failure
from rest_framework.exceptions import APIException, NotAuthenticated, Throttled
from rest_framework.views import set_rollback

from gaterhub.acts.attempted import WHY
from gaterhub.api.authentication import CHALLENGE, CHALLENGE_INVALID
from instances.error_codes import CODES, Refusal

log = logging.getLogger(__name__)

MEDIA_TYPE: Final = "application/problem+json"
API_PATH: Final = "/api/"
# Soon enough for a publisher that holds events back, late enough that a crowd of them doesn't hammer.
RETRY_AFTER_SECONDS: Final = 1

# What HTTP refuses by itself, in words of ours. A status of 4xx that is not here is a bad request.
_CODE_OF_STATUS: Final = {
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    409: "conflict",
    413: "too_large",
    429: "too_many_requests",
    503: "unavailable",
}


class BatchError(msgspec.Struct, frozen=True):
    """What is wrong with one event of a batch."""

    index: int
    """From 0."""
    code: str
    message: str


class Problem(msgspec.Struct, frozen=True):
    """The members of RFC 9457, section 3.1, and three extensions: `code`, `retry`, `errors`."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    retry: bool
    """Whether sending the same again can help."""
    errors: list[BatchError] | msgspec.UnsetType = msgspec.UNSET
    """Of a batch, in the order of its events."""


def problem(
    code: str, detail: str, *, status: int | None = None, errors: Sequence[Mapping[str, Any]] | None = None
) -> Problem:
    """Return the problem for a code of the table; `status` where HTTP knows a finer one than the table."""
    row = CODES[code]
    return Problem(
        # A name and no address: nothing is to be fetched there (RFC 9457, section 3.1.1).
        type=f"urn:gaterhub:problem:{code}",
        title=row.title,
        status=status or row.status,
        detail=detail,
        code=code,
        retry=row.retry,
        errors=msgspec.UNSET if errors is None else msgspec.convert(errors, list[BatchError]),
    )


def answer(told: Problem) -> HttpResponse:
    """Return the HTTP answer that carries a problem, with the headers that its code asks for."""
    response = HttpResponse(msgspec.json.encode(told), content_type=MEDIA_TYPE, status=told.status)
    if told.code == "unauthorized":
        response["WWW-Authenticate"] = CHALLENGE_INVALID
    if told.code in ("unavailable", "too_many_requests"):
        response["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response


def exception_handler(error: Exception, context: dict[str, Any]) -> HttpResponse:
    """Return the answer to whatever a view raised. What nobody expected is logged and told as `internal`."""
    set_rollback()
    told = problem_of(error, context.get("request"))
    response = answer(told)
    # A caller that showed nothing was only asked to.
    if is_denial(told) and not isinstance(error, NotAuthenticated):
        setattr(response, WHY, told.detail)
    if isinstance(error, NotAuthenticated):
        response["WWW-Authenticate"] = CHALLENGE
    if isinstance(error, Refusal) and error.retry_after_seconds is not None:
        response["Retry-After"] = str(max(math.ceil(error.retry_after_seconds), RETRY_AFTER_SECONDS))
    wait_seconds = getattr(error, "wait", None)
    if isinstance(error, Throttled) and wait_seconds is not None:
        response["Retry-After"] = str(wait_seconds)
    return response


def is_denial(told: Problem) -> bool:
    """Tell whether somebody was refused for who they are, if only one event of a batch."""
    codes = {told.code, *(each.code for each in told.errors or ())}
    return not codes.isdisjoint(("forbidden", "unauthorized"))


def problem_of(error: Exception, request: HttpRequest | None) -> Problem:
    match error:
        case Refusal():
            return problem(error.code, error.message, errors=list(error.errors) or None)
        case NotAuthenticated():
            return problem("unauthorized", "Send a token as `Authorization: Bearer gh_…`, or log in.")
        case APIException():
            fallback = "bad_request" if error.status_code < 500 else "internal"
            code = _CODE_OF_STATUS.get(error.status_code, fallback)
            return problem(code, _sentence(error.detail), status=error.status_code)
        case Http404():
            return problem("not_found", "There is nothing at this address.")
        case PermissionDenied():
            return problem("forbidden", str(error) or "This is not permitted to you.")
        case RequestDataTooBig():
            return problem("too_large", "The request is too large.")
        case OperationalError() | InterfaceError():
            log.warning("The database is out: %s", error)
            return problem("unavailable", "The hub's database can't be reached just now.")
        case BadRequest() | SuspiciousOperation() | MultiPartParserError():
            return problem("bad_request", "The request is malformed.")
        case _:
            where = f"{request.method} {request.path}" if request is not None else "a request"
            log.error("An unexpected error while answering %s.", where, exc_info=error)
            return problem("internal", "Something went wrong inside the hub. The log has the details.")


def _sentence(detail: Any) -> str:
    match detail:
        case dict():
            return " ".join(f"{name}: {_sentence(value)}" for name, value in detail.items())
        case list():
            return " ".join(_sentence(value) for value in detail)
        case _:
            return str(detail)


# The site's handlers for what goes wrong outside of a view. Pages keep Django's own.


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.path.startswith(API_PATH):
        return answer(problem("bad_request", "The request is malformed."))
    return defaults.bad_request(request, exception)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.path.startswith(API_PATH):
        response = answer(problem_of(exception, request))
    else:
        response = defaults.permission_denied(request, exception)
    setattr(response, WHY, str(exception) or "missing_permission")
    return response


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form that came without its token, or from another site's page."""
    response = csrf_failure(request, reason)
    setattr(response, WHY, f"CSRF Failed: {reason}")
    return response


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.path.startswith(API_PATH):
        return answer(problem("not_found", "There is nothing at this address."))
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    if request.path.startswith(API_PATH):
        # Django has logged it by now.
        return answer(problem("internal", "Something went wrong inside the hub. The log has the details."))
    return defaults.server_error(request)
