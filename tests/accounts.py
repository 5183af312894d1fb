"""Accounts with the roles that a new hub has."""

from typing import Any, Final

from django.contrib.auth.models import Group, User

READS_ALL: Final = ("viewer", "SOC analyst")
READS_AND_PUBLISHES: Final = (*READS_ALL, "publisher")


def account(name: str, *roles: str, **fields: Any) -> User:
    """Make an account that has these roles."""
    user = User.objects.create_user(name, **fields)
    user.groups.set([Group.objects.get(name=role) for role in roles])
    return user
