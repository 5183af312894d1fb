"""Bundles from the pages: who may have one made, what is refused, who sees it, and that it is on record."""

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from instances.journal import bundle_run
from instances.journal.bundle_run import BundleRun, read_run
from instances.journal.offline import verify
from instances.publishing.publish import PublishResult
from tests.integration.evidence.conftest import Reader
from tests.integration.evidence.pages import AUDIT, link, shown, words
from tests.integration.journal.building import build, sign
from tests.integration.journal.bundling import vkey

BUNDLES = f"{AUDIT}bundles/"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def data_dir(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path / "data"


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Sequence[str]]:
    """Note the commands that would be started."""
    started: list[Sequence[str]] = []
    monkeypatch.setattr(bundle_run, "start_process", started.append)
    return started


@pytest.fixture
def exported(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Hear what is put on record of exports."""
    heard: list[Any] = []

    def publish_event(event: Any, *, publisher: str) -> PublishResult:
        heard.append(event)
        return PublishResult(True, "id")

    monkeypatch.setattr("gaterhub.acts.exports.publish_event", publish_event)
    return heard


def asked(client: Client, **fields: str) -> BundleRun:
    """Have a bundle asked for, and return its run."""
    answer = client.post(BUNDLES, fields)
    assert answer.status_code == 302, words(answer.content.decode())
    run = read_run(answer["Location"].split("/")[-2])
    assert run is not None
    return run


def received(answer: Any) -> bytes:
    async def gathered() -> bytes:
        return b"".join([piece async for piece in answer.streaming_content])

    return asyncio.run(gathered())


class TestABundle:
    def test_is_made_watched_fetched_and_verified(
        self, auditor: Client, started: list[Sequence[str]], exported: list[Any], said: list[Any], tmp_path: Path
    ) -> None:
        build(9)
        sign()
        run = asked(auditor, reason="Review", index_from="2", index_to="5", personal="on")
        page = f"{BUNDLES}{run.name}/"
        assert "Being made, 0 %" in words(shown(auditor, page))
        progress = auditor.get(f"{page}progress/").json()
        assert progress == {
            "running": True,
            "percent": 0,
            "word": "Being made, 0 %",
            "parts": {"audit": "0 of 0 entries gone through"},
        }
        assert auditor.get(f"{page}bundle.zip").status_code == 404

        call_command(*started[0])

        told = words(shown(auditor, page))
        assert "Ready" in told
        assert "Holds 4 entries" in told
        assert "From index 2 To index 5 with personal values" in told
        answer: Any = auditor.get(link(shown(auditor, page), "Download"))
        assert answer["Content-Disposition"] == f'attachment; filename="gaterhub-audit-{run.started_ms}.zip"'
        file = tmp_path / "mine.zip"
        file.write_bytes(received(answer))
        assert int(answer["Content-Length"]) == file.stat().st_size
        assert verify.check(file, keys=[vkey()]).status == verify.VALID
        assert run.path.stat().st_mode & 0o077 == 0

        (export,) = exported
        assert (export.data["actor"], export.data["destination"], export.data["reason"]) == (
            "user:vera",
            "download",
            "Review",
        )
        assert export.metadata["ip_address"] == "127.0.0.1"
        assert [each.data["query"] for each in said] == [
            "index_from=2&index_to=5&of=bundle&personal=yes",
            f"bundle={run.name}",
        ]

    def test_that_can_not_be_made_says_why(self, auditor: Client, started: list[Sequence[str]]) -> None:
        build(1)
        run = asked(auditor)
        with pytest.raises(Exception, match="No checkpoint of audit is signed yet"):
            call_command(*started[0])

        assert "Not made . No checkpoint of audit is signed yet" in words(shown(auditor, f"{BUNDLES}{run.name}/"))

    def test_is_seen_by_who_asked_alone(
        self, auditor: Client, reader: Reader, started: list[Sequence[str]], exported: list[Any]
    ) -> None:
        build(1)
        sign()
        run = asked(auditor)
        call_command(*started[0])
        other = reader("olaf", role="auditor")

        for path in (f"{run.name}/", f"{run.name}/progress/", f"{run.name}/bundle.zip"):
            assert other.get(f"{BUNDLES}{path}").status_code == 404
            assert auditor.get(f"/evidence/security/bundles/{path}").status_code == 404
        assert run.name not in shown(other, BUNDLES)
        assert run.name in shown(auditor, BUNDLES)

    def test_is_deleted_after_an_hour(
        self, auditor: Client, started: list[Sequence[str]], exported: list[Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        build(1)
        sign()
        run = asked(auditor)
        call_command(*started[0])
        bundle_run.forget_old(time.time() + bundle_run.KEPT_SECONDS + 60)

        assert not run.path.exists()
        assert auditor.get(f"{BUNDLES}{run.name}/").status_code == 404

    def test_is_refused_while_another_is_made(self, auditor: Client, started: list[Sequence[str]]) -> None:
        first = asked(auditor)
        page = auditor.post(BUNDLES, {}, follow=True).content.decode()

        assert len(started) == 1
        assert "It has to end before another begins" in page
        assert first.name in page


class TestAsking:
    @pytest.mark.parametrize(
        ("fields", "why"),
        [
            ({"topic": "sub*:x"}, "sub*:x"),
            ({"from": "yesterday"}, "from is a time"),
            ({"index_from": "-1"}, "index_from is the index of an entry"),
            ({"index_to": "9" * 30}, "index_to is the index of an entry"),
            ({"reason": "a" * 501}, "The reason is a line of at most 500 characters"),
            ({"reason": "a\nb"}, "The reason is a line"),
        ],
    )
    def test_for_what_can_not_be_is_told_so(
        self, auditor: Client, started: list[Sequence[str]], fields: dict[str, str], why: str
    ) -> None:
        answer = auditor.post(BUNDLES, {"event_type": "user_action", **fields})

        assert (answer.status_code, started) == (400, [])
        assert why in words(answer.content.decode())
        assert "user_action" in answer.content.decode()

    def test_for_personal_values_takes_the_right_to_them(self, reader: Reader, started: list[Sequence[str]]) -> None:
        clerk = reader("clerk", pattern="*")
        assert 'name="personal"' not in shown(clerk, BUNDLES)

        answer = clerk.post(BUNDLES, {"personal": "on"})

        assert (answer.status_code, started) == (400, [])
        assert "Personal values are not granted to you" in words(answer.content.decode())

    def test_is_for_those_who_may_query_all(self, reader: Reader, started: list[Sequence[str]]) -> None:
        clerk = reader("clerk", pattern="compliance_events:*")

        assert clerk.get(BUNDLES).status_code == 403
        assert clerk.post(BUNDLES, {}).status_code == 403
        assert started == []
