"""People who look at the same page see each other: in real browsers, on two processes, and only where they may."""

import re
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.functional.browser.axe import serious_findings
from tests.functional.browser.conftest import Watch, watched_context, watched_page
from tests.functional.conftest import Server, serving
from tests.functional.doors import IN_TWO_PROCESSES

pytestmark = pytest.mark.browser

SEEN_MS: Final = 15_000
"""A page asks every five seconds; a process that died takes its people off within this time."""
PASSWORD: Final = "a-long-password-of-everybody"
MAKING: Final = f"""
from django.contrib.auth.models import Group, User
for name, role in (("ada", "viewer"), ("grace", "viewer"), ("ann", "auditor")):
    user = User.objects.create_user(name, password="{PASSWORD}")
    user.groups.add(Group.objects.get(name=role))
"""


class Person:
    """Somebody with a browser, logged in at one process."""

    def __init__(self, browser: Browser, server: Server, name: str) -> None:
        self.server = server
        self.context: BrowserContext = watched_context(browser)
        self.watch = Watch(server.url)
        self.page = self.tab()
        self.page.goto(f"{server.url}accounts/login/")
        self.page.get_by_label("User name").fill(name)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Log in").click()
        self.page.wait_for_url(lambda url: "/accounts/login/" not in url)

    def tab(self) -> Page:
        return watched_page(self.context, self.watch)

    def opens(self, path: str) -> Locator:
        """Open a page of the hub, and return where it shows who else is there."""
        self.page.goto(f"{self.server.url}{path}")
        return self.page.locator("#also-here")

    def ask(self, path: str) -> Any:
        return self.context.request.get(f"{self.server.url}{path}")

    def leaves(self) -> None:
        self.context.close()


