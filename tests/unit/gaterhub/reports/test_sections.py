"""Each section by itself: what it counts, what it finds, and what it doesn't take for a finding."""

from collections.abc import Iterator
from typing import Any

import pytest

from gaterhub.reports.bursts import FAILURES, KEYS_MAX, WINDOW_MS
from gaterhub.reports.entries import Taken
from gaterhub.reports.sections import completeness, coverage, failed_logins, operations, regulations, violations
from gaterhub.reports.structure import Severity
from tests.unit.gaterhub.reports.taking import figures, found, gathered, taken

FAILURE = "authentication_failure"
STEP_MS = WINDOW_MS // (FAILURES - 1)
OPERATIONS = "audit_trail:admin_operations"


def failures(
    count: int, *, each_ms: int = STEP_MS, user: str = "mallory", origin: str = "192.0.2.1"
) -> Iterator[Taken]:
    for number in range(count):
        yield taken("security", FAILURE, number * each_ms, user_id=user, ip_address=origin)


class TestCoverage:
    def test_finds_types_that_did_not_come_and_those_that_nobody_registered(self) -> None:
        result = gathered(
            coverage.SECTION, taken("audit", "user_action", 5), taken("audit", "user_action", 1), taken("audit", "odd")
        )

        told = {each.says for each in result.findings}
        assert not any("user_action" in says for says in told)
        assert any("odd" in says and "Nobody registered" in says for says in told)
        assert any("session_ended" in says for says in told)
        assert not any("recording_gap" in says for says in told), "that no gap came is good news"
        row = next(row for row in result.tables[0].rows if row[1] == "user_action")
        assert row[3:] == ("2026-02-01T00:00:00.001Z", "2026-02-01T00:00:00.005Z", 2)
        assert figures(result)["entries"] == 3

    def test_tells_no_more_unregistered_types_apart_than_it_can_hold(self) -> None:
        many = [taken("audit", f"odd_{number}") for number in range(coverage.UNREGISTERED_MAX + 50)]

        result = gathered(coverage.SECTION, *many)

        assert figures(result)["entries"] == len(many)
        unregistered = [each for each in result.findings if each.kind == "type-unregistered"]
        assert (len(unregistered), unregistered[-1].count) == (coverage.UNREGISTERED_MAX + 1, 50)


class TestFailedLogins:
    def test_finds_ten_in_five_minutes(self) -> None:
        assert found(gathered(failed_logins.SECTION, *failures(FAILURES))) == [("login-burst", FAILURES)]

    @pytest.mark.parametrize("entries", [failures(FAILURES - 1), failures(FAILURES, each_ms=STEP_MS + 1), failures(0)])
    def test_finds_nothing_in_fewer_or_slower(self, entries: Iterator[Taken]) -> None:
        assert found(gathered(failed_logins.SECTION, *entries)) == []

    def test_counts_a_burst_that_goes_on_once(self) -> None:
        result = gathered(failed_logins.SECTION, *failures(40, each_ms=10_000))

        assert found(result) == [("login-burst", 40)]
        assert len(result.findings[0].entries) == 10

    def test_counts_two_with_a_pause_between_them_twice(self) -> None:
        later = [
            taken("security", FAILURE, 3 * WINDOW_MS + number, user_id="mallory", ip_address="192.0.2.1")
            for number in range(12)
        ]

        assert found(gathered(failed_logins.SECTION, *failures(10, each_ms=1), *later)) == [
            ("login-burst", 10),
            ("login-burst", 12),
        ]

    def test_finds_times_that_are_out_of_order(self) -> None:
        assert found(gathered(failed_logins.SECTION, *reversed(list(failures(FAILURES))))) == [
            ("login-burst", FAILURES)
        ]

    def test_takes_a_log_in_soon_after_a_burst_for_a_guess(self) -> None:
        success = taken("security", "authentication_success", WINDOW_MS + 60_000, user_id="user:mallory")

        result = gathered(failed_logins.SECTION, *failures(FAILURES), success)

        (finding,) = result.findings
        assert (finding.kind, finding.severity) == ("login-burst-succeeded", Severity.HIGH)
        assert finding.entries[0] == success.place

    def test_forgives_failures_before_a_log_in(self) -> None:
        entries = list(failures(FAILURES, each_ms=1_000))
        entries.insert(5, taken("security", "authentication_success", 5_000, user_id="mallory"))

        assert found(gathered(failed_logins.SECTION, *entries)) == []

    def test_finds_one_origin_that_tries_many_names_and_not_each_name(self) -> None:
        tried = [
            taken("security", FAILURE, number, user_id=f"name-{number}", ip_address="192.0.2.9") for number in range(12)
        ]

        assert found(gathered(failed_logins.SECTION, *tried)) == [("login-spray", 12)]

    def test_finds_what_the_hub_added_up(self) -> None:
        few = taken("security", "repeated_denials", kinds={"login": 9}, ip_address="192.0.2.8")
        many = taken("security", "repeated_denials", kinds={"login": 10, "token": 4}, ip_address="192.0.2.9")
        odd = taken("security", "repeated_denials", kinds="login", ip_address="192.0.2.9")

        result = gathered(failed_logins.SECTION, few, many, odd)

        assert (found(result), figures(result)["failures_summed"]) == ([("login-flood", 1)], 19)

    def test_watches_no_more_names_than_it_can_hold(self) -> None:
        flood = [taken("security", FAILURE, n, user_id=f"n{n}", ip_address=f"o{n}") for n in range(KEYS_MAX + 10)]

        result = gathered(failed_logins.SECTION, *failures(FAILURES, each_ms=1), *flood)

        assert found(result) == [("login-burst", FAILURES)]
        assert figures(result)["failures"] == len(flood) + FAILURES
        assert sum(row[-1] for row in result.tables[0].rows if isinstance(row[-1], int)) == len(flood) + FAILURES

    def test_numbers_persons_that_its_maker_may_not_read(self) -> None:
        entries = [*failures(FAILURES), *failures(2, user="nora", origin="192.0.2.2")]

        result = gathered(failed_logins.SECTION, *entries, clear=("audit",))

        assert [row[0] for row in result.tables[0].rows] == ["[redacted] 2", "[redacted] 3"] or [
            row[0] for row in result.tables[0].rows
        ] == ["[redacted] 1", "[redacted] 2"]
        text = str(result)
        assert "mallory" not in text
        assert "nora" not in text
        assert "192.0.2." not in text
        assert "[redacted] 1 failed" in result.findings[0].says


