import asyncio
import logging
from typing import Any

import pytest
from django.db import transaction
from pytest_django import DjangoCaptureOnCommitCallbacks

from gaterhub.acts import telling


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch, settings: Any) -> list[tuple[str, str, dict[str, Any]]]:
    """Give what was published: by which twin, on which topic, with what."""
    settings.GATERHUB_NODE = "node-1"
    published: list[tuple[str, str, dict[str, Any]]] = []

    def publish(instance: str, topic: str, event_type: str, **more: Any) -> None:
        published.append(("publish", topic, more))

    async def apublish(instance: str, topic: str, event_type: str, **more: Any) -> None:
        await asyncio.sleep(0)
        published.append(("apublish", topic, more))

    monkeypatch.setattr(telling, "publish", publish)
    monkeypatch.setattr(telling, "apublish", apublish)
    return published


Published = list[tuple[str, str, dict[str, Any]]]


class TestTell:
    def test_publishes_from_a_thread_and_waits(self, published: Published) -> None:
        telling.tell("audit", "audit_trail:x", "done", data={"a": 1}, metadata={"b": 2})

        assert published == [
            (
                "publish",
                "audit_trail:x",
                {"data": {"a": 1}, "metadata": {"b": 2}, "publisher": "gaterhub@node-1"},
            )
        ]

    async def test_returns_at_once_on_a_loop_and_publishes_after(self, published: Published) -> None:
        telling.tell("audit", "audit_trail:x", "done", data={})
        assert published == []

        await telling.told(within_seconds=5)

        assert [each[:2] for each in published] == [("apublish", "audit_trail:x")]

    async def test_waits_no_longer_than_told_for_what_hangs(self, monkeypatch: pytest.MonkeyPatch) -> None:
        async def hang(*args: Any, **more: Any) -> None:
            await asyncio.Event().wait()

        monkeypatch.setattr(telling, "apublish", hang)
        telling.tell("audit", "audit_trail:x", "done", data={})

        async with asyncio.timeout(5):
            await telling.told(within_seconds=0.01)

        for task in list(telling._pending):
            task.cancel()

    async def test_holds_no_more_than_it_may_and_says_so(
        self, published: Published, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        monkeypatch.setattr(telling, "PENDING_MAX", 3)
        monkeypatch.setattr(telling, "_lost", 0)

        for number in range(10):
            telling.tell("audit", f"audit_trail:{number}", "done", data={}, log_level=None)
        await telling.told(within_seconds=5)

        assert len(published) == 3
        assert "acts of the hub are not told" in caplog.text

    def test_writes_a_line_about_an_act_unless_told_not_to(
        self, published: Published, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.INFO)
        data = {"actor": "user:ada", "action": "change", "outcome": "success", "secret": "no"}
        telling.tell("audit", "audit_trail:x", "done", data=data)
        telling.tell("events", "event_stream:x", "done", data=data, log_level=None)

        assert [record.getMessage() for record in caplog.records] == [
            "done on audit_trail:x (user:ada, change, success)"
        ]


@pytest.mark.django_db
class TestTellOnCommit:
    def test_waits_for_the_commit(
        self, published: Published, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
    ) -> None:
        with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
            telling.tell_on_commit("system", "system_status:x", "done", data={})
            assert published == []

        assert len(published) == 1

    def test_says_nothing_of_what_was_rolled_back(
        self, published: Published, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
    ) -> None:
        with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
            telling.tell_on_commit("system", "system_status:x", "done", data={})
            transaction.set_rollback(True)

        assert published == []
