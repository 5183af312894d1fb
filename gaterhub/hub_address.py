"""Where commands find the hub: GATERHUB_URL and GATERHUB_TOKEN."""

from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.core.management.base import CommandError


@dataclass(frozen=True, slots=True)
class HubAddress:
    url: str
    """Without a slash at its end."""
    token: str

    @property
    def websocket(self) -> str:
        scheme, *rest = urlsplit(f"{self.url}/ws/v1/")
        return urlunsplit(("wss" if scheme == "https" else "ws", *rest))


def hub_address() -> HubAddress:
    """Return what the settings say. Raises: CommandError, which says what to set."""
    url, token = settings.GATERHUB_URL.rstrip("/"), settings.GATERHUB_TOKEN
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
        raise CommandError(f"GATERHUB_URL is {url!r}; it must be such as http://127.0.0.1:8000.")
    if not token:
        raise CommandError("GATERHUB_TOKEN is not set; `manage.py create_token NAME` makes a token.")
    return HubAddress(url, token)