class TestOperations:
    def test_counts_who_did_what_and_how_it_ended(self) -> None:
        done = [
            taken("audit", "admin_operation", topic=OPERATIONS, actor="ada", action="add", outcome=outcome)
            for outcome in ("success", "success", "failure")
        ]
        other = taken("audit", "user_action", topic="audit_trail:user_actions", actor="ada", outcome="failure")

        result = gathered(operations.SECTION, *done, other)

        assert result.tables[0].rows == (("ada", "add", "success", 2), ("ada", "add", "failure", 1))
        assert figures(result) == {"operations": 3, "actors": 1, "failures": 1}
        assert found(result) == [("operation-failed", 1)]

    def test_finds_what_can_be_put_down_to_nobody(self) -> None:
        nobodys = taken("audit", "admin_operation", topic=OPERATIONS, outcome="success")
        without_a_field = taken("audit", "journal_key_rotated", topic=OPERATIONS, outcome="success")

        assert found(gathered(operations.SECTION, nobodys, without_a_field)) == [("operation-by-nobody", 1)]


class TestViolations:
    def test_weighs_those_that_were_not_blocked_more(self) -> None:
        topic = "access_violations:payroll"
        blocked = taken("security", "access_violation", topic=topic, resource="payroll", blocked=True)
        untold = taken("security", "access_violation", topic=topic)
        own_type = taken("security", "of_our_own", topic="access_violations:vault:door", blocked="yes")

        result = gathered(violations.SECTION, blocked, untold, own_type)

        assert [(each.kind, each.severity, each.count) for each in result.findings] == [
            ("access-not-blocked", Severity.HIGH, 1),
            ("access-violation", Severity.MEDIUM, 1),
            ("access-not-blocked", Severity.HIGH, 1),
        ]
        assert figures(result)["violations_not_blocked"] == 2
        assert "vault:door" in result.findings[2].says

    def test_counts_denials_and_threats_without_finding_them(self) -> None:
        result = gathered(
            violations.SECTION,
            taken("security", "authorization_denied"),
            taken("security", "repeated_denials", count=12),
            taken("security", "threat_detected"),
        )

        assert result.findings == []
        assert [figures(result)[name] for name in ("denials", "denials_summed", "threats")] == [1, 12, 1]


class TestCompleteness:
    @pytest.mark.parametrize("empty", ["", "  ", None, "***REDACTED***", [], {}])
    def test_finds_required_fields_that_say_nothing(self, empty: object) -> None:
        whole: dict[str, Any] = {"user_id": "ada", "resource": "r", "outcome": "success", "origin": "web"}
        entry = taken("audit", "user_action", action=empty, **whole)

        (finding,) = gathered(completeness.SECTION, entry).findings

        assert (finding.kind, "data.action" in finding.says) == ("required-empty", True)

    def test_takes_false_zero_and_erased_for_something(self) -> None:
        said: dict[str, Any] = {
            "user_id": "[erased]",
            "action": 0,
            "resource": "r",
            "outcome": "success",
            "origin": "web",
        }

        assert found(gathered(completeness.SECTION, taken("audit", "user_action", **said))) == []

    def test_expects_what_the_type_has_a_field_for(self) -> None:
        result = gathered(completeness.SECTION, taken("audit", "user_action", user_id="ada", action="tried"))

        assert [row[2:] for row in result.tables[0].rows] == [
            ("from where", "expected", 1, 100.0),
            ("how it ended", "expected", 1, 100.0),
            ("on what", "expected", 1, 100.0),
        ]
        assert figures(result) == {"checked": 1, "incomplete": 1, "complete_percent": 0.0}

    def test_passes_over_types_that_nobody_registered(self) -> None:
        assert figures(gathered(completeness.SECTION, taken("audit", "odd")))["checked"] == 0


class TestRegulations:
    def assessed(self, control: str, result: str, **said: Any) -> Taken:
        return taken(
            "audit", "compliance_assessed", topic="compliance_events:pci_dss", control=control, result=result, **said
        )

    def test_takes_the_last_assessment_of_a_control(self) -> None:
        result = gathered(
            regulations.SECTION,
            self.assessed("1", "not_met"),
            self.assessed("1", "met"),
            self.assessed("2", "met"),
            self.assessed("2", "partly_met", due_at=1_770_000_000_000),
            taken("audit", "consent_given", topic="compliance_events:gdpr"),
        )

        assert found(result) == [("control-partly-met", 1)]
        assert "2 of pci_dss" in result.findings[0].says
        assert "was to be mended by 2026-02-02" in result.findings[0].says
        assert figures(result) == {"events": 5, "regulations": 2, "controls": 2, "controls_not_met": 1}
