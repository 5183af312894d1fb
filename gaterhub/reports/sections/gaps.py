"""What is not on record, or did not reach those who follow: outages of the journal, and losses of subscribers."""

from datetime import datetime
from typing import Final, NamedTuple

from django.db.models import F, Max, Q, Sum

from consumers.models import Loss
from consumers.retention import LOSSES_KEPT
from gaterhub.reports.counting import ROWS_MAX, Sample
from gaterhub.reports.entries import Taken
from gaterhub.reports.period import stamp
from gaterhub.reports.section import Gatherer, Making, Result, Section
from gaterhub.reports.structure import Column, Figure, Finding, Severity, Table
from instances.journal.models import Outage
from instances.schemas import audit, security

_TOLD: Final = {row.instance: row.name for row in (audit.recording_gap, security.recording_gap)}
OUTAGES_MAX: Final = 1_000
"""Told one by one; a process that opens and closes a gap each ten seconds has so many in three hours."""
_ANSWERED: Final = "A publisher of an event that was refused was told so. Publish again what is still there to publish."

_OUTAGES: Final = (
    Column("instance", "Journal"),
    Column("process", "Process"),
    Column("began", "From"),
    Column("ended", "To"),
    Column("cause", "Why"),
    Column("refused", "Events refused", number=True),
)
_LOSSES: Final = (
    Column("subscriber", "Subscriber"),
    Column("instance", "Instance"),
    Column("last", "Last told"),
    Column("uncounted", "Gaps of unknown size", number=True),
    Column("conflated", "Conflated", number=True),
    Column("closed", "Closed as too slow", number=True),
    Column("gaps", "Gaps", number=True),
    Column("events", "Events missed", number=True),
)


class _Key(NamedTuple):
    instance: str
    process: str
    began_ms: int


class _Out(NamedTuple):
    ended_ms: int | None
    refused: int
    cause: str


