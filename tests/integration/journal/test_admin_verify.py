"""Having journals verified from the admin, and watching it."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connections
from django.test import Client

from instances.journal import verification_start
from instances.journal.findings import Verdict
from instances.journal.router import ALIAS
from instances.journal.verification_run import own_trust, verify
from instances.journal.verification_state import Run, kept_runs, path_of, read_run
from tests.integration.journal.building import AUDIT, build, sign
from tests.integration.journal.tampering import edit_body

HEADS = "/admin/journal/journalhead/"
VERIFICATIONS = f"{HEADS}verifications/"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def data_dir(settings: Any, tmp_path: Path) -> Path:
    settings.DATA_DIR = tmp_path / "data"
    return tmp_path / "data"


@pytest.fixture
def auditor(client: Client) -> Client:
    """Somebody who may see the journals' heads and have them verified, and nothing else."""
    return _logged_in(client, "view_journalhead", "verify_journal")


def _logged_in(client: Client, *permissions: str) -> Client:
    user = User.objects.create_user("auditor", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions, content_type__app_label="journal"))
    client.force_login(user)
    return client


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Sequence[str]]:
    """Note the commands that would be started."""
    started: list[Sequence[str]] = []
    monkeypatch.setattr(verification_start, "start_process", started.append)
    return started


class TestVerifying:
    def test_begins_with_a_click_and_can_be_watched(self, auditor: Client, started: list[Sequence[str]]) -> None:
        build(3)

        answer = auditor.post(VERIFICATIONS, {"instance": ["audit"]})

        (run,) = kept_runs()
        assert started == [["verify_journal", "audit", "--run", run.name]]
        assert (answer.status_code, answer["Location"], run.by) == (302, f"{VERIFICATIONS}{run.name}/", "auditor")
        page = auditor.get(answer["Location"])
        assert page["Refresh"] == "2"
        assert "Running" in page.content.decode()

    def test_shows_what_was_found(self, auditor: Client) -> None:
        build(3)
        sign()
        edit_body(1)
        run = Run("admin-1", started_ms=1, pid=0, by="auditor")
        assert verify(run, [AUDIT], own_trust()) is Verdict.TAMPERED

        page = auditor.get(f"{VERIFICATIONS}admin-1/")

        shown = page.content.decode()
        assert "Tampered" in shown
        assert "leaf-hash" in shown
        assert "Refresh" not in page
        assert "admin-1" in auditor.get(VERIFICATIONS).content.decode()

    def test_is_refused_while_another_runs(self, auditor: Client, started: list[Sequence[str]]) -> None:
        auditor.post(VERIFICATIONS, {"instance": ["audit"]})

        page = auditor.post(VERIFICATIONS, {"instance": ["security"]}, follow=True)

        assert len(started) == 1
        assert "has to end before another begins" in page.content.decode()

    @pytest.mark.parametrize("chosen", [[], ["alerts"], ["--json"]])
    def test_takes_sealed_journals_alone(
        self, auditor: Client, started: list[Sequence[str]], chosen: list[str]
    ) -> None:
        page = auditor.post(VERIFICATIONS, {"instance": chosen}, follow=True)

        assert (started, "Choose at least one journal" in page.content.decode()) == ([], True)

    @pytest.mark.parametrize("permissions", [(), ("view_journalhead",), ("verify_journal",)])
    def test_needs_both_permissions(
        self, client: Client, started: list[Sequence[str]], permissions: tuple[str, ...]
    ) -> None:
        person = _logged_in(client, *permissions)

        assert person.get(VERIFICATIONS).status_code == 403
        assert person.post(VERIFICATIONS, {"instance": ["audit"]}).status_code == 403
        assert person.get(f"{VERIFICATIONS}admin-1/").status_code == 403
        assert started == []

    @pytest.mark.parametrize("name", ["admin-2", "UPPER", "a" * 61])
    def test_of_no_known_name_is_not_found(self, auditor: Client, name: str) -> None:
        assert auditor.get(f"{VERIFICATIONS}{name}/").status_code == 404

    def test_whose_file_is_torn_is_not_found(self, auditor: Client) -> None:
        path_of("admin-1").parent.mkdir(parents=True)
        path_of("admin-1").write_text('{"form": 1')

        assert auditor.get(f"{VERIFICATIONS}admin-1/").status_code == 404
        assert auditor.get(VERIFICATIONS).status_code == 200

    def test_runs_in_a_process_of_its_own(
        self, auditor: Client, monkeypatch: pytest.MonkeyPatch, data_dir: Path, settings: Any
    ) -> None:
        build(30)
        sign()
        edit_body(7)
        for name, value in {
            "DJANGO_SETTINGS_MODULE": "gaterhub.settings",
            "SECRET_KEY": settings.SECRET_KEY,
            "DATABASE_URL": f"sqlite:///{data_dir / 'hub.sqlite3'}",
            "JOURNAL_DATABASE_URL": f"sqlite:///{connections[ALIAS].settings_dict['NAME']}",
            "GATERHUB_DATA_DIR": str(data_dir),
            "REDIS_URL": "",
        }.items():
            monkeypatch.setenv(name, value)

        answer = auditor.post(VERIFICATIONS, {"instance": ["audit"]})

        name = answer["Location"].rstrip("/").rsplit("/", 1)[-1]
        deadline = time.monotonic() + 90
        while (run := read_run(name)) is not None and run.verdict is None and time.monotonic() < deadline:
            time.sleep(0.1)
        assert run is not None
        assert (run.verdict, run.by) == (Verdict.TAMPERED, "auditor")


class TestHeads:
    def test_are_shown_and_can_not_be_changed(self, auditor: Client) -> None:
        build(3)

        assert "Verifications" in auditor.get(HEADS).content.decode()
        assert auditor.get(f"{HEADS}audit/change/").status_code == 200
        assert auditor.post(f"{HEADS}audit/change/", {"size": 0}).status_code == 403
        assert auditor.post(f"{HEADS}audit/delete/", {"post": "yes"}).status_code == 403
        assert auditor.get(f"{HEADS}add/").status_code == 403
