"""Every role at every door: ten instances, four verbs, granted, outside the pattern and without a grant."""

import json
import uuid
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import Group

from instances.access.rights import Verb
from instances.access.roles import BY_NAME
from instances.catalog import NAMES
from instances.journal.sequencer import JOURNALED
from instances.models import DomainType, InstanceConfig
from instances.publishing import apublish
from tests.integration.access.expectations import ELSEWHERE, EXPECTED, MEANS, STANDINGS, Cell, Standing, cells
from tests.integration.access.people import limited, logged_in, make_instances, make_role, staff
from tests.integration.access.site import Caller, running
from tests.integration.journal.writing import number_all

pytestmark = pytest.mark.django_db(transaction=True)

GROUPS: dict[Standing, Callable[[str], Group]] = {
    "granted": make_role,
    "outside the pattern": lambda role: make_role(role, pattern=ELSEWHERE),
    "no grant": lambda role: make_role(role, granted=False),
}
TAKES_TYPES = ("events",)
"""The only instance in which event types are registered; the others refuse whoever asks."""


@pytest.fixture
async def site(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    await sync_to_async(make_instances)()
    async with running(monkeypatch):
        yield


class Tried:
    """What came out otherwise than the table says."""

    def __init__(self) -> None:
        self.count = 0
        self.wrong: list[str] = []

    def note(self, cell: Cell, door: str, *, happened: bool, told: object) -> None:
        self.count += 1
        if happened is not cell.allowed:
            word = "was refused" if cell.allowed else "was allowed"
            self.wrong.append(f"{cell.verb} {cell.topic} of {cell.instance} at {door} {word}: {told}")


async def at_http(caller: Caller, cell: Cell, kept: dict[tuple[str, str], str], tried: Tried) -> None:
    events = f"/api/v1/instances/{cell.instance}/events/"
    if cell.verb is Verb.PUBLISH:
        body = json.dumps({"topic": cell.topic, "event_type": "tried"}).encode()
        answer = await caller.ask("POST", events, body)
        assert answer.status in (201, 202, 403), answer
        tried.note(cell, "POST events/", happened=answer.status != 403, told=answer.text)
    elif cell.verb is Verb.QUERY:
        answer = await caller.ask("GET", events, topic=cell.topic)
        assert answer.status in (200, 403), answer
        tried.note(cell, "GET events/", happened=answer.status == 200, told=answer.text)
        answer = await caller.ask("GET", f"{events}{kept[cell.instance, cell.topic]}/")
        assert answer.status in (200, 404), answer
        tried.note(cell, "GET events/{id}/", happened=answer.status == 200, told=answer.text)


async def at_socket(socket: Any, cell: Cell, since: dict[str, str], tried: Tried) -> None:
    if cell.verb is Verb.PUBLISH:
        answer = await socket.ask("publish", {"instance": cell.instance, "topic": cell.topic, "event_type": "tried"})
        tried.note(cell, "publish", happened="published" in answer, told=answer)
    elif cell.verb is Verb.SUBSCRIBE:
        for said in ({}, {"since": since}):
            answer = await socket.ask("subscribe", {"instance": cell.instance, "pattern": cell.topic, **said})
            tried.note(cell, f"subscribe {said}", happened="subscribed" in answer, told=answer)
            if "subscribed" in answer:
                await socket.ask("unsubscribe", {"sub": answer["subscribed"]["sub"]})


async def in_admin(person: Caller, cell: Cell, tried: Tried) -> None:
    """See the configuration, then turn what it says of strictness."""
    row = await InstanceConfig.objects.aget(instance=cell.instance)
    address = f"/admin/instances/instanceconfig/{row.pk}/change/"
    answer = await person.ask("GET", address)
    assert answer.status in (200, 302, 403), answer
    tried.note(cell, "GET change/", happened=answer.status == 200, told=answer.status)
    last = await row.changes.values_list("pk", flat=True).afirst()
    form = f"because=tried&seen={last or ''}&enabled=on" + ("" if row.strict else "&strict=on")
    answer = await person.ask("POST", address, form.encode(), content_type="application/x-www-form-urlencoded")
    now = await InstanceConfig.objects.aget(instance=cell.instance)
    tried.note(cell, "POST change/", happened=now.strict is not row.strict, told=answer.status)
    await InstanceConfig.objects.filter(pk=row.pk).aupdate(strict=False)


async def register(caller: Caller, cell: Cell, tried: Tried) -> None:
    name = f"tried_{uuid.uuid4().hex}"
    said = {"event_type": name, "title": "Tried", "purpose": "To see.", "data_schema": {"type": "object"}}
    answer = await caller.ask("POST", f"/api/v1/instances/{cell.instance}/types/", json.dumps(said).encode())
    there = await DomainType.objects.filter(name=name).aexists()
    tried.note(cell, "POST types/", happened=there, told=answer.text)


class TestARole:
    def test_has_a_row_in_the_table(self) -> None:
        assert set(EXPECTED) == set(BY_NAME)

    def test_is_expected_something_of_for_every_verb_and_instance(self) -> None:
        for role in EXPECTED:
            for standing in STANDINGS:
                tried = {(cell.instance, cell.verb) for cell in cells(role, standing)}
                assert tried == {(name, verb) for name in NAMES for verb in Verb}
        assert set(MEANS) == set(Verb)

    @pytest.mark.parametrize("role", EXPECTED)
    async def test_may_do_what_the_table_says_and_nothing_else(self, role: str, site: None) -> None:
        topics = {cell.topic for cell in cells(role, "granted")}
        kept: dict[tuple[str, str], str] = {}
        for name in NAMES:
            for topic in topics:
                published = await apublish(name, topic, "kept")
                assert published.accepted, published
                kept[name, topic] = str(published.event_id)
        for spec in JOURNALED:
            await sync_to_async(number_all)(spec)
        wrong: dict[str, list[str]] = {}
        for standing in STANDINGS:
            tried = Tried()
            group = await sync_to_async(GROUPS[standing])(role)
            caller = await sync_to_async(limited)(f"{role} {standing}", group)
            person = await sync_to_async(logged_in)(await sync_to_async(staff)(standing, group))
            expected = EXPECTED[role]
            for instance in NAMES:
                # One for each instance: a socket has had enough after twenty refusals.
                async with caller.socket() as socket:
                    for cell in (each for each in cells(role, standing) if each.instance == instance):
                        await at_http(caller, cell, kept, tried)
                        await at_socket(socket, cell, {f"{instance}._other": "never:1"}, tried)
                        if cell.verb is Verb.MANAGE:
                            await in_admin(person, cell, tried)
                            if instance in TAKES_TYPES:
                                await register(caller, cell, tried)
            wrong[standing] = tried.wrong
            await sync_to_async(group.delete)()
            assert expected.configures or not any(
                cell.allowed for cell in cells(role, standing) if cell.verb is Verb.MANAGE
            )

        assert wrong == {standing: [] for standing in STANDINGS}
