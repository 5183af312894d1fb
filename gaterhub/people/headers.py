"""What every answer tells browsers to keep to, beside what Django and django-csp say."""

from collections.abc import Callable
from typing import Final

from django.http import HttpRequest, HttpResponse

UNUSED: Final = (
    "accelerometer", "autoplay", "camera", "display-capture", "encrypted-media", "geolocation", "gyroscope", "hid",
    "magnetometer", "microphone", "midi", "payment", "publickey-credentials-get", "screen-wake-lock", "serial", "usb",
    "xr-spatial-tracking",
)  # fmt: skip
"""Abilities that no page of the hub uses, so that a script that slipped in can't either.

Browsers complain in the console of names that they don't know, so these are the ones that they do.
"""
PERMISSIONS_POLICY: Final = ", ".join(f"{name}=()" for name in UNUSED)


class PermissionsPolicy:
    """Stands first, so that static files, which WhiteNoise answers, carry it too."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._get_response(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        return response
