"""An auditor's day: from a search to an entry and its proof, to a verification, and away with a bundle."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Page, expect

from instances.journal.offline import verify
from tests.functional.browser.axe import serious_findings
from tests.functional.browser.conftest import Publish
from tests.functional.browser.evidence_page import SEALED_MS, step, verdict
from tests.functional.conftest import Server

pytestmark = pytest.mark.browser

TOPIC: Final = "audit_trail:user_actions"


@pytest.fixture
def id(publish: Publish, mark: str) -> str:
    """Give the id of an event that was just published, whose resource is the mark."""
    data = {"user_id": "ada", "action": "delete_subscription", "resource": mark}
    [event] = publish("audit", TOPIC, "user_action", data=data, metadata={"ip_address": "203.0.113.7"})
    return str(event["id"])


class TestEvidence:
    def test_is_searched_opened_and_proven(self, page: Page, server: Server, id: str, mark: str) -> None:
        page.goto(server.url)
        page.get_by_role("link", name="Evidence", exact=True).click()
        expect(page.locator("[data-journal=audit] .count")).to_contain_text("in the log")
        assert serious_findings(page) == []
        key = page.locator("#key-audit").inner_text()
        page.get_by_role("navigation", name="Evidence").get_by_role("link", name="audit", exact=True).click()

        page.get_by_label("Resource").fill(mark)
        page.get_by_role("button", name="Search").click()
        expect(page).to_have_url(f"{server.url}evidence/audit/?resource={mark}")
        row = page.locator(".entries tbody tr")
        expect(row).to_have_count(1)
        expect(row).to_contain_text("ada")
        assert serious_findings(page) == []
        row.get_by_role("rowheader").get_by_role("link").click()

        expect(page).to_have_url(f"{server.url}evidence/audit/entries/{id}/")
        expect(verdict(page, "ok")).to_contain_text("Proven")
        for name in ("event", "leaf", "path", "signature", "growth"):
            step(page, name, "ok")
        step(page, "path", "ok").locator("summary").click()
        expect(step(page, "path", "ok")).to_contain_text("root in the checkpoint")
        expect(page.locator("#who-saw")).to_contain_text("No subscriber that is recorded got it")
        assert serious_findings(page) == []

        entry = page.url
        page.get_by_role("link", name="Checkpoints").click()
        expect(page.locator(".signature .good").first).to_have_text("right")
        expect(page.locator(".signature .bad")).to_have_count(0)
        assert serious_findings(page) == []
        oldest = page.locator("#checkpoints tbody pre").last.text_content() or ""
        page.goto(entry)
        page.get_by_text("Check against what you kept yourself").click()
        page.get_by_label("public key").fill(key)
        page.get_by_label("A checkpoint from earlier").fill(oldest)
        page.get_by_role("button", name="Check again").click()
        step(page, "kept", "ok")
        expect(step(page, "signature", "ok")).to_contain_text("The key is the one that you gave.")
        page.get_by_label("A checkpoint from earlier").fill(
            re.sub(r"(?<=\n)\d+(?=\n)", lambda size: str(int(size[0]) + 1), oldest, count=1)
        )
        page.get_by_role("button", name="Check again").click()
        step(page, "kept", "failed")
        assert serious_findings(page) == []


class TestAVerification:
    def test_is_begun_watched_and_read(self, page: Page, server: Server) -> None:
        page.goto(f"{server.url}evidence/verifications/")
        page.get_by_role("button", name="Verify now").click()
        expect(page.get_by_role("progressbar", name="Entries verified")).to_be_visible()
        expect(page.get_by_role("status")).to_contain_text("Running")
        assert serious_findings(page) == []

        expect(page.get_by_role("status")).to_contain_text("Every entry is as it was sealed.", timeout=SEALED_MS)
        expect(page.locator("[data-part=audit]")).to_contain_text("nothing found")
        expect(page.locator("[data-part=security]")).to_contain_text("nothing found")
        assert serious_findings(page) == []

        page.goto(f"{server.url}evidence/")
        expect(page.locator("[data-journal=audit]").get_by_role("link", name="Valid")).to_be_visible()


class TestABundle:
    def test_is_made_downloaded_and_verified_offline(self, page: Page, server: Server, tmp_path: Path) -> None:
        page.goto(f"{server.url}evidence/")
        key = page.locator("#key-audit").inner_text()
        page.goto(f"{server.url}evidence/audit/bundles/")
        page.get_by_label("From index").fill("0")
        page.get_by_label("Why, for the record").fill("--out=elsewhere, yearly review")
        page.get_by_label("With personal values").check()
        page.get_by_role("button", name="Make the bundle").click()
        expect(page.get_by_role("progressbar", name="Entries gone through")).to_be_visible()
        assert serious_findings(page) == []

        expect(page.get_by_role("status")).to_have_text("Ready", timeout=SEALED_MS)
        assert serious_findings(page) == []
        with page.expect_download() as download:
            page.get_by_role("link", name="Download").click()
        bundle = tmp_path / download.value.suggested_filename
        download.value.save_as(bundle)

        done = subprocess.run(
            [sys.executable, "-I", verify.__file__, str(bundle), "--key", key, "--json"],
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        said = json.loads(done.stdout)
        assert (done.returncode, said["status"]) in [(0, "valid"), (0, 0)], done.stdout
        page.goto(f"{server.url}evidence/audit/?event_type=data_exported")
        expect(page.locator(".entries tbody tr").first).to_contain_text("journal/audit")
        page.locator(".entries tbody tr").first.get_by_role("rowheader").get_by_role("link").click()
        expect(page.get_by_label("The event as JSON")).to_contain_text("--out=elsewhere, yearly review")
        expect(page.get_by_label("The event as JSON")).to_contain_text("user:olga")
