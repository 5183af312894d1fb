"""Rows of who saw what, written to the database: new ones added, grown ones extended, and counted what that costs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, NamedTuple

from django.db import models, transaction
from django.db.models import F
from django.utils import timezone

from consumers.ledger import UNFIT
from consumers.models import SeenAck, SeenBy, SeenCost, SeenPeriod, Sighting
from consumers.seen.rows import By, Period, Row, Said, Stretch

STRETCH_BYTES: Final = 220
"""Of a row of `Sighting` beside its texts, on PostgreSQL: its head and columns, and its places in two indexes."""
ACK_BYTES: Final = 300
BY_BYTES: Final = 250

_MODELS: Final[dict[type[Row], type[models.Model]]] = {Stretch: Sighting, Said: SeenAck, Period: SeenPeriod}


class Unfit(NamedTuple):
    """A row that no database would take."""

    row: Row
    error: Exception


@dataclass(slots=True)
class _Cost:
    rows: int = 0
    updates: int = 0
    bytes: int = 0


def write(rows: Sequence[Row]) -> list[Unfit]:
    """Write all rows or none, but for those that no database would take, which are returned. Raises: django.db.Error.

    What is written a second time, because nobody knows what became of the first, is the same row.
    """
    try:
        _write(rows)
    except UNFIT:
        return [unfit for row in rows if (unfit := _write_alone(row)) is not None]
    return []


def _write_alone(row: Row) -> Unfit | None:
    try:
        _write([row])
    except UNFIT as error:
        return Unfit(row, error)
    return None


def _write(rows: Sequence[Row]) -> None:
    subscribers = {row.by.id: row.by for row in rows if row.by is not None and not row.by.written}
    with transaction.atomic():
        SeenBy.objects.bulk_create([by.model() for by in subscribers.values()], ignore_conflicts=True)
        for kind, model in _MODELS.items():
            of_kind = [row for row in rows if type(row) is kind]
            if of_kind:
                model._default_manager.bulk_create(
                    [row.model() for row in of_kind],
                    update_conflicts=True,
                    unique_fields=["id"],
                    update_fields=of_kind[0].grows,
                )
        _count(_costs(rows, subscribers.values()))
    for written in (*rows, *subscribers.values()):
        written.written = True


def _costs(rows: Iterable[Row], subscribers: Iterable[By]) -> dict[str, _Cost]:
    costs: dict[str, _Cost] = {}
    for row in rows:
        if isinstance(row, Period):
            continue
        cost = costs.setdefault(row.instance, _Cost())
        if row.written:
            cost.updates += 1
        else:
            cost.rows += 1
            cost.bytes += bytes_of(row)
    for by in subscribers:
        cost = costs.setdefault(by.instance, _Cost())
        cost.rows += 1
        cost.bytes += bytes_of(by)
    return costs


def bytes_of(row: Stretch | Said | By) -> int:
    """Return about how many bytes a new row takes, with its places in indexes."""
    if isinstance(row, Stretch):
        return STRETCH_BYTES + 2 * len(row.stream) + len(row.epoch)
    if isinstance(row, Said):
        return ACK_BYTES + 2 * len(row.stream) + len(row.pattern) + len(row.epoch) + 2 * len(row.durable or "")
    who = row.subscriber
    return BY_BYTES + len(who.name) + len(who.agent) + sum(len(each.pattern) for each in row.follows)


def _count(costs: dict[str, _Cost]) -> None:
    hour = hour_of(timezone.now())
    # In one order in every process, so that no two wait for each other.
    for instance, cost in sorted(costs.items()):
        of_hour = SeenCost.objects.filter(instance=instance, hour=hour)
        more = {"rows": F("rows") + cost.rows, "updates": F("updates") + cost.updates, "bytes": F("bytes") + cost.bytes}
        if not of_hour.update(**more):
            SeenCost.objects.bulk_create([SeenCost(instance=instance, hour=hour)], ignore_conflicts=True)
            of_hour.update(**more)


def hour_of(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
