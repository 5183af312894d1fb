"""A report from its beginning to its end, and what becomes of one whose process dies."""

import hashlib
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from django.db import IntegrityError, OperationalError
from django.db.models import F
from django.utils import timezone

from gaterhub.reports import running
from gaterhub.reports.forms import document_of
from gaterhub.reports.models import ENDED_SILENTLY, ComplianceReport, MadeOnce, note_end, note_failure
from gaterhub.reports.retention import REPORTS_KEPT, clear_old_reports
from gaterhub.reports.running import Unmade, run
from gaterhub.reports.starting import Maker, NotStarted, Running, here, start
from gaterhub.reports.visible import KEPT
from instances.journal.committers import stop_committers
from instances.journal.models import AuditEntry
from instances.publishing import required
from tests.integration.journal.writing import number_all
from tests.integration.reports.making import EVIDENCE, MONTH
from tests.seeded_month import plant

pytestmark = pytest.mark.django_db

ANNA = Maker("user", "anna", KEPT[:2], frozenset({"audit"}), "203.0.113.7")


@pytest.fixture(autouse=True)
def _committers() -> Iterator[None]:
    yield
    stop_committers()


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    """Give a process that does nothing for long, in the place of the one that would make a report."""
    process = subprocess.Popen(["sleep", "600"])
    yield process
    process.kill()
    process.wait()


def told(event_type: str) -> list[dict[str, Any]]:
    """Return what `audit` holds of that type, without what is personal."""
    bodies = AuditEntry.objects.filter(event_type=event_type).order_by("number").values_list("body", flat=True)
    return [msgspec.json.decode(bytes(body))["data"] for body in bodies]


