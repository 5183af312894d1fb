"""Sessions that end some time after their last request, and not after their first."""

import time
from collections.abc import Callable
from typing import Final

from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest, HttpResponse

RENEW_SECONDS: Final = 600
"""A session's row is written so often at most, and not with every request of a page that asks each second."""
RENEWED_AT: Final = "gaterhub_renewed_at"


class SlidingSession:
    """Stands within the session middleware, which writes what was changed here. A token's request has no session."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._get_response(request)
        session = request.session
        # A session that nobody looked at isn't read from the database for this.
        if session.accessed and SESSION_KEY in session:
            now = int(time.time())
            if now - session.get(RENEWED_AT, 0) >= RENEW_SECONDS:
                session[RENEWED_AT] = now
        return response
