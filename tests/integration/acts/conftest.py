"""The site's acts as they happen, with what is told about them noted instead of published."""

import asyncio
from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from gaterhub.acts import logins, telling
from gaterhub.acts.attempts import Attempts

PASSWORD = "correct horse battery staple"


@dataclass(frozen=True)
class Told:
    instance: str
    topic: str
    event_type: str
    data: dict[str, Any]
    metadata: dict[str, Any]


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[Told]:
    """Give the acts that were told so far."""
    told: list[Told] = []

    def publish(instance: str, topic: str, event_type: str, *, data: Any, metadata: Any, publisher: str) -> None:
        with pytest.raises(RuntimeError):
            asyncio.get_running_loop()
        told.append(Told(instance, topic, event_type, data, metadata))

    monkeypatch.setattr(telling, "publish", publish)
    monkeypatch.setattr(logins, "attempts", Attempts())
    return told


@pytest.fixture
def ada(db: None) -> User:
    return User.objects.create_superuser("ada", password=PASSWORD)


@pytest.fixture
def visitor(db: None) -> Client:
    return Client(REMOTE_ADDR="203.0.113.7", HTTP_USER_AGENT="curl/7.68.0")


@pytest.fixture
def operator(ada: User, told: list[Told], visitor: Client) -> Client:
    """Somebody who is in the admin already."""
    visitor.force_login(ada)
    told.clear()
    return visitor
