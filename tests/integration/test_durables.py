"""How far durable subscriptions came, kept across processes and while the database is out."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.db import OperationalError

from consumers import durable
from consumers.connection import Subscription
from consumers.durable import NAMES_MAX, Durables, DurableSubscriptions
from consumers.frames import BadFrame
from consumers.models import DurablePosition
from instances.broker import Unavailable
from instances.catalog import find
from instances.error_codes import Refusal
from instances.groups import streams_of
from instances.streams import Position
from instances.topics import Pattern
from tests.integration.bookkeeping import KEY, OLGA, OTHER, STREAM, database_out, load, say

pytestmark = pytest.mark.django_db(transaction=True)


class TestDurables:
    def test_give_a_new_name_no_position_and_keep_it(self) -> None:
        assert load(Durables()) == {}

        row = DurablePosition.objects.get()
        assert (row.principal_kind, row.principal_id, row.name) == KEY
        assert (row.instance, row.pattern, row.positions) == ("health", "*", {})

    def test_give_what_was_acknowledged_to_another_process(self) -> None:
        here, there = Durables(), Durables()
        say(here, process="k3f9:41")
        here.flush()

        assert load(there) == {STREAM: "k3f9:41"}

    def test_give_what_this_process_has_not_written_yet(self) -> None:
        durables = Durables()
        say(durables, process="k3f9:41")

        assert load(durables) == {STREAM: "k3f9:41"}

    def test_keep_the_positions_of_other_streams(self) -> None:
        here, there = Durables(), Durables()
        say(here, process="k3f9:41")
        here.flush()
        say(there, circuit="k3f9:7")
        there.flush()

        assert load(here) == {STREAM: "k3f9:41", OTHER: "k3f9:7"}

    def test_write_nothing_late_over_what_another_process_heard_later(self) -> None:
        now = datetime(2026, 11, 23, tzinfo=UTC)
        slow, quick = Durables(lambda: now), Durables(lambda: now + timedelta(seconds=1))
        say(slow, process="k3f9:41", circuit="k3f9:7")
        say(quick, process="k3f9:99")
        quick.flush()

        slow.flush()

        assert load(quick) == {STREAM: "k3f9:99", OTHER: "k3f9:7"}
        assert DurablePosition.objects.get().updated_at == now + timedelta(seconds=1)

    def test_keep_what_a_database_that_is_out_did_not_take(self) -> None:
        durables = Durables()
        say(durables, process="k3f9:41", circuit="k3f9:7")
        with database_out(), pytest.raises(OperationalError):
            durables.flush()
        say(durables, process="k3f9:42")

        durables.flush()

        assert DurablePosition.objects.get().positions == {STREAM: "k3f9:42", OTHER: "k3f9:7"}

    def test_let_go_of_what_no_database_would_take_and_keep_the_others(self, caplog: pytest.LogCaptureFixture) -> None:
        durables = Durables()
        durables.acknowledge(("user", 2**70, "bad"), instance="health", pattern="*", positions={})
        say(durables, process="k3f9:41")

        durables.flush()

        assert DurablePosition.objects.get().name == "billing"
        assert "'bad'" in caplog.text

    def test_follow_a_name_to_another_pattern(self) -> None:
        durables = Durables()
        say(durables, process="k3f9:41")
        say(durables, process="k3f9:42", pattern="process_health:*")
        durables.flush()

        assert DurablePosition.objects.get().pattern == "process_health:*"

    def test_begin_anew_where_a_name_goes_over_to_another_instance(self) -> None:
        durables = Durables()
        say(durables, process="k3f9:41")
        durables.flush()

        assert load(durables, instance="alerts") == {}
        say(durables, instance="alerts", alert="k3f9:1")
        durables.flush()
        assert DurablePosition.objects.get().positions == {"alerts.system_alert": "k3f9:1"}

    def test_refuse_a_name_beyond_the_limit_of_a_principal(self) -> None:
        durables = Durables()
        for number in range(NAMES_MAX):
            load(durables, f"n{number}")

        with pytest.raises(Refusal, match="100 durable") as refused:
            load(durables, "one-more")

        assert refused.value.code == "limit_exceeded"
        assert load(durables, "n7") == {}
        assert DurablePosition.objects.count() == NAMES_MAX

    @pytest.mark.parametrize("name", ["", "a" * 65, "a b", "a/b", "ä"])
    def test_refuse_a_name_that_is_none(self, name: str) -> None:
        with pytest.raises(BadFrame):
            load(Durables(), name)


SPEC, PATTERN = find("health"), Pattern("process_health:*")


def subscription() -> Subscription:
    return Subscription("s1", SPEC, PATTERN, streams_of(SPEC, PATTERN))


class TestDurableSubscriptionsOfAConnection:
    def test_tell_that_the_database_is_out(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(*_: object) -> None:
            raise OperationalError("the database is out")

        monkeypatch.setattr(durable.Durables, "_load", fail)

        with pytest.raises(Unavailable):
            async_to_sync(self.load)(DurableSubscriptions(Durables(), OLGA))

    def test_refuse_a_name_that_the_connection_has_already(self) -> None:
        own = DurableSubscriptions(Durables(), OLGA)
        own.begin("billing", subscription(), {})

        with pytest.raises(Refusal) as refused:
            async_to_sync(self.load)(own)

        assert refused.value.code == "conflict"

    def test_keep_where_they_began_and_no_stream_that_they_don_t_follow(self) -> None:
        durables = Durables()
        own = DurableSubscriptions(durables, OLGA)
        own.begin("billing", subscription(), {STREAM: Position("k3f9", 41), OTHER: Position("k3f9", 1)})
        durables.flush()

        assert async_to_sync(self.load)(DurableSubscriptions(Durables(), OLGA)) == {STREAM: Position("k3f9", 41)}

    def test_keep_nothing_more_of_one_that_ended(self) -> None:
        durables = Durables()
        own, mine = DurableSubscriptions(durables, OLGA), subscription()
        own.begin("billing", mine, {STREAM: Position("k3f9", 41)})
        own.end(mine)
        own.acknowledge(mine, {STREAM: Position("k3f9", 42)})
        durables.flush()

        assert DurablePosition.objects.get().positions == {STREAM: "k3f9:41"}

    async def load(self, own: DurableSubscriptions) -> dict[str, Position]:
        return await own.load("billing", spec=SPEC, pattern=PATTERN)


class TestTwoThreads:
    def test_read_what_the_other_is_about_to_write(self, monkeypatch: pytest.MonkeyPatch) -> None:
        durables = Durables()
        writing, go_on = threading.Event(), threading.Event()
        saved: list[Any] = []

        def slowly(key: Any, row: Any) -> None:
            writing.set()
            assert go_on.wait(10)
            saved.append(key)

        monkeypatch.setattr("consumers.durable._save", slowly)
        durables.acknowledge(("user", 1, "console"), instance="health", pattern="*", positions={"s": "e:1"})
        first = threading.Thread(target=durables.flush)
        first.start()
        assert writing.wait(10)
        second = threading.Thread(target=durables.flush)
        second.start()

        # Whoever flushes to read must not be through before what is being written is there.
        second.join(0.2)
        assert second.is_alive()
        go_on.set()
        second.join(10)
        first.join(10)
        assert saved == [("user", 1, "console")]