class Gaps(Gatherer):
    def __init__(self, making: Making) -> None:
        super().__init__(making)
        self._outages: dict[_Key, _Out] = {}
        self._told: dict[_Key, Sample] = {}

    def take(self, entry: Taken) -> None:
        """Take what a journal itself tells of a gap: its row may be gone, or on another hub."""
        if entry.event_type != _TOLD.get(entry.instance) or len(self._told) >= OUTAGES_MAX:
            return
        began, ended, refused = (entry.said(name) for name in ("began_at", "ended_at", "refused"))
        if type(began) is int:
            key = _Key(entry.instance, str(entry.said("process")), began)
            self._told.setdefault(key, Sample()).add(entry)
            out = _Out(
                ended if type(ended) is int else None,
                refused if type(refused) is int else 0,
                str(entry.said("cause") or ""),
            )
            self._outages[key] = out

    def result(self) -> Result:
        period = self.making.period
        overlapping = Q(began_ms__lt=period.to_ms) & (Q(ended_ms__isnull=True) | Q(ended_ms__gte=period.from_ms))
        rows = Outage.objects.using(self.making.using).filter(overlapping, instance__in=self.making.instances)
        for each in rows.order_by("began_ms")[:OUTAGES_MAX]:
            key = _Key(each.instance, each.process, each.began_ms)
            self._outages[key] = _Out(each.ended_ms, each.refused, each.cause)
        outages = sorted(self._outages.items(), key=lambda each: each[0].began_ms)
        findings = [self._outage(key, out) for key, out in outages]
        losses, told = self._losses()
        findings += told
        figures = (
            Figure("outages", "Times in which evidence could be kept nowhere", len(outages)),
            Figure("refused", "Events refused then", sum(out.refused for _, out in outages)),
            Figure("gaps", "Gaps told to subscribers", sum(int(row[-2] or 0) for row in losses)),
            Figure("missed", "Events known to be missed", sum(int(row[-1] or 0) for row in losses)),
        )
        return Result(
            figures,
            (
                Table("outages", "Unrecorded stretches", _OUTAGES, tuple(_row(*each) for each in outages)),
                Table("losses", "What subscribers missed", _LOSSES, losses, none="Nobody was told of a loss."),
            ),
            findings,
        )

    def _outage(self, key: _Key, out: _Out) -> Finding:
        ended = "is not over" if out.ended_ms is None else f"ended at {stamp(out.ended_ms)}"
        sample = self._told.get(key) or Sample()
        return Finding(
            "unrecorded",
            Severity.HIGH,
            f"From {stamp(key.began_ms)} on, {key.process} could keep no events of {key.instance}, which {ended}: "
            f"{out.refused:,} were refused ({out.cause}).",
            _ANSWERED,
            out.refused,
            sample.entries,
        )

    def _losses(self) -> tuple[tuple[tuple[str | int, ...], ...], list[Finding]]:
        """Return what each subscriber missed of these instances, and the findings about it. Blocks on the database."""
        period = self.making.period
        rows = Loss.objects.filter(at__gte=period.begins, at__lt=period.ends, instance__in=self.making.instances)
        gap = Q(kind=Loss.Kind.GAP)
        sums = (
            rows.order_by()
            .values("principal_kind", "principal", "instance")
            .annotate(
                newest=Max("at"),
                uncounted=Sum("times", filter=gap & Q(count=None), default=0),
                conflated=Sum("count", filter=Q(kind=Loss.Kind.CONFLATED), default=0),
                closed=Sum("times", filter=Q(kind=Loss.Kind.CLOSED), default=0),
                gaps=Sum("times", filter=gap, default=0),
                events=Sum("count", filter=gap, default=0),
            )
            .order_by(F("events").desc(), F("newest").desc(), "principal", "instance")
        )
        shown: list[tuple[str | int, ...]] = []
        findings = []
        for each in sums[:ROWS_MAX]:
            who = self.making.names.shown(each["instance"], f"{each['principal_kind']}:{each['principal']}")
            shown.append(
                (
                    who, each["instance"], stamp(_ms(each["newest"])), each["uncounted"], each["conflated"],
                    each["closed"], each["gaps"], each["events"],
                )
            )  # fmt: skip
            findings.append(
                _lost(who, each["instance"], gaps=each["gaps"], events=each["events"], closed=each["closed"])
            )
        findings += self._too_short()
        return tuple(shown), findings

    def _too_short(self) -> list[Finding]:
        kept_since = self.making.now - LOSSES_KEPT
        if self.making.period.begins >= kept_since:
            return []
        until = min(kept_since, self.making.period.ends)
        return [
            Finding(
                "losses-unknown",
                Severity.LOW,
                f"What subscribers missed is kept for {LOSSES_KEPT.days} days: nothing is known of the time before "
                f"{stamp(_ms(until) // 1000 * 1000)}.",
                "Make reports within that time after the period's beginning, such as of half a month.",
            )
        ]


def _row(key: _Key, out: _Out) -> tuple[str | int, ...]:
    ended = "" if out.ended_ms is None else stamp(out.ended_ms)
    return key.instance, key.process, stamp(key.began_ms), ended, out.cause, out.refused


def _lost(who: str, instance: str, *, gaps: int, events: int, closed: int) -> Finding:
    return Finding(
        "losses",
        Severity.MEDIUM,
        f"{who} did not get all of {instance}: {gaps:,} gap{'s' * (gaps != 1)} with {events:,} events that are known "
        f"to be missing, and {closed:,} connection{'s' * (closed != 1)} closed as too slow.",
        "What is on record can be read again from the journal. See why the subscriber could not keep up (the page "
        "Losses).",
        max(gaps, closed, 1),
    )


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)


SECTION: Final = Section(
    "gaps",
    "Gaps",
    "Stretches of time in which events could be kept nowhere, and what subscribers of these instances were told that "
    "they missed.",
    Gaps,
)
