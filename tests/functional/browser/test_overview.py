"""The first page: ten instances and the hub, their figures moving while somebody looks."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Route, expect

from instances.catalog import INSTANCES
from tests.functional.browser.axe import LOOKS
from tests.functional.browser.conftest import Publish, Watch, sent_bytes
from tests.functional.conftest import Server

pytestmark = pytest.mark.browser

FIGURES = "**/api/v1/figures/*"


def live(page: Page) -> None:
    expect(page.locator("#state")).to_have_text("Live")


@pytest.fixture
def page(page: Page, server: Server) -> Page:
    """Give the page at the overview."""
    page.goto(server.url)
    return page


@pytest.fixture(autouse=True)
def _routes_end_with_the_test(page: Page) -> Iterator[None]:
    """Let go of an answer that is still being altered; it would fail when its page is gone."""
    yield
    page.unroute_all(behavior="ignoreErrors")


def altered(page: Page, change: Callable[[dict[str, Any]], object]) -> None:
    """Have the page get figures that the function has changed, instead of the hub's own."""

    def answer(route: Route) -> None:
        figures = route.fetch().json()
        change(figures)
        route.fulfill(json=figures)

    page.route(FIGURES, answer)


class TestTable:
    def test_names_the_ten_in_order_with_what_each_is_for(self, page: Page) -> None:
        rows = page.locator("#instances tbody tr")

        expect(rows).to_have_count(10)
        for place, spec in enumerate(INSTANCES):
            row = rows.nth(place)
            expect(row.get_by_role("link")).to_have_text(spec.name)
            expect(row.get_by_role("rowheader")).to_contain_text(spec.title)
            expect(row.get_by_role("rowheader")).to_contain_text(spec.purpose)
            expect(row).to_contain_text(spec.delivery.name)

    def test_moves_its_figures_when_events_are_published(self, page: Page, publish: Publish) -> None:
        row = page.locator("tr[data-instance=diagnostics]").last
        expect(row.locator(".state")).to_have_text("up")
        before = int(row.locator(".total .figure").inner_text().replace(",", ""))

        publish("diagnostics", "diagnostics:load_test", "seen_by_the_overview", count=40)

        expect(row.locator(".total .figure")).to_have_text(f"{before + 40:,}")
        expect(row.locator(".minute")).not_to_have_text("0")
        expect(row.locator("polyline")).to_have_attribute("points", re.compile(r"^\d+,[\d.]+ \d+,[\d.]+"))
        expect(row.locator(".peak")).to_have_text(re.compile(r"^peak \d"))
        expect(row.locator(".newest")).to_contain_text("seen_by_the_overview")
        expect(row.locator(".newest")).to_contain_text("diagnostics:load_test")
        expect(page.locator("#totals")).to_contain_text("10 of 10 up")

    def test_counts_who_follows(self, page: Page, server: Server) -> None:
        row = page.locator("#instances tr[data-instance=audit]")
        expect(row.locator(".subscribers")).to_have_text("0")

        follower = page.context.new_page()
        follower.goto(f"{server.url}instances/audit/")

        expect(row.locator(".subscribers")).to_have_text("1")
        expect(page.locator("[data-figure=connections] dd")).to_have_text("1")
        follower.close()
        expect(row.locator(".subscribers")).to_have_text("0")

    def test_shows_losses_and_what_has_just_grown(self, page: Page) -> None:
        # Other tests on the same hub may have made it lose something.
        altered(page, lambda figures: figures["instances"][4].update(dropped=0, conflated=0, gaps=0, closed=0))
        cell = page.locator("#instances tr[data-instance=metrics] .dropped")
        expect(cell).to_have_text("0")

        losses = {"dropped": 1204, "conflated": 7, "gaps": 0, "closed": 2}
        altered(page, lambda figures: figures["instances"][4].update(losses))

        expect(cell.locator(".figure")).to_have_text("1,204")
        expect(cell.locator(".more")).to_have_text("7 conflated")
        expect(cell.locator(".figure")).to_have_class(re.compile("recent"))
        gaps = page.locator("#instances tr[data-instance=metrics] .gaps")
        expect(gaps.locator(".more")).to_have_text("2 closed")
        expect(gaps.locator(".more")).to_have_class(re.compile("recent"))
        expect(gaps.locator(".figure")).not_to_have_class(re.compile("recent"))

    def test_tells_down_and_disabled_apart(self, page: Page) -> None:
        def change(figures: dict[str, Any]) -> None:
            figures["instances"][0]["up"] = figures["instances"][1]["enabled"] = False

        altered(page, change)

        expect(page.locator("#instances tr[data-instance=events] .state")).to_have_text("down")
        expect(page.locator("#instances tr[data-instance=system] .state")).to_have_text("disabled")
        expect(page.locator("#totals")).to_contain_text("9 of 10 up")

    def test_says_where_nothing_has_come_yet(self, page: Page) -> None:
        altered(page, lambda figures: [each.update(last_event=None) for each in figures["instances"]])

        expect(page.locator("#instances .newest").first).to_have_text("nothing yet")

    def test_leads_from_a_row_to_the_instance(self, page: Page) -> None:
        # The link lies over the whole row, which Playwright would take for an obstacle.
        page.locator("#instances tr[data-instance=metrics] .newest").click(force=True)

        expect(page).to_have_url(re.compile("/instances/metrics/$"))

    def test_shows_names_as_text_whatever_they_hold(self, page: Page) -> None:
        marked_up = {"topic": "<b>t</b>", "event_type": "<i>e</i>", "received": 1}
        altered(page, lambda figures: figures["instances"][0].update(last_event=marked_up))

        expect(page.locator("#instances tr[data-instance=events] .type")).to_have_text("<i>e</i>")


