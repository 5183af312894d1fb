"""Who is connected is shown to who may see it; what an operator does to them is on record before it is done."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from typing import Any

import msgspec
import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import Permission
from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from consumers.connection import Connection, Origin
from consumers.hub import Hub
from consumers.inspector import acting
from consumers.inspector.acting import BAN_LONGEST, NotConnected, Operator, ban, disconnect, lift, unsubscribe
from consumers.inspector.asking import find_subscriber, find_subscribers
from consumers.inspector.bans import BANS
from consumers.inspector.subscriber import Asked, Counted
from consumers.models import Ban
from consumers.running import start_hub, stop_hub
from instances.access.models import Token
from instances.access.principal import Principal
from instances.error_codes import Refusal
from instances.journal.models import AuditEntry
from instances.journal.router import ALIAS
from instances.publishing import required
from instances.publishing.required import NotRecorded
from tests.integration.access.people import limited, logged_in, make_instances, make_role, staff
from tests.integration.access.site import Caller, running
from tests.integration.test_hub import Reader, follower

pytestmark = pytest.mark.django_db(transaction=True)

ADA = Operator("user", "ada")


@pytest.fixture
async def hub(sequencer: None) -> AsyncIterator[Hub]:
    yield await start_hub()
    await stop_hub()


async def subscriber(hub: Hub, name: str, *patterns: str, id: int = 1, agent: str = "") -> tuple[Connection, Reader]:
    """Have somebody connected who follows these patterns of `health`."""
    connection, reader = await follower(hub, "health", *patterns)
    connection.principal = name
    connection.origin = Origin(Principal("token", id, name), "203.0.113.7", agent, 1_000 + id)
    return connection, reader


async def found(**asked: Any) -> list[str]:
    return [row.principal for row in (await asyncio.to_thread(find_subscribers, Asked(**asked))).rows]


async def recorded(event_type: str) -> list[dict[str, Any]]:
    rows = AuditEntry._base_manager.using(ALIAS).filter(event_type=event_type).order_by("number")
    return [json.loads(bytes(body))["data"] async for body in rows.values_list("body", flat=True)]


class TestSubscribers:
    async def test_are_found_by_what_they_are_and_follow(self, hub: Hub) -> None:
        await subscriber(hub, "orders", "process_health:*", id=1, agent="orders-service/2.1")
        await subscriber(hub, "billing", "resource_health:web", id=2, agent="curl/8.5")

        assert await found(text="ORDERS-service") == ["orders"]
        assert await found(text="203.0.113", order="name") == ["billing", "orders"]
        assert await found(topic="process_health:web") == ["orders"]
        assert await found(topic="resource_health:db") == []
        assert await found(instances=("health",), order="newest") == ["billing", "orders"]
        assert await found(instances=("audit",)) == []
        assert await found(kind="token", principal_id=2) == ["billing"]
        assert await found(process="elsewhere-1") == []

    async def test_come_slowest_first_and_page_by_page(self, hub: Hub) -> None:
        for id, waiting in ((1, 10), (2, 3_000), (3, 400)):
            connection, reader = await subscriber(hub, f"token-{id}", "*", id=id)
            reader.writable = False
            connection.tell({"x": "x" * waiting})

        assert await found() == ["token-2", "token-3", "token-1"]
        assert await found(offset=1, limit=1) == ["token-3"]

    async def test_are_told_apart_by_their_rate_of_the_last_second(self, hub: Hub) -> None:
        connection, _ = await subscriber(hub, "orders", "*")
        connection.delivered_events = 30
        connection.gauge(2.0)

        inspected = await asyncio.to_thread(find_subscriber, connection.id)

        assert inspected is not None
        assert inspected.subscriber.events_per_second == 15.0

    @pytest.mark.parametrize(
        ("asked", "said"),
        [
            ({"order": "tallest"}, "`order` is one of slowest"),
            ({"limit": 0}, "`limit` is a number from 1 to 100"),
            ({"offset": 1_000_000}, "ask for fewer by a filter"),
            ({"kind": "robot"}, "`kind` is one of user, token"),
            ({"topic": "sub*:x"}, "topic"),
            ({"instances": ("helth",)}, "helth"),
        ],
    )
    async def test_are_not_asked_for_by_what_makes_no_sense(self, hub: Hub, asked: dict[str, Any], said: str) -> None:
        with pytest.raises(Refusal, match=said):
            await found(**asked)


class TestActs:
    async def test_are_on_record_before_they_are_done(self, hub: Hub) -> None:
        connection, reader = await subscriber(hub, "orders", "process_health:*")

        await asyncio.to_thread(unsubscribe, connection.id, "s0", by=ADA, because="OPS-1: nobody needs it")
        await asyncio.to_thread(disconnect, connection.id, by=ADA, because="OPS-2: it holds us up")

        assert not connection.open
        assert {"bye": {"code": 4503, "reason": "OPS-2: it holds us up"}} in reader.frames
        begun, done = await recorded("subscription_ended")
        assert (begun["outcome"], done["outcome"]) == ("started", "success")
        assert begun["pattern"] == "process_health:*"
        begun, _ = await recorded("subscriber_disconnected")
        assert begun["resource"] == f"connection:{connection.id}"
        assert begun["reason"] == "OPS-2: it holds us up"

    async def test_are_not_done_where_they_cannot_be_recorded(self, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
        connection, _ = await subscriber(hub, "orders", "*")

        def fails(**said: Any) -> Any:
            raise Refusal("unavailable", "neither journal nor spool")

        monkeypatch.setattr(required, "publish_or_raise", fails)
        until = timezone.now() + timedelta(hours=1)

        for act in (
            lambda: disconnect(connection.id, by=ADA, because="x"),
            lambda: unsubscribe(connection.id, "s0", by=ADA, because="x"),
            lambda: ban("token", 1, "orders", until=until, by=ADA, because="x"),
        ):
            with pytest.raises(NotRecorded):
                await asyncio.to_thread(act)
        assert connection.open
        assert connection.subscriptions
        assert await Ban.objects.acount() == 0

    async def test_need_a_reason(self, hub: Hub) -> None:
        connection, _ = await subscriber(hub, "orders", "*")

        for because in ("", "   ", "x" * 501, "bell \a"):
            with pytest.raises(Refusal, match="Say why"):
                await asyncio.to_thread(disconnect, connection.id, by=ADA, because=because)
        assert connection.open

    async def test_say_so_where_it_has_left_or_the_subscription_has_ended(self, hub: Hub) -> None:
        connection, _ = await subscriber(hub, "orders", "*")

        with pytest.raises(NotConnected):
            await asyncio.to_thread(disconnect, "c_nobody", by=ADA, because="x")
        with pytest.raises(Refusal, match="has no subscription 's7'"):
            await asyncio.to_thread(unsubscribe, connection.id, "s7", by=ADA, because="x")

    async def test_on_a_subscriber_that_leaves_meanwhile_are_recorded_as_failed(
        self, hub: Hub, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        connection, _ = await subscriber(hub, "orders", "*")
        found = await asyncio.to_thread(find_subscriber, connection.id)
        monkeypatch.setattr(acting, "find_subscriber", lambda _: found)
        hub.detach(connection)

        with pytest.raises(NotConnected):
            await asyncio.to_thread(disconnect, connection.id, by=ADA, because="x")

        assert [each["outcome"] for each in await recorded("subscriber_disconnected")] == ["started", "failure"]


class TestBans:
    @pytest.fixture(autouse=True)
    async def _nobody_is_banned(self) -> AsyncIterator[None]:
        yield
        await Ban.objects.all().adelete()
        await BANS.refresh()

    async def test_close_what_is_open_and_keep_out_until_lifted(
        self, monkeypatch: pytest.MonkeyPatch, sequencer: None
    ) -> None:
        await sync_to_async(make_instances)()
        issued = await sync_to_async(Token.objects.issue)(name="orders")
        caller = Caller(token=issued.secret)
        until = timezone.now() + timedelta(hours=1)
        async with running(monkeypatch):
            async with caller.socket() as socket:
                row = await asyncio.to_thread(
                    lambda: ban("token", issued.token.pk, "orders", until=until, by=ADA, because="OPS-3: a flood")
                )
                await socket.until(lambda: socket.closed is not None)
                assert socket.closed == 4503
            async with caller.socket(connected=False) as again:
                assert await again.ask("connect", {"token": issued.secret}) == {"closed": 4503}

            await asyncio.to_thread(lambda: lift(row, by=ADA, because="OPS-3: it is mended"))
            await BANS.refresh()

            async with caller.socket():
                pass
        assert [each["outcome"] for each in await recorded("ban_lifted")] == ["started", "success"]

    async def test_run_out_by_themselves(self) -> None:
        now = timezone.now()
        past = {"principal_kind": "token", "principal": "orders", "by": "ada", "because": "x"}
        await Ban.objects.acreate(principal_id=1, at=now - timedelta(hours=2), until=now - timedelta(hours=1), **past)
        await Ban.objects.acreate(principal_id=2, until=now + timedelta(hours=1), **past)
        await BANS.refresh()

        assert BANS.of(Principal("token", 1, "orders")) is None
        assert BANS.of(Principal("token", 2, "orders")) is not None
        assert BANS.of(Principal("user", 2, "orders")) is None

    async def test_end_within_thirty_days(self, hub: Hub) -> None:
        for lasts in (timedelta(0), BAN_LONGEST + timedelta(hours=1)):
            until = timezone.now() + lasts
            with pytest.raises(Refusal, match="within 30 days"):
                await asyncio.to_thread(partial(ban, "token", 1, "a", until=until, by=ADA, because="x"))


class TestApi:
    @pytest.fixture
    async def site(self, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
        await sync_to_async(make_instances)()
        async with running(monkeypatch):
            yield

    async def test_shows_a_caller_its_own_connections_and_lets_it_end_them(self, site: None, sequencer: None) -> None:
        viewers = await sync_to_async(make_role)("viewer")
        mine, other = [await sync_to_async(limited)(name, viewers) for name in ("mine", "other")]
        async with mine.socket() as socket, other.socket() as others:
            id, theirs = [each.frames[0]["connected"]["connection"] for each in (socket, others)]

            listed = (await mine.ask("GET", "/api/v1/subscribers/")).json

            assert [row["id"] for row in listed["results"]] == [id]
            assert (listed["matched"], listed["total"]) == (1, 1)
            assert (await mine.ask("GET", f"/api/v1/subscribers/{theirs}/")).status == 404
            assert (await mine.ask("DELETE", f"/api/v1/subscribers/{theirs}/")).status == 404
            assert (await mine.ask("GET", "/api/v1/subscribers/", kind="user")).status == 403
            assert (await mine.ask("DELETE", f"/api/v1/subscribers/{id}/", reason="done")).status == 204
            await socket.until(lambda: socket.closed is not None)
            assert socket.closed == 4503

    async def test_lets_who_may_see_all_end_none_without_the_permission(self, site: None) -> None:
        seen = await Permission.objects.aget(codename="view_subscriber")
        viewers, analysts = [await sync_to_async(make_role)(name) for name in ("viewer", "auditor")]
        await analysts.permissions.aadd(seen)
        analyst = await sync_to_async(limited)("analyst", analysts)
        other = await sync_to_async(limited)("other", viewers)
        async with other.socket() as others:
            theirs = others.frames[0]["connected"]["connection"]

            assert (await analyst.ask("GET", f"/api/v1/subscribers/{theirs}/")).status == 200
            refused = await analyst.ask("DELETE", f"/api/v1/subscribers/{theirs}/")

            assert refused.status == 403
            assert "consumers.disconnect_subscriber" in refused.json["detail"]
            assert others.closed is None

    async def test_says_what_is_wrong_with_a_question(self, site: None) -> None:
        caller = await sync_to_async(limited)("mine", await sync_to_async(make_role)("viewer"))

        queries: tuple[dict[str, str], ...] = (
            {"order": "tallest"},
            {"limit": "many"},
            {"unknown": "1"},
            {"text": "x" * 300},
        )
        answers = [await caller.ask("GET", "/api/v1/subscribers/", b"", **query) for query in queries]

        assert [answer.status for answer in answers] == [400] * len(queries)


class TestPages:
    async def test_ask_the_database_as_often_for_many_as_for_few(self, monkeypatch: pytest.MonkeyPatch) -> None:
        await sync_to_async(make_instances)()
        async with running(monkeypatch):
            hub = await start_hub()
            operator = await sync_to_async(logged_in)(
                await sync_to_async(staff)("olga", await sync_to_async(make_role)("operator"))
            )
            queries: list[str] = []
            execute: Any = CursorWrapper.execute

            def noted(cursor: CursorWrapper, sql: Any, params: Any = None) -> Any:
                queries.append(sql)
                return execute(cursor, sql, params)

            # Whichever thread it is that asks.
            monkeypatch.setattr(CursorWrapper, "execute", noted)
            asked: list[int] = []
            page = await operator.ask("GET", "/admin/")
            for many in (1, 40):
                for id in range(many):
                    await subscriber(hub, f"token-{many}-{id}", "process_health:*", id=id)
                # The first look fills what is remembered for longer.
                for _ in range(2):
                    queries.clear()
                    page = await operator.ask("GET", "/admin/consumers/subscriber/", order="name")
                asked.append(len(queries))

            assert page.text.count("process_health:*") == 41
            assert asked[0] == asked[1] > 0

    async def test_let_an_operator_look_and_a_clerk_not(self, monkeypatch: pytest.MonkeyPatch) -> None:
        await sync_to_async(make_instances)()
        async with running(monkeypatch):
            operators = await sync_to_async(make_role)("operator")
            operator = await sync_to_async(logged_in)(await sync_to_async(staff)("olga", operators))
            clerk = await sync_to_async(logged_in)(await sync_to_async(staff)("clerk"))

            page = await operator.ask("GET", "/admin/consumers/subscriber/")
            part = await operator.ask("GET", "/admin/consumers/subscriber/", part="1")
            wrong = await operator.ask("GET", "/admin/consumers/subscriber/", topic="sub*:x", page="many")

            assert page.status == 200
            assert "Nobody is connected" in page.text
            assert "<html" not in part.text
            assert "Nobody is connected" in part.text
            assert wrong.status == 200
            assert "errornote" in wrong.text
            assert (await clerk.ask("GET", "/admin/consumers/subscriber/")).status == 403
            assert (await operator.ask("GET", "/admin/consumers/subscriber/c_gone/change/")).status == 302


def test_answers_of_a_newer_version_are_read() -> None:
    """A process of the next version may tell more; what this one doesn't know is passed over."""
    told = {"total": 1, "matched": 1, "rows": [], "warmth": 3}

    assert msgspec.convert(told, Counted).total == 1
