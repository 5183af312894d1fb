"""Error budgets: what is left, how fast it goes, and when it is gone, against a window that is lived through."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gaterhub.objectives.budget import Budget, Counts, Stretch, allowed_ratio, burn_rate, spent_after_seconds

NOW = 1_000_000.0
STEP = 60
"""Of the window that is lived through, in seconds; stretches are whole steps."""

counts = st.builds(Counts, st.integers(0, 400), st.integers(0, 40))
targets = st.decimals(Decimal(50), Decimal("99.9999"), places=4)


def left_of(past: list[Stretch], recent: Counts, allowed: Fraction, window: int, after: int | Fraction) -> Fraction:
    """Return what is left of the budget at a later time, counted anew from all that lies in the window then."""
    good, bad = Fraction(0), Fraction(0)
    begins = Fraction(NOW) + after - window
    for each in past:
        length = Fraction(each.ends) - Fraction(each.begins)
        inside = max(Fraction(0), Fraction(each.ends) - max(Fraction(each.begins), begins)) / length
        good, bad = good + inside * each.counts.good, bad + inside * each.counts.bad
    good, bad = good + Fraction(after) * recent.good / 3_600, bad + Fraction(after) * recent.bad / 3_600
    return allowed * (good + bad) - bad


def back_to_back(parts: list[tuple[int, Counts]]) -> list[Stretch]:
    """Return stretches of so many steps each, of which the last ends now."""
    stretches: list[Stretch] = []
    ends = NOW
    for steps, each in reversed(parts):
        stretches.append(Stretch(ends - steps * STEP, ends, each))
        ends -= steps * STEP
    return stretches[::-1]


class TestBudget:
    def test_of_999_in_1000_is_one_event(self) -> None:
        budget = Budget(Counts(good=999, bad=1), allowed_ratio(Decimal("99.9")))

        assert (budget.events, budget.left, budget.left_ratio, budget.missed) == (Fraction(1), Fraction(0), 0.0, False)

    def test_is_missed_by_one_event_more(self) -> None:
        budget = Budget(Counts(good=998, bad=2), allowed_ratio(Decimal("99.9")))

        assert (budget.left, budget.left_ratio, budget.missed) == (Fraction(-1), -1.0, True)

    def test_says_nothing_of_no_events(self) -> None:
        budget = Budget(Counts(), allowed_ratio(Decimal("99.9")))

        assert (budget.counts.good_ratio, budget.left_ratio, budget.missed) == (None, None, False)

    @given(counts, targets)
    @example(Counts(good=997, bad=3), Decimal("99.7"))
    def test_is_missed_where_and_only_where_the_share_of_good_events_is_below_the_target(
        self, had: Counts, target: Decimal
    ) -> None:
        missed = Budget(had, allowed_ratio(target)).missed

        assert missed == (had.good * 100 < Fraction(target) * had.total)


class TestBurnRate:
    def test_is_1_where_just_as_many_are_bad_as_may_be(self) -> None:
        assert burn_rate(Counts(good=999, bad=1), allowed_ratio(Decimal("99.9"))) == 1

    def test_is_unknown_where_nothing_was_seen(self) -> None:
        assert burn_rate(Counts(), allowed_ratio(Decimal("99.9"))) is None

    @given(counts, targets)
    def test_above_1_means_that_the_target_is_missed_by_what_came_lately(self, had: Counts, target: Decimal) -> None:
        burns, allowed = burn_rate(had, allowed_ratio(target)), allowed_ratio(target)

        assert burns is None or (burns > 1) == Budget(had, allowed).missed or burns == pytest.approx(1)


class TestTimeLeft:
    def ask(self, past: list[Stretch], recent: Counts, allowed: Fraction, window: int) -> float | None:
        return spent_after_seconds(past, recent, recent_seconds=3_600, allowed=allowed, now=NOW, window_seconds=window)

    def test_is_none_of_a_missed_budget(self) -> None:
        past = back_to_back([(10, Counts(0, 5))])

        assert self.ask(past, Counts(100, 0), Fraction(1, 100), 10 * STEP) == 0

    def test_lasts_where_nothing_is_bad(self) -> None:
        past = back_to_back([(10, Counts(1_000, 1))])

        assert self.ask(past, Counts(100, 0), Fraction(1, 100), 10 * STEP) is None

    def test_is_what_is_left_by_how_fast_it_goes_while_nothing_leaves(self) -> None:
        # 10 of 1,000 may be bad; each hour brings 100 more, of which 6 are bad where 1 may be.
        past = [Stretch(NOW - 3_600, NOW, Counts(1_000, 0))]

        assert self.ask(past, Counts(94, 6), Fraction(1, 100), 30 * 86_400) == pytest.approx(2 * 3_600)

    def test_counts_good_events_that_leave_with_the_budget_they_gave(self) -> None:
        # All traffic of the window lies in its oldest minute, and is gone after it.
        past = [Stretch(NOW - 3_600, NOW - 3_540, Counts(1_000, 0))]

        spent = self.ask(past, Counts(0, 60), Fraction(1, 100), 3_600)

        assert spent is not None
        assert 50 < spent < 60

    @given(
        parts=st.lists(st.tuples(st.integers(1, 4), counts), max_size=4),
        recent=counts,
        target=targets,
        more=st.integers(0, 5),
    )
    def test_is_the_first_moment_at_which_a_window_lived_through_is_overspent(
        self, parts: list[tuple[int, Counts]], recent: Counts, target: Decimal, more: int
    ) -> None:
        past, allowed = back_to_back(parts), allowed_ratio(target)
        window = (sum(steps for steps, _ in parts) + more + 1) * STEP

        spent = self.ask(past, recent, allowed, window)

        # Between two steps what is left is a line, so that a budget is overspent first at one, or on the way to one.
        overspent = [
            after for after in range(0, window + 1, 10) if left_of(past, recent, allowed, window, after) < -0.001
        ]
        if spent is None:
            assert overspent == []
        else:
            assert not [after for after in overspent if after < spent]
            assert left_of(past, recent, allowed, window, Fraction(spent)) < 0.001
