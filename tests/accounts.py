"""Accounts with the roles that a new hub has."""

from typing import Any, Final

from django.contrib.auth.models import Group, Permission, User

from instances.access.models import Grant
from instances.access.roles import BY_NAME

READS_ALL: Final = ("viewer", "SOC analyst")
READS_AND_PUBLISHES: Final = (*READS_ALL, "publisher")


def account(name: str, *roles: str, **fields: Any) -> User:
    """Make an account that has these roles."""
    user = User.objects.create_user(name, **fields)
    user.groups.set([role(each) for each in roles])
    return user


def role(name: str) -> Group:
    """Return the role; it is made anew where a test before has emptied the database after itself."""
    group, made = Group.objects.get_or_create(name=name)
    if made:
        Grant.objects.bulk_create(
            Grant(group=group, verb=verb, instance=instance, pattern=rule.pattern, personal=rule.personal)
            for rule in BY_NAME[name].rules
            for verb in rule.verbs
            for instance in rule.instances
        )
        for permission in BY_NAME[name].permissions:
            app, _, codename = permission.partition(".")
            group.permissions.add(*Permission.objects.filter(content_type__app_label=app, codename=codename))
    return group
