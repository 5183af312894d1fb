import asyncio
import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction

from instances.error_codes import Refusal
from instances.publishing import (
    PublishResult,
    apublish,
    apublish_or_raise,
    publish,
    publish_on_commit,
    publish_or_raise,
)
from instances.supervisor import Home, home, instances, start_instances, stop_instances

TOPIC = "subscription_health:prod:users"
STREAM = "health.subscription_health"
ID = "0190b7c4-5e1a-7c3e-9d2b-4f6a8b0c1d2e"


def told(result: PublishResult) -> str | None:
    return None if result.error is None else result.error.code


def end_of_stream(serving: Home) -> int:
    heads = asyncio.run_coroutine_threadsafe(serving.broker.heads([STREAM]), serving.loop).result(30)
    return heads[STREAM].position.offset


@pytest.fixture
def with_redis(configuration_stands: None, settings: Any, redis_url: str) -> Iterator[None]:
    """Let this process publish through Redis, from a thread that it starts by itself."""
    settings.REDIS_URL = redis_url
    yield
    here = home()
    if here is not None:
        asyncio.run_coroutine_threadsafe(stop_instances(), here.loop).result(30)


class TestPublish:
    def test_tells_where_the_event_stands(self, serving: Home) -> None:
        first, second = (publish("health", TOPIC, "registration_success", data={"n": n}) for n in (1, 2))

        assert (first.accepted, first.error, first.warnings) == (True, None, ())
        assert (first.stream, first.offset, second.offset) == (STREAM, 1, 2)
        assert first.epoch == second.epoch
        assert UUID(first.event_id).version == 7

    def test_keeps_the_id_that_was_given(self, serving: Home) -> None:
        assert publish("health", TOPIC, "tested", id=ID).event_id == ID
        assert publish("health", TOPIC, "tested", id=UUID(ID)).event_id == ID

    def test_knows_an_instance_by_its_alias(self, serving: Home) -> None:
        assert publish(":ex_esdb_health", TOPIC, "tested").stream == STREAM

    def test_writes_dates_and_uuids(self, serving: Home) -> None:
        assert publish("health", TOPIC, "tested", data=[datetime(2026, 1, 2, tzinfo=UTC), UUID(ID)]).accepted

    def test_warns_of_a_family_that_is_not_declared(self, serving: Home) -> None:
        result = publish("health", "subscription_helth:prod", "tested")

        assert result.accepted
        assert "subscription_health" in result.warnings[0]

    @pytest.mark.parametrize(
        ("instance", "topic", "more", "code"),
        [
            ("helth", TOPIC, {}, "unknown_instance"),
            ("health", "a::b", {}, "bad_topic"),
            ("health", TOPIC, {"data": float("nan")}, "bad_request"),
            ("health", TOPIC, {"data": object()}, "bad_request"),
            ("health", TOPIC, {"data": "\0"}, "bad_request"),
            ("health", TOPIC, {"data": "\ud800"}, "bad_request"),
            ("health", TOPIC, {"data": "x" * 66_000}, "too_large"),
            ("health", TOPIC, {"id": "1"}, "bad_request"),
            ("health", TOPIC, {"timestamp": -1}, "bad_request"),
            ("health", TOPIC, {"schema_version": 0}, "bad_request"),
            ("health", TOPIC, {"metadata": {1: {2: set()}}, "data": ...}, "bad_request"),
            ("health", None, {}, "bad_request"),
        ],
    )
    def test_never_raises_but_says_what_is_wrong(
        self, serving: Home, instance: str, topic: Any, more: dict[str, Any], code: str
    ) -> None:
        result = publish(instance, topic, "tested", **more)

        assert (result.accepted, told(result)) == (False, code)
        assert result.error is not None
        assert result.error.message
        assert end_of_stream(serving) == 0

    @pytest.mark.parametrize("arguments", [(None, None, None), (5, TOPIC, "tested"), ("health", TOPIC, ["tested"])])
    def test_never_raises_whatever_it_is_given(self, serving: Home, arguments: tuple[Any, Any, Any]) -> None:
        assert publish(*arguments).accepted is False
        assert publish("health", TOPIC, "tested", metadata=5).accepted is False  # type: ignore[arg-type]  # On purpose.

    def test_tells_an_error_of_its_own_as_internal(
        self, serving: Home, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        lane = instances()["health"].lane
        monkeypatch.setattr(type(lane), "put", lambda self, publication: publication.answer.set_exception(ValueError()))

        result = publish("health", TOPIC, "tested")

        assert (result.accepted, told(result)) == (False, "internal")
        assert caplog.records[-1].exc_info is not None

    def test_counts_what_it_refused(self, serving: Home) -> None:
        before = instances()["health"].refused_events
        publish("health", "a::b", "tested")

        assert instances()["health"].refused_events == before + 1

    def test_from_many_threads_counts_each_event_once(self, serving: Home) -> None:
        with ThreadPoolExecutor(8) as threads:
            results = list(threads.map(lambda n: publish("health", TOPIC, "tested", data=n), range(100)))

        assert sorted(result.offset or 0 for result in results) == list(range(1, 101))

    def test_names_its_strict_twin_by_raising_there(self, serving: Home) -> None:
        assert publish_or_raise("health", TOPIC, "tested").offset == 1
        with pytest.raises(Refusal) as caught:
            publish_or_raise("health", "a::b", "tested")
        assert caught.value.code == "bad_topic"


class TestOnALoop:
    async def test_publish_never_blocks_but_names_apublish(self, configuration_stands: None) -> None:
        await start_instances()
        try:
            result = publish("health", TOPIC, "tested")
            with pytest.raises(Refusal, match="apublish"):
                publish_or_raise("health", TOPIC, "tested")
        finally:
            await stop_instances()

        assert result.accepted is False
        assert result.error is not None
        assert "apublish" in result.error.message

    async def test_apublish_takes_the_event_on_the_loop_of_the_instances(self, configuration_stands: None) -> None:
        await start_instances()
        try:
            results = await asyncio.gather(*(apublish("health", TOPIC, "tested") for _ in range(5)))
            in_a_thread = await asyncio.to_thread(publish, "health", TOPIC, "tested")
            refused = await apublish("health", "a::b", "tested")
            with pytest.raises(Refusal):
                await apublish_or_raise("health", "a::b", "tested")
        finally:
            await stop_instances()

        assert [result.offset for result in [*results, in_a_thread]] == [1, 2, 3, 4, 5, 6]
        assert told(refused) == "bad_topic"

    def test_apublish_takes_the_event_from_another_loop(self, serving: Home) -> None:
        assert asyncio.run(apublish("health", TOPIC, "tested")).offset == 1


class TestInATransaction:
    @pytest.mark.django_db(transaction=True)
    def test_publish_sends_at_once_even_if_it_is_rolled_back(self, serving: Home) -> None:
        with transaction.atomic():
            result = publish("health", TOPIC, "tested")
            transaction.set_rollback(True)

        assert (result.accepted, end_of_stream(serving)) == (True, 1)

    @pytest.mark.django_db(transaction=True)
    def test_publish_on_commit_waits_for_the_commit(self, serving: Home) -> None:
        with transaction.atomic():
            publish_on_commit("health", TOPIC, "tested")
            before = end_of_stream(serving)

        assert (before, end_of_stream(serving)) == (0, 1)

    @pytest.mark.django_db(transaction=True)
    def test_publish_on_commit_sends_nothing_after_a_rollback(self, serving: Home) -> None:
        with transaction.atomic():
            publish_on_commit("health", TOPIC, "tested")
            transaction.set_rollback(True)

        assert end_of_stream(serving) == 0

    @pytest.mark.django_db(transaction=True)
    def test_publish_on_commit_sends_at_once_outside(self, serving: Home) -> None:
        publish_on_commit("health", TOPIC, "tested")

        assert end_of_stream(serving) == 1

    def test_publish_on_commit_raises_for_an_event_that_can_never_be_published(self) -> None:
        with pytest.raises(Refusal) as caught:
            publish_on_commit("health", "a::b", "tested")
        assert caught.value.code == "bad_topic"


class TestInAnotherProcess:
    def test_publish_says_unavailable_without_redis(self, settings: Any) -> None:
        settings.REDIS_URL = ""

        result = publish("health", TOPIC, "tested", id=ID)

        assert (result.accepted, told(result), result.event_id) == (False, "unavailable", ID)
        assert result.error is not None
        assert result.error.retry
        assert "REDIS_URL" in result.error.message

    @pytest.mark.usefixtures("with_redis")
    def test_publish_starts_a_thread_of_its_own_with_redis(self) -> None:
        assert [publish("health", TOPIC, "tested").offset for _ in range(3)] == [1, 2, 3]

    @pytest.mark.usefixtures("with_redis")
    def test_publish_works_on_after_a_fork(self) -> None:
        before = publish("health", TOPIC, "tested")
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            result = publish("health", TOPIC, "tested")
            os.write(writing, json.dumps([result.offset, result.epoch, told(result)]).encode())
            os._exit(0)
        os.close(writing)
        with os.fdopen(reading) as pipe:
            said = json.load(pipe)
        os.waitpid(child, 0)
        after = publish("health", TOPIC, "tested")

        assert said == [2, before.epoch, None]
        assert (before.offset, after.offset, after.epoch) == (1, 3, before.epoch)
