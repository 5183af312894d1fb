"""What somebody with a grant on one family learns of another: nothing, whichever way it is asked."""

import json
import statistics
import time
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Final

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from django.utils import timezone

from consumers.models import Loss
from instances.access.models import Grant, Token
from instances.access.rights import READING, Verb
from instances.models import DeprecatedUse
from instances.publishing import apublish
from tests.integration.access.people import logged_in, make_instances
from tests.integration.access.site import Answer, Caller, running

pytestmark = pytest.mark.django_db(transaction=True)

INSTANCE: Final = "health"
OWN: Final = "process_health:web"
SECRET_FAMILY: Final = "subscription_health"
SECRET: Final = f"{SECRET_FAMILY}:covert-store:covert-projection"
SECRET_TYPE: Final = "covert_type"
SECRET_PUBLISHER: Final = "covert-publisher"
WORDS: Final = ("covert", SECRET_PUBLISHER)
EVENTS: Final = f"/api/v1/instances/{INSTANCE}/events/"
TRIES: Final = 20
MEDIANS_RATIO: Final = 1.6
"""Generous: a shared machine is noisy. An answer that skips the search for what is hidden takes a tenth."""


@dataclass(frozen=True)
class Known:
    """What is in the hub that the caller is to learn nothing of."""

    id: str
    caller: Caller
    person: Caller


@pytest.fixture
async def known(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Known]:
    """Give somebody who reads one family, where another has events, a publisher, a follower and losses."""
    await sync_to_async(make_instances)()
    async with running(monkeypatch):
        caller, person = await sync_to_async(make_callers)()
        ids = []
        for number in range(50):
            assert (await apublish(INSTANCE, OWN, "own", data=number)).accepted
            secret = await apublish(INSTANCE, SECRET, SECRET_TYPE, data=number, metadata={"by": SECRET_PUBLISHER})
            ids.append(str(secret.event_id))
        await sync_to_async(make_traces)()
        yield Known(ids[25], caller, person)


def make_callers() -> tuple[Caller, Caller]:
    user = User.objects.create_user("reader")
    issued = Token.objects.issue(name="reader", roles=())
    for verb in READING:
        Grant.objects.create(token=issued.token, verb=verb, instance=INSTANCE, pattern="process_health:*")
        Grant.objects.create(user=user, verb=verb, instance=INSTANCE, pattern="process_health:*")
    Grant.objects.create(token=issued.token, verb=Verb.PUBLISH, instance=INSTANCE, pattern="process_health:*")
    return Caller(token=issued.secret), logged_in(user)


def make_traces() -> None:
    Loss.objects.create(
        at=timezone.now(),
        kind=Loss.Kind.GAP,
        reason="slow",
        instance=INSTANCE,
        stream=f"{INSTANCE}.{SECRET_FAMILY}",
        epoch="e",
        first=1,
        last=9,
        count=9,
        times=1,
        connection="c_covert",
        principal_kind="user",
        principal_id=999,
        principal=SECRET_PUBLISHER,
        patterns=SECRET,
    )
    DeprecatedUse.objects.create(
        instance=INSTANCE,
        event_type="registration_success",
        version=1,
        role=DeprecatedUse.Role.SENDER,
        name=SECRET_PUBLISHER,
        events=7,
        first_at=timezone.now(),
        last_at=timezone.now(),
    )


def without(answer: Answer, id: str) -> Any:
    # A session is prolonged once in a while, whatever it was that was asked for.
    passing = ("content-length", "set-cookie")
    headers = {name: sorted(value.split("; ")) for name, value in answer.headers.items() if name not in passing}
    return answer.status, answer.text.replace(id, "{id}"), headers


