"""Into the hours: what was counted since the mark, and the mark itself, all in one transaction."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from django.db import transaction

from gaterhub.models import Lease
from gaterhub.objectives.budget import Counts
from gaterhub.objectives.models import Objective, ObjectiveHour, ObjectiveMark
from gaterhub.objectives.progress import HOUR_SECONDS, MINUTE_SECONDS, Known, Mark, Progress
from instances.streams import Position

LEASE: Final = "objectives"
LEASE_SECONDS: Final = 30.0
"""Three times as long as from one writing to the next: the recorder changes only when one is really gone."""
_WRITTEN: Final = ("good", "bad", "minutes", "covered")
_MARKED: Final = ("definition", "serial", "positions", "since", "covered_from", "covered_until")


def write(taken: Iterable[Progress], *, holder: str, at: datetime) -> list[Known] | None:
    """Write what was counted, and return the objectives as they are then; None where another process records.

    1. Whoever has the lease writes; its row is locked until the end, so that no two write at once.
    2. What follows the very mark that is in the database is added to the hours, and the mark moves on. Anything else
       is counted already, or was counted by a definition that is no longer the objective's: it is let go.
    3. Hours and mark of a definition before are deleted: the objective begins anew.
    """
    # Asked first: a try for a lease that another has would be an error in the log of PostgreSQL.
    if Lease.objects.filter(name=LEASE, until__gte=at).exclude(holder=holder).exists():
        return None
    with transaction.atomic():
        if not Lease.objects.take(LEASE, holder=holder, at=at, seconds=LEASE_SECONDS):
            return None
        objectives = {row.pk: row.definition for row in Objective.objects.order_by("pk")}
        marks = {mark.objective_id: mark for mark in ObjectiveMark.objects.filter(objective__in=objectives)}
        outdated = [pk for pk, mark in marks.items() if mark.definition != objectives[pk].digest]
        if outdated:
            ObjectiveHour.objects.filter(objective__in=outdated).delete()
            ObjectiveMark.objects.filter(objective__in=outdated).delete()
            for pk in outdated:
                del marks[pk]
        following = [
            each
            for each in taken
            if objectives.get(each.objective) == each.definition
            and each.mark.serial == (marks[each.objective].serial if each.objective in marks else 0)
        ]
        _add(following)
        moved = {each.objective: _row(each) for each in following}
        ObjectiveMark.objects.bulk_create(
            moved.values(), update_conflicts=True, unique_fields=("objective",), update_fields=_MARKED
        )
        marks |= moved
    return [Known(pk, definition, _mark(marks.get(pk)), pk in moved) for pk, definition in objectives.items()]


def _add(following: Iterable[Progress]) -> None:
    """Add the counts of each to its hours."""
    parts = {(each.objective, hour): part for each in following for hour, part in _by_hour(each).items()}
    rows = {
        (row.objective_id, row.hour): row
        for row in ObjectiveHour.objects.filter(
            objective__in={objective for objective, _ in parts}, hour__in={moment(hour) for _, hour in parts}
        )
    }
    changed = []
    for (objective, hour), (counts, covered) in parts.items():
        key = objective, moment(hour)
        row = rows.get(key) or ObjectiveHour(objective_id=objective, hour=key[1])
        if counts or row.covered | covered != row.covered:
            row.covered |= covered
            for minute, each in counts.items():
                good, bad = row.minutes.get(minute, (0, 0))
                row.minutes[minute] = good + each.good, bad + each.bad
                row.good, row.bad = row.good + each.good, row.bad + each.bad
            changed.append(row)
    ObjectiveHour.objects.bulk_create(
        changed, update_conflicts=True, unique_fields=("objective", "hour"), update_fields=_WRITTEN
    )


def _by_hour(progress: Progress) -> dict[int, tuple[dict[str, Counts], int]]:
    """Return of each hour its minutes with their counts, by their number as JSON has it, and which are covered."""
    hours: dict[int, tuple[dict[str, Counts], int]] = {}
    for minute in {*progress.counts, *progress.covered}:
        hour = minute // HOUR_SECONDS * HOUR_SECONDS
        number = (minute - hour) // MINUTE_SECONDS
        counts, covered = hours.get(hour, ({}, 0))
        if minute in progress.counts:
            counts[str(number)] = progress.counts[minute]
        hours[hour] = counts, covered | (minute in progress.covered) << number
    return hours


def _row(progress: Progress) -> ObjectiveMark:
    mark = progress.mark
    return ObjectiveMark(
        objective_id=progress.objective,
        definition=progress.definition.digest,
        serial=mark.serial + 1,
        positions={stream: str(position) for stream, position in mark.positions.items()},
        since=moment(mark.since),
        covered_from=moment(mark.covered_from),
        covered_until=moment(mark.covered_until),
    )


def _mark(row: ObjectiveMark | None) -> Mark | None:
    if row is None:
        return None
    return Mark(
        serial=row.serial,
        positions=_positions(row.positions),
        since=row.since.timestamp(),
        covered_from=row.covered_from.timestamp(),
        covered_until=row.covered_until.timestamp(),
    )


def _positions(written: Mapping[str, Any]) -> dict[str, Position]:
    """Return the positions of a mark; each is `<epoch>:<offset>`."""
    positions = {}
    for stream, text in written.items():
        epoch, _, offset = text.rpartition(":")
        positions[stream] = Position(epoch, int(offset))
    return positions


def moment(seconds: float) -> datetime:
    """Return the time so many seconds after 1970."""
    return datetime.fromtimestamp(seconds, UTC)
