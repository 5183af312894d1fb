"""Who may come in through the directory, and as what: accounts and roles from the claims of its token."""

import logging
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, User
from django.contrib.auth.signals import user_login_failed
from django.db import transaction
from django.http import HttpRequest
from django.shortcuts import render

from gaterhub.acts.actor import client_address
from gaterhub.acts.telling import tell_on_commit
from gaterhub.origin import plain
from gaterhub.sso.conf import the_directory
from instances.schemas import security

logger = logging.getLogger(__name__)


class Accounts(DefaultAccountAdapter):
    """allauth's accounts, without sign-up, and with the hub's one view of where a request comes from."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        # Its counts want some text; behind a Unix socket whose proxy isn't trusted there is no address.
        return client_address(request) or "unknown"

    def is_reauthentication_required(self, *, app: str, **more: Any) -> bool:
        """Tell whether to prove oneself again; who has only the directory's word has nothing to prove it by here."""
        return bool(self.get_reauthentication_methods(context.request.user))

    def add_message(self, *args: Any, **more: Any) -> None:
        """Say nothing: the pages tell by themselves, and a message would wait in a cookie until the admin shows it."""


class Joining(DefaultSocialAccountAdapter):
    """Accounts are made by the directory alone, and have the roles that its groups are mapped to."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        return True

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Turn away whose e-mail address is of no allowed domain, and bring an account's roles up to date."""
        claims = sociallogin.claims
        if not is_of_allowed_domain(claims):
            name = plain(str(claims.get("preferred_username") or claims["sub"]), at_most=150)
            user_login_failed.send(sender=__name__, credentials={"username": name}, request=request)
            raise ImmediateHttpResponse(render(request, "socialaccount/not_allowed.html", status=403))
        if sociallogin.is_existing:
            bring_roles(sociallogin.user, claims)

    def save_user(self, request: HttpRequest, sociallogin: Any, form: Any = None) -> Any:
        with transaction.atomic():
            user = super().save_user(request, sociallogin, form)
            bring_roles(user, sociallogin.claims)
        return user

    def on_authentication_error(
        self, request: HttpRequest, provider: Any, error: Any = None, exception: Any = None, extra_context: Any = None
    ) -> None:
        logger.warning("A log-in through the directory failed: %s", exception or error)


def is_of_allowed_domain(claims: dict[str, Any]) -> bool:
    """Tell whether the person may come in; where domains are named, only the owner of a verified address of one."""
    if not the_directory().domains:
        return True
    _, _, domain = str(claims.get("email", "")).rpartition("@")
    return claims.get("email_verified") is True and domain.lower() in the_directory().domains


def bring_roles(user: User, claims: dict[str, Any]) -> None:
    """Give the account the roles of its groups, and take the mapped roles whose group it isn't in.

    Roles that are mapped to no group stay as an operator has set them. Into the admin comes who has a mapped role with
    permissions there; a superuser stays one.
    """
    if not the_directory().roles:
        return
    told = claims.get(the_directory().groups_claim) or []
    groups = {str(group) for group in (told if isinstance(told, list) else [told])}
    mapped = {role for _, role in the_directory().roles}
    earned = {role for group, role in the_directory().roles if group in groups}
    known = {group.name: group for group in Group.objects.filter(name__in=mapped)}
    for missing in sorted(mapped - known.keys()):
        logger.error("GATERHUB_SSO_ROLES names the role %r, which doesn't exist.", missing)
    with transaction.atomic():
        has = set(user.groups.filter(name__in=mapped).values_list("name", flat=True))
        granted, revoked = sorted((earned & known.keys()) - has), sorted(has - earned)
        user.groups.add(*(known[name] for name in granted))
        user.groups.remove(*(known[name] for name in revoked))
        is_staff = user.is_superuser or Group.objects.filter(user=user, permissions__isnull=False).exists()
        if user.is_staff != is_staff:
            user.is_staff = is_staff
            get_user_model().objects.filter(pk=user.pk).update(is_staff=is_staff)
        if granted or revoked:
            event = security.permissions_changed(
                user_id=plain(user.get_username()), actor="single_sign_on", granted=granted, revoked=revoked
            )
            tell_on_commit(event)