class TestAReport:
    def test_is_on_record_before_it_begins_and_its_hash_after(self) -> None:
        plant(entries=200)
        before_it: list[int] = []

        row = start(EVIDENCE, MONTH, by=ANNA, process=lambda arguments: before_it.append(len(told("report_started"))))
        made = run(row)

        assert before_it[0] > 0
        kept = ComplianceReport.objects.get()
        assert (kept.state, kept.entries, kept.findings) == ("finished", 200, made.findings)
        assert kept.sha256 == hashlib.sha256(kept.document.encode()).hexdigest()
        assert document_of(kept.document) == made
        assert (made.id, made.made_by, made.begins) == (str(row.pk), "user:anna", "2026-02-01T00:00:00Z")
        number_all()
        began, ended = told("report_started")[-1], told("report_made")[-1]
        assert began["resource"] == ended["resource"] == f"report:{row.pk}"
        assert (began["outcome"], ended["outcome"], ended["sha256"]) == ("started", "success", kept.sha256)
        assert (began["personal"], ended["record_count"], ended["finding_count"]) == (
            ["audit"],
            200,
            kept.finding_count,
        )
        assert kept.is_as_made

    def test_is_not_begun_where_it_can_not_be_recorded(self, monkeypatch: pytest.MonkeyPatch) -> None:
        refusal = required.NotRecorded("the journal is out.")
        monkeypatch.setattr(required, "publish_or_raise", _raise(refusal))

        with pytest.raises(required.NotRecorded):
            start(EVIDENCE, MONTH, by=ANNA, process=_raise(AssertionError("nothing may be started")))

        assert not ComplianceReport.objects.exists()

    def test_tells_how_far_it_is(self) -> None:
        plant(entries=400)
        row = here(EVIDENCE, MONTH, by=ANNA)
        stages: list[tuple[str, int, int]] = []

        run(row, told=lambda progress: stages.append((progress.stage, progress.done, progress.whole)))

        row.refresh_from_db()
        assert stages[0][0] == "Reading security"
        assert {stage for stage, _, _ in stages} >= {"Reading audit", "Verifying audit", "Concluding"}
        assert [done for _, done, _ in stages] == sorted(done for _, done, _ in stages)
        assert stages[-1][1:] == (stages[-1][2], 800), "each entry is read once and verified once"
        assert row.pid > 0

    def test_is_made_though_nobody_can_be_told_how_far_it_is(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(running, "note_progress", _raise(OperationalError("database is locked")))

        run(here(EVIDENCE, MONTH, by=ANNA))

        assert ComplianceReport.objects.get().state == "finished"

    def test_is_never_changed(self) -> None:
        row = here(EVIDENCE, MONTH, by=ANNA)
        run(row)
        row = ComplianceReport.objects.get()

        with pytest.raises(MadeOnce):
            row.save()
        assert not note_end(row.pk, b"{}", at=timezone.now())
        assert not note_failure(row.pk, "No.", at=timezone.now())
        assert ComplianceReport.objects.get().sha256 == row.sha256

    def test_that_was_changed_in_the_database_is_found_out(self) -> None:
        run(here(EVIDENCE, MONTH, by=ANNA))
        ComplianceReport.objects.update(document=F("sha256"))

        assert not ComplianceReport.objects.get().is_as_made

    def test_runs_alone(self, sleeper: subprocess.Popen[bytes]) -> None:
        first = start(EVIDENCE, MONTH, by=ANNA, process=lambda arguments: sleeper.pid)

        with pytest.raises(Running) as refused:
            start(EVIDENCE, MONTH, by=ANNA, process=_raise(AssertionError("nothing may be started")))

        assert refused.value.report == first
        with pytest.raises(IntegrityError):
            ComplianceReport.objects.create(
                begins=MONTH.begins, ends=MONTH.ends, asked_at=MONTH.ends, updated_at=MONTH.ends
            )


class TestOneThatDies:
    def test_is_told_as_failed_at_once_and_can_be_made_again(self, sleeper: subprocess.Popen[bytes]) -> None:
        row = start(EVIDENCE, MONTH, by=ANNA, process=lambda arguments: sleeper.pid)
        row.refresh_from_db()
        assert row.state_at(timezone.now()) == "running"

        sleeper.kill()
        sleeper.wait()

        assert row.state_at(timezone.now()) == "failed"
        assert row.why_failed() == ENDED_SILENTLY
        run(start(EVIDENCE, MONTH, by=ANNA, process=lambda arguments: None))
        assert sorted(ComplianceReport.objects.values_list("state", flat=True)) == ["failed", "finished"]

    def test_on_another_host_is_told_after_a_minute_of_silence(self) -> None:
        row = here(EVIDENCE, MONTH, by=ANNA)
        ComplianceReport.objects.update(host="elsewhere", pid=1)
        row.refresh_from_db()

        assert row.state_at(row.updated_at + timedelta(seconds=59)) == "running"
        assert row.state_at(row.updated_at + timedelta(seconds=61)) == "failed"

    def test_has_nothing_kept_of_it_where_it_was_given_up(self) -> None:
        row = here(EVIDENCE, MONTH, by=ANNA)
        note_failure(row.pk, ENDED_SILENTLY, at=timezone.now())

        with pytest.raises(Unmade, match="given up"):
            run(row)

        assert ComplianceReport.objects.get().document == ""

    @pytest.mark.parametrize(
        ("error", "says"),
        [
            (OperationalError("secret host"), "could not be read: OperationalError"),
            (KeyboardInterrupt(), "interrupted"),
            (ZeroDivisionError("secret"), "A fault of the hub's: ZeroDivisionError"),
        ],
    )
    def test_by_an_error_says_why(self, monkeypatch: pytest.MonkeyPatch, error: BaseException, says: str) -> None:
        monkeypatch.setattr(running, "make", _raise(error))
        row = here(EVIDENCE, MONTH, by=ANNA)

        with pytest.raises(Unmade, match=says):
            run(row)

        row.refresh_from_db()
        assert (row.state, says in row.trouble, "secret" in row.trouble) == ("failed", True, False)
        number_all()
        assert [each["outcome"] for each in told("report_made")] == ["failure"]

    def test_before_it_began_says_so(self) -> None:
        with pytest.raises(NotStarted, match="No more processes"):
            start(EVIDENCE, MONTH, by=ANNA, process=_raise(OSError(11, "No more processes")))

        assert ComplianceReport.objects.get().state == "failed"


class TestRetention:
    def test_lets_go_what_is_older_than_400_days(self) -> None:
        run(here(EVIDENCE, MONTH, by=ANNA))
        run(here(EVIDENCE, MONTH, by=ANNA))
        old = ComplianceReport.objects.order_by("asked_at").first()
        assert old is not None
        ComplianceReport.objects.filter(pk=old.pk).update(asked_at=timezone.now() - REPORTS_KEPT - timedelta(hours=1))

        clear_old_reports()

        assert [each.pk == old.pk for each in ComplianceReport.objects.all()] == [False]


def _raise(error: BaseException) -> Any:
    def act(*args: object, **words: object) -> None:
        raise error

    return act
