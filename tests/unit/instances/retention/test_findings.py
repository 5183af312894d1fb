"""What is told of policies together."""

from instances.catalog import INSTANCES
from instances.retention.findings import Finding, findings
from instances.retention.policy import Policy
from instances.streams import Keep
from tests.unit.instances.retention.stating import policy

OWN = {spec.name: Keep(1_000, 3_600) for spec in INSTANCES}
DAY = 86_400


def told(*policies: Policy) -> list[Finding]:
    return findings(policies, OWN)


def conflicts(*policies: Policy) -> list[str]:
    return [each.says for each in told(*policies) if each.conflict]


class TestConflicts:
    def test_are_none_where_policies_agree(self) -> None:
        assert conflicts(policy("a", recent=3_600, at_most=7_200), policy("b", at_most=3_600)) == []

    def test_name_both_policies_and_what_happens(self) -> None:
        [said] = conflicts(
            policy("long", pattern="process_health:*", recent=DAY), policy("short", pattern="*", at_most=600)
        )

        assert "“long” wants events of health.process_health recent for 1 day" in said
        assert "“short” has them gone after 10 minutes: “short” holds" in said

    def test_are_told_of_patterns_that_only_share_a_stream(self) -> None:
        [said] = conflicts(
            policy("long", pattern="process_health:a", recent=DAY),
            policy("short", pattern="process_health:b", at_most=60),
        )

        assert "No topic matches both; but a stream is purged as a whole." in said

    def test_are_none_of_streams_apart_or_instances_apart(self) -> None:
        assert (
            conflicts(
                policy(pattern="process_health:*", recent=DAY),
                policy(pattern="subscription_health:*", at_most=60),
                policy(instance="metrics", at_most=60),
            )
            == []
        )

    def test_are_told_of_evidence_that_can_t_be_kept_and_gone(self) -> None:
        [said] = conflicts(
            policy("law", "audit", "audit_trail:*", kept=2_557 * DAY),
            policy("privacy", "audit", "audit_trail:user_actions", at_most=365 * DAY),
        )

        assert "“law” has audit_trail:user_actions of audit kept for at least 2,557 days" in said
        assert "“privacy” has it gone after 365 days" in said
        assert "Nothing of audit is purged yet" in said

    def test_are_none_of_evidence_under_patterns_that_don_t_meet(self) -> None:
        assert (
            conflicts(
                policy("law", "audit", "audit_trail:a", kept=2_557 * DAY),
                policy("privacy", "audit", "audit_trail:b", at_most=365 * DAY),
            )
            == []
        )

    def test_are_told_of_what_nothing_keeps(self) -> None:
        [said] = conflicts(policy("year", "metrics", kept=365 * DAY))

        assert "kept for at least 365 days, and nothing does" in said
        assert conflicts(policy("hour", "metrics", kept=3_600)) == []
        assert conflicts(policy("day", "metrics", recent=DAY, kept=DAY)) == []

    def test_are_told_of_a_family_that_nobody_declared(self) -> None:
        [said] = conflicts(policy("typo", pattern="proces_health:*", at_most=60))

        assert 'did you mean "process_health"?' in said
        assert "health._other" in said
        assert conflicts(policy(pattern="*:x", at_most=60)) == []


class TestConsequences:
    def said(self, *policies: Policy) -> str:
        return " ".join(each.says for each in told(*policies) if not each.conflict)

    def test_tell_that_a_stream_goes_as_a_whole(self) -> None:
        said = self.said(policy("part", pattern="process_health:api", at_most=60))

        assert "process_health:api is only a part of health.process_health" in said
        assert "only a part" not in self.said(policy("all", pattern="process_health:*", at_most=60))

    def test_tell_how_long_the_instance_would_have_kept_them(self) -> None:
        assert "health would keep them for 1 hour" in self.said(policy(at_most=60))
        assert "health would keep them" not in self.said(policy(at_most=7_200))

    def test_tell_what_a_longer_history_still_ends_at(self) -> None:
        assert "as far as the newest 1,000 of each stream reach" in self.said(policy(recent=DAY))

    def test_tell_that_no_evidence_is_purged_yet(self) -> None:
        assert "Nothing of security is purged yet" in self.said(policy("p", "security", at_most=DAY))
        assert self.said(policy("p", "security", kept=DAY)) == ""

    def test_come_after_conflicts(self) -> None:
        found = told(policy("typo", pattern="proces_health:*", at_most=60))

        assert [each.conflict for each in found] == sorted((each.conflict for each in found), reverse=True)
        assert len(found) > 1
