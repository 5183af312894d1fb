"""Every address of the site."""

from django.contrib import admin
from django.urls import include, path

from gaterhub.probes import livez, readyz

urlpatterns = [
    path("livez", livez, name="livez"),
    path("readyz", readyz, name="readyz"),
    path("admin/", admin.site.urls),
    path("api/v1/", include("gaterhub.api.urls")),
    path("", include("gaterhub.pages.urls")),
]
