import asyncio
import json
from typing import Any

import pytest

from instances import config
from instances.config import Effective
from instances.error_codes import Refusal
from instances.publishing.pipeline import (
    BatchRefused,
    InstanceDisabled,
    UndeclaredFamily,
    check,
    check_frame,
)
from instances.publishing.submission import submit_json
from instances.schemas.registry import NotRegistered
from instances.supervisor import Home, instances
from instances.turns import PIECE_EVENTS

TOPIC = "subscription_health:prod:users"


def event(**more: Any) -> dict[str, Any]:
    return {"topic": TOPIC, "event_type": "tested"} | more


def body(value: object) -> bytes:
    return json.dumps(value).encode()


def refusal_of(submitted: bytes, instance: str = "health") -> Refusal:
    with pytest.raises(Refusal) as caught:
        check(instance, submitted, publisher="gater-1")
    return caught.value


class TestCheck:
    @pytest.mark.parametrize(
        ("submitted", "count"),
        [
            (event(), 1),
            ([event()], 1),
            ([event()] * 3, 3),
            ({"events": [event()]}, 1),
            ({"events": [event()] * 1_000}, 1_000),
        ],
    )
    def test_takes_one_event_or_a_batch(self, submitted: object, count: int) -> None:
        checked = check("health", body(submitted), publisher="gater-1")

        assert len(checked.events) == count
        assert checked.spec.name == "health"

    def test_writes_the_publisher_into_each_event(self) -> None:
        checked = check("health", body([event(), event()]), publisher='the "first"')

        for prepared in checked.events:
            assert json.loads(prepared.wire("e", 1))["publisher"] == 'the "first"'

    def test_names_the_nearest_instance(self) -> None:
        refusal = refusal_of(body(event()), instance="helth")

        assert refusal.code == "unknown_instance"
        assert "health" in refusal.message

    @pytest.mark.parametrize("submitted", [b"[]", b'{"events":[]}', b'{ "events" : [ ] }'])
    def test_refuses_an_empty_batch(self, submitted: bytes) -> None:
        refusal = refusal_of(submitted)

        assert refusal.code == "bad_request"
        assert "empty" in refusal.message

    @pytest.mark.parametrize("submitted", [[event()] * 1_001, {"events": [event()] * 1_001}])
    def test_refuses_a_batch_of_1_001(self, submitted: object) -> None:
        refusal = refusal_of(body(submitted))

        assert (refusal.code, refusal.status) == ("too_large", 413)
        assert "1,001" in refusal.message

    def test_refuses_a_body_of_more_than_4_mib_before_it_reads_it(self) -> None:
        refusal = refusal_of(b"[" * (4 * 1024 * 1024 + 1))

        assert refusal.code == "too_large"

    @pytest.mark.parametrize(
        "submitted",
        [
            b"",
            b"{",
            b"null",
            b"1",
            b"[" * 100_000,
            b'{"events":{}}',
            b'{"events":null}',
            b'{"events":[],"topic":"a"}',
            b'{"topic":"a","events":[]}',
            b'{"\\u0065vents":[]}',
            b'{"events":[{"topic":"a","event_type":"t"}],"events":[{"topic":"b","event_type":"t"}]}',
            b'{"events":[],"events":[{"topic":"b","event_type":"t"}]}',
        ],
    )
    def test_refuses_what_is_neither(self, submitted: bytes) -> None:
        assert refusal_of(submitted).code == "bad_request"

    def test_names_each_bad_event_of_a_batch(self) -> None:
        refusal = refusal_of(body([event(), event(topic="a::b"), event(), event(offset=1), 5]))

        assert isinstance(refusal, BatchRefused)
        assert refusal.code == "bad_request"
        assert [(error["index"], error["code"]) for error in refusal.errors] == [
            (1, "bad_topic"),
            (3, "bad_request"),
            (4, "bad_request"),
        ]
        assert all(error["message"] for error in refusal.errors)

    def test_gives_a_batch_the_code_that_all_its_errors_share(self) -> None:
        assert refusal_of(body([event(topic="a::b"), event(topic="")])).code == "bad_topic"

    def test_measures_each_event_of_a_batch_by_itself(self) -> None:
        large = event(data="x" * 60_000)

        assert len(check("health", body([large] * 3), publisher="p").events) == 3
        refusal = refusal_of(body([large, event(data="x" * 66_000)]))
        assert isinstance(refusal, BatchRefused)
        assert [(error["index"], error["code"]) for error in refusal.errors] == [(1, "too_large")]

    def test_warns_once_of_a_family_that_is_not_declared(self) -> None:
        topics = ["subscription_helth:a", "subscription_helth:b", TOPIC]
        checked = check("health", body([event(topic=topic) for topic in topics]), publisher="p")

        (warning,) = (each for each in checked.warnings if "family" in each)
        assert "subscription_health" in warning

    def test_warns_once_of_a_type_that_nobody_registered(self) -> None:
        misspelt = event(event_type="registration_sucess")
        checked = check("health", body([misspelt, misspelt, event(event_type="registration_success")]), publisher="p")

        (warning,) = checked.warnings
        assert "did you mean registration_success?" in warning

    def test_refuses_such_a_family_where_the_instance_is_strict(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(config, "_snapshot", config._snapshot | {"health": Effective(strict=True)})

        registered = event(event_type="registration_success")
        assert check("health", body(registered), publisher="p").warnings == ()
        assert isinstance(refusal_of(body(registered | {"topic": "subscription_helth:a"})), UndeclaredFamily)

    def test_refuses_an_unregistered_type_where_the_instance_is_strict(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(config, "_snapshot", config._snapshot | {"health": Effective(strict=True)})

        refusal = refusal_of(body(event()))

        assert isinstance(refusal, NotRegistered)
        assert refusal.code == "bad_schema"

    def test_refuses_all_events_of_a_disabled_instance(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(config, "_snapshot", config._snapshot | {"health": Effective(enabled=False)})

        assert isinstance(refusal_of(body(event())), InstanceDisabled)
        assert check("system", body(event(topic="system_status:web")), publisher="p").events


class TestCheckFrame:
    async def test_finds_the_instance_in_the_event(self) -> None:
        checked = await check_frame(body(event(instance=":ex_esdb_health")), publisher="p")

        assert checked.spec.name == "health"
        assert json.loads(checked.events[0].wire("e", 1))["instance"] == "health"

    async def test_takes_events_of_one_instance(self) -> None:
        assert len((await check_frame(body([event(instance="health")] * 3), publisher="p")).events) == 3

    @pytest.mark.parametrize(
        "submitted",
        [
            event(),
            [],
            [event()],
            [5],
            5,
            event(instance=5),
            [event(instance="health"), event(instance="system")],
            [event(instance="health"), event()],
        ],
    )
    async def test_refuses_events_of_no_instance_or_of_several(self, submitted: object) -> None:
        with pytest.raises(Refusal) as caught:
            await check_frame(body(submitted), publisher="p")
        assert caught.value.code == "bad_request"

    async def test_names_the_nearest_instance(self) -> None:
        with pytest.raises(Refusal, match="health") as caught:
            await check_frame(body(event(instance="helth")), publisher="p")
        assert caught.value.code == "unknown_instance"

    async def test_gives_others_their_turn_in_a_large_batch(self) -> None:
        turns = 0

        async def count() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        counting = asyncio.create_task(count())
        checked = await check_frame(body([event(instance="health")] * 1_000), publisher="p")
        counting.cancel()

        assert len(checked.events) == 1_000
        assert turns >= 1_000 // PIECE_EVENTS - 1


class TestSubmitJson:
    def test_gives_a_receipt_for_each_event(self, serving: Home) -> None:
        submitted = submit_json("health", body([event(), event(topic="other:a"), event()]), publisher="p")

        places = [(receipt.stream, receipt.offset) for receipt in submitted.receipts]
        assert places == [("health.subscription_health", 1), ("health._other", 1), ("health.subscription_health", 2)]
        assert len({receipt.id for receipt in submitted.receipts}) == 3

    def test_publishes_nothing_of_a_batch_with_a_bad_event(self, serving: Home) -> None:
        lane = instances()["health"].lane
        assert lane is not None
        with pytest.raises(BatchRefused):
            submit_json("health", body([event(), event(topic="a::b"), event()]), publisher="p")
        (receipt,) = submit_json("health", body(event()), publisher="p").receipts

        assert (receipt.offset, lane.published_events) == (1, 1)
