"""What several processes answer is one list, asked for once a second at most."""

import msgspec

from consumers.presence.gathering import FRESH_SECONDS, Gathering, Watched
from consumers.presence.people import Here, Person
from instances.office import Answers


class Processes:
    """Answer what they are given, and count how often they are asked."""

    def __init__(self, *here: dict[str, list[Person]], silent: tuple[str, ...] = ()) -> None:
        self.asked = 0
        self._answers = Answers(
            {str(number): msgspec.json.encode(Here(each)) for number, each in enumerate(here)}, silent
        )

    def __call__(self) -> Answers:
        self.asked += 1
        return self._answers


class TestGathering:
    def test_makes_one_person_of_one_who_is_met_in_two_processes(self) -> None:
        processes = Processes(
            {"overview": [Person(1, "ada", 2_000, 1)]},
            {"overview": [Person(2, "grace", 1_500, 1), Person(1, "ada", 3_000, 2)], "instance:health": []},
            silent=("web-3",),
        )

        watched = Gathering().watched(processes)

        assert watched == Watched(
            {"overview": [Person(2, "grace", 1_500, 1), Person(1, "ada", 2_000, 3)], "instance:health": []}, ("web-3",)
        )

    def test_asks_again_only_after_a_second(self) -> None:
        # It looks at the clock before it asks, where it has asked before, and after.
        times = iter((10.0, 10.0 + FRESH_SECONDS - 0.01, 10.0 + FRESH_SECONDS, 20.0))
        gathering, processes = Gathering(lambda: next(times)), Processes({})

        asked = []
        for _ in range(3):
            gathering.watched(processes)
            asked.append(processes.asked)

        assert asked == [1, 1, 2]
