"""Whatever address under the API has nothing behind it."""

from typing import Any

from django.urls import Resolver404, resolve
from rest_framework.request import Request
from rest_framework.views import APIView

from instances.error_codes import Refusal


class NotFoundView(APIView):
    """Answers every method with a problem, where the site would answer with a page."""

    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        # Who is nobody hears 401, here as everywhere, and learns nothing of what is where.
        super().initial(request, *args, **kwargs)
        detail = "There is nothing at this address."
        with_slash = f"{request.path}/"
        if not request.path.endswith("/") and _is_there(with_slash):
            detail = f"There is nothing at this address; did you mean {with_slash} ?"
        raise Refusal("not_found", detail)


def _is_there(path: str) -> bool:
    try:
        return resolve(path).url_name != "not-found"
    except Resolver404:
        return False
