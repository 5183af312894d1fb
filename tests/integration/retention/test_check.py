"""The system check of conflicts."""

import pytest

from gaterhub.retention_checks import policies_agree
from tests.integration.retention.stating import stated

pytestmark = pytest.mark.django_db(transaction=True)


class TestPoliciesAgree:
    def test_says_nothing_where_no_policy_contradicts_another(self) -> None:
        stated()

        assert policies_agree(None, databases=["default"]) == []

    def test_warns_of_each_conflict_naming_both(self) -> None:
        stated(name="Short")
        stated(name="Long", at_most_seconds=None, recent_seconds=86_400)

        [warning] = policies_agree(None, databases=["default", "journal"])

        assert warning.id == "gaterhub.W030"
        assert "“Long”" in warning.msg
        assert "“Short”" in warning.msg

    def test_asks_no_database_that_it_is_not_to_ask(self) -> None:
        stated(name="typo", pattern="proces_health:*")

        assert policies_agree(None, databases=None) == []
        assert len(policies_agree(None, databases=["default"])) == 1
