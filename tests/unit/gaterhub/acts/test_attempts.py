import threading

from gaterhub.acts.attempts import Attempts
from tests.unit.gaterhub.agent.fakes import Clock


class TestAttempts:
    def test_count_each_by_itself(self) -> None:
        attempts = Attempts()

        assert [attempts.failed("ada"), attempts.failed("ada"), attempts.failed("bob")] == [1, 2, 1]

    def test_forget_what_is_older_than_the_window(self) -> None:
        clock = Clock()
        attempts = Attempts(clock=clock, window_seconds=900)
        attempts.failed("ada")
        clock.move(600)
        attempts.failed("ada")
        clock.move(300)

        assert attempts.failed("ada") == 2

    def test_forgive_and_tell_how_many_there_were(self) -> None:
        clock = Clock()
        attempts = Attempts(clock=clock, window_seconds=900)
        attempts.failed("ada")
        clock.move(900)
        attempts.failed("ada")

        assert attempts.forget("ada") == 1
        assert attempts.forget("ada") == 0
        assert attempts.failed("ada") == 1

    def test_hold_no_more_names_than_they_may_and_let_the_stalest_go(self) -> None:
        attempts = Attempts(max_keys=3)
        for name in ("ada", "bob", "ada", "eve", "zoe"):
            attempts.failed(name)

        assert attempts.forget("bob") == 0
        assert attempts.forget("ada") == 2

    def test_hold_no_more_of_one_than_they_may(self) -> None:
        attempts = Attempts()
        for _ in range(1_200):
            attempts.failed("ada")

        assert attempts.forget("ada") == 1_000

    def test_lose_none_between_threads(self) -> None:
        attempts = Attempts()
        threads = [threading.Thread(target=lambda: [attempts.failed("ada") for _ in range(100)]) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert attempts.forget("ada") == 800
