"""From rows to rights: what accounts and tokens are granted, read from the database."""

from django.contrib.auth.models import User

from instances.access.models import Grant, Token
from instances.access.principal import Limits, Principal
from instances.access.rights import EVERYTHING, Rights


def rights_of_user(user: User) -> Rights:
    """Return what an account may do, by itself and by its roles; a superuser may do everything."""
    if not user.is_active:
        return Rights()
    return EVERYTHING if user.is_superuser else Rights(Grant.objects.of_user(user).granted())


def rights_of_token(token: Token) -> Rights:
    """Return what a token may do: never more than its user, and less where it is limited."""
    account = None if token.user is None else rights_of_user(token.user)
    if not token.limited:
        return EVERYTHING if account is None else account
    return Rights(Grant.objects.of_token(token).granted(), within=account)


def principal_of_token(token: Token) -> Principal:
    """Return the caller that a token stands for."""
    return Principal(
        kind="token",
        id=token.pk,
        name=token.name,
        rights=rights_of_token(token),
        limits=Limits(token.events_per_second, token.bytes_per_second, token.connections),
    )


def principal_of_user(user: User) -> Principal:
    """Return the caller that is logged in."""
    return Principal(kind="user", id=user.pk, name=user.get_username(), rights=rights_of_user(user))
