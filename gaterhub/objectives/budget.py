"""The mathematics of error budgets: how much is allowed, how fast it goes, and when it will be gone.

The words are those of Google's Site Reliability Workbook (2018), chapters 2 and 5: of a target of 99.9 %, 0.1 % of all
events of the window is the budget. A burn rate of 1 uses up the budget in exactly one window.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Counts:
    good: int = 0
    bad: int = 0

    @property
    def total(self) -> int:
        return self.good + self.bad

    @property
    def good_ratio(self) -> float | None:
        """None where nothing was seen: no events are no success."""
        return self.good / self.total if self.total else None

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(self.good + other.good, self.bad + other.bad)


@dataclass(frozen=True, slots=True)
class Stretch:
    """What was counted between two times, in seconds since 1970; within it, events are taken to be spread evenly."""

    begins: float
    ends: float
    counts: Counts


def allowed_ratio(target_percent: Decimal) -> Fraction:
    """Return the share of events that may be bad, exactly."""
    return Fraction(100 - target_percent) / 100


@dataclass(frozen=True, slots=True)
class Budget:
    """What a window allows, against what it has had."""

    counts: Counts
    allowed: Fraction
    """The share of all events that may be bad."""

    @property
    def events(self) -> Fraction:
        """How many bad events the window's traffic allows."""
        return self.allowed * self.counts.total

    @property
    def left(self) -> Fraction:
        """How many more may be bad; negative where there were too many."""
        return self.events - self.counts.bad

    @property
    def left_ratio(self) -> float | None:
        """The same as a share of the budget; None where nothing was seen."""
        return float(self.left / self.events) if self.counts.total else None

    @property
    def missed(self) -> bool:
        return self.left < 0


def burn_rate(recent: Counts, allowed: Fraction) -> float | None:
    """Return how many times faster than allowed the budget goes; None where nothing was seen lately."""
    return float(Fraction(recent.bad, recent.total) / allowed) if recent.total else None


def spent_after_seconds(
    past: Sequence[Stretch],
    recent: Counts,
    *,
    recent_seconds: float,
    allowed: Fraction,
    now: float,
    window_seconds: float,
) -> float | None:
    """Return in how many seconds more will be bad than is allowed, if events go on as lately; None if that lasts.

    The window slides: as time goes by, events of the past leave it as they came, and new ones enter at the recent
    rate. So what is left of the budget is a line with bends where a stretch begins or ends to leave, and the first
    time that it falls below nothing is looked for, up to one window from now: then nothing of the past is left, and
    what the recent rate does, it does for ever. `past` are stretches of the window, the oldest first, none of which
    overlaps another.
    """
    share = float(allowed)
    left = float(Budget(sum((each.counts for each in past), Counts()), allowed).left)
    if left < 0:
        return 0.0
    entering = (share * recent.total - recent.bad) / recent_seconds
    after = 0.0
    for each in past:
        begins, ends = (max(0.0, at + window_seconds - now) for at in (each.begins, each.ends))
        leaving = share * each.counts.total - each.counts.bad
        for until, slope in ((begins, entering), (ends, entering - leaving / max(ends - begins, 1e-9))):
            length = until - after
            if length <= 0:
                continue
            if left + slope * length < -_NOTHING:
                return after + max(0.0, left) / -slope
            left += slope * length
            after = until
    rest = window_seconds - after
    if rest > 0 and left + entering * rest < -_NOTHING:
        return after + max(0.0, left) / -entering
    return None


_NOTHING = 1e-6
"""Of an event: what rounding may make of nothing."""
