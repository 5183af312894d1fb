import pytest

from gaterhub.acts import commands
from gaterhub.acts.actor import os_user
from instances.schemas.typed_event import TypedEvent


class TestCommands:
    def test_tells_no_argument(self, monkeypatch: pytest.MonkeyPatch) -> None:
        said: list[TypedEvent] = []
        monkeypatch.setattr(commands, "tell", said.append)

        commands.tell_command("createsuperuser", "success", argument_count=2, duration_seconds=0.12345)

        assert said[0].data == {
            "actor": f"os:{os_user()}",
            "actor_kind": "os_user",
            "action": "createsuperuser",
            "target": "gaterhub",
            "argument_count": 2,
            "outcome": "success",
            "duration_seconds": 0.123,
        }

    @pytest.mark.parametrize("command", ["migrate", "create_token", "createsuperuser", "flush", "shell", "loaddata"])
    def test_are_told_where_they_may_change_something(self, command: str) -> None:
        assert commands.is_told(command)

    @pytest.mark.parametrize("command", ["check", "help", "tail", "serve", "runserver"])
    def test_are_not_told_where_they_change_nothing_or_go_on(self, command: str) -> None:
        assert not commands.is_told(command)
