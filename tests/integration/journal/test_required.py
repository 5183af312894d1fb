"""audit_required: no act without an entry before it."""

import asyncio
import json
from typing import Any

import pytest
from django.db import OperationalError

from instances.journal import committer as committer_module
from instances.journal.committer import NowhereKept
from instances.journal.committers import stop_committers
from instances.journal.fallback import close_fallback, fallback
from instances.publishing import NotRecorded, aaudit_required, audit_required
from instances.publishing import required as required_module
from instances.schemas.registered import Misfit
from tests.integration.journal.writing import entries

ACT: dict[str, Any] = {
    "topic": "audit_trail:admin_operations",
    "event_type": "admin_operation",
    "data": {"actor": "user:ada", "action": "erase", "resource": "customer:7"},
}


@pytest.fixture(autouse=True)
def _process_of_its_own(tmp_path: Any, settings: Any) -> Any:
    close_fallback()
    settings.SPOOL_DIR = tmp_path / "spool"
    yield
    stop_committers()
    close_fallback()


@pytest.fixture
def database_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def append(*args: object) -> None:
        raise OperationalError("the server closed the connection")

    monkeypatch.setattr(committer_module, "append", append)


@pytest.fixture
def nothing_is_kept(database_out: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def keep(*args: object) -> None:
        raise NowhereKept("Nothing takes it.")

    monkeypatch.setattr(fallback(), "keep", keep)


def _told() -> list[tuple[str, str | None]]:
    found = [json.loads(bytes(entry.body)) for entry in sorted(entries(), key=lambda entry: entry.number)]
    return [(said["data"]["outcome"], said["metadata"].get("correlation_id")) for said in found]


class TestAuditRequired:
    def test_is_on_record_before_the_act(self, journal: str) -> None:
        recorded = audit_required(**ACT)

        assert _told() == [("started", None)]
        assert [str(entry.id) for entry in entries()] == [recorded.event_id]

    def test_takes_the_outcome_that_it_is_given(self) -> None:
        audit_required(**ACT | {"data": {**ACT["data"], "outcome": "approved"}})

        assert _told() == [("approved", None)]

    def test_as_a_block_tells_how_the_act_ended(self, journal: str) -> None:
        with audit_required(**ACT) as recorded:
            before = _told()

        assert before == [("started", None)]
        assert _told() == [("started", None), ("success", recorded.event_id)]

    def test_as_a_block_tells_that_the_act_failed(self) -> None:
        with pytest.raises(ZeroDivisionError), audit_required(**ACT) as recorded:
            raise ZeroDivisionError

        assert _told() == [("started", None), ("failure", recorded.event_id)]

    def test_keeps_the_act_from_being_done_unrecorded(self, nothing_is_kept: None) -> None:
        done = False

        with pytest.raises(NotRecorded) as refused, audit_required(**ACT):
            done = True

        assert not done
        assert refused.value.code == "unavailable"

    def test_lets_the_act_go_on_once_it_is_spooled(self, database_out: None) -> None:
        assert audit_required(**ACT).spooled

    def test_may_want_more_than_a_spool(self, database_out: None, settings: Any) -> None:
        settings.SPOOL_IS_ENOUGH = False

        with pytest.raises(NotRecorded, match="spool") as refused:
            audit_required(**ACT)

        assert refused.value.event_id is not None
        assert fallback().figures().events == 2  # That it was to begin, and that it came to nothing.

    def test_may_want_less_for_one_act(self, database_out: None, settings: Any) -> None:
        settings.SPOOL_IS_ENOUGH = False

        assert audit_required(**ACT, spool_is_enough=True).spooled

    def test_tells_a_mistake_as_what_it_is(self) -> None:
        with pytest.raises(Misfit):
            audit_required(**ACT | {"data": {"actor": 7}})

        assert entries() == []

    def test_stops_at_whatever_goes_wrong(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def publish(**event: object) -> None:
            raise RuntimeError("a mistake in the hub")

        monkeypatch.setattr(required_module, "publish_or_raise", publish)

        with pytest.raises(RuntimeError):
            audit_required(**ACT)


class TestAAuditRequired:
    def test_can_be_awaited(self) -> None:
        async def act() -> str | None:
            return (await aaudit_required(**ACT)).event_id

        event_id = asyncio.run(act())

        assert [str(entry.id) for entry in entries()] == [event_id]

    def test_as_a_block_tells_how_the_act_ended(self) -> None:
        async def act() -> str | None:
            async with aaudit_required(**ACT) as recorded:
                return recorded.event_id

        event_id = asyncio.run(act())

        assert _told() == [("started", None), ("success", event_id)]

    def test_keeps_the_act_from_being_done_unrecorded(self, nothing_is_kept: None) -> None:
        done = []

        async def act() -> None:
            async with aaudit_required(**ACT):
                done.append(True)

        with pytest.raises(NotRecorded):
            asyncio.run(act())
        assert done == []
