"""Attempts on what somebody may not have: access violations, denials, and signs of attacks."""

from dataclasses import dataclass, field
from typing import Final

from gaterhub.reports.counting import Sample, Tally
from gaterhub.reports.entries import Taken
from gaterhub.reports.section import Gatherer, Making, Result, Section
from gaterhub.reports.structure import Column, Figure, Finding, Severity, Table
from instances.journal.models import UNKNOWN
from instances.schemas import security

FAMILY: Final = security.access_violation.topic.partition(":")[0]
RESOURCES_MAX: Final = 500
"""Told one by one."""
_SECURITY: Final = security.TYPES.instance
_DENIED: Final = security.authorization_denied.name
_REPEATED: Final = security.repeated_denials.name
_THREAT: Final = security.threat_detected.name


@dataclass(slots=True)
class _Resource:
    blocked: Sample = field(default_factory=Sample)
    open: Sample = field(default_factory=Sample)
    """Those that were not blocked, or of which nobody says that they were."""


class Violations(Gatherer):
    def __init__(self, making: Making) -> None:
        super().__init__(making)
        self._tally: Tally[tuple[str, str, str, str]] = Tally()
        self._resources: dict[str, _Resource] = {}
        self._denied = self._repeated = self._threats = self._open = 0

    def take(self, entry: Taken) -> None:
        if entry.instance != _SECURITY:
            return
        if entry.event_type == _DENIED:
            self._denied += 1
        elif entry.event_type == _REPEATED:
            count = entry.said("count")
            self._repeated += count if type(count) is int else 0
        elif entry.event_type == _THREAT:
            self._threats += 1
        elif entry.topic.partition(":")[0] == FAMILY:
            self._violated(entry)

    def _violated(self, entry: Taken) -> None:
        resource = entry.resource if entry.resource != UNKNOWN else entry.topic.partition(":")[2]
        blocked = entry.said("blocked") is True
        self._open += not blocked
        user = entry.said("user_id")
        who = user if type(user) is str and user.strip() else entry.actor
        self._tally.add((resource, who, entry.origin, "yes" if blocked else "no"))
        if resource not in self._resources and len(self._resources) >= RESOURCES_MAX:
            resource = "others"
        found = self._resources.setdefault(resource, _Resource())
        (found.blocked if blocked else found.open).add(entry)

    def result(self) -> Result:
        shown = self.making.names.shown
        figures = (
            Figure("violations", "Access violations", self._tally.total),
            Figure("violations_not_blocked", "Of them not blocked", self._open),
            Figure("denials", "Denied for want of a permission", self._denied),
            Figure("denials_summed", "More denials, added up by the hub", self._repeated),
            Figure("threats", "Signs of an attack", self._threats),
        )
        table = Table(
            "violations",
            "Access violations by resource",
            (
                Column("resource", "Resource"),
                Column("who", "Who"),
                Column("origin", "Origin"),
                Column("blocked", "Blocked"),
                Column("violations", "Violations", number=True),
            ),
            self._tally.rows(lambda key: (key[0], shown(_SECURITY, key[1]), shown(_SECURITY, key[2]), key[3]), width=4),
        )
        findings = []
        for resource, found in sorted(self._resources.items()):
            if found.open.count:
                findings.append(_not_blocked(resource, found.open))
            if found.blocked.count:
                findings.append(_blocked(resource, found.blocked))
        return Result(figures, (table,), findings)


def _not_blocked(resource: str, sample: Sample) -> Finding:
    return Finding(
        "access-not-blocked",
        Severity.HIGH,
        f"The rules of {resource} were broken {sample.count:,} time{'s' * (sample.count != 1)}, and nobody says that "
        "it was blocked.",
        "Find out what was read or changed, and by whom; then see to it that the rule is enforced.",
        sample.count,
        sample.entries,
    )


def _blocked(resource: str, sample: Sample) -> Finding:
    return Finding(
        "access-violation",
        Severity.MEDIUM,
        f"Somebody tried to break the rules of {resource} {sample.count:,} time{'s' * (sample.count != 1)}, and was "
        "blocked.",
        "Find out who it was and what they wanted; a rule that hinders work is got around sooner or later.",
        sample.count,
        sample.entries,
    )


SECTION: Final = Section(
    "access_violations",
    "Access violations",
    "Attempts on resources that broke their rules, who made them, and whether they came to nothing.",
    Violations,
)
