"""No address and no frame is left out of the table, and nobody gets further than it says."""

import re
from collections.abc import AsyncIterator, Iterator
from inspect import unwrap
from typing import Any, Final

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from django.urls import URLPattern, URLResolver, get_resolver

from consumers.frames import VERBS
from instances.access.rights import Verb
from tests.integration.access.doors import (
    ADMIN,
    ADMIN_LOGIN,
    API_AND_PAGES,
    FRAMES,
    MODEL_PAGES,
    MODELS,
    MORE_MODEL_PAGES,
    Who,
)
from tests.integration.access.people import limited, logged_in, make_instances, staff
from tests.integration.access.site import Answer, Caller, running

METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")
PER_MODEL: Final = [f"admin/{model}/{page}" for model in MODELS for page in MODEL_PAGES] + [*MORE_MODEL_PAGES]


def routes(patterns: list[URLPattern | URLResolver], before: str = "") -> Iterator[tuple[str, URLPattern]]:
    for each in patterns:
        route = before + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from routes(each.url_patterns, route)
        else:
            yield route, each


ROUTES: Final = dict(routes(get_resolver().url_patterns))


def methods_of(pattern: URLPattern) -> set[str] | None:
    """Return what a view of a class answers to, OPTIONS and HEAD apart; None where that is known only by asking."""
    view: Any = getattr(pattern.callback, "cls", getattr(unwrap(pattern.callback), "view_class", None))
    return None if view is None else {name for name in METHODS if hasattr(view, name.lower())}


def told(answer: Answer) -> str:
    """Return a word for what somebody was told."""
    location = answer.headers.get("location", "")
    if answer.status == 302 and "/login/" in location:
        return "login"
    return str(answer.status) if answer.status in (401, 403, 404) else "ok"


@pytest.fixture
async def site(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    await sync_to_async(make_instances)()
    async with running(monkeypatch):
        yield


@pytest.fixture
async def callers(site: None) -> tuple[Caller, Caller, Caller]:
    """Give a stranger, an account without roles, and a service whose token has no grants."""
    account = await sync_to_async(User.objects.create_user)("newcomer")
    return Caller(), await sync_to_async(logged_in)(account), await sync_to_async(limited)("bare")


class TestTheTable:
    def test_has_every_address(self) -> None:
        table = {*API_AND_PAGES, *ADMIN, ADMIN_LOGIN, *PER_MODEL}

        assert sorted(set(ROUTES) - table) == [], "Enter it into tests/integration/access/doors.py."
        assert table - set(ROUTES) == set()

    def test_has_every_method_of_an_address(self) -> None:
        answered = {
            route: found for route in API_AND_PAGES if (found := methods_of(ROUTES[route])) not in (None, set(METHODS))
        }

        left_out = {route: found - set(API_AND_PAGES[route].methods) for route, found in answered.items() if found}
        assert {route: found for route, found in left_out.items() if found} == {}

    def test_has_every_frame(self) -> None:
        assert set(FRAMES) == set(VERBS)


@pytest.mark.django_db(transaction=True)
class TestAnAddress:
    async def test_tells_each_what_the_table_says(self, callers: tuple[Caller, Caller, Caller]) -> None:
        wrong = []
        for route, address in API_AND_PAGES.items():
            for method, who in address.methods.items():
                if route == "accounts/logout/":
                    continue
                heard = tuple([told(await caller.ask(method, address.path)) for caller in callers])
                if heard != who.told:
                    wrong.append((method, route, heard, who))

        assert wrong == [], str(wrong)

    async def test_takes_no_method_that_the_table_leaves_out(self, callers: tuple[Caller, Caller, Caller]) -> None:
        taken = []
        for route, address in API_AND_PAGES.items():
            for method in set(METHODS) - set(address.methods):
                for caller in callers:
                    answer = await caller.ask(method, address.path)
                    # A page sends a stranger to log in before it looks at the method.
                    if answer.status not in (401, 403, 405) and told(answer) != "login":
                        taken.append((method, route, answer.status))

        assert taken == [], str(taken)

    async def test_of_the_admin_is_for_staff(self, callers: tuple[Caller, Caller, Caller]) -> None:
        reached = [
            (method, route, answer.status)
            for route in (*ADMIN, *PER_MODEL)
            for method in ("GET", "POST")
            for caller in callers
            if told(answer := await caller.ask(method, path_of(route))) != Who.STAFF.told[0]
            # Leaving is for whoever is there; the admin's own log-out ends nothing of a stranger's.
            and route != "admin/logout/"
        ]

        assert reached == [], str(reached)

    async def test_of_a_model_is_for_staff_with_the_permission(self, site: None) -> None:
        clerk = await sync_to_async(logged_in)(await sync_to_async(staff)("clerk"))

        reached = [
            (method, route, answer.status)
            for route in PER_MODEL
            for method in ("GET", "POST")
            if (answer := await clerk.ask(method, path_of(route))).status not in (302, 403, 404, 405)
        ]

        assert reached == []
        assert (await clerk.ask("GET", "/admin/")).status == 200


def path_of(route: str) -> str:
    """Return an address of the admin."""
    path = route
    for parameter in ("<path:content_type_id>", "<path:object_id>", "<id>"):
        path = path.replace(parameter, "1")
    path = path.replace("<slug:name>", "audit").replace("<slug:id>", "c_9f").replace("<int:pk>", "1")
    path = re.sub(r"\^\(\?P<app_label>[^)]*\)/\$", "auth/", path).replace("(?P<url>.*)$", "x/")
    return f"/{path}"


@pytest.mark.django_db(transaction=True)
class TestAFrame:
    async def test_of_a_token_without_grants_does_what_the_table_says(
        self, callers: tuple[Caller, Caller, Caller]
    ) -> None:
        said: dict[str, object] = {
            "subscribe": {"instance": "health", "pattern": "*"},
            "unsubscribe": {"sub": "s1"},
            "publish": {"instance": "health", "topic": "a:b", "event_type": "x"},
            "ack": {"sub": "s1", "positions": {}},
        }
        codes = {Verb.SUBSCRIBE: "forbidden", Verb.PUBLISH: "forbidden", "the connection's own": "not_found"}
        async with callers[2].socket() as socket:
            heard = {verb: (await socket.ask(verb, value))["error"]["code"] for verb, value in said.items()}

        assert heard == {verb: codes[FRAMES[verb]] for verb in said}

    @pytest.mark.parametrize("verb", [verb for verb in VERBS if verb != "connect"])
    async def test_of_a_stranger_ends_the_socket(self, verb: str, site: None) -> None:
        async with Caller().socket(connected=False) as socket:
            assert await socket.ask(verb, {}) == {"closed": 4501}

    async def test_to_connect_without_a_token_or_a_session_ends_the_socket(self, site: None) -> None:
        async with Caller().socket(connected=False) as socket:
            assert await socket.ask("connect", {}) == {"closed": 4500}
