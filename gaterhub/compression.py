"""Static files as WhiteNoise serves them, compressed on the way where the browser takes that.

Nothing but static files: they hold no secret, so a length tells an eavesdropper nothing (BREACH). The pages, which
hold a CSRF token, and the answers of the API stay as they are.
"""

import gzip
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from whitenoise.middleware import WhiteNoiseMiddleware

SMALLEST_BYTES: Final = 1_000
"""What fits into one packet anyway is sent as it is."""
TYPES: Final = ("text/", "application/javascript", "application/json", "image/svg+xml")
LEVEL: Final = 9
"""Once for each file and process, so that time is no matter."""


class CompressedStaticFiles(WhiteNoiseMiddleware):  # type: ignore[misc]  # WhiteNoise ships no types.
    """Compresses a file when it is first asked for, and remembers it: no collectstatic, no files beside the files."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._compressed: dict[tuple[str, str], bytes] = {}
        """By address and ETag, so that a file that changes under a running process is compressed anew."""

    def serve(self, static_file: Any, request: HttpRequest) -> Any:
        response = super().serve(static_file, request)
        # "Not modified" says nothing of the type, and must say of Vary what the file's own answer does.
        if response.status_code != 304 and not response.get("Content-Type", "").startswith(TYPES):
            return response
        patch_vary_headers(response, ("Accept-Encoding",))
        if (
            response.status_code != 200
            or request.method != "GET"
            or "gzip" not in request.headers.get("Accept-Encoding", "").lower()
            or response.has_header("Content-Encoding")
            or int(response.get("Content-Length", "0")) < SMALLEST_BYTES
        ):
            return response
        key = (request.path_info, response.get("ETag", ""))
        body = self._compressed.get(key)
        if body is None:
            # The same file always gives the same bytes, without the time of its compression.
            body = self._compressed[key] = gzip.compress(response.getvalue(), LEVEL, mtime=0)
        compressed = HttpResponse(body, headers=dict(response.items()))
        compressed["Content-Encoding"] = "gzip"
        compressed["Content-Length"] = str(len(body))
        # Nobody reads the file now. Closing the whole response would say that the request is finished.
        response.file_to_stream.close()
        return compressed
