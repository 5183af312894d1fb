"""The addresses under /api/v1/."""

from django.urls import path

from gaterhub.api.capacity import CapacityView
from gaterhub.api.consoles import PinsView, PinView, SavedViewsView, SavedViewView
from gaterhub.api.documents import DocsView, SchemaView
from gaterhub.api.events import EventsView, EventView
from gaterhub.api.figures import FiguresView
from gaterhub.api.grants import GrantsView
from gaterhub.api.holes import HolesView
from gaterhub.api.instances import InstancesView, InstanceView
from gaterhub.api.journals import CheckpointsView, ConsistencyView, EntryView, JournalView, ProofView
from gaterhub.api.losses import LossesView
from gaterhub.api.not_found import NotFoundView
from gaterhub.api.notes import NotesView
from gaterhub.api.objectives import ObjectivesView
from gaterhub.api.open_alerts import OpenAlertsView
from gaterhub.api.presence import PresenceView
from gaterhub.api.reports import ReportsView, ReportView
from gaterhub.api.seen import SeenView
from gaterhub.api.signing_secrets import SigningSecretView
from gaterhub.api.subscribers import SubscribersView, SubscriberView
from gaterhub.api.tokens import RotationView, TokensView, TokenView
from gaterhub.api.topics import PatternView, TopicsView
from gaterhub.api.traces import TracesView, TraceView
from gaterhub.api.types import ReadUpView, TypesView, TypeVersionView, TypeView
from gaterhub.api.witness import WitnessView

app_name = "api"
urlpatterns = [
    path("instances/", InstancesView.as_view(), name="instances"),
    path("instances/<str:instance>/", InstanceView.as_view(), name="instance"),
    path("instances/<str:instance>/events/", EventsView.as_view(), name="events"),
    path("instances/<str:instance>/events/<str:id>/", EventView.as_view(), name="event"),
    path("instances/<str:instance>/topics/", TopicsView.as_view(), name="topics"),
    path("instances/<str:instance>/pattern/", PatternView.as_view(), name="pattern"),
    path("instances/<str:instance>/events/<str:id>/seen/", SeenView.as_view(), name="seen"),
    path("instances/<str:instance>/types/", TypesView.as_view(), name="types"),
    path("instances/<str:instance>/types/<str:event_type>/", TypeView.as_view(), name="type"),
    path("instances/<str:instance>/types/<str:event_type>/read-up/", ReadUpView.as_view(), name="type-read-up"),
    path(
        "instances/<str:instance>/types/<str:event_type>/versions/<int:version>/",
        TypeVersionView.as_view(),
        name="type-version",
    ),
    path("figures/", FiguresView.as_view(), name="figures"),
    path("capacity/", CapacityView.as_view(), name="capacity"),
    path("objectives/", ObjectivesView.as_view(), name="objectives"),
    path("journals/<str:instance>/", JournalView.as_view(), name="journal"),
    path("journals/<str:instance>/checkpoints/", CheckpointsView.as_view(), name="checkpoints"),
    path("journals/<str:instance>/entries/<str:index>/", EntryView.as_view(), name="entry"),
    path("journals/<str:instance>/proof/", ProofView.as_view(), name="proof"),
    path("journals/<str:instance>/consistency/", ConsistencyView.as_view(), name="consistency"),
    # Without a slash at its end: the protocol adds the word to the witness's address.
    path("witness/add-checkpoint", WitnessView.as_view(), name="witness"),
    path("subscribers/", SubscribersView.as_view(), name="subscribers"),
    path("subscribers/<str:id>/", SubscriberView.as_view(), name="subscriber"),
    path("traces/", TracesView.as_view(), name="traces"),
    path("traces/<str:id>/", TraceView.as_view(), name="trace"),
    path("presence/", PresenceView.as_view(), name="presence"),
    path("consoles/<str:console>/pins/", PinsView.as_view(), name="pins"),
    path("consoles/<str:console>/pins/<str:instance>/<str:id>/", PinView.as_view(), name="pin"),
    path("consoles/<str:console>/views/", SavedViewsView.as_view(), name="saved-views"),
    path("consoles/<str:console>/views/<int:id>/", SavedViewView.as_view(), name="saved-view"),
    path("consoles/<str:console>/alerts/", OpenAlertsView.as_view(), name="open-alerts"),
    path("consoles/<str:console>/holes/", HolesView.as_view(), name="holes"),
    path("consoles/<str:console>/notes/", NotesView.as_view(), name="notes"),
    path("reports/", ReportsView.as_view(), name="reports"),
    path("reports/<str:id>/", ReportView.as_view(), name="report"),
    path("losses/", LossesView.as_view(), name="losses"),
    path("tokens/", TokensView.as_view(), name="tokens"),
    path("tokens/<str:prefix>/", TokenView.as_view(), name="token"),
    path("tokens/<str:prefix>/rotate/", RotationView.as_view(), name="token-rotation"),
    path("grants/", GrantsView.as_view(), name="grants"),
    path("tokens/<str:prefix>/signing-secret/", SigningSecretView.as_view(), name="signing-secret"),
    path("schema/", SchemaView.as_view(), name="schema"),
    path("docs/", DocsView.as_view(), name="docs"),
    path("", NotFoundView.as_view(), {"path": ""}, name="not-found"),
    path("<path:path>", NotFoundView.as_view(), name="not-found"),
]
