"""Every role stands in docs/access.md as it is in the code."""

import pytest

from instances.access.roles import NOT_EVIDENCE, ROLES, Role, Rule
from instances.catalog import NAMES
from tests.contracts.tree import text_of


def row(role: Role) -> str:
    """Write the role's row of the table."""
    grants = "; ".join(_said(rule) for rule in role.rules)
    permissions = ", ".join(f"`{name}`" for name in role.permissions) or "none"
    return f"| `{role.name}` | {role.purpose} | {grants} | {permissions} |"


def _said(rule: Rule) -> str:
    where = ", ".join(f"`{name}`" for name in rule.instances)
    where = {NAMES: "all ten", NOT_EVIDENCE: "all but evidence"}.get(rule.instances, where)
    pattern = "" if rule.pattern == "*" else f" `{rule.pattern}`"
    return f"{' and '.join(rule.verbs)} {where}{pattern}{' with personal fields' if rule.personal else ''}"


class TestRoles:
    @pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
    def test_stand_in_the_page_about_access(self, role: Role) -> None:
        assert row(role) in text_of("docs/access.md").splitlines()