class TestAnEventOfAnotherFamily:
    async def test_is_answered_like_an_id_that_there_never_was(self, known: Known) -> None:
        # Made at the same moment, as far as the id tells.
        never = f"{known.id[:-12]}{uuid.uuid4().hex[:12]}"

        for caller in (known.caller, known.person):
            hidden, unknown = (
                await caller.ask("GET", f"{EVENTS}{known.id}/"),
                await caller.ask("GET", f"{EVENTS}{never}/"),
            )

            assert hidden.status == 404
            one, other = without(hidden, known.id), without(unknown, never)
            assert one[:2] == other[:2]
            assert {name: said for name, said in one[2].items() if other[2].get(name) != said} == {}

    @pytest.mark.alone
    async def test_takes_as_long_as_an_id_that_there_never_was(self, known: Known) -> None:
        never = f"{known.id[:-12]}{uuid.uuid4().hex[:12]}"
        # So many that whoever stopped looking at the hidden one would be seen to be quicker.
        for number in range(3_000):
            await apublish(INSTANCE, OWN, "own", data=number)
        took: dict[str, list[float]] = {known.id: [], never: []}
        for _ in range(TRIES):
            for id, seconds in took.items():
                started = time.perf_counter()
                await known.caller.ask("GET", f"{EVENTS}{id}/")
                seconds.append(time.perf_counter() - started)

        medians = sorted(statistics.median(seconds) for seconds in took.values())
        assert medians[1] / medians[0] < MEDIANS_RATIO, medians

    async def test_is_not_told_by_publishing_with_its_id(self, known: Known) -> None:
        body = json.dumps({"topic": OWN, "event_type": "own", "id": known.id}).encode()

        answer = await known.caller.ask("POST", EVENTS, body)

        assert not any(word in answer.text for word in WORDS), answer.text


class TestAnyAddress:
    @pytest.mark.parametrize(
        "path",
        [
            "/api/v1/losses/",
            f"/api/v1/losses/?instance={INSTANCE}&stream={INSTANCE}.{SECRET_FAMILY}",
            f"/api/v1/losses/?principal={SECRET_PUBLISHER}",
            "/api/v1/figures/",
            "/api/v1/figures/?history=300",
            "/api/v1/instances/",
            f"/api/v1/instances/{INSTANCE}/",
            f"/api/v1/instances/{INSTANCE}/types/",
            f"/api/v1/instances/{INSTANCE}/types/registration_success/",
            f"{EVENTS}?topic=process_health:*",
            f"{EVENTS}?topic=*",
            f"{EVENTS}?topic={SECRET_FAMILY}:*",
            f"{EVENTS}?topic=process_health:*&event_type={SECRET_TYPE[:3]}",
            "/",
            "/losses/",
            f"/instances/{INSTANCE}/",
            f"/instances/{INSTANCE}/types/",
        ],
    )
    async def test_tells_no_topic_publisher_or_follower_of_another_family(self, path: str, known: Known) -> None:
        path, _, said = path.partition("?")
        query = dict(each.split("=") for each in said.split("&")) if said else {}
        for caller in (known.caller, known.person):
            answer = await caller.ask("GET", path, b"", **query)

            assert answer.status in (200, 302, 403)
            # What the caller said itself is no secret.
            text = answer.text.replace(said.rpartition("=")[2] or "\0", "")
            assert not any(word in text for word in WORDS), text

    async def test_tells_no_rate_of_what_is_not_read(self, known: Known) -> None:
        for caller in (known.caller, known.person):
            figures = (await caller.ask("GET", "/api/v1/figures/", history="300")).json
            described = (await caller.ask("GET", f"/api/v1/instances/{INSTANCE}/")).json

            assert [row["name"] for row in figures["instances"]] == []
            assert described["live"] is None
            assert all(process["slowest"] == [] for process in figures["hub"]["processes"])


class TestASocket:
    async def test_is_told_no_head_event_or_gap_of_another_family(self, known: Known) -> None:
        async with known.caller.socket() as socket:
            answer = await socket.ask(
                "subscribe",
                {
                    "instance": INSTANCE,
                    "pattern": "process_health:*",
                    "since": {f"{INSTANCE}.{SECRET_FAMILY}": "x:1", f"{INSTANCE}.process_health": "x:1"},
                },
            )
            for pattern in ("*", f"{SECRET_FAMILY}:*", SECRET, "*:web"):
                refused = await socket.ask("subscribe", {"instance": INSTANCE, "pattern": pattern})
                assert refused["error"]["code"] == "forbidden"
                assert "covert" not in refused["error"]["message"].replace(pattern, "")
            for number in range(5):
                await apublish(INSTANCE, SECRET, SECRET_TYPE, data=number)
                await apublish(INSTANCE, OWN, "own", data=number)
            await socket.until(lambda: sum("event" in frame for frame in socket.frames) >= 5)

            assert set(answer["subscribed"]["streams"]) == {f"{INSTANCE}.process_health"}
            assert not any("covert" in json.dumps(frame) for frame in socket.frames if "error" not in frame)
            assert not any(SECRET_FAMILY in json.dumps(frame) for frame in socket.frames if "error" not in frame)
