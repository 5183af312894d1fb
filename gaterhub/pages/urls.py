"""The addresses of the pages."""

from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path

from gaterhub.pages.views import instance, overview

urlpatterns = [
    path("", overview, name="overview"),
    path("instances/<str:name>/", instance, name="instance"),
    path("accounts/login/", LoginView.as_view(redirect_authenticated_user=True), name="login"),
    path("accounts/logout/", LogoutView.as_view(), name="logout"),
]
