"""Accounts and tokens for tests that empty the database, and with it the roles that migrations have made."""

from django.contrib.auth.models import Group, Permission, User
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client

from instances.access.models import Grant, Token
from instances.access.roles import BY_NAME
from instances.catalog import NAMES
from instances.models import InstanceConfig
from tests.integration.access.site import Caller


def make_role(name: str, *, pattern: str | None = None, granted: bool = True) -> Group:
    """Make a group with a role's permissions and grants; its grants for another pattern, or none of them."""
    role = BY_NAME[name]
    group = Group.objects.create(name=f"{name}, tried")
    for permission in role.permissions:
        app, _, codename = permission.partition(".")
        group.permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))
    if granted:
        grants = {
            (verb, instance, pattern or rule.pattern): rule.personal
            for rule in role.rules
            for verb in rule.verbs
            for instance in rule.instances
        }
        Grant.objects.bulk_create(
            Grant(group=group, verb=verb, instance=instance, pattern=text, personal=personal)
            for (verb, instance, text), personal in grants.items()
        )
    return group


def logged_in(user: User) -> Caller:
    """Return somebody at a browser who has logged in to this account."""
    client = Client()
    client.force_login(user)
    key = client.session.session_key
    assert key is not None
    assert SessionStore().exists(key)
    return Caller(session=key)


def staff(name: str, *groups: Group) -> User:
    user = User.objects.create_user(name, is_staff=True)
    user.groups.set(groups)
    return user


def limited(name: str, *groups: Group) -> Caller:
    """Return a service whose token may do what these roles may."""
    return Caller(token=Token.objects.issue(name=name, roles=groups).secret)


def make_instances() -> None:
    """Make the ten rows again, which a test before has emptied the database of."""
    for name in NAMES:
        InstanceConfig.objects.get_or_create(instance=name)
