"""Consoles in the admin: the hub's own to be copied, operators' own to be written, and no mistake that gets through."""

import json
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from gaterhub.consoles.layout import CONSOLES
from gaterhub.consoles.models import OwnConsole, SavedView
from gaterhub.consoles.panels import KINDS

pytestmark = pytest.mark.django_db

LIST = "/admin/gaterhub/ownconsole/"
FORM = {
    "title": "Night watch",
    "name": "night-watch",
    "purpose": "What whoever is awake looks at.",
    "span_seconds": "900",
    "subscriptions": "health *\nalerts system_alerts:critical",
    "panels": json.dumps([{"kind": "timeline", "title": "Events"}]),
}


@pytest.fixture
def admin(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("admin"))
    return client


def page(answer: Any) -> str:
    return unescape(answer.content.decode())


class TestTheListOfConsoles:
    def test_shows_the_hubs_own_with_a_way_to_copy_each(self, admin: Client) -> None:
        shown = page(admin.get(LIST))

        for name, console in CONSOLES.items():
            assert console.profile.title in shown
            assert f"{LIST}add/?copy={name}" in shown

    def test_offers_no_copy_to_those_who_may_not_add(self, client: Client) -> None:
        user = User.objects.create_user("grace", is_staff=True)
        user.user_permissions.add(Permission.objects.get(codename="view_ownconsole"))
        client.force_login(user)

        shown = page(client.get(LIST))

        assert "Security operations" in shown
        assert "?copy=" not in shown


class TestACopy:
    @pytest.mark.parametrize("name", CONSOLES)
    def test_of_each_of_the_hubs_own_is_saved_as_it_is_offered(self, admin: Client, name: str) -> None:
        initial = admin.get(f"{LIST}add/?copy={name}").context["adminform"].form
        written = {field.name: field.value() for field in initial}

        answer = admin.post(f"{LIST}add/", written | {"name": f"our-{name}"})

        assert answer.status_code == 302, page(answer)
        made = OwnConsole.objects.get().console
        assert made.profile.subscriptions == CONSOLES[name].profile.subscriptions
        assert [(panel.kind, panel.set) for panel in made.panels] == [
            (panel.kind, panel.set) for panel in CONSOLES[name].panels
        ]

    def test_of_an_operators_own_begins_as_that_is(self, admin: Client) -> None:
        admin.post(f"{LIST}add/", FORM)

        form = admin.get(f"{LIST}add/?copy=night-watch").context["adminform"].form

        assert form["subscriptions"].value() == FORM["subscriptions"]
        assert "name" not in form.initial

    def test_has_every_kind_of_panel_beside_it(self, admin: Client) -> None:
        shown = admin.get(f"{LIST}add/").content.decode()

        for kind in KINDS.values():
            assert f"<dt><code>{kind.name}</code></dt>" in shown
            assert all(f"<br><code>{option.name}</code>: " in shown for option in kind.options)

    def test_of_one_that_there_is_not_begins_empty(self, admin: Client) -> None:
        assert admin.get(f"{LIST}add/?copy=nothing").context["adminform"].form["title"].value() in (None, "")


class TestAConsoleThatIsWritten:
    def test_stands_at_its_address(self, admin: Client) -> None:
        admin.post(f"{LIST}add/", FORM)

        shown = page(admin.get("/consoles/night-watch/"))

        assert "Night watch" in shown
        assert "What whoever is awake looks at." in shown

    @pytest.mark.parametrize(
        ("written", "said"),
        [
            ({"subscriptions": "health sub*:x"}, "Line 1: "),
            ({"subscriptions": "helth *"}, "Line 1: "),
            ({"panels": "[{"}, "This is no JSON"),
            ({"panels": '[{"kind": "top", "options": {"limit": "many"}}]'}, "Panel 1: `limit` is a whole number"),
            ({"name": "Night Watch"}, "Small letters, digits, _ and -, a letter first."),
            ({"name": "soc"}, "are the hub's own; take another name."),
            ({"span_seconds": "5"}, "A console shows 60 seconds at least"),
        ],
    )
    def test_is_refused_with_a_sentence_and_kept_as_it_was_written(
        self, admin: Client, written: dict[str, str], said: str
    ) -> None:
        answer = admin.post(f"{LIST}add/", FORM | written)

        assert answer.status_code == 200
        assert said in page(answer)
        assert "Traceback" not in page(answer)
        for text in written.values():
            assert text in page(answer)
        assert not OwnConsole.objects.exists()

    def test_is_changed_as_it_was_written(self, admin: Client) -> None:
        admin.post(f"{LIST}add/", FORM)
        row = OwnConsole.objects.get()
        form = admin.get(f"{LIST}{row.pk}/change/").context["adminform"].form
        assert form["subscriptions"].value() == FORM["subscriptions"]

        written = {"name": "day", "subscriptions": "metrics *", "panels": form["panels"].value()}
        admin.post(f"{LIST}{row.pk}/change/", FORM | written)

        row.refresh_from_db()
        assert row.name == "night-watch", "links and saved views go by its name"
        assert row.subscriptions == [["metrics", "*"]]
        assert row.panels == [{"kind": "timeline", "title": "Events", "width": 12, "options": {}}]

    @pytest.mark.parametrize("by", ["page", "list"])
    def test_goes_with_what_people_kept_of_it(self, admin: Client, by: str) -> None:
        admin.post(f"{LIST}add/", FORM)
        row, owner = OwnConsole.objects.get(), User.objects.get()
        SavedView.objects.create(console="night-watch", name="Mine", owner=owner)
        other = SavedView.objects.create(console="soc", name="Mine", owner=owner)

        if by == "page":
            admin.post(f"{LIST}{row.pk}/delete/", {"post": "yes"})
        else:
            admin.post(LIST, {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"})

        assert not OwnConsole.objects.exists()
        assert list(SavedView.objects.all()) == [other]
