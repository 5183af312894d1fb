"""What a caller may change: as its account may, or everything under a token that stands for no account."""

from django.contrib.auth import get_user_model

from instances.access.models import Token
from instances.access.principal import Principal
from instances.error_codes import Refusal


def require(principal: Principal, permission: str) -> None:
    """Make sure that the caller has the permission, such as "instances.add_domaintype"; blocks on the database.

    A token without a user may do everything, one with a user what that account may.
    Raises: Refusal, `forbidden`.
    """
    if not has(principal, permission):
        raise Refusal(
            "forbidden", f"This needs the permission {permission}, or a token that may do everything; ask an operator."
        )


def has(principal: Principal, permission: str) -> bool:
    """Tell whether the caller has the permission, as `require` sees it."""
    if principal.kind == "user":
        user = get_user_model().objects.filter(pk=principal.id).first()
        return user is not None and user.has_perm(permission)
    token = Token.objects.select_related("user").filter(pk=principal.id, revoked_at=None).first()
    if token is None:
        return False
    return token.user is None or token.user.has_perm(permission)
