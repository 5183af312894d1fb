"""What the head of every page leads to, for those who may go there."""

from collections.abc import Callable

from django.http import HttpRequest

from gaterhub.pages.evidence.journals import readable
from gaterhub.pages.granted import rights_of
from gaterhub.reports.visible import may_report
from instances.access.rights import Rights


def head(request: HttpRequest) -> dict[str, Callable[[], bool]]:
    """Give templates `may_report` and `reads_evidence`; the database is asked only where a template asks."""

    def told(by: Callable[[Rights], object]) -> Callable[[], bool]:
        return lambda: _is_somebody(request) and bool(by(rights_of(request)))

    return {"may_report": told(may_report), "reads_evidence": told(readable)}


def _is_somebody(request: HttpRequest) -> bool:
    user = getattr(request, "user", None)  # A request that was refused early has none.
    return user is not None and user.is_authenticated
