"""Who a caller turned out to be."""

from dataclasses import dataclass
from typing import Literal

from django.contrib.auth.base_user import AbstractBaseUser


@dataclass(frozen=True, slots=True)
class Principal:
    """One caller, whatever the door it came through. Grants will hang from `kind` and `id`."""

    kind: Literal["token", "user"]
    id: int
    name: str
    """What its events carry as `publisher`."""


def principal_of(user: AbstractBaseUser) -> Principal:
    """Return the principal of a user who is logged in."""
    return Principal(kind="user", id=user.pk, name=user.get_username())
