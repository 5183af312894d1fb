"""Access in the admin: tokens, grants, roles and accounts. Nobody gives there more than they have."""

from instances.access.admin.accounts import AccountAdmin
from instances.access.admin.grants import GrantAdmin
from instances.access.admin.roles import RoleAdmin
from instances.access.admin.tokens import TokenAdmin

__all__ = ["AccountAdmin", "GrantAdmin", "RoleAdmin", "TokenAdmin"]
