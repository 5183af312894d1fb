"""What was recorded because a regulation asks for it, by regulation; and controls that are not met."""

from typing import Final

from gaterhub.reports.counting import Sample, Tally
from gaterhub.reports.entries import Taken
from gaterhub.reports.period import stamp
from gaterhub.reports.section import Gatherer, Making, Result, Section
from gaterhub.reports.structure import Column, Figure, Finding, Severity, Table
from instances.schemas.audit import TYPES, compliance_assessed

FAMILY: Final = compliance_assessed.topic.partition(":")[0]
CONTROLS_MAX: Final = 2_000
_AUDIT: Final = TYPES.instance
_NOT_MET: Final[dict[str, tuple[str, Severity]]] = {
    "not_met": ("is not met", Severity.HIGH),
    "partly_met": ("is met in part", Severity.MEDIUM),
}


class _Control:
    """A control as it was assessed last."""

    __slots__ = ("due_ms", "sample")

    def __init__(self, due_ms: int | None) -> None:
        self.due_ms = due_ms
        self.sample = Sample()


class Regulations(Gatherer):
    def __init__(self, making: Making) -> None:
        super().__init__(making)
        self._tally: Tally[tuple[str, str]] = Tally()
        self._results: dict[tuple[str, str], tuple[str, _Control]] = {}

    def take(self, entry: Taken) -> None:
        family, _, rest = entry.topic.partition(":")
        if entry.instance != _AUDIT or family != FAMILY:
            return
        regulation = rest.partition(":")[0]
        self._tally.add((regulation, entry.event_type))
        if entry.event_type == compliance_assessed.name:
            self._assessed(regulation, entry)

    def _assessed(self, regulation: str, entry: Taken) -> None:
        """Take an assessment; of several of one control the last one counts."""
        key = regulation, str(entry.said("control"))
        if key in self._results or len(self._results) < CONTROLS_MAX:
            due = entry.said("due_at")
            control = _Control(due if type(due) is int else None)
            control.sample.add(entry)
            self._results[key] = str(entry.said("result")), control

    def result(self) -> Result:
        results = [result for result, _ in self._results.values()]
        figures = (
            Figure("events", "Compliance events", self._tally.total),
            Figure("regulations", "Regulations", len({regulation for regulation, _ in self._tally.counts})),
            Figure("controls", "Controls assessed", len(results)),
            Figure("controls_not_met", "Of them not met, or in part", sum(each in _NOT_MET for each in results)),
        )
        table = Table(
            "events",
            "Compliance events by regulation",
            (
                Column("regulation", "Regulation"),
                Column("event_type", "Type"),
                Column("events", "Events", number=True),
            ),
            self._tally.rows(lambda key: key, width=2),
        )
        findings = [
            self._finding(regulation, name, result, control)
            for (regulation, name), (result, control) in sorted(self._results.items(), key=lambda each: each[0])
            if result in _NOT_MET
        ]
        return Result(figures, (table,), findings)

    def _finding(self, regulation: str, name: str, result: str, control: _Control) -> Finding:
        words, severity = _NOT_MET[result]
        due = ""
        if control.due_ms is not None:
            over = control.due_ms < self.making.period.to_ms
            due = f"; it {'was' if over else 'is'} to be mended by {stamp(control.due_ms)}"
        return Finding(
            f"control-{result.replace('_', '-')}",
            severity,
            f"The control {name} of {regulation} {words}, as it was last assessed{due}.",
            "Mend what the assessment names, then have the control assessed anew.",
            1,
            control.sample.entries,
        )


SECTION: Final = Section(
    "regulations",
    "Compliance events by regulation",
    "What was recorded because a law or standard asks for it, and controls that were found not to be met.",
    Regulations,
)
