from collections.abc import Callable
from typing import Any

import pytest

from gaterhub.acts import commands
from gaterhub.command_line import execute_and_tell
from tests.unit.gaterhub.agent.fakes import Clock

Told = list[tuple[str, str, dict[str, Any]]]


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    told: Told = []
    monkeypatch.setattr(
        commands, "tell_command", lambda command, outcome, **more: told.append((command, outcome, more))
    )
    return told


def ending(how: BaseException | None = None) -> Callable[[list[str]], None]:
    def execute(argv: list[str]) -> None:
        if how is not None:
            raise how

    return execute


class TestExecuteAndTell:
    def test_tells_what_was_executed_and_for_how_long(self, told: Told) -> None:
        clock = Clock()

        execute_and_tell(["manage.py", "migrate", "--no-input"], lambda argv: clock.move(1.5), clock=clock)

        assert told == [("migrate", "success", {"argument_count": 1, "duration_seconds": 1.5})]

    @pytest.mark.parametrize(
        ("how", "outcome"),
        [
            (SystemExit(1), "failure"),
            (SystemExit("no"), "failure"),
            (SystemExit(0), "success"),
            (SystemExit(None), "success"),
            (KeyboardInterrupt(), "failure"),
            (RuntimeError("broken"), "failure"),
        ],
    )
    def test_tells_how_it_ended_and_lets_it_end_so(self, told: Told, how: BaseException, outcome: str) -> None:
        with pytest.raises(type(how)):
            execute_and_tell(["manage.py", "migrate"], ending(how))

        assert [each[:2] for each in told] == [("migrate", outcome)]

    @pytest.mark.parametrize("argv", [["manage.py"], ["manage.py", "check"], ["manage.py", "serve", "--port", "1"]])
    def test_says_nothing_of_what_changes_nothing_or_goes_on_for_long(self, told: Told, argv: list[str]) -> None:
        execute_and_tell(argv, ending())

        assert told == []
