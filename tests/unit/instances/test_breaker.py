import pytest

from instances.breaker import FAILURES_TO_OPEN, OPEN_SECONDS, CircuitBreaker, State


class Clock:
    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def changes() -> list[State]:
    return []


@pytest.fixture
def breaker(clock: Clock, changes: list[State]) -> CircuitBreaker:
    return CircuitBreaker(clock=clock, on_change=changes.append)


def fail(breaker: CircuitBreaker, times: int) -> None:
    for _ in range(times):
        breaker.failed()


class TestCircuitBreaker:
    def test_lets_everybody_ask_while_it_is_closed(self, breaker: CircuitBreaker, changes: list[State]) -> None:
        fail(breaker, FAILURES_TO_OPEN - 1)

        assert breaker.allows()
        assert not changes

    def test_opens_after_failures_in_a_row(self, breaker: CircuitBreaker, changes: list[State]) -> None:
        fail(breaker, FAILURES_TO_OPEN)

        assert not breaker.allows()
        assert changes == [State.OPEN]

    def test_stays_closed_when_failures_are_not_in_a_row(self, breaker: CircuitBreaker) -> None:
        for _ in range(5):
            fail(breaker, FAILURES_TO_OPEN - 1)
            breaker.succeeded()

        assert breaker.state is State.CLOSED

    def test_lets_one_caller_try_once_the_pause_is_over(self, breaker: CircuitBreaker, clock: Clock) -> None:
        fail(breaker, FAILURES_TO_OPEN)
        clock.seconds += OPEN_SECONDS * 0.9
        too_early = breaker.allows()
        clock.seconds += OPEN_SECONDS * 0.1

        assert [too_early, breaker.allows(), breaker.allows()] == [False, True, False]

    def test_lets_the_next_caller_try_when_the_first_went_away(self, breaker: CircuitBreaker, clock: Clock) -> None:
        fail(breaker, FAILURES_TO_OPEN)
        clock.seconds += OPEN_SECONDS
        first = breaker.allows()
        breaker.left()

        assert [first, breaker.allows(), breaker.allows()] == [True, True, False]

    def test_stays_closed_when_a_caller_goes_away(self, breaker: CircuitBreaker, changes: list[State]) -> None:
        breaker.left()

        assert breaker.allows()
        assert not changes

    def test_closes_when_the_trial_succeeds(self, breaker: CircuitBreaker, clock: Clock, changes: list[State]) -> None:
        fail(breaker, FAILURES_TO_OPEN)
        clock.seconds += OPEN_SECONDS
        breaker.allows()
        breaker.succeeded()

        assert changes == [State.OPEN, State.HALF_OPEN, State.CLOSED]
        assert breaker.allows()

    def test_opens_for_another_pause_when_the_trial_fails(self, breaker: CircuitBreaker, clock: Clock) -> None:
        fail(breaker, FAILURES_TO_OPEN)
        clock.seconds += OPEN_SECONDS
        breaker.allows()
        breaker.failed()
        at_once = breaker.allows()
        clock.seconds += OPEN_SECONDS

        assert not at_once
        assert breaker.allows()

    def test_is_not_kept_open_by_a_trial_that_nobody_answers(self, breaker: CircuitBreaker, clock: Clock) -> None:
        fail(breaker, FAILURES_TO_OPEN)
        clock.seconds += OPEN_SECONDS
        breaker.allows()
        clock.seconds += 10 * OPEN_SECONDS

        assert [breaker.allows(), breaker.allows()] == [True, False]

    def test_tells_a_change_once_however_many_fail_late(self, breaker: CircuitBreaker, changes: list[State]) -> None:
        fail(breaker, FAILURES_TO_OPEN + 5)

        assert changes == [State.OPEN]
