"""The pages of checkpoints, and of both journals at a glance: what is signed, and who keeps it outside."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from gaterhub.pages.evidence import checkpoints
from instances.journal import keys, notes
from instances.journal.models import Anchored, Checkpoint, SequencerLease
from instances.journal.verification_run import own_trust, verify
from instances.journal.verification_state import Run
from tests.integration.evidence.conftest import Reader
from tests.integration.evidence.pages import AUDIT, link, shown, words
from tests.integration.journal.building import AUDIT as AUDIT_SPEC
from tests.integration.journal.building import STRANGER, build, sign

pytestmark = pytest.mark.django_db

CHECKPOINTS = f"{AUDIT}checkpoints/"
WITNESS = "witness.example"


def cosigned(checkpoint: Checkpoint, key: keys.SigningKey) -> None:
    line = notes.cosign(notes.parse(checkpoint.note).text, WITNESS, key, seconds=1_700_000_000)
    Anchored.objects.create(
        checkpoint=checkpoint, anchor="witness:https://witness.example", answer=f"{line}\n", at_ms=1_700_000_001_000
    )


@pytest.fixture
def witness(settings: Any) -> None:
    settings.GATERHUB_JOURNAL_WITNESS_KEYS = [STRANGER.verifier(WITNESS, kind=notes.COSIGNATURE)]


class TestCheckpoints:
    def test_stand_with_who_keeps_them(self, journal: str, auditor: Client) -> None:
        build(3)
        first = sign()
        build(4)
        second = sign()
        first.anchored.create(anchor="dir:/mnt/worm", at_ms=1_700_000_000_000)

        page = shown(auditor, CHECKPOINTS)

        told = words(page)
        assert told.index(bytes(second.root).hex()) < told.index(bytes(first.root).hex())
        assert "7 +4 2026-01-02 03:04:05 UTC" in told
        assert "dir:/mnt/worm 2023-11-14 22:13:20 UTC" in told
        assert first.note in page.replace("&#x27;", "'")
        assert keys.signing_key().verifier("gaterhub.test/audit") in told

    def test_tell_which_cosignature_is_right(self, auditor: Client, witness: None) -> None:
        build(1)
        cosigned(sign(), STRANGER)
        build(1)
        cosigned(sign(), keys.SigningKey.of(b"o" * 32))

        told = words(shown(auditor, CHECKPOINTS))

        right, wrong = "signature right", "signature not right"
        assert told.count("cosigned by witness.example at 2023-11-14 22:13:20 UTC") == 2
        assert told.index(wrong) < told.index(f"{right} ")

    def test_say_that_nobody_keeps_them(self, auditor: Client) -> None:
        assert "Nothing is signed yet" in words(shown(auditor, CHECKPOINTS))
        build(1)
        sign()
        assert "No anchor keeps checkpoints outside of this hub" in words(shown(auditor, CHECKPOINTS))

    def test_go_on_to_older_ones(self, auditor: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(checkpoints, "ROWS_PER_PAGE", 2)
        for _ in range(3):
            build(1)
            sign()
        first = shown(auditor, CHECKPOINTS)

        assert shown(auditor, link(first, "Older checkpoints")).count('data-label="Signed"') == 1
        assert "this is the first" in words(shown(auditor, CHECKPOINTS, after="nonsense"))

    def test_are_for_those_who_may_query_all(self, reader: Reader) -> None:
        clerk = reader("clerk", pattern="compliance_events:*")

        assert clerk.get(CHECKPOINTS).status_code == 403
        assert "tell of the whole journal of audit" in words(clerk.get(CHECKPOINTS).content.decode())


class TestAtAGlance:
    def test_shows_how_each_log_stands(self, journal: str, auditor: Client, settings: Any, tmp_path: Path) -> None:
        settings.DATA_DIR = tmp_path
        settings.GATERHUB_JOURNAL_ANCHORS = ["dir:/mnt/worm", "https://archive.example/checkpoints"]
        build(3)
        sign().anchored.create(anchor="dir:/mnt/worm", at_ms=1_700_000_000_000)
        build(4)
        sign()
        build(2)
        run = Run("admin-1", started_ms=1_700_000_000_000, pid=0, by="vera")
        verify(run, [AUDIT_SPEC], own_trust())

        told = words(
            shown(auditor, "/evidence/")
            .partition('data-journal="audit"')[2]
            .partition("</section>")[0]
            .join(["<main>", ""])
        )

        for said in (
            "9 entries in the log",
            "of 7 entries, signed 2026-01-02 03:04:05 UTC",
            "2 came since and are signed within ten seconds",
            "dir:/mnt/worm 4 entries behind since 2023-11-14 22:13:20 UTC",
            "https://archive.example/checkpoints has nothing yet",
            "Valid begun 2023-11-14 22:13:20 UTC",
            keys.signing_key().verifier("gaterhub.test/audit"),
        ):
            assert said in told, said

    def test_tells_a_reader_of_a_part_nothing_of_the_whole(self, reader: Reader) -> None:
        build(3)
        told = words(shown(reader("clerk", pattern="compliance_events:*"), "/evidence/"))

        assert "You may query a part of it." in told
        assert "3 entries" not in told
        assert "Security" not in told

    def test_tells_trouble(self, auditor: Client, settings: Any) -> None:
        SequencerLease.objects.create(name="sequencer", holder="web-1", until_ms=0, trouble="It is an older one.")
        assert "It is an older one." in words(shown(auditor, "/evidence/"))

        settings.GATERHUB_JOURNAL_ANCHORS = ["dir:relative"]
        assert "is to name a folder from the root" in words(shown(auditor, "/evidence/"))
