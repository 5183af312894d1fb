"""The reports that were asked for: while each is made, how far it is; afterwards what it says, and that for good."""

import hashlib
import uuid
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final

from django.db import models
from django.db.models import Q

from gaterhub.origin import host
from gaterhub.reports.period import Period
from gaterhub.reports.structure import Severity
from gaterhub.reports.table import NAME_MAX_CHARACTERS, REPORTS
from instances.journal.run_file import SILENT_SECONDS, lives

ENDED_SILENTLY: Final = "Its process ended without a word: it was killed, or the host went down."
TROUBLE_MAX_CHARACTERS: Final = 500


class MadeOnce(TypeError):
    """An attempt to change a report, which is made once."""

    def __init__(self) -> None:
        super().__init__("A report is made once and never changed; make another one.")


class ComplianceReport(models.Model):
    """A report of a period. Its `document` is written once, with the end of its making."""

    class State(models.TextChoices):
        RUNNING = "running", "Being made"
        FINISHED = "finished", "Made"
        FAILED = "failed", "Failed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=NAME_MAX_CHARACTERS, help_text="Which report of the table it is.")
    begins = models.DateTimeField(help_text="The period, from then on.")
    ends = models.DateTimeField(help_text="And before then.")
    instances = models.JSONField(default=list, help_text="The journals that it is of.")
    clear = models.JSONField(default=list, help_text="Those whose personal fields it shows in the clear.")
    made_by_kind = models.CharField(max_length=10)
    made_by = models.CharField(max_length=255, help_text="Who asked for it.")
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.RUNNING)
    trouble = models.CharField(max_length=TROUBLE_MAX_CHARACTERS, blank=True, help_text="Why it failed.")
    host = models.CharField(max_length=255, default=host)
    pid = models.BigIntegerField(default=0, help_text="Of the process that makes it; 0 while that is unknown.")
    stage = models.CharField(max_length=50, blank=True, help_text="What it is doing.")
    done = models.BigIntegerField(default=0, help_text="Entries gone through, each time counted.")
    whole = models.BigIntegerField(default=0, help_text="Of so many; 0 until that is known.")
    updated_at = models.DateTimeField(help_text="When its process last said how far it is.")
    finished_at = models.DateTimeField(null=True)
    hub_version = models.CharField(max_length=50, blank=True)
    schema_version = models.PositiveIntegerField(default=0)
    entries = models.BigIntegerField(default=0, help_text="Of the period, in all its journals.")
    findings = models.JSONField(default=dict, help_text="How many of each severity.")
    sha256 = models.CharField(max_length=64, blank=True, help_text="Of the document.")
    document = models.TextField(blank=True, help_text="The report as JSON, which its other forms are made of.")

    class Meta:
        # Nobody edits them, and who may see one is said by what is granted of its journals.
        default_permissions = ()
        constraints: ClassVar = [
            # Two at a time would only slow each other down, and the hub with them.
            models.UniqueConstraint(fields=["state"], condition=Q(state="running"), name="one_report_at_a_time"),
            models.CheckConstraint(
                condition=~Q(state="finished") | (~Q(sha256="") & ~Q(document="") & Q(finished_at__isnull=False)),
                name="report_is_whole",
            ),
            models.CheckConstraint(condition=Q(ends__gt=models.F("begins")), name="report_ends_after_it_begins"),
        ]
        indexes: ClassVar = [models.Index(fields=["-asked_at"], name="report_asked")]

    def __str__(self) -> str:
        return f"{self.title} of {self.period}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Add it; what becomes of it later is written by the functions below, while it is being made."""
        if not self._state.adding:
            raise MadeOnce
        super().save(*args, **kwargs)

    @property
    def title(self) -> str:
        known = REPORTS.get(self.name)
        return self.name if known is None else known.title

    @property
    def period(self) -> Period:
        return Period(self.begins, self.ends)

    @property
    def actor(self) -> str:
        return f"{self.made_by_kind}:{self.made_by}"

    @property
    def percent(self) -> int:
        """Return how much of it is done, rounded down; it is whole only when it is made."""
        return 0 if not self.whole else min(99, 100 * self.done // self.whole)

    @property
    def finding_count(self) -> int:
        return sum(self.findings.values())

    @property
    def severities(self) -> list[tuple[str, int]]:
        """Return the severities of which there are findings, the gravest first."""
        return [(each.value, self.findings[each]) for each in Severity if self.findings.get(each)]

    @property
    def is_as_made(self) -> bool:
        """Tell whether the document has its hash; whoever changed both is found out by the record of its making."""
        return hashlib.sha256(self.document.encode()).hexdigest() == self.sha256

    def is_at_work(self, now: datetime) -> bool:
        """Tell whether it is being made: its process was heard of lately, and is there as far as this host can see."""
        if self.state != self.State.RUNNING or now - self.updated_at > timedelta(seconds=SILENT_SECONDS):
            return False
        return self.host != host() or lives(self.pid)

    def state_at(self, now: datetime) -> str:
        """Return the state, in which one whose process is gone has failed, whether or not that is written yet."""
        if self.state == self.State.RUNNING and not self.is_at_work(now):
            return self.State.FAILED
        return self.state

    def why_failed(self) -> str:
        return self.trouble or ENDED_SILENTLY


def _running(report_id: uuid.UUID) -> models.QuerySet[ComplianceReport]:
    return ComplianceReport.objects.filter(pk=report_id, state=ComplianceReport.State.RUNNING)


def note_process(report_id: uuid.UUID, pid: int) -> None:
    """Write which process makes it, so that it is missed as soon as it is gone."""
    _running(report_id).update(pid=pid)


def note_progress(report_id: uuid.UUID, *, pid: int, stage: str, done: int, whole: int, at: datetime) -> None:
    """Write how far it is, unless it has ended meanwhile."""
    _running(report_id).update(pid=pid, stage=stage, done=done, whole=whole, updated_at=at)


def note_end(report_id: uuid.UUID, document: bytes, *, at: datetime, **figures: Any) -> bool:
    """Write what it says, once; False where it was given up meanwhile."""
    said = {
        "document": document.decode(),
        "sha256": hashlib.sha256(document).hexdigest(),
        "state": ComplianceReport.State.FINISHED,
        "finished_at": at,
        "updated_at": at,
        **figures,
    }
    return bool(_running(report_id).update(**said))


def note_failure(report_id: uuid.UUID, why: str, *, at: datetime) -> bool:
    """Write that it failed, and why; False where it has ended already."""
    why = why[:TROUBLE_MAX_CHARACTERS]
    return bool(_running(report_id).update(state=ComplianceReport.State.FAILED, trouble=why, finished_at=at))


def settle(now: datetime) -> None:
    """Write of those whose process is gone that they failed, so that another can begin."""
    for each in ComplianceReport.objects.filter(state=ComplianceReport.State.RUNNING):
        if not each.is_at_work(now):
            note_failure(each.pk, ENDED_SILENTLY, at=now)
