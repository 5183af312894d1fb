"""How objectives stand: what their windows have had, what is left of their budgets, and since when that is known."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from gaterhub.objectives.budget import Budget, Counts, Stretch, allowed_ratio, burn_rate, spent_after_seconds
from gaterhub.objectives.following import PAUSE_SECONDS
from gaterhub.objectives.models import Objective, ObjectiveHour, ObjectiveMark
from gaterhub.objectives.progress import HOUR_SECONDS, MINUTE_SECONDS, whole_minutes
from gaterhub.objectives.writing import moment
from instances.access.rights import Rights, Verb
from instances.topics import Pattern

LATELY_SECONDS: Final = HOUR_SECONDS
"""What the burn rate is found from: short enough to show what goes on now, long enough for rare events."""
MINUTES_OF_AN_HOUR: Final = HOUR_SECONDS // MINUTE_SECONDS

State = Literal["no_data", "kept", "burning", "missed"]


@dataclass(frozen=True, slots=True)
class Standing:
    """One objective as of now."""

    objective: Objective
    counts: Counts
    """Of the window."""
    budget: Budget
    burn_rate: float | None
    """Over the last hour; None where it had no events."""
    spent_after_seconds: float | None
    """Until more are bad than allowed, if events go on as in the last hour. None: that lasts, or isn't known."""
    since: datetime | None
    """From when on the window is counted; None where it isn't yet."""
    until: datetime | None
    """Up to when it is."""
    covered_minutes: int
    uncovered_minutes: int
    """Of which something may be missing: nobody counted, or the history had lost what was to be counted."""

    @property
    def state(self) -> State:
        if not self.counts.total:
            return "no_data"
        if self.budget.missed:
            return "missed"
        return "burning" if self.burn_rate is not None and self.burn_rate > 1 else "kept"


def readable(rights: Rights) -> list[Objective]:
    """Return the objectives all events of which may be read, by name: their counts tell of each."""
    return [
        row
        for row in Objective.objects.order_by("name")
        if any(rights.covers(verb, row.instance, Pattern(row.pattern)) for verb in (Verb.QUERY, Verb.SUBSCRIBE))
    ]


def standings(objectives: Sequence[Objective], now: datetime) -> list[Standing]:
    """Return how they stand, in the order given."""
    marks = {mark.objective_id: mark for mark in ObjectiveMark.objects.filter(objective__in=objectives)}
    hours: dict[int, list[_Hour]] = {each.pk: [] for each in objectives}
    since = now - timedelta(days=max((each.window_days for each in objectives), default=0), hours=1)
    rows = ObjectiveHour.objects.filter(objective__in=objectives, hour__gt=since).order_by("hour")
    for objective, hour, good, bad, covered in rows.values_list("objective_id", "hour", "good", "bad", "covered"):
        hours[objective].append(_Hour(int(hour.timestamp()), Counts(good, bad), covered))
    return [_standing(each, _counted(each, marks.get(each.pk)), hours[each.pk], now.timestamp()) for each in objectives]


@dataclass(frozen=True, slots=True)
class _Hour:
    begins: int
    counts: Counts
    covered: int

    @property
    def ends(self) -> int:
        return self.begins + HOUR_SECONDS


def _counted(objective: Objective, mark: ObjectiveMark | None) -> ObjectiveMark | None:
    """Return the mark unless it was counted by another definition: that goes at the next writing."""
    return mark if mark is not None and mark.definition == objective.definition.digest else None


def _standing(objective: Objective, mark: ObjectiveMark | None, hours: list[_Hour], now: float) -> Standing:
    allowed = allowed_ratio(objective.target_percent)
    if mark is None:
        return Standing(objective, Counts(), Budget(Counts(), allowed), None, None, None, None, 0, 0)
    window_seconds = objective.window_days * 86_400
    begins = max(now - window_seconds, mark.since.timestamp())
    lately_begins = max(begins, now - LATELY_SECONDS)
    # Minutes are looked at only of the hours in which the window, and its last hour, begin.
    minutes = _minutes(objective, {int(at // HOUR_SECONDS) * HOUR_SECONDS for at in (begins, lately_begins)})
    past = list(_stretches(hours, minutes, begins, now))
    counts = sum((each.counts for each in past), Counts())
    lately = sum((each.counts for each in _stretches(hours, minutes, lately_begins, now)), Counts())
    spent_after = None
    if lately.total:
        spent_after = spent_after_seconds(
            past,
            lately,
            recent_seconds=max(now - lately_begins, MINUTE_SECONDS),
            allowed=allowed,
            now=now,
            window_seconds=window_seconds,
        )
    covered, uncovered = _coverage(mark, hours, begins, now)
    return Standing(
        objective=objective,
        counts=counts,
        budget=Budget(counts, allowed),
        burn_rate=burn_rate(lately, allowed),
        spent_after_seconds=spent_after,
        since=moment(begins),
        until=mark.covered_until,
        covered_minutes=covered,
        uncovered_minutes=uncovered,
    )


def _minutes(objective: Objective, hours: set[int]) -> dict[int, dict[str, list[int]]]:
    """Return what the minutes of these hours had, by the hour and then by the minute's number."""
    rows = ObjectiveHour.objects.filter(objective=objective, hour__in=[moment(hour) for hour in hours])
    return {int(hour.timestamp()): minutes for hour, minutes in rows.values_list("hour", "minutes")}


def _stretches(
    hours: Iterable[_Hour], minutes: dict[int, dict[str, list[int]]], begins: float, now: float
) -> Iterator[Stretch]:
    """Yield what each hour had from the minute on in which the time begins."""
    for hour in hours:
        if hour.ends <= begins:
            continue
        counts, first = hour.counts, int(begins - hour.begins) // MINUTE_SECONDS
        if first > 0:
            kept = minutes.get(hour.begins, {}).items()
            counts = sum((Counts(*pair) for number, pair in kept if int(number) >= first), Counts())
        starts = max(hour.begins, begins)
        # The clock of whoever took the events may be a moment ahead.
        yield Stretch(starts, max(min(hour.ends, now), starts + 1), counts)


def _coverage(mark: ObjectiveMark, hours: Iterable[_Hour], begins: float, now: float) -> tuple[int, int]:
    """Return how many whole minutes are covered, and how many are not, up to where whoever records has come.

    Where nobody has recorded for a while, that is up to now: what isn't looked at isn't covered.
    """
    until = mark.covered_until.timestamp()
    ends = until if now - until <= PAUSE_SECONDS else now
    minutes = whole_minutes(begins, ends)
    covered = 0
    for hour in hours:
        first, last = (_number(hour, at) for at in (minutes.start, minutes.stop))
        covered += (hour.covered & max(0, (1 << last) - (1 << first))).bit_count()
    return covered, max(0, len(minutes) - covered)


def _number(hour: _Hour, at: int) -> int:
    """Return which minute of the hour it is; 0 before the hour, 60 after it."""
    return min(max((at - hour.begins) // MINUTE_SECONDS, 0), MINUTES_OF_AN_HOUR)
