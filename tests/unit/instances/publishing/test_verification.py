"""Signed events through the pipeline: checked, taken once, and never asked of those who have no token."""

import asyncio
import dataclasses
import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from instances import config
from instances.access.principal import Principal
from instances.access.rights import EVERYTHING
from instances.error_codes import Refusal
from instances.event import now_ms
from instances.publishing.pipeline import BatchRefused, Checked, check, check_frame
from instances.publishing.signing import sign
from instances.publishing.submission import Submitted, submit, submit_here
from instances.supervisor import Home

SECRET, OTHERS = "ghs_" + "a" * 43, "ghs_" + "b" * 43


@dataclasses.dataclass(frozen=True)
class Opened:
    key: bytes


def token(secret: str | None = SECRET) -> Principal:
    opened = None if secret is None else Opened(secret.encode())
    return Principal(kind="token", id=1, name="gater-1", rights=EVERYTHING, signing_secret=opened)


PERSON = Principal(kind="user", id=1, name="ana", rights=EVERYTHING)


def event(**words: Any) -> dict[str, Any]:
    return {
        "id": str(uuid4()),
        "topic": "system_status:web",
        "event_type": "started",
        "timestamp": now_ms(),
        "data": {"a": {"b": [1, 2.5, "ü"]}},
        "metadata": {"host": "web-1"},
    } | words


def signed(secret: str = SECRET, instance: str = "system", **words: Any) -> dict[str, Any]:
    return sign(event(**words), instance, secret)


def checked(what: Any, *, by: Principal | None = None, instance: str = "system") -> Checked:
    return check(instance, json.dumps(what).encode(), publisher="gater-1", by=by or token())


def refusal(what: Any, *, by: Principal | None = None) -> Refusal:
    with pytest.raises(Refusal) as caught:
        checked(what, by=by)
    return caught.value


@pytest.fixture
def all_signed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "_snapshot", {name: config.Effective(signed=True) for name in config._DEFAULTS})


