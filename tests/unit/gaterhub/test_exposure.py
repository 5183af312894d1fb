"""Each check is content with a sound hub, and finds what it is there to find."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import checks as core
from django.core.checks import CheckMessage, run_checks
from django.db import connection
from django.utils import timezone

from gaterhub import checks, exposure
from instances.access.models import Token

SOUND = {
    "REDIS_URL": "redis://127.0.0.1:6379/0",
    "DEBUG": False,
    "SECRET_KEY": "Zq8-2vTnB4kWx_9LmR7cYpH3sJd6FgA5eUoQ1iVbN0tXzKyM",
    "ALLOWED_HOSTS": ["hub.example"],
    "HTTPS": True,
    "SESSION_COOKIE_SECURE": True,
    "CSRF_COOKIE_SECURE": True,
    "CSRF_TRUSTED_ORIGINS": ["https://hub.example"],
    "TRUSTED_PROXIES": ["10.0.0.0/8", "127.0.0.1/32"],
    "GATERHUB_JOURNAL_ANCHORS": ["https://archive.example/checkpoints"],
}
SOUND["SECRET_KEY"] = f"{SOUND['SECRET_KEY']}9aQw"


@pytest.fixture
def hub(settings: Any) -> Any:
    for name, value in SOUND.items():
        setattr(settings, name, value)
    return settings


def found(*, databases: Sequence[str] = ()) -> list[CheckMessage]:
    # Django 6 asks all databases unless it is told which.
    return run_checks(tags=[checks.TAG], include_deployment_checks=True, databases=databases)


class TestExposure:
    def test_of_a_sound_hub_is_nothing(self, hub: Any) -> None:
        assert found() == []

    @pytest.mark.parametrize(
        ("id", "kind", "changed"),
        [
            ("gaterhub.W010", core.Warning, {"SECRET_KEY": "Zq8-2vTnB4kWx_9LmR7c"}),
            ("gaterhub.W010", core.Warning, {"SECRET_KEY": "ab" * 40}),
            ("gaterhub.W010", core.Warning, {"SECRET_KEY": f"change-me-{SOUND['SECRET_KEY']}"}),
            ("gaterhub.E010", core.Error, {"DEBUG": True}),
            ("gaterhub.W011", core.Warning, {"HTTPS": False}),
            ("gaterhub.E011", core.Error, {"TRUSTED_PROXIES": ["10.0.0.0/8", "0.0.0.0/0"]}),
            ("gaterhub.E011", core.Error, {"TRUSTED_PROXIES": ["::/0"]}),
            ("gaterhub.W014", core.Warning, {"SESSION_COOKIE_SECURE": False}),
            ("gaterhub.W014", core.Warning, {"CSRF_COOKIE_SECURE": False}),
            ("gaterhub.W015", core.Warning, {"CSRF_TRUSTED_ORIGINS": ["http://hub.example"]}),
        ],
    )
    def test_is_found(self, hub: Any, id: str, kind: type[CheckMessage], changed: dict[str, Any]) -> None:
        for name, value in changed.items():
            setattr(hub, name, value)

        (message,) = found()

        assert (message.id, type(message)) == (id, kind)
        assert message.hint

    @pytest.mark.parametrize("changed", [{"DEBUG": True}, {"HTTPS": False}])
    def test_of_this_machine_alone_is_nothing(self, hub: Any, changed: dict[str, Any]) -> None:
        hub.ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
        for name, value in changed.items():
            setattr(hub, name, value)

        assert found() == []


class TestTokens:
    def test_that_may_do_everything_for_ever_are_found_where_the_database_is_asked(self, hub: Any, db: None) -> None:
        Token.objects.issue(name="everything")
        Token.objects.issue(name="for a day", expires_at=timezone.now() + timedelta(days=1))
        gone, _ = Token.objects.issue(name="gone")
        Token.objects.filter(pk=gone.pk).revoke(at=timezone.now())
        Token.objects.issue(name="of a user", user=User.objects.create_user("ada"))

        (message,) = found(databases=["default"])

        assert message.id == "gaterhub.W012"
        assert message.msg == "Tokens that may do everything and never end: everything."
        assert found() == []

    def test_are_no_matter_before_there_is_a_table(self, hub: Any, db: None) -> None:
        Token.objects.issue(name="everything")
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE access_token RENAME COLUMN limited TO bounded")

        assert exposure.tokens_limited(None, databases=["default"]) == []
