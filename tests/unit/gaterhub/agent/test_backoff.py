import pytest

from gaterhub.agent.backoff import Backoff


class TestBackoff:
    def test_doubles_the_pause_up_to_its_most(self) -> None:
        backoff = Backoff(chance=lambda: 1.0)

        assert [backoff.failed() for _ in range(9)] == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]

    def test_shortens_by_chance_to_no_less_than_half(self) -> None:
        assert Backoff(chance=lambda: 0.0).failed() == 0.25

    def test_waits_no_less_than_the_hub_asked_for(self) -> None:
        assert Backoff(chance=lambda: 0.0).failed(at_least_seconds=7) == 7.25

    def test_begins_anew_after_a_success(self) -> None:
        backoff = Backoff(chance=lambda: 1.0)
        backoff.failed()
        backoff.failed()

        backoff.succeeded()

        assert backoff.failed() == 0.5

    @pytest.mark.parametrize("failures", [100, 5_000])
    def test_bears_any_number_of_failures(self, failures: int) -> None:
        backoff = Backoff(2.0, chance=lambda: 1.0)

        assert [backoff.failed() for _ in range(failures)][-1] == 2.0