class Meeting:
    """Lets people in, and sees to it that no page of theirs did what it must not do."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._people: list[Person] = []

    def lets_in(self, name: str, server: Server) -> Person:
        self._people.append(Person(self._browser, server, name))
        return self._people[-1]

    def ends(self) -> None:
        for person in self._people:
            person.leaves()
        assert [each.watch.foreign for each in self._people if each.watch.foreign] == []
        assert [each.watch.complaints for each in self._people if each.watch.complaints] == []


@pytest.fixture(scope="module", autouse=True)
def _people(processes: tuple[Server, Server]) -> None:
    processes[0].manage("shell", "-c", MAKING)


@pytest.fixture
def here(processes: tuple[Server, Server]) -> Server:
    return processes[0]


@pytest.fixture
def there(processes: tuple[Server, Server]) -> Server:
    return processes[1]


@pytest.fixture
def meeting(browser: Browser) -> Iterator[Meeting]:
    meeting = Meeting(browser)
    yield meeting
    meeting.ends()


def shows(place: Locator, *names: str) -> None:
    expect(place.get_by_role("listitem")).to_have_text(names, timeout=SEEN_MS)
    expect(place).to_be_visible()


def shows_nobody(place: Locator) -> None:
    expect(place).to_be_hidden(timeout=SEEN_MS)


class TestTwoPeople:
    def test_see_each_other_until_one_leaves(self, meeting: Meeting, here: Server, there: Server) -> None:
        ada, grace = meeting.lets_in("ada", here), meeting.lets_in("grace", there)

        at_ada = ada.opens("instances/health/")
        shows_nobody(at_ada)
        at_grace = grace.opens("instances/health/")

        shows(at_ada, "grace")
        shows(at_grace, "ada")
        for width, scheme in ((360, "dark"), (1440, "light")):
            ada.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            ada.page.set_viewport_size({"width": width, "height": 900})
            assert ada.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            assert serious_findings(ada.page, within=".title") == []
        expect(ada.page.get_by_role("list", name="Also here:")).to_have_text("grace")
        grace.leaves()
        shows_nobody(at_ada)

    @IN_TWO_PROCESSES
    def test_are_together_on_the_overview_and_apart_on_two_pages(
        self, meeting: Meeting, here: Server, there: Server
    ) -> None:
        ada, grace = meeting.lets_in("ada", here), meeting.lets_in("grace", there)

        at_ada, at_grace = ada.opens(""), grace.opens("")
        shows(at_ada, "grace")
        shows(at_grace, "ada")
        grace.opens("instances/metrics/")

        shows_nobody(at_ada)
        told = ada.ask("api/v1/presence/").json()["results"]
        assert [(row["view"], [each["name"] for each in row["people"]]) for row in told] == [
            ("overview", ["ada"]),
            ("instance:metrics", ["grace"]),
        ]

    @IN_TWO_PROCESSES
    def test_are_shown_once_with_two_tabs_until_the_last_is_closed(
        self, meeting: Meeting, here: Server, there: Server
    ) -> None:
        ada, grace = meeting.lets_in("ada", here), meeting.lets_in("grace", there)
        at_ada = ada.opens("instances/health/")
        grace.opens("instances/health/")
        second = grace.tab()
        second.goto(f"{there.url}instances/health/")
        shows(at_ada, "grace")
        ada.page.wait_for_function(
            "fetch('/api/v1/presence/?view=instance:health').then((answer) => answer.json())"
            ".then(({ results: [{ people }] }) => people.some(({ name, tabs }) => name === 'grace' && tabs === 2))",
            polling=300,
        )

        grace.page.close()
        shows(at_ada, "grace")
        second.close()

        shows_nobody(at_ada)


class TestWhoIsNotGrantedIt:
    @IN_TWO_PROCESSES
    def test_does_not_see_who_watches_evidence(self, meeting: Meeting, here: Server, there: Server) -> None:
        ann, ada = meeting.lets_in("ann", here), meeting.lets_in("ada", there)
        ann.opens("instances/security/")
        expect(ann.page.locator("#state")).to_have_text("Live")
        again = meeting.lets_in("ann", there)
        again.opens("instances/security/")

        at_ada = ada.opens("")

        told = ada.ask("api/v1/presence/").text()
        assert "instance:security" not in told
        refused = ada.ask("api/v1/presence/?view=instance:security")
        assert (refused.status, refused.json()["code"]) == (403, "forbidden")
        assert "ann" not in refused.text()
        shows_nobody(at_ada)
        # To oneself one is nobody else, in however many browsers.
        shows_nobody(ann.page.locator("#also-here"))
        [row] = ann.ask("api/v1/presence/?view=instance:security").json()["results"]
        assert [(each["name"], each["tabs"], each["you"]) for each in row["people"]] == [("ann", 2, True)]


class TestAdmin:
    @IN_TWO_PROCESSES
    def test_shows_what_a_subscriber_looks_at(self, meeting: Meeting, here: Server, there: Server) -> None:
        grace = meeting.lets_in("grace", there)
        grace.opens("instances/health/")
        expect(grace.page.locator("#state")).to_have_text("Live")
        here.manage("shell", "-c", STAFF)
        ada = meeting.lets_in("ada", here)

        row = ada.page.get_by_role("row", name=re.compile("^grace"))
        ada.page.goto(f"{here.url}admin/consumers/subscriber/?text=grace")
        expect(row).to_contain_text("instance:health", timeout=SEEN_MS)
        row.get_by_role("link").click()

        expect(ada.page.get_by_role("row", name="Looks at instance:health")).to_be_visible()
        assert serious_findings(ada.page) == []


STAFF: Final = """
from django.contrib.auth.models import Permission, User
ada = User.objects.get(username="ada")
ada.is_staff = True
ada.save()
ada.user_permissions.add(Permission.objects.get(codename="view_subscriber"))
"""


class TestProcessThatDies:
    def test_takes_its_people_off(self, browser: Browser, tmp_path: Path, redis_url: str) -> None:
        with (
            serving(tmp_path, settings={"REDIS_URL": redis_url}) as here,
            serving(tmp_path, like=here) as dying,
        ):
            here.manage("shell", "-c", MAKING)
            ada, grace = Person(browser, here, "ada"), Person(browser, dying, "grace")
            at_ada = ada.opens("instances/health/")
            grace.opens("instances/health/")
            shows(at_ada, "grace")

            dying.stop(signal.SIGKILL)

            shows_nobody(at_ada)
            ada.leaves()
            grace.leaves()
