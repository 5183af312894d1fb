"""axe-core finds nothing serious on an instance's page, in each of its states."""

import json

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.functional.browser.axe import LOOKS
from tests.functional.browser.conftest import Publish, Watch
from tests.functional.browser.follower import Follower, Line, event_type, field

pytestmark = pytest.mark.browser

GAP = {"stream": "health.process_health", "epoch": "e", "from": 1, "to": 2, "next": None, "lost": 2, "reason": "slow"}


def serious(follower: Follower) -> list[str]:
    """Return what axe-core calls serious or critical on the page as it is."""
    found = Axe().run(follower.page).response["violations"]
    return [
        f"{each['id']}: {node['html'][:120]} {node['failureSummary']}"
        for each in found
        if each["impact"] in ("serious", "critical")
        for node in each["nodes"]
    ]


@LOOKS
class TestInstancePage:
    def test_is_accessible_empty_full_open_and_broken(
        self,
        line: Line,
        follower: Follower,
        publish: Publish,
        mark: str,
        watch: Watch,
        scheme: str,
        width: int,
        registry: list[object],
    ) -> None:
        fields = [field("severity", "enum", help="How grave.", choices=["warning"], required=True, personal=True)]
        versions = ({"version": 1, "deprecated": "Use 2.", "data": fields}, {"version": 2})
        registry.append(event_type("checked", *versions, current=2))
        follower.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        follower.page.set_viewport_size({"width": width, "height": 900})
        # Of an event that nobody keeps.
        watch.expect("404 (Not Found)")
        follower.open("health", f"process_health:{mark}", "&event=0190b7c4-1111-7000-8000-000000000000")
        found = {"empty": serious(follower)}

        for severity in ("info", "warning", "error"):
            publish("health", f"process_health:{mark}", "checked", data={"severity": severity, "deep": {"a": [1]}})
        line.newest.send(json.dumps({"gap": GAP}))
        line.newest.send('{"positions": {}, "conflated": 3}')
        expect(follower.rows).to_have_count(3)
        found["rows"] = serious(follower)
        follower.row("warning").click()
        expect(follower.page.locator(".node-help")).to_have_count(1)
        found["open"] = serious(follower)
        follower.button("JSON").click()
        found["json"] = serious(follower)
        follower.press("Escape")
        follower.button("Help: Events").click()
        found["help"] = serious(follower)
        follower.press("Escape")
        follower.button("Pause").click()
        found["paused"] = serious(follower)
        line.newest.close(code=4503, reason="disconnected by an operator")
        expect(follower.state).to_contain_text("Not live since")
        found["broken"] = serious(follower)

        assert {state: findings for state, findings in found.items() if findings} == {}
