"""What a caller may change in the admin's sense: as its account and its roles may, or everything under a free token."""

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission, User

from instances.access.models import Token
from instances.access.principal import Principal
from instances.error_codes import Refusal


def require(principal: Principal, permission: str) -> None:
    """Make sure that the caller has the permission, such as "instances.add_domaintype"; blocks on the database.

    Raises: Refusal, `forbidden`.
    """
    if not has(principal, permission):
        raise Refusal(
            "forbidden", f"This needs the permission {permission}, or a token that may do everything; ask an operator."
        )


def require_managed(principal: Principal, instance: str) -> None:
    """Make sure that the caller is granted to manage the instance. Raises: Refusal, `forbidden`."""
    if not principal.rights.manages(instance):
        raise Refusal("forbidden", f"Managing {instance} is not granted to you; ask an operator for a grant.")


def has(principal: Principal, permission: str) -> bool:
    """Tell whether the caller has the permission, as `require` sees it.

    A token that is limited has those of its roles; one with a user none that the account lacks.
    """
    if principal.kind == "user":
        return _has(get_user_model().objects.filter(pk=principal.id).first(), permission)
    token = Token.objects.select_related("user").filter(pk=principal.id, revoked_at=None).first()
    if token is None or (token.user is not None and not _has(token.user, permission)):
        return False
    if not token.limited:
        return True
    app, _, codename = permission.partition(".")
    return Permission.objects.filter(group__tokens=token, content_type__app_label=app, codename=codename).exists()


def _has(user: User | None, permission: str) -> bool:
    return user is not None and user.has_perm(permission)
