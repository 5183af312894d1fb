"""Having journals verified from the pages: who may, that it is watched, and what is told of what was found."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from gaterhub.acts import operations
from instances.access.models import Grant
from instances.journal import verification_start
from instances.journal.verification_run import own_trust, verify
from instances.journal.verification_start import PERMISSION
from instances.journal.verification_state import Run, kept_runs
from tests.integration.evidence.conftest import Reader
from tests.integration.evidence.pages import shown, words
from tests.integration.journal.building import AUDIT, build, sign
from tests.integration.journal.tampering import edit_body
from tests.integration.journal.writing import SECURITY

VERIFICATIONS = "/evidence/verifications/"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def data_dir(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path / "data"


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Sequence[str]]:
    """Note the commands that would be started."""
    started: list[Sequence[str]] = []
    monkeypatch.setattr(verification_start, "start_process", started.append)
    return started


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Hear what is told of it."""
    heard: list[Any] = []
    monkeypatch.setattr(operations, "tell", heard.append)
    return heard


@pytest.fixture
def verifier(auditor: Client) -> Client:
    """Somebody who reads all evidence and may have it verified, as the role has it."""
    assert User.objects.get(username="vera").has_perm(PERMISSION)
    return auditor


def ended(*specs: Any) -> Run:
    run = Run("admin-1", started_ms=1_700_000_000_000, pid=0, by="vera")
    verify(run, specs, own_trust())
    return run


class TestVerifying:
    def test_begins_with_a_click_and_is_watched(
        self, verifier: Client, started: list[Sequence[str]], told: list[Any]
    ) -> None:
        answer = verifier.post(VERIFICATIONS, {"journal": ["audit"]})

        (run,) = kept_runs()
        assert started == [["verify_journal", "audit", "--run", run.name]]
        assert (answer.status_code, answer["Location"]) == (302, f"{VERIFICATIONS}{run.name}/")
        page = shown(verifier, answer["Location"])
        assert "Running, 0 %" in words(page)
        assert f'data-url="{VERIFICATIONS}{run.name}/progress/"' in page
        progress = verifier.get(f"{VERIFICATIONS}{run.name}/progress/").json()
        assert progress == {"running": True, "percent": 0, "word": "Running, 0 %", "parts": {}}
        assert [(each.event_type, each.data["actor"], each.data["action"]) for each in told] == [
            ("admin_operation", "user:vera", "verify")
        ]

    def test_is_refused_while_another_runs(self, verifier: Client, started: list[Sequence[str]]) -> None:
        verifier.post(VERIFICATIONS, {"journal": ["audit"]})

        page = verifier.post(VERIFICATIONS, {"journal": ["security"]}, follow=True)

        assert len(started) == 1
        assert "has to end before another begins" in page.content.decode()

    @pytest.mark.parametrize("chosen", [[], ["alerts"], ["--json"]])
    def test_takes_sealed_journals_alone(
        self, verifier: Client, started: list[Sequence[str]], chosen: list[str]
    ) -> None:
        page = verifier.post(VERIFICATIONS, {"journal": chosen}, follow=True)

        assert (started, "Choose at least one journal" in page.content.decode()) == ([], True)

    def test_needs_the_permission_which_watching_does_not(self, reader: Reader, started: list[Sequence[str]]) -> None:
        analyst = reader("soren", role="SOC analyst")
        build(2)
        ended(AUDIT)

        assert analyst.post(VERIFICATIONS, {"journal": ["audit"]}).status_code == 403
        assert started == []
        page = words(shown(analyst, VERIFICATIONS))
        assert "takes the permission journal.verify_journal" in page
        assert "Valid" in page

    def test_reaches_no_further_than_the_reader_s_grants(
        self, reader: Reader, started: list[Sequence[str]], told: list[Any]
    ) -> None:
        client = reader("ivan", role="incident responder")
        ivan = User.objects.get(username="ivan")
        ivan.user_permissions.add(Permission.objects.get(codename="verify_journal"))
        client.post(VERIFICATIONS, {"journal": ["audit", "security"]})
        assert started[0][:2] == ["verify_journal", "security"]

        Grant.objects.filter(group__user=ivan).update(pattern="security_events:*")
        answer = client.post(VERIFICATIONS, {"journal": ["security"]}, follow=True)
        assert len(started) == 1
        assert "Choose at least one" in answer.content.decode()


class TestAVerification:
    def test_tells_in_plain_words_what_was_found(self, auditor: Client) -> None:
        build(3)
        sign()
        edit_body(1)
        ended(AUDIT)

        page = shown(auditor, f"{VERIFICATIONS}admin-1/")

        told = words(page)
        assert "Tampered" in told
        assert "leaf-hash An entry's body does not have its hash. 1 time. Entry 1" in told
        assert 'href="/evidence/audit/entries/1/"' in page
        assert "column" in told
        assert 'id="progress"' not in page

    def test_tells_nothing_of_a_journal_that_the_reader_may_not_query(self, auditor: Client, reader: Reader) -> None:
        build(3)
        sign()
        edit_body(1)
        ended(SECURITY, AUDIT)
        assert "Tampered" in words(shown(auditor, f"{VERIFICATIONS}admin-1/"))

        told = words(shown(reader("ivan", role="incident responder"), f"{VERIFICATIONS}admin-1/"))

        assert "Valid . Every entry is as it was sealed." in told
        assert "audit" not in told

    def test_of_other_journals_alone_is_not_there(self, reader: Reader) -> None:
        build(1)
        ended(AUDIT)
        client = reader("ivan", role="incident responder")

        for path in ("admin-1/", "admin-1/progress/"):
            assert client.get(f"{VERIFICATIONS}{path}").status_code == 404
        assert "Nothing was verified on this host yet" in words(shown(client, VERIFICATIONS))

    @pytest.mark.parametrize("name", ["admin-2", "UPPER", "a" * 61])
    def test_of_no_known_name_is_not_found(self, auditor: Client, name: str) -> None:
        for path in (f"{name}/", f"{name}/progress/"):
            assert auditor.get(f"{VERIFICATIONS}{path}").status_code == 404

    def test_that_was_interrupted_says_why(self, auditor: Client) -> None:
        Run("shell", started_ms=1, updated_ms=1, pid=1, trouble="The database is out.").keep()

        assert "Interrupted . The database is out." in words(shown(auditor, f"{VERIFICATIONS}shell/"))
