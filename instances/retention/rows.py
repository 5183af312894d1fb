"""Policies as the database has them."""

from collections.abc import Iterable

from instances.catalog import INSTANCES
from instances.models import RetentionPolicy
from instances.retention.policy import Policy
from instances.topics import BadPattern, Pattern

_SPECS = {spec.name: spec for spec in INSTANCES}


def stated(row: RetentionPolicy) -> Policy | None:
    """Return what a row states; None for what can't be read, which came by another hand or from a newer version."""
    spec = _SPECS.get(row.instance)
    try:
        pattern = Pattern(row.pattern)
    except BadPattern:
        return None
    if spec is None:
        return None
    return Policy(
        id=row.pk,
        name=row.name,
        spec=spec,
        pattern=pattern,
        recent_seconds=row.recent_seconds,
        kept_seconds=row.kept_seconds,
        at_most_seconds=row.at_most_seconds,
    )


def all_stated(rows: Iterable[RetentionPolicy]) -> tuple[Policy, ...]:
    """Return what all of them state that can be read."""
    return tuple(policy for row in rows if (policy := stated(row)) is not None)


def active_policies() -> tuple[Policy, ...]:
    """Return the policies that hold; asks the database."""
    return all_stated(RetentionPolicy.objects.filter(active=True).order_by("pk"))
