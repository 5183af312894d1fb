"""Every address of the site."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from gaterhub.probes import livez, readyz

urlpatterns = [
    path("livez", livez, name="livez"),
    path("readyz", readyz, name="readyz"),
    path("admin/", admin.site.urls),
    path("api/v1/", include("gaterhub.api.urls")),
    # Where they are on, their log-in page stands before the plain one.
    *([path("", include("gaterhub.sso.urls"))] if settings.SSO or settings.MFA else []),
    path("", include("gaterhub.pages.urls")),
]

# Under /api/ they answer with a problem, elsewhere with the site's pages.
handler400 = "gaterhub.api.problem.bad_request"
handler403 = "gaterhub.api.problem.permission_denied"
handler404 = "gaterhub.api.problem.page_not_found"
handler500 = "gaterhub.api.problem.server_error"
