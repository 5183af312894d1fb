"""The addresses of the pages."""

from django.contrib.auth.views import LoginView, LogoutView, PasswordChangeDoneView
from django.urls import path

from gaterhub.pages.capacity import capacity, capacity_csv
from gaterhub.pages.consoles import console, consoles
from gaterhub.pages.explorer import explorer, trace
from gaterhub.pages.losses import losses
from gaterhub.pages.overview import overview
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
    path("losses/", losses, name="losses"),
    path("capacity/", capacity, name="capacity"),
    path("capacity.csv", capacity_csv, name="capacity-csv"),
    path("accounts/login/", LoginView.as_view(redirect_authenticated_user=True), name="login"),
    path("accounts/logout/", LogoutView.as_view(), name="logout"),
    path("accounts/password/", PasswordPage.as_view(), name="password"),
    path(
        "accounts/password/changed/",
        PasswordChangeDoneView.as_view(template_name="people/password_changed.html"),
        name="password-changed",
    ),
]
