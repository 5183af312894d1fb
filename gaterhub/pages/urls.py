"""The addresses of the pages."""

from django.contrib.auth.views import LoginView, LogoutView, PasswordChangeDoneView
from django.urls import path

from gaterhub.pages.capacity import capacity, capacity_csv
from gaterhub.pages.consoles import console, consoles
from gaterhub.pages.evidence import bundles, entry, verifications
from gaterhub.pages.evidence.checkpoints import checkpoints
from gaterhub.pages.evidence.glance import glance
from gaterhub.pages.evidence.search import search
from gaterhub.pages.explorer import explorer, trace
from gaterhub.pages.losses import losses
from gaterhub.pages.overview import overview
from gaterhub.pages.reports import report, report_csv, report_json, reports
from gaterhub.pages.timeline import console_timeline
from gaterhub.pages.types import types
from gaterhub.pages.views import instance
from gaterhub.people.password import PasswordPage

urlpatterns = [
    path("", overview, name="overview"),
    path("instances/<str:name>/", instance, name="instance"),
    path("instances/<str:name>/types/", types, name="types"),
    path("consoles/", consoles, name="consoles"),
    path("consoles/<str:name>/", console, name="console"),
    path("consoles/<str:name>/timeline.<str:form>", console_timeline, name="console-timeline"),
    path("explorer/", explorer, name="explorer"),
    path("explorer/trace/<str:id>/", trace, name="trace"),
    path("evidence/", glance, name="evidence"),
    path("evidence/verifications/", verifications.verifications, name="evidence-verifications"),
    path("evidence/verifications/<str:run>/", verifications.verification, name="evidence-verification"),
    path("evidence/verifications/<str:run>/progress/", verifications.progress, name="evidence-verification-progress"),
    path("evidence/<str:journal>/", search, name="evidence-journal"),
    path("evidence/<str:journal>/entries/<str:key>/", entry.entry, name="evidence-entry"),
    path("evidence/<str:journal>/entries/<str:key>/proof/", entry.proof, name="evidence-proof"),
    path("evidence/<str:journal>/checkpoints/", checkpoints, name="evidence-checkpoints"),
    path("evidence/<str:journal>/bundles/", bundles.bundles, name="evidence-bundles"),
    path("evidence/<str:journal>/bundles/<str:run>/", bundles.bundle, name="evidence-bundle"),
    path("evidence/<str:journal>/bundles/<str:run>/progress/", bundles.progress, name="evidence-bundle-progress"),
    path("evidence/<str:journal>/bundles/<str:run>/bundle.zip", bundles.download, name="evidence-bundle-zip"),
    path("losses/", losses, name="losses"),
    path("capacity/", capacity, name="capacity"),
    path("capacity.csv", capacity_csv, name="capacity-csv"),
    path("reports/", reports, name="reports"),
    path("reports/<uuid:id>/", report, name="report"),
    path("reports/<uuid:id>.csv", report_csv, name="report-csv"),
    path("reports/<uuid:id>.json", report_json, name="report-json"),
    path("accounts/login/", LoginView.as_view(redirect_authenticated_user=True), name="login"),
    path("accounts/logout/", LogoutView.as_view(), name="logout"),
    path("accounts/password/", PasswordPage.as_view(), name="password"),
    path(
        "accounts/password/changed/",
        PasswordChangeDoneView.as_view(template_name="people/password_changed.html"),
        name="password-changed",
    ),
]
