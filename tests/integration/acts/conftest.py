"""The site's acts as they happen, with what is told about them noted instead of published."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest
from django.contrib.auth.models import User
from django.test import Client

from gaterhub.acts import denials, endings, evidence_reads, logins, telling
from gaterhub.acts.attempts import Attempts
from gaterhub.acts.denials import LOGINS_SINGLY, Denials
from gaterhub.acts.evidence_reads import EvidenceReads
from instances.error_codes import Refusal
from instances.publishing.context import origin
from instances.publishing.pipeline import check
from instances.schemas.typed_event import TypedEvent

PASSWORD = "correct horse battery staple"


@dataclass(frozen=True)
class Told:
    instance: str
    topic: str
    event_type: str
    data: dict[str, Any]
    metadata: dict[str, Any]


def taken(event: TypedEvent, publisher: str) -> Told:
    """Return an event that the hub takes, and takes without a warning. Raises: Refusal, AssertionError."""
    body = {
        "topic": event.topic,
        "event_type": event.event_type,
        "schema_version": event.schema_version,
        "data": event.data,
        "metadata": origin() | dict(event.metadata),
    }
    assert check(event.instance, msgspec.json.encode(body), publisher=publisher).warnings == ()
    return Told(event.instance, event.topic, event.event_type, dict(event.data), dict(event.metadata))


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Told]]:
    """Give the acts that were told so far. One that the hub would not take as it is fails the test at its end."""
    told: list[Told] = []
    wrong: list[Exception] = []

    def publish_event(event: TypedEvent, *, publisher: str) -> None:
        with pytest.raises(RuntimeError):
            asyncio.get_running_loop()
        try:
            told.append(taken(event, publisher))
        except (Refusal, AssertionError) as error:
            # Whoever tells an act swallows what is raised here.
            wrong.append(error)

    monkeypatch.setattr(telling, "publish_event", publish_event)
    monkeypatch.setattr(logins, "attempts", Attempts())
    for module, name, singly in (
        (denials, "LOGINS", LOGINS_SINGLY), (denials, "DENIALS", 1), (endings, "ENDINGS", LOGINS_SINGLY),
    ):  # fmt: skip
        # No timer of a test goes on after it.
        monkeypatch.setattr(module, name, Denials(singly=singly, later=lambda seconds, call: None))
    monkeypatch.setattr(evidence_reads, "_reads", EvidenceReads())
    yield told
    assert wrong == []


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
