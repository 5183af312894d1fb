"""An incident, as somebody on call works on it: open alerts, what happened around one, and the notes taken."""

import json
import re
from typing import Any, Final

import pytest
from playwright.sync_api import expect

from tests.functional.browser.axe import serious_findings
from tests.functional.browser.conftest import Publish
from tests.functional.browser.console_page import ConsolePage
from tests.functional.browser.follower import Line

pytestmark = pytest.mark.browser

GAP: Final = {"epoch": "x", "from": 71, "to": 131, "next": "x:131", "lost": 12, "reason": "slow"}


def raise_alert(publish: Publish, mark: str, severity: str, **metadata: Any) -> str:
    data = {"severity": severity, "message": f"{mark} {severity}", "component": "database"}
    [receipt] = publish("alerts", "system_alerts:critical", "critical_alert", data=data, metadata=metadata)
    return str(receipt["id"])


class TestAnIncident:
    def test_is_worked_on_from_its_alert_to_the_timeline_taken_along(
        self, line: Line, console: ConsolePage, publish: Publish, mark: str
    ) -> None:
        page = console.page
        impact = {"escalation_required": True, "estimated_impact": f"No orders of {mark}"}
        raise_alert(publish, mark, "critical", escalation_required=False)
        grave = raise_alert(publish, mark, "emergency", **impact)
        publish("health", f"process_health:{mark}", data={"severity": "critical"})
        console.follow("incident")

        # 1. The gravest stands first, with what is at stake.
        alerts = console.panel("Open alerts").locator(".alert").filter(has_text=mark)
        expect(alerts).to_have_count(2)
        expect(alerts.first).to_contain_text(f"{mark} emergency")
        expect(alerts.first).to_contain_text("Escalation required")
        expect(alerts.first).to_contain_text(f"Impact: No orders of {mark}")
        expect(alerts.last).to_contain_text("No escalation required")
        worse = raise_alert(publish, mark, "alert")
        expect(alerts).to_have_count(3)
        expect(alerts.nth(1)).to_have_attribute("data-id", worse)

        # 2. Around it: the moment is marked, and stands in the address.
        alerts.first.get_by_role("button", name="Around this").click()
        clock = console.panel("One clock")
        expect(clock.locator(".moment")).to_have_count(1)
        expect(page).to_have_url(re.compile(r"around=\d{13}"))
        lanes = clock.locator(".clock-label")
        expect(lanes).to_have_count(10)
        # The hub of this test began within the hour: of what was before, nothing is kept but what the journal has.
        expect(clock.locator(".reach.nothing")).to_have_count(7)

        # 3. A hole is drawn, counted, and told in the table.
        stream = "health.process_health"
        line.newest.send(json.dumps({"gap": {**GAP, "stream": stream}}))
        hole = clock.locator(".hole.gap")
        expect(hole).to_have_count(1)
        expect(clock.locator(".panel-note.gaps")).to_contain_text("1 hole.")
        clock.get_by_text("The same as a table").click()
        row = clock.get_by_role("table", name="Instances").get_by_role("row").filter(has_text="health")
        expect(row.locator("td").nth(2)).to_have_text("1")
        expect(row.locator("td").nth(3)).to_contain_text("nothing before")
        expect(clock.get_by_role("table", name="Holes")).to_contain_text(f"12 events of {stream}, #71 to #131")

        # 4. By keys: nearer, along, another lane, its nearest event, and back to the whole.
        plot = clock.get_by_role("group", name=re.compile("^One clock"))
        shown = clock.locator(".clock-range")
        plot.focus()
        console.press("+", "+", "+")
        expect(clock.get_by_role("button", name="Have the whole console show only this time")).to_be_visible()
        zoomed = shown.inner_text()
        console.press("ArrowLeft")
        expect(shown).not_to_have_text(zoomed)
        for _ in range(3):
            console.press("ArrowDown")
        expect(lanes.nth(3)).to_have_attribute("data-selected", "")
        console.press("Enter")
        expect(console.fact("Instance")).to_have_text("health")
        page.locator("#inspector-close").click()
        expect(plot).to_be_focused()
        console.press("0")
        expect(clock.get_by_role("button", name="Have the whole console show only this time")).to_be_hidden()

        # 5. By mouse: a click on a mark opens it.
        console.text.fill(mark)
        expect(clock.locator(".marks.bad")).to_have_count(2)
        # It is the plot that takes the click, by where it is.
        clock.locator(".marks.bad").last.click(force=True)
        expect(console.fact("Instance")).to_have_text("alerts")
        page.locator("#inspector-close").click()

        # 6. A note about the moment, and one that corrects it.
        console.press("n")
        page.keyboard.type(f"{mark}: failing over.")
        page.get_by_role("button", name="Add note").click()
        notes = console.panel("Notes").get_by_role("listitem").filter(has_text=mark)
        expect(notes).to_have_count(1)
        expect(clock.locator(".note-flag")).not_to_have_count(0)
        notes.get_by_role("button", name=re.compile("^Correct note")).click()
        page.get_by_role("textbox", name="Write a note").fill(f"{mark}: failed over.")
        page.get_by_role("button", name="Add note").click()
        expect(notes).to_have_count(2)
        expect(notes.last).to_contain_text("Corrected by note")
        assert serious_findings(page) == []

        # 7. The timeline of what is shown, as a file: what passes the filter, the notes, and what is missing.
        with page.expect_download() as downloading:
            clock.get_by_role("link", name="The timeline of this time as JSON").click()
        known = json.loads(downloading.value.path().read_text())
        assert known["wanted"]["filter"] == {"text": mark.lower()}
        assert grave in {event["id"] for event in known["events"]}
        assert {event["instance"] for event in known["events"]} >= {"alerts", "health"}
        assert [note["text"] for note in known["notes"] if mark in note["text"]] == [
            f"{mark}: failing over.",
            f"{mark}: failed over.",
        ]
        assert any("health: nothing is kept before" in sentence for sentence in known["missing"])

        # 8. Somebody takes one, another is over: it leaves the list, here and everywhere.
        alerts.first.get_by_role("button", name="Acknowledge").click()
        expect(alerts.first).to_contain_text("acknowledged by")
        resolve = alerts.nth(1).get_by_role("button", name="Resolve")
        resolve.click()
        alerts.nth(1).get_by_role("button", name="Resolve for all?").click()
        expect(alerts).to_have_count(2)
        expect(console.panel("Open alerts").locator(f"[data-id='{worse}']")).to_have_count(0)

        # 9. On a phone all of it is there, and nothing stands out of the page.
        page.set_viewport_size({"width": 360, "height": 740})
        page.reload()
        expect(alerts).to_have_count(2)
        expect(clock.locator(".clock-lanes")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        assert serious_findings(page) == []
