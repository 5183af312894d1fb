"""Who sees who watches what: people on sockets, asked for by those who may see them and by those who may not."""

from collections.abc import AsyncIterator
from typing import Any, Final

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import User

from consumers.presence import gathering
from tests.integration.access.people import limited, logged_in, make_instances, make_role, staff
from tests.integration.access.site import Caller, Socket, running

pytestmark = pytest.mark.django_db(transaction=True)

ADDRESS: Final = "/api/v1/presence/"
HEALTH, SECURITY = "instance:health", "instance:security"


@pytest.fixture
async def callers(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[dict[str, Caller]]:
    """Give a viewer, who is granted all but evidence; an auditor, who is granted evidence; an account; a service."""
    monkeypatch.setattr(gathering, "FRESH_SECONDS", 0.0)
    made = await sync_to_async(_make)()
    async with running(monkeypatch):
        yield made


def _make() -> dict[str, Caller]:
    make_instances()
    viewer, auditor = make_role("viewer"), make_role("auditor")
    return {
        "viewer": logged_in(staff("victor", viewer)),
        "other viewer": logged_in(staff("vera", viewer)),
        "auditor": logged_in(staff("ann", auditor)),
        "nobody": logged_in(User.objects.create_user("norman")),
        "service": limited("orders", viewer),
    }


async def seen(caller: Caller) -> dict[str, list[str]]:
    answer = await caller.ask("GET", ADDRESS)
    assert answer.status == 200, answer.text
    return {row["view"]: sorted(each["name"] for each in row["people"]) for row in answer.json["results"]}


async def views(*names: str, socket: Socket) -> dict[str, Any]:
    answer: dict[str, Any] = (await socket.ask("viewing", {"views": list(names)}))["viewing"]
    return answer


class TestPresence:
    async def test_is_told_to_those_who_survey_what_the_view_shows(self, callers: dict[str, Caller]) -> None:
        async with callers["viewer"].socket() as viewer, callers["auditor"].socket() as auditor:
            await views("overview", HEALTH, socket=viewer)
            await views("overview", SECURITY, socket=auditor)

            assert await seen(callers["other viewer"]) == {"overview": ["ann", "victor"], HEALTH: ["victor"]}
            assert await seen(callers["service"]) == {"overview": ["ann", "victor"], HEALTH: ["victor"]}
            assert await seen(callers["auditor"]) == {"overview": ["ann", "victor"], SECURITY: ["ann"]}
            assert await seen(callers["nobody"]) == {}

    async def test_of_one_view_is_refused_to_others_without_a_count(self, callers: dict[str, Caller]) -> None:
        async with callers["auditor"].socket() as auditor:
            await views(SECURITY, socket=auditor)

            refused = await callers["viewer"].ask("GET", ADDRESS, view=SECURITY)

            assert (refused.status, refused.json["code"]) == (403, "forbidden")
            assert "ann" not in refused.text
            assert "granted all of security as a whole" in refused.json["detail"]

    async def test_marks_the_caller_and_ends_with_the_connection(self, callers: dict[str, Caller]) -> None:
        async with callers["viewer"].socket() as socket:
            await views(HEALTH, HEALTH, socket=socket)
            answer = await callers["viewer"].ask("GET", ADDRESS, view=HEALTH)

            [row] = answer.json["results"]
            [person] = row["people"]
            assert (row["title"], row["total"], answer.json["silent"]) == ("Health Monitoring", 1, [])
            assert (person["name"], person["tabs"], person["you"]) == ("victor", 2, True)
            assert answer.headers["cache-control"] == "no-store"

        assert (await callers["viewer"].ask("GET", ADDRESS, view=HEALTH)).json["results"][0]["people"] == []

    async def test_does_not_count_who_could_not_be_there(self, callers: dict[str, Caller]) -> None:
        async with callers["viewer"].socket() as socket:
            told = await views(SECURITY, HEALTH, "instance:helth", socket=socket)

        assert told == {"views": [HEALTH], "passed_over": [SECURITY, "instance:helth"]}

    async def test_shows_no_program(self, callers: dict[str, Caller]) -> None:
        async with callers["service"].socket() as service:
            assert await views(HEALTH, socket=service) == {"views": [HEALTH]}

            assert await seen(callers["viewer"]) == {}
            own = await callers["service"].ask("GET", "/api/v1/subscribers/")
            assert [row["views"] for row in own.json["results"]] == [[HEALTH]]

    @pytest.mark.parametrize(
        ("query", "status", "said"),
        [
            ({"view": "instance:helth"}, 404, "There is no view 'instance:helth'; there are overview, instance:events"),
            ({"views": "overview"}, 400, "`views` is no parameter here; view are."),
            ({"view": ""}, 404, "There is no view ''"),
        ],
    )
    async def test_says_what_is_wrong_with_a_question(
        self, callers: dict[str, Caller], query: dict[str, str], status: int, said: str
    ) -> None:
        answer = await callers["viewer"].ask("GET", ADDRESS, b"", **query)

        assert answer.status == status
        assert said in answer.json["detail"]


class TestTheFrame:
    @pytest.mark.parametrize(
        ("said", "code", "message"),
        [
            ({"views": "overview"}, "bad_request", "Expected `array`"),
            ({"views": [1]}, "bad_request", "Expected `str`"),
            ({}, "bad_request", "missing required field `views`"),
            ({"views": [], "since": 1}, "bad_request", "unknown field `since`"),
            ({"views": ["Health"]}, "bad_request", "such as instance:health"),
            ({"views": ["overview"] * 17}, "limit_exceeded", "name fewer"),
        ],
    )
    async def test_is_told_what_is_wrong_with_it_and_the_socket_lives(
        self, callers: dict[str, Caller], said: object, code: str, message: str
    ) -> None:
        async with callers["viewer"].socket() as socket:
            error = (await socket.ask("viewing", said))["error"]

            assert (error["code"], error["retry"]) == (code, False)
            assert message in error["message"]
            assert (await socket.ask("viewing", {"views": []}))["viewing"] == {"views": []}
