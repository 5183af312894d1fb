"""The page that follows one instance live."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from consumers.views import OF_INSTANCE
from gaterhub.pages.examples import curl_for
from gaterhub.pages.granted import check_visible, first_pattern, rights_of, visible_instances, watched_by
from gaterhub.pages.wording import OVERFLOW_SENTENCES, SEVERITY_CHOICES
from instances.access.rights import Verb
from instances.catalog import UnknownInstance, find
from instances.config import effective


@require_safe
@login_required
def instance(request: HttpRequest, name: str) -> HttpResponse:
    """Show one instance and follow a pattern of it, `?pattern=` or everything; an alias leads to its own name."""
    try:
        spec = find(name)
    except UnknownInstance as unknown:
        missing = {"instances": visible_instances(request), "message": unknown.message}
        return render(request, "pages/unknown_instance.html", missing, status=unknown.status)
    check_visible(request, spec)
    if name != spec.name:
        query = request.META.get("QUERY_STRING", "")
        own = reverse("instance", args=[spec.name])
        return redirect(f"{own}?{query}" if query else own, permanent=True)
    context: dict[str, object] = {
        **watched_by(request, OF_INSTANCE[spec.name]),
        "instances": visible_instances(request),
        "spec": spec,
        "pattern": request.GET.get("pattern") or first_pattern(request, spec),
        "may_publish": rights_of(request).touches(spec.name, (Verb.PUBLISH,)),
        "curl": curl_for(spec, request.build_absolute_uri("/")),
        "overflow": OVERFLOW_SENTENCES[effective(spec.name).delivery.overflow],
        "severities": SEVERITY_CHOICES,
    }
    return render(request, "pages/instance.html", context)
