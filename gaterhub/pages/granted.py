"""What the reader of a page may do: which instances it shows, and whether it is shown at all."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from consumers.views import View
from instances.access.granting import principal_of_user, rights_of_user
from instances.access.principal import Principal
from instances.access.rights import Rights, Verb
from instances.catalog import INSTANCES
from instances.spec import InstanceSpec


def rights_of(request: HttpRequest) -> Rights:
    """Return what the person may do who is logged in; the database is asked once for each request."""
    rights: Rights | None = getattr(request, "gaterhub_rights", None)
    if rights is None:
        rights = rights_of_user(request.user)  # type: ignore[arg-type]  # Pages let in nobody who isn't logged in.
        request.gaterhub_rights = rights  # type: ignore[attr-defined]  # It is kept with the request.
    return rights


def reader_of(request: HttpRequest) -> Principal:
    """Return who reads the page, as reads of evidence name them."""
    return principal_of_user(request.user)  # type: ignore[arg-type]  # Pages let in nobody who isn't logged in.


def visible_instances(request: HttpRequest) -> tuple[InstanceSpec, ...]:
    """Return the instances that the reader may do anything with."""
    rights = rights_of(request)
    return tuple(spec for spec in INSTANCES if rights.touches(spec.name))


def check_visible(request: HttpRequest, spec: InstanceSpec) -> None:
    """Make sure that the reader may do anything with the instance. Raises: PermissionDenied."""
    if not rights_of(request).touches(spec.name):
        raise PermissionDenied(
            f"Nothing of {spec.name} is granted to your account. Ask an administrator of this hub for a role."
        )


def first_pattern(request: HttpRequest, spec: InstanceSpec) -> str:
    """Return a pattern that the reader may follow: everything, if granted, else the first that is."""
    patterns = rights_of(request).patterns(Verb.SUBSCRIBE, spec.name)
    return "*" if "*" in patterns or not patterns else patterns[0]


def watched_by(request: HttpRequest, view: View) -> dict[str, object]:
    """Return what a page's template is to know of the view that it is, and whether its reader sees who watches it."""
    return {"watched": view, "tells_presence": view.tells(rights_of(request))}
