"""From rows to rights: what accounts and tokens are granted, read from the database."""

from collections.abc import Iterable
from typing import Final

from django.contrib.auth.models import Group, User
from django.db.models import prefetch_related_objects

from instances.access.models import Grant, Token
from instances.access.principal import Limits, Principal
from instances.access.rights import EVERYTHING, Granted, Rights, Verb
from instances.access.signing_secret import signing_secret_of
from instances.limits.rates import rates_of_session, rates_of_token
from instances.topics import BadPattern, Pattern

OF_USER: Final = ("grants", "groups__grants")
OF_TOKEN: Final = ("grants", "roles__grants", "user__grants", "user__groups__grants")
"""What to prefetch with accounts and tokens, so that many are read in a few queries."""


def rights_of_user(user: User) -> Rights:
    """Return what an account may do, by itself and by its roles; a superuser may do everything."""
    if not user.is_active:
        return Rights()
    if user.is_superuser:
        return EVERYTHING
    return Rights(granted_to(user))


def granted_to(user: User) -> list[Granted]:
    """Return what an account is granted, by itself and by its roles."""
    prefetch_related_objects([user], *OF_USER)
    return _granted(user.grants.all(), user.groups.all())


def rights_of_token(token: Token) -> Rights:
    """Return what a token may do: never more than its user, and less where it is limited."""
    account = None if token.user is None else rights_of_user(token.user)
    if not token.limited:
        return EVERYTHING if account is None else account
    prefetch_related_objects([token], "grants", "roles__grants")
    return Rights(_granted(token.grants.all(), token.roles.all()), within=account)


def principal_of_token(token: Token) -> Principal:
    """Return the caller that a token stands for."""
    return Principal(
        kind="token",
        id=token.pk,
        name=token.name,
        rights=rights_of_token(token),
        limits=Limits(token.events_per_second, token.bytes_per_second, token.connections),
        rates=rates_of_token(token.events_per_second, token.bytes_per_second),
        signing_secret=signing_secret_of(token),
    )


def principal_of_user(user: User) -> Principal:
    """Return the caller that is logged in."""
    return Principal(
        kind="user",
        id=user.pk,
        name=user.get_username(),
        rights=rights_of_user(user),
        rates=rates_of_session(),
    )


def granted_by(rows: Iterable[Grant]) -> list[Granted]:
    """Return grants as values; one whose pattern can't be read, whoever wrote it there, grants nothing."""
    found = []
    for row in rows:
        try:
            found.append(Granted(Verb(row.verb), row.instance, Pattern(row.pattern), row.personal))
        except BadPattern:
            continue
    return found


def _granted(own: Iterable[Grant], roles: Iterable[Group]) -> list[Granted]:
    return granted_by((*own, *(grant for role in roles for grant in role.grants.all())))
