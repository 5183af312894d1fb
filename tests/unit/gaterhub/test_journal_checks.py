"""Each check of the journal's logs is content with a sound hub, and finds what it is there to find."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.checks import CheckMessage

from gaterhub import journal_checks as checks

EVERY = (*checks.CHECKS, *checks.DEPLOY_CHECKS)


@pytest.fixture
def hub(settings: Any, tmp_path: Path) -> Any:
    """A hub that leaves nothing to be found."""
    settings.DATA_DIR = tmp_path
    settings.GATERHUB_JOURNAL_ANCHORS = ["https://archive.example/checkpoints"]
    return settings


def found() -> list[str | None]:
    return [message.id for check in EVERY for message in check(None)]


def only(check: Callable[..., list[CheckMessage]]) -> CheckMessage:
    (message,) = check(None)
    return message


def test_a_sound_hub_has_nothing_to_be_found(hub: Any) -> None:
    assert found() == []


def test_a_hub_without_an_anchor_is_told_of_at_deployment(hub: Any) -> None:
    hub.GATERHUB_JOURNAL_ANCHORS = []

    assert only(checks.anchored).id == "gaterhub.W021"
    assert checks.anchored in checks.DEPLOY_CHECKS


def test_an_anchor_that_can_not_work_is_an_error(hub: Any) -> None:
    hub.GATERHUB_JOURNAL_ANCHORS = ["witness:https://other.example/api/v1/witness"]

    message = only(checks.anchors_readable)

    assert message.id == "gaterhub.E021"
    assert "GATERHUB_JOURNAL_WITNESS_KEYS" in str(message.msg)


def test_an_anchor_on_the_same_disk_is_found(hub: Any, tmp_path: Path) -> None:
    (tmp_path / "anchor").mkdir()
    hub.GATERHUB_JOURNAL_ANCHORS = [f"dir:{tmp_path}/anchor"]

    assert found() == ["gaterhub.W022"]


def test_a_key_that_others_can_read_is_found(hub: Any, tmp_path: Path) -> None:
    hub.GATERHUB_JOURNAL_KEY = ""
    key = tmp_path / "journal.key"
    key.write_text("b25seS1mb3ItdGhlLXRlc3Qtc3VpdGUtam91cm5hbCE=")
    key.chmod(0o640)
    assert found() == ["gaterhub.W023"]

    key.chmod(0o600)

    assert found() == []


def test_a_key_and_a_name_of_each_host_s_own_are_found_where_there_may_be_several(
    hub: Any, postgres_journal: None
) -> None:
    assert found() == []

    hub.GATERHUB_JOURNAL_KEY = ""
    hub.GATERHUB_JOURNAL_ORIGIN = f"gaterhub.{hub.GATERHUB_NODE}"

    assert "GATERHUB_JOURNAL_KEY and GATERHUB_JOURNAL_ORIGIN" in str(only(checks.one_signer).msg)
