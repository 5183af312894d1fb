"""What the head of every page leads to, as a table: each place for those who may go there."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest
from django.urls import reverse

from gaterhub.pages.evidence.journals import readable
from gaterhub.pages.granted import rights_of
from gaterhub.reports.visible import may_report


def _everybody(_: HttpRequest) -> bool:
    return True


def _is_staff(request: HttpRequest) -> bool:
    return request.user.is_staff


@dataclass(frozen=True, slots=True)
class Area:
    title: str
    url_name: str
    opens_to: Callable[[HttpRequest], object] = _everybody
    """Whether it has anything for who asks; it asks again by itself."""


@dataclass(frozen=True, slots=True)
class Link:
    title: str
    address: str
    current: bool
    """Whether the page is this one, or lies below it."""


AREAS: Final = (
    Area("Consoles", "consoles"),
    Area("Evidence", "evidence", lambda request: readable(rights_of(request))),
    Area("Reports", "reports", lambda request: may_report(rights_of(request))),
    Area("Explorer", "explorer"),
    Area("Losses", "losses"),
    Area("Capacity", "capacity"),
    Area("API", "api:docs"),
    Area("Admin", "admin:index", _is_staff),
)


def head(request: HttpRequest) -> dict[str, Callable[[], list[Link]]]:
    """Give templates `areas`, empty for a visitor; the database is asked only where a template asks."""
    return {"areas": lambda: _links(request)}


def _links(request: HttpRequest) -> list[Link]:
    user = getattr(request, "user", None)  # A request that was refused early has none.
    if user is None or not user.is_authenticated:
        return []
    return [_link(area, request.path) for area in AREAS if area.opens_to(request)]


def _link(area: Area, path: str) -> Link:
    address = reverse(area.url_name)
    return Link(area.title, address, path.startswith(address))
