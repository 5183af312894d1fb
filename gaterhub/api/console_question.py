"""What all below `consoles/{console}/` ask: for which console of the caller's, and for which time."""

from typing import Final

from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response

from gaterhub.api.authentication import caller
from gaterhub.api.question import check_parameters, moment_of
from gaterhub.consoles.found import find_console
from gaterhub.consoles.layout import Console
from instances.access.principal import Principal
from instances.error_codes import Refusal
from instances.event import now_ms

CONSOLE: Final = OpenApiParameter("console", str, OpenApiParameter.PATH, description="Its name, such as `incident`.")
TIME: Final = [
    OpenApiParameter("from", str, description="RFC 3339, or milliseconds since 1970 UTC; default: an hour before."),
    OpenApiParameter("to", str, description="Exclusive; default: now."),
]
SPAN_DEFAULT_MS: Final = 3_600_000
SPAN_MAX_MS: Final = 31 * 86_400_000
"""The gap ledger keeps 30 days."""


def console_of(request: Request, name: str) -> tuple[Principal, Console]:
    """Return the caller and the console, which the caller may see. Raises: Refusal."""
    who = caller(request)
    found = find_console(name, who.rights)
    if found is None:
        raise Refusal("not_found", f"There is no console {name[:80]!r}.")
    return who, found


def time_of(request: Request) -> tuple[int, int]:
    """Return from when to when is asked, in milliseconds since 1970. Raises: Refusal."""
    said = request.query_params
    check_parameters(said, [each.name for each in TIME])
    return time_from(said.get("from"), said.get("to"))


def time_from(begins: str | None, ends: str | None) -> tuple[int, int]:
    """Return a time as it is written in an address, by default the last hour. Raises: Refusal."""
    said = moment_of("to", ends)
    to_ms = now_ms() if said is None else said
    said = moment_of("from", begins)
    from_ms = to_ms - SPAN_DEFAULT_MS if said is None else said
    if not 0 < to_ms - from_ms <= SPAN_MAX_MS:
        raise Refusal("bad_request", "`to` is after `from`, by 31 days at most.")
    return from_ms, to_ms


def private(body: object, status: int = 200) -> Response:
    """Answer with what no cache keeps."""
    answer = Response(body, status=status)
    answer["Cache-Control"] = "no-store"
    return answer