class TestChart:
    def test_begins_with_what_the_hub_remembers(self, page: Page, publish: Publish) -> None:
        publish("metrics", "performance_metrics:overview", "seen", count=30)
        expect(page.locator("#chart-words")).to_contain_text("metrics")
        words = page.locator("#chart-words").inner_text()

        with page.expect_response(FIGURES) as first:
            page.reload()

        assert "history=300" in first.value.url
        assert sum(rate or 0 for rate in first.value.json()["instances"][4]["history"]) >= 30
        live(page)
        expect(page.locator("#plot-empty")).to_be_hidden()
        assert "metrics" in words
        expect(page.locator("#chart-words")).to_contain_text("metrics")

    def test_asks_for_a_few_seconds_from_then_on(self, page: Page) -> None:
        live(page)
        with page.expect_response(FIGURES) as next_one:
            pass

        assert int(re.findall(r"history=(\d+)", next_one.value.url)[0]) < 20

    def test_shows_the_chosen_instances_alone(self, page: Page) -> None:
        live(page)
        visible = "Chart.getChart('chart').data.datasets.filter((each) => !each.hidden).map((each) => each.label)"
        legend = page.locator(".legend")

        legend.get_by_role("button", name="health").press("Enter")
        legend.get_by_role("button", name="alerts").click()
        assert page.evaluate(visible) == ["health", "alerts"]
        expect(legend.get_by_role("button", name="health")).to_have_attribute("aria-pressed", "true")

        legend.get_by_role("button", name="health").click()
        legend.get_by_role("button", name="alerts").click()
        assert page.evaluate(visible) == [spec.name for spec in INSTANCES]

    def test_follows_dark_and_light(self, page: Page) -> None:
        live(page)
        colour = "Chart.getChart('chart').data.datasets[0].borderColor"
        page.emulate_media(color_scheme="light")
        light = page.evaluate(colour)

        page.emulate_media(color_scheme="dark")

        # Playwright's own waiting evaluates on the page's side of the policy, which forbids it.
        changed = page.evaluate(
            f"""(light) => new Promise((resolve) => {{
                const end = performance.now() + 5000;
                const look = () => {colour} !== light || performance.now() > end
                  ? resolve({colour} !== light) : requestAnimationFrame(look);
                look();
            }})""",
            light,
        )
        assert changed

    def test_stands_as_a_table_too_in_local_time_and_utc(self, page: Page, publish: Publish) -> None:
        publish("events", "business_events:overview", "seen")
        live(page)
        page.get_by_text("The figures as a table", exact=True).click()
        cells = page.locator("#numbers tr[data-instance=events] td")

        expect(cells.nth(6)).to_have_text(re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$"))
        local, utc = cells.nth(5).inner_text(), cells.nth(6).inner_text()
        # The browser of the tests lives in Brussels.
        assert (int(local[:2]) - int(utc[11:13])) % 24 in (1, 2)

    def test_leaves_the_figures_where_its_library_is_missing(self, page: Page, watch: Watch) -> None:
        watch.expect("Failed to load resource")
        page.route("**/Chart.bundle.js", lambda route: route.fulfill(status=404))
        page.reload()

        live(page)
        expect(page.locator("#plot-empty")).to_contain_text("The chart could not be loaded.")


class TestHubPanel:
    def test_tells_how_the_hub_stands(self, page: Page) -> None:
        for figure, text in {
            "processes": "1 up",
            "streams": "in memory",
            "database": "answers",
            "worker": "leads",
        }.items():
            expect(page.locator(f"[data-figure={figure}] .value")).to_have_text(text)
        expect(page.locator("[data-figure=started] dd")).to_contain_text("UTC")
        expect(page.locator("[data-figure=started] dd")).to_contain_text("local")

    def test_names_each_process(self, page: Page) -> None:
        live(page)
        page.get_by_text("Each process").click()

        expect(page.locator(".processes li")).to_have_count(1)
        expect(page.locator(".processes li")).to_contain_text("answers this page")

    def test_says_what_is_wrong(self, page: Page) -> None:
        def change(figures: dict[str, Any]) -> None:
            hub = figures["hub"]
            silent = hub["processes"][0] | {"name": "web-9", "up": False, "silent_seconds": 70}
            hub |= {"mode": "redis", "breaker": "open", "database": False, "worker": None}
            hub["processes"].append(silent)

        altered(page, change)

        for figure, text, state in (
            ("processes", "1 up, 1 silent", "warn"),
            ("streams", "Redis can't be reached", "bad"),
            ("database", "does not answer", "bad"),
            ("worker", "none leads", "warn"),
        ):
            place = page.locator(f"[data-figure={figure}] dd")
            expect(place.locator(".value")).to_have_text(text)
            expect(place).to_have_attribute("data-state", state)
        page.get_by_text("Each process").click()
        expect(page.locator(".processes li").last).to_contain_text("last heard of 1 min 10 s ago")


class TestPage:
    def test_shows_a_command_that_publishes_to_this_very_hub(self, page: Page, server: Server) -> None:
        expect(page.locator("#curl")).to_contain_text(f"{server.url}api/v1/instances/health/events/")

    def test_says_so_when_the_hub_does_not_answer_and_goes_on_when_it_does(self, page: Page, watch: Watch) -> None:
        watch.expect("Failed to load resource")
        live(page)

        page.route(FIGURES, lambda route: route.fulfill(status=503))
        expect(page.locator("#trouble")).to_contain_text("The hub gives no figures: it answered 503.")
        expect(page.locator("#state")).to_have_text("No answer")
        page.unroute(FIGURES)

        live(page)
        expect(page.locator("#trouble")).to_be_hidden()

    def test_offers_the_log_in_when_the_session_has_ended(self, page: Page, watch: Watch) -> None:
        watch.expect("Failed to load resource")

        page.context.clear_cookies()

        expect(page.locator("#trouble")).to_contain_text("Your log-in has ended.")
        expect(page.get_by_role("link", name="Log in again")).to_be_visible()

    def test_stands_still_while_it_is_paused(self, page: Page, publish: Publish) -> None:
        live(page)
        pause = page.get_by_role("button", name="Pause")
        pause.click()
        expect(page.locator("#state")).to_have_text("Paused")
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        publish("diagnostics", "diagnostics:load_test", "while_paused")
        page.evaluate("new Promise((resolve) => setTimeout(resolve, 1500))")
        assert asked == []

        pause.click()

        live(page)
        expect(page.locator("#instances tr[data-instance=diagnostics] .newest")).to_contain_text("while_paused")

    def test_explains_a_figure_by_keyboard(self, page: Page) -> None:
        page.get_by_role("button", name="Help: Dropped").press("Enter")

        expect(page.locator("#help-dropped")).to_be_visible()
        expect(page.locator("#help-dropped")).to_contain_text("too slow")
        page.keyboard.press("Escape")
        expect(page.locator("#help-dropped")).to_be_hidden()

    def test_explains_every_figure_where_columns_have_no_heads(self, page: Page) -> None:
        page.set_viewport_size({"width": 360, "height": 800})
        page.get_by_text("What the figures mean").click()

        for about in ("Now", "Followers", "Dropped", "Gaps", "Worker"):
            expect(page.locator(".meaning dt", has_text=re.compile(f"^{about}$"))).to_be_visible()

    def test_fits_every_width(self, page: Page) -> None:
        live(page)
        for width in (360, 768, 1180, 1440):
            page.set_viewport_size({"width": width, "height": 800})

            assert page.evaluate("document.documentElement.scrollWidth") <= width

    def test_fits_a_phone_however_long_names_and_figures_are(self, page: Page) -> None:
        def change(figures: dict[str, Any]) -> None:
            long = "a_name_without_any_place_to_break_it" * 4
            for each in figures["instances"]:
                each |= {"total": 123_456_789_012, "dropped": 1_204_331, "failed": 99_999, "gaps": 31_000}
                each["last_event"] = {"topic": long, "event_type": long, "received": 1}
            figures["hub"]["worker"] = figures["hub"]["processes"][0]["name"] = long

        altered(page, change)
        page.set_viewport_size({"width": 360, "height": 800})
        expect(page.locator("#instances .total .figure").first).to_have_text("123.46B")
        for summary in page.locator("details > summary").all():
            summary.click()

        assert page.evaluate("document.documentElement.scrollWidth") <= 360

    @LOOKS
    def test_has_no_serious_finding_of_axe(self, page: Page, width: int, scheme: Any) -> None:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        live(page)
        for summary in page.locator("details > summary").all():
            summary.click()

        found = Axe().run(page).response["violations"]

        assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found] == []

    def test_sends_at_most_300_kb_of_script_and_style(self, page: Page) -> None:
        live(page)
        sent = sent_bytes(page)

        assert len(sent) >= 8
        assert 165_000 < sum(sent) <= 300_000

    def test_begins_as_loading(self, page: Page, watch: Watch) -> None:
        page.route(FIGURES, lambda route: None)
        page.reload()

        expect(page.locator("#state")).to_have_text("Loading…")
        expect(page.locator("#plot-empty")).to_have_text("Loading the last five minutes…")
        page.unroute(FIGURES)
