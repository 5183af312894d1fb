"""What an account may hand on to tokens, roles and other accounts: never more than it has itself."""

from collections.abc import Iterable
from typing import Final

from django.contrib.auth.models import Group, Permission, User

from instances.access.granting import granted_by, granted_to, rights_of_user
from instances.access.models import Token
from instances.access.rights import Granted
from instances.error_codes import Refusal

GRANT_ANYTHING: Final = "access.add_grant"
"""Whoever has this permission may grant what it may not do itself. Permissions of the admin are never in it."""


class Beyond(Refusal):
    """Something that the account can't give, because it hasn't got it."""

    def __init__(self, sentence: str) -> None:
        super().__init__("forbidden", sentence)


class Giver:
    """An account that hands something on. What it has is read from the database once."""

    def __init__(self, user: User) -> None:
        self.user = user
        self.rights = rights_of_user(user)
        self.is_free: bool = user.is_active and user.is_superuser
        """A superuser gives whatever it likes."""
        self.grants_anything = self.is_free or user.has_perm(GRANT_ANYTHING)

    def check_grants(self, granted: Iterable[Granted]) -> None:
        """Make sure that the account may do all of that itself, or may grant anything. Raises: Beyond."""
        if self.grants_anything:
            return
        lacking = [
            f"{each.verb} on {each.instance} {each.pattern}{' with personal fields' if each.personal else ''}"
            for each in granted
            if not self.rights.covers(each.verb, each.instance, each.pattern, personal=each.personal)
        ]
        if lacking:
            raise Beyond(
                f"You can't grant what you may not do yourself: {_several(lacking)}. "
                f"It takes that, or the permission {GRANT_ANYTHING}."
            )

    def check_permissions(self, permissions: Iterable[Permission]) -> None:
        """Make sure that the account has these permissions of the admin. Raises: Beyond."""
        if self.is_free:
            return
        self._check_permission_names(f"{each.content_type.app_label}.{each.codename}" for each in permissions)

    def check_role(self, role: Group) -> None:
        """Make sure that the account may give the role, with its permissions and its grants. Raises: Beyond."""
        try:
            self.check_permissions(role.permissions.select_related("content_type"))
            self.check_grants(granted_by(role.grants.all()))
        except Beyond as error:
            raise Beyond(f"The role {role.name} is beyond you. {error.message}") from error

    def check_token(self, *, user: User | None, limited: bool) -> None:
        """Make sure that a token of that kind may be made or changed by the account. Raises: Beyond."""
        if self.is_free or limited or user == self.user:
            return
        if user is None:
            raise Beyond(
                "Only a superuser makes or changes a token that may do everything. "
                "Limit it to roles and grants, or let it act for your own account."
            )
        raise Beyond(
            "Only a superuser makes or changes a token that may do all that another account may. "
            "Limit it to roles and grants."
        )

    def check_rotation(self, token: Token) -> None:
        """Make sure that the account may hold the secret of such a token. Raises: Beyond.

        Whose token it is holds already what it may do.
        """
        if self.is_free or (token.user is not None and token.user == self.user):
            return
        self.check_token(user=token.user, limited=token.limited)
        for role in token.roles.all():
            self.check_role(role)
        self.check_grants(granted_by(token.grants.all()))

    def check_account(self, user: User) -> None:
        """Make sure that the account may edit another, and so take it over by a new password. Raises: Beyond."""
        if self.is_free or user == self.user:
            return
        if user.is_superuser:
            raise Beyond("Only a superuser edits the account of a superuser.")
        try:
            self._check_permission_names(user.get_all_permissions())
            self.check_grants(granted_to(user))
        except Beyond as error:
            raise Beyond(f"The account {user.get_username()} may do more than yours. {error.message}") from error

    def _check_permission_names(self, names: Iterable[str]) -> None:
        lacking = sorted(name for name in names if not self.user.has_perm(name))
        if lacking:
            raise Beyond(f"You can't give permissions that you don't have: {_several(lacking)}.")


SHOWN_MAX: Final = 5
"""Of what is missing; a sentence with forty rows is read by nobody."""


def _several(rows: list[str]) -> str:
    more = len(rows) - SHOWN_MAX
    return ", ".join(rows[:SHOWN_MAX]) + (f" and {more} more" if more > 0 else "")
