"""The addresses under /api/v1/."""

from django.urls import path

from gaterhub.api.documents import DocsView, SchemaView
from gaterhub.api.events import EventsView
from gaterhub.api.instances import InstancesView, InstanceView
from gaterhub.api.not_found import NotFoundView

app_name = "api"
urlpatterns = [
    path("instances/", InstancesView.as_view(), name="instances"),
    path("instances/<str:instance>/", InstanceView.as_view(), name="instance"),
    path("instances/<str:instance>/events/", EventsView.as_view(), name="events"),
    path("schema/", SchemaView.as_view(), name="schema"),
    path("docs/", DocsView.as_view(), name="docs"),
    path("", NotFoundView.as_view(), {"path": ""}, name="not-found"),
    path("<path:path>", NotFoundView.as_view(), name="not-found"),
]
