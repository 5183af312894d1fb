"""What the head of every page leads to, for those who may go there."""

from collections.abc import Callable

from django.http import HttpRequest

from gaterhub.pages.granted import rights_of
from gaterhub.reports.visible import may_report


def head(request: HttpRequest) -> dict[str, Callable[[], bool]]:
    """Give templates `may_report`; the database is asked only where a template asks."""
    return {"may_report": lambda: _may_report(request)}


def _may_report(request: HttpRequest) -> bool:
    user = getattr(request, "user", None)  # A request that was refused early has none.
    return user is not None and user.is_authenticated and may_report(rights_of(request))
