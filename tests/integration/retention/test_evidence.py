"""How much evidence is older than a policy lets it stay."""

import pytest

from instances.event import now_ms
from instances.journal.models import AuditEntry
from instances.journal.router import ALIAS
from instances.retention import evidence
from instances.retention.evidence import Overdue, overdue
from instances.retention.policy import Policy
from instances.topics import Pattern
from tests.integration.journal.writing import AUDIT, keep, number_all

pytestmark = pytest.mark.django_db(transaction=True)


def policy(pattern: str, at_most: int | None = 60) -> Policy:
    return Policy(id=None, name="p", spec=AUDIT, pattern=Pattern(pattern), at_most_seconds=at_most)


class TestOverdue:
    @pytest.fixture(autouse=True)
    def _seven_entries(self) -> None:
        keep(AUDIT, count=7)
        number_all(AUDIT)

    def later_ms(self) -> int:
        """Return a time at which all of them are older than a minute."""
        newest = AuditEntry.objects.using(ALIAS).order_by("-received_ms").values_list("received_ms", flat=True)[0]
        return int(newest) + 61_000

    @pytest.mark.parametrize(("pattern", "entries"), [("*", 7), ("audit_trail:*", 7), ("compliance_events:*", 0)])
    def test_counts_what_matches(self, pattern: str, entries: int) -> None:
        assert overdue(policy(pattern), now_ms=self.later_ms()) == Overdue(entries, more=False)

    def test_counts_nothing_that_may_stay(self) -> None:
        assert overdue(policy("*", 10_000_000), now_ms=now_ms()) == Overdue(0, more=False)
        assert overdue(policy("*", None), now_ms=self.later_ms()) == Overdue(0, more=False)

    def test_says_where_it_counted_no_further(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(evidence, "COUNTED_MAX", 5)

        assert overdue(policy("*"), now_ms=self.later_ms()) == Overdue(5, more=True)
