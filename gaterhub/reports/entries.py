"""The entries of a period, read page by page: a journal of any length takes the memory of one page."""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple
from uuid import UUID

import msgspec

from gaterhub.reports.period import Period
from gaterhub.reports.structure import Place
from instances.journal.columns import Columns, columns_of
from instances.journal.entry_page import read_for_long
from instances.journal.models import UNKNOWN, JournalHead, entry_model
from instances.journal.opened import Opened, put_back
from instances.journal.personal import PUBLISHER_ADDRESS
from instances.journal.router import ALIAS
from instances.journal.spans import Run, runs
from instances.journal.vault import open_parts
from instances.spec import InstanceSpec

PAGE_ENTRIES: Final = 2_048
"""Read at once: with usual entries some 3 MB, with the largest a hundred."""
_ADDRESS: Final = f"/{PUBLISHER_ADDRESS}"
"""Of the publisher on the network: nothing that a report tells."""
_NOTHING_PERSONAL: Final[frozenset[tuple[str, str]]] = frozenset()
_READ: Final = (
    "index", "id", "topic", "event_type", "actor", "action", "resource", "outcome", "origin", "occurred_ms", "body"
)  # fmt: skip


class Taken(msgspec.Struct, frozen=True):
    """An entry that the hub took in the period, with what is held apart of it in its place."""

    instance: str
    index: int
    id: UUID
    topic: str
    event_type: str
    actor_column: str | None
    """As the journal has it: `unknown` where the event tells of none, None where it is held apart."""
    action: str
    resource: str
    outcome: str
    origin_column: str | None
    occurred_ms: int
    schema_version: int
    data: dict[str, Any]
    metadata: dict[str, Any]

    @property
    def actor(self) -> str:
        """Who did it, wherever that is held; `unknown` where the event tells of nobody."""
        return self.actor_column or self._columns.actor or UNKNOWN

    @property
    def origin(self) -> str:
        """From where, likewise."""
        return self.origin_column or self._columns.origin or UNKNOWN

    @property
    def _columns(self) -> Columns:
        return columns_of(self.event_type, self.data, self.metadata, _NOTHING_PERSONAL)

    @property
    def place(self) -> Place:
        return Place(self.instance, self.index, str(self.id))

    def said(self, name: str) -> Any:
        """Return a field of the data, or None."""
        return self.data.get(name)


class _Sealed(msgspec.Struct):
    data: Any
    metadata: dict[str, Any]
    schema_version: int = 1
    personal: list[str] = []


_sealed: Final = msgspec.json.Decoder(_Sealed).decode
_PURGED: Final = _Sealed({}, {})


class JournalPart(NamedTuple):
    """A journal as far as it was numbered when the report began, and the stretches that may hold the period."""

    spec: InstanceSpec
    size: int
    stretches: tuple[Run, ...]

    @property
    def first(self) -> int:
        """The first index that may be of the period; where there is none, the journal's end."""
        return self.stretches[0].begin if self.stretches else self.size

    @property
    def entries(self) -> int:
        """How many entries are read; those of them outside the period are passed over."""
        return sum(each.end - each.begin for each in self.stretches)


def part_of(spec: InstanceSpec, period: Period, *, using: str = ALIAS) -> JournalPart:
    """Return which part of a journal has to be read. Blocks on the database."""
    size = JournalHead.objects.using(using).filter(instance=spec.name).values_list("size", flat=True).first() or 0
    found = runs(spec, from_ms=period.from_ms, to_ms=period.to_ms, within=Run(0, size), backwards=False, using=using)
    return JournalPart(spec, size, tuple(found))


def pages_of(part: JournalPart, period: Period, *, using: str = ALIAS) -> Iterator[tuple[int, list[Taken]]]:
    """Yield how many entries were looked at, and those of them that the hub took in the period, in their order."""
    read_for_long(using)
    rows = entry_model(part.spec).objects.using(using).order_by("index")
    for stretch in part.stretches:
        for begin in range(stretch.begin, stretch.end, PAGE_ENTRIES):
            end = min(begin + PAGE_ENTRIES, stretch.end)
            page = rows.filter(
                index__gte=begin, index__lt=end, received_ms__gte=period.from_ms, received_ms__lt=period.to_ms
            )
            yield end - begin, _taken(part.spec, list(page.values_list(*_READ)), using)


def _taken(spec: InstanceSpec, rows: list[tuple[Any, ...]], using: str) -> list[Taken]:
    sealed = [_sealed(bytes(row[-1])) if row[-1] else _PURGED for row in rows]
    apart = [row[1] for row, each in zip(rows, sealed, strict=True) if each.personal]
    opened = open_parts(spec.name, apart, using=using) if apart else {}
    return [_filled(spec, row, each, opened.get(row[1])) for row, each in zip(rows, sealed, strict=True)]


def _filled(spec: InstanceSpec, row: tuple[Any, ...], sealed: _Sealed, opened: Opened | None) -> Taken:
    index, id, topic, event_type, actor, action, resource, outcome, origin, occurred_ms, _ = row
    data, metadata = sealed.data, sealed.metadata
    if opened is not None:
        event = {"data": data, "metadata": metadata}
        put_back(event, (each for each in sealed.personal if each != _ADDRESS), opened)
    return Taken(
        instance=spec.name,
        index=index,
        id=id,
        topic=topic,
        event_type=event_type,
        actor_column=actor,
        action=action,
        resource=resource,
        outcome=outcome,
        origin_column=origin,
        occurred_ms=occurred_ms,
        schema_version=sealed.schema_version,
        data=data if type(data) is dict else {},
        metadata=metadata,
    )
