import asyncio
import logging
from typing import Any

import pytest
from django.db import transaction
from pytest_django import DjangoCaptureOnCommitCallbacks

from gaterhub.acts import telling
from instances.schemas import audit
from instances.schemas.typed_event import TypedEvent

Published = list[tuple[str, TypedEvent, dict[str, Any]]]


def deed(**data: Any) -> TypedEvent:
    return audit.command_executed(action="migrate", extra=data)


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Published:
    """Give what was published: by which twin, which event, with what."""
    settings.GATERHUB_NODE = "node-1"
    monkeypatch.setattr(telling, "now_ms", lambda: 1_672_531_200_000)
    published: Published = []

    def publish_event(event: TypedEvent, **more: Any) -> None:
        published.append(("publish", event, more))

    async def apublish_event(event: TypedEvent, **more: Any) -> None:
        await asyncio.sleep(0)
        published.append(("apublish", event, more))

    monkeypatch.setattr(telling, "publish_event", publish_event)
    monkeypatch.setattr(telling, "apublish_event", apublish_event)
    return published


class TestTell:
    def test_publishes_from_a_thread_and_waits(self, published: Published) -> None:
        event = deed()

        telling.tell(event)

        assert published == [("publish", event, {"publisher": "gaterhub@node-1"})]

    async def test_returns_at_once_on_a_loop_and_publishes_after(self, published: Published) -> None:
        event = deed()
        telling.tell(event)
        assert published == []

        await telling.told(within_seconds=5)

        assert [each[:2] for each in published] == [("apublish", event)]

    async def test_waits_no_longer_than_told_for_what_hangs(self, monkeypatch: pytest.MonkeyPatch) -> None:
        async def hang(*args: Any, **more: Any) -> None:
            await asyncio.Event().wait()

        monkeypatch.setattr(telling, "apublish_event", hang)
        telling.tell(deed())

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
            telling.tell(deed(argument_count=number), log_level=None)
        await telling.told(within_seconds=5)

        assert len(published) == 3
        assert "acts of the hub are not told" in caplog.text

    def test_writes_a_line_about_an_act_unless_told_not_to(
        self, published: Published, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.INFO)
        event = audit.command_executed(actor="os:ada", action="migrate", outcome="success", extra={"secret": "no"})
        telling.tell(event)
        telling.tell(event, log_level=None)

        assert [record.getMessage() for record in caplog.records] == [
            "command_executed on audit_trail:admin_operations (os:ada, migrate, success)"
        ]

    async def test_holds_back_what_happens_before_the_hub_serves_and_keeps_its_time(
        self, published: Published, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(telling, "_held", None)
        event = deed()
        telling.hold_back()
        telling.tell(event)
        await telling.told(within_seconds=5)
        assert published == []

        telling.release()
        await telling.told(within_seconds=5)

        assert published == [
            ("apublish", event, {"timestamp": 1_672_531_200_000, "publisher": "gaterhub@node-1"}),
        ]


@pytest.mark.django_db
class TestTellOnCommit:
    def test_waits_for_the_commit(
        self, published: Published, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
    ) -> None:
        with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
            telling.tell_on_commit(deed())
            assert published == []

        assert len(published) == 1

    def test_says_nothing_of_what_was_rolled_back(
        self, published: Published, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
    ) -> None:
        with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
            telling.tell_on_commit(deed())
            transaction.set_rollback(True)

        assert published == []
