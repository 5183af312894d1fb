"""When it was recorded who saw an instance's events: nobody is said not to have seen what nobody wrote down."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from django.db.models import Exists, Min, OuterRef

from consumers.models import SeenPeriod
from consumers.seen.recordings import HEARTBEAT_MS
from instances import config

Because = Literal["not yet", "switched off", "given up"]
APART_MS: Final = 6 * HEARTBEAT_MS
"""Times that lie no further apart are told as one: processes end and begin."""
_BECAUSE: Final[dict[str, Because]] = {SeenPeriod.Kind.OFF: "switched off", SeenPeriod.Kind.GIVEN_UP: "given up"}


@dataclass(frozen=True, slots=True)
class Unrecorded:
    """A time in which it was not recorded, or not all of it; in milliseconds since 1970 UTC."""

    from_ms: int | None
    """None: from the beginning."""
    to_ms: int | None
    """None: it is so now."""
    because: Because

    def covers(self, at_ms: int) -> bool:
        return (self.from_ms is None or self.from_ms <= at_ms) and (self.to_ms is None or at_ms < self.to_ms)


@dataclass(frozen=True, slots=True)
class Recorded:
    """Whether it was recorded who saw an event that came at a time."""

    recorded: bool
    """From when it came on; what went missing later stands in `unrecorded`."""
    since_ms: int | None
    """Since when it was recorded at that time; None where it wasn't."""
    unrecorded: tuple[Unrecorded, ...]
    """From when it came up to now; the earliest first."""


def recorded(instance: str, at_ms: int) -> Recorded:
    """Return what is known of the time from that moment on; blocks on the database."""
    periods = SeenPeriod.objects.filter(instance=instance)
    began = periods.filter(kind=SeenPeriod.Kind.ON).aggregate(Min("began_at"))["began_at__min"]
    first_ms = None if began is None else ms_of(began)
    goes_on = periods.filter(kind=SeenPeriod.Kind.ON, process=OuterRef("process"), began_at=OuterRef("last_at"))
    off = periods.exclude(kind=SeenPeriod.Kind.ON).annotate(went_on=Exists(goes_on)).order_by("began_at")
    rows = off.values_list("kind", "began_at", "last_at", "went_on")
    found = list(_joined(instance, rows))
    if first_ms is None or at_ms < first_ms:
        found.insert(0, Unrecorded(None, first_ms, "not yet"))
    ends = [
        each.to_ms for each in found if each.to_ms is not None and each.to_ms <= at_ms and each.because != "given up"
    ]
    is_recorded = not any(each.covers(at_ms) for each in found if each.because != "given up")
    return Recorded(
        is_recorded,
        max([*ends, *([] if first_ms is None else [first_ms])]) if is_recorded else None,
        tuple(each for each in found if each.to_ms is None or each.to_ms > at_ms),
    )


def _joined(instance: str, rows: Iterable[tuple[str, datetime, datetime, bool]]) -> Iterable[Unrecorded]:
    """Yield times of one kind that lie next to each other, in whatever processes, as one.

    A process that ended, and did not go over to recording, may have gone on for so long after it was last known of.
    """
    open_: dict[str, tuple[int, int]] = {}
    done: list[tuple[str, int, int]] = []
    for kind, began_at, last_at, went_on in rows:
        ends_for_certain = went_on or kind == SeenPeriod.Kind.GIVEN_UP
        began, last = ms_of(began_at), ms_of(last_at) + (0 if ends_for_certain else HEARTBEAT_MS)
        held = open_.get(kind)
        if held is not None and began <= held[1] + APART_MS:
            open_[kind] = held[0], max(held[1], last)
            continue
        if held is not None:
            done.append((kind, *held))
        open_[kind] = began, last
    done += [(kind, *held) for kind, held in open_.items()]
    is_off = not config.effective(instance).record_seen
    for kind, began, last in sorted(done, key=lambda each: each[1]):
        still = kind == SeenPeriod.Kind.OFF and is_off and open_[kind] == (began, last)
        yield Unrecorded(began, None if still else last, _BECAUSE[kind])


def ms_of(at: datetime) -> int:
    """Return milliseconds since 1970 UTC."""
    return round(at.timestamp() * 1000)