def tampered(change: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    whole: dict[str, Any] = json.loads(json.dumps(signed()))
    change(whole)
    return whole


class TestSignedEvent:
    def test_is_taken_and_its_signature_goes_no_further(self) -> None:
        whole = signed()

        (prepared,) = checked(whole).events

        assert whole["signature"].encode() not in prepared.wire("e", 1)
        assert b"signature" not in prepared.wire("e", 1)

    def test_may_be_written_in_any_order_and_with_any_spaces(self) -> None:
        turned = dict(reversed(signed().items()))

        assert check("system", json.dumps(turned, indent=3).encode(), publisher="p", by=token()).events

    @pytest.mark.parametrize(
        "change",
        [
            lambda whole: whole["data"]["a"]["b"].append(1),
            lambda whole: whole["metadata"].update(host="web-2"),
            lambda whole: whole.update(topic="system_status:db"),
            lambda whole: whole.update(event_type="stopped"),
            lambda whole: whole.update(timestamp=whole["timestamp"] + 1),
            lambda whole: whole.update(id=str(uuid4())),
            lambda whole: whole.update(schema_version=1),
            lambda whole: whole.pop("metadata"),
            lambda whole: whole.update(signature="0" * 64),
        ],
        ids=["data", "metadata", "topic", "type", "timestamp", "id", "version", "less", "signature"],
    )
    def test_is_refused_when_it_was_changed(self, change: Callable[[dict[str, Any]], None]) -> None:
        told = refusal(tampered(change))

        assert (told.code, told.retry) == ("forbidden", False)
        assert "signature is not" in told.message

    def test_is_refused_at_another_instance(self) -> None:
        assert "signature is not" in refusal(signed(instance="health")).message

    def test_is_refused_under_another_token_s_secret(self) -> None:
        assert "signature is not" in refusal(signed(OTHERS)).message

    @pytest.mark.parametrize("minutes", [-5.1, 5.1])
    def test_is_refused_when_its_time_is_too_far_from_the_hub_s(self, minutes: float) -> None:
        timestamp = now_ms() + round(minutes * 60_000)

        told = refusal(signed(timestamp=timestamp))

        assert told.code == "forbidden"
        assert str(timestamp) in told.message
        assert f"the hub's clock says {str(now_ms())[:7]}" in told.message

    @pytest.mark.parametrize("minutes", [-4.9, 4.9])
    def test_is_taken_within_five_minutes(self, minutes: float) -> None:
        assert checked(signed(timestamp=now_ms() + round(minutes * 60_000))).events

    @pytest.mark.parametrize("key", ["id", "timestamp"])
    def test_needs_an_id_and_a_timestamp(self, key: str) -> None:
        whole = signed()
        del whole[key]

        told = refusal(whole)

        assert (told.code, f"`{key}`" in told.message) == ("bad_request", True)

    @pytest.mark.parametrize("text", ["", "f" * 63, "F" * 64, "é" * 64])
    def test_is_refused_when_its_signature_has_another_form(self, text: str) -> None:
        told = refusal(event(signature=text))

        assert told.code == "bad_request"
        assert "64 lowercase hexadecimal digits" in told.message

    def test_is_refused_where_its_token_has_no_signing_secret(self) -> None:
        assert "no signing secret" in refusal(signed(), by=token(None)).message

    def test_is_refused_where_there_is_no_token(self) -> None:
        assert "has no token" in refusal(signed(), by=PERSON).message
        with pytest.raises(Refusal, match="has no token"):
            check("system", json.dumps(signed()).encode(), publisher="p")

    def test_is_refused_with_numbers_that_readers_disagree_about(self) -> None:
        told = refusal(event(data={"n": 2**53}, signature="0" * 64))

        assert f"{2**53} is beyond" in told.message

    async def test_comes_in_a_frame_that_names_the_instance_by_an_alias(self) -> None:
        whole = {"instance": "ex_esdb_system"} | signed()

        assert (await check_frame(json.dumps(whole).encode(), publisher="p", by=token())).events


class TestBatch:
    def test_names_each_event_that_is_not_what_was_signed(self) -> None:
        with pytest.raises(BatchRefused) as caught:
            checked([signed(), signed(OTHERS), event(), signed(timestamp=1)])

        assert [each["index"] for each in caught.value.errors] == [1, 3]


@pytest.mark.usefixtures("all_signed")
class TestInstanceThatWantsSignatures:
    def test_refuses_an_unsigned_event_and_says_how(self) -> None:
        told = refusal(event())

        assert told.code == "forbidden"
        assert "docs/signing.md" in told.message

    def test_refuses_a_batch_with_one_unsigned_event(self) -> None:
        with pytest.raises(BatchRefused) as caught:
            checked([signed(), event()])

        assert [(each["index"], each["code"]) for each in caught.value.errors] == [(1, "forbidden")]

    def test_takes_a_signed_one(self) -> None:
        assert checked(signed()).events

    def test_asks_no_person_and_no_program_of_its_own(self) -> None:
        assert checked(event(), by=PERSON).events
        assert check("system", json.dumps(event()).encode(), publisher="p").events


def published(what: Any) -> Submitted:
    return submit(checked(what))


class TestReplay:
    def test_is_refused(self, serving: Home) -> None:
        whole = signed()
        published(whole)

        with pytest.raises(Refusal, match="taken already") as caught:
            published(whole)
        assert (caught.value.code, caught.value.retry) == ("conflict", False)

    def test_is_refused_in_a_batch_by_index_and_takes_nothing_of_it(self, serving: Home) -> None:
        old, new = signed(), signed()
        published(old)

        with pytest.raises(Refusal) as caught:
            published([event(), new, old])

        assert [each["index"] for each in caught.value.errors] == [2]
        # What was refused with it is as good as new.
        assert published(new).receipts[0].offset == 2

    def test_is_refused_within_one_batch(self, serving: Home) -> None:
        whole = signed()

        with pytest.raises(Refusal) as caught:
            published([whole, whole])

        assert [each["index"] for each in caught.value.errors] == [1]
        assert published(whole).receipts[0].offset == 1

    def test_signed_anew_gives_the_first_answer_under_its_id(self, serving: Home) -> None:
        whole = event()
        first = published(sign(whole, "system", SECRET))

        again = published(sign(whole | {"timestamp": whole["timestamp"] + 1}, "system", SECRET))

        assert again.receipts == first.receipts

    def test_signed_anew_with_another_body_is_a_conflict_that_leaves_its_companions_free(self, serving: Home) -> None:
        whole, companion = event(), signed()
        published(sign(whole, "system", SECRET))

        with pytest.raises(Refusal, match="another body"):
            published([companion, sign(whole | {"data": {"other": 1}}, "system", SECRET)])
        assert published(companion).receipts[0].offset == 2

    def test_of_many_at_once_takes_exactly_one(self, serving: Home) -> None:
        whole = signed()

        async def race() -> list[Any]:
            answers = [submit_here(checked(whole)) for _ in range(20)]
            return await asyncio.gather(*answers, return_exceptions=True)

        told = asyncio.run_coroutine_threadsafe(race(), serving.loop).result(10)

        assert sum(not isinstance(each, Refusal) for each in told) == 1
