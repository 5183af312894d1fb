"""Who may have a report made, of what, and who may read one: whoever may query all that it tells of."""

from collections.abc import Collection
from typing import Final

from gaterhub.reports.models import ComplianceReport
from instances.access.rights import Rights, Verb
from instances.catalog import INSTANCES
from instances.spec import InstanceSpec
from instances.topics import WILDCARD, Pattern

_WHOLE: Final = Pattern(WILDCARD)
KEPT: Final[tuple[InstanceSpec, ...]] = tuple(spec for spec in INSTANCES if spec.delivery.journaled)
"""The instances that have a journal."""
SEALED: Final = tuple(spec.name for spec in KEPT if spec.delivery.sealed)
"""Without these there is nothing to report of."""


def may_report(rights: Rights) -> bool:
    """Tell whether reports may be made and read at all: it takes a grant to query all of the sealed journals."""
    return covers(rights, SEALED)


def covers(rights: Rights, instances: Collection[str], *, personal: bool = False) -> bool:
    return all(rights.covers(Verb.QUERY, name, _WHOLE, personal=personal) for name in instances)


def covered(rights: Rights) -> tuple[InstanceSpec, ...]:
    """Return the journals that a report of theirs is of: all that they may query the whole of."""
    return tuple(spec for spec in KEPT if covers(rights, (spec.name,)))


def clear_to(rights: Rights) -> frozenset[str]:
    """Return the journals whose personal fields they may read everywhere."""
    return frozenset(spec.name for spec in KEPT if covers(rights, (spec.name,), personal=True))


def may_read(rights: Rights, report: ComplianceReport) -> bool:
    """Tell whether a report may be read: all of its journals may be, and persons where it shows them in the clear."""
    return may_report(rights) and covers(rights, report.instances) and covers(rights, report.clear, personal=True)
