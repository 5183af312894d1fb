"""Bundles of evidence, and what an auditor's verify.py makes of them."""

import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from instances.journal import keys
from instances.journal.append import append
from instances.journal.bundle import Selection, export
from instances.journal.bundle_checkpoints import NotProven
from instances.journal.bundle_proofs import ProofMaker
from instances.journal.findings import Verdict
from instances.journal.memory import Memory
from instances.journal.merkle import inclusion_proof, root_of
from instances.journal.models import AuditEntry, PersonalPart
from instances.journal.offline import verify
from instances.journal.rotation import Announcer
from instances.journal.router import ALIAS
from instances.journal.sequencer import Sequencer
from instances.journal.signer import Signer
from instances.journal.statements import Kept
from instances.journal.verification_run import own_trust
from instances.journal.verification_run import verify as verify_journal
from instances.journal.verification_state import Run
from instances.topics import Pattern
from tests.integration.journal.building import AUDIT, STRANGER, action, build, checkpoint_note, draft
from tests.integration.journal.bundling import build_days, bundled, note_in, vkey
from tests.integration.journal.signing import Clock, Shelf
from tests.integration.journal.tampering import cut_tail, edit_body, rewrite_all, set_value


@pytest.fixture(autouse=True)
def _runs_in_a_folder_of_their_own(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path / "data"


@pytest.fixture
def earlier(journal: str) -> str:
    """A journal of two days, and a checkpoint from between."""
    return build_days()


class TestExport:
    def test_verifies_with_nothing_but_python_in_an_empty_folder(self, earlier: str, tmp_path: Path) -> None:
        path = bundled(tmp_path, personal=True)
        empty = tmp_path / "empty"
        empty.mkdir()
        with zipfile.ZipFile(path) as file:
            (empty / "verify.py").write_bytes(file.read("verify.py"))

        ended = subprocess.run(
            # In a network of its own, which has none, where the machine lets us make one.
            [*_without_network(), sys.executable, "-I", "verify.py", str(path), "--key", vkey(), "--json"],
            check=False, cwd=empty, env={}, capture_output=True, text=True, timeout=120,
        )  # fmt: skip

        assert ended.stderr == ""
        said = json.loads(ended.stdout)
        assert (ended.returncode, said["status"], said["findings"]) == (0, 0, {})
        assert "300 entries were held against the tree of 300" in said["facts"]
        assert [each.name for each in empty.iterdir()] == ["verify.py"]

    def test_says_that_without_a_key_it_shows_little(self, earlier: str, tmp_path: Path) -> None:
        report = verify.check(bundled(tmp_path, personal=True))

        assert report.status == verify.VALID
        assert any("no key was given from outside" in fact for fact in report.facts)

    def test_is_incomplete_without_personal_values(self, earlier: str, tmp_path: Path) -> None:
        report = verify.check(bundled(tmp_path), keys=[vkey()])

        assert report.status == verify.INCOMPLETE
        assert report.counts.keys() == {"redacted"}

    def test_is_incomplete_where_values_are_erased_or_a_body_is_purged(self, earlier: str, tmp_path: Path) -> None:
        PersonalPart.objects.using(ALIAS).filter(index=3).update(sealed=None)
        set_value(8, "body", b"")

        report = verify.check(bundled(tmp_path, personal=True), keys=[vkey()])

        assert report.status == verify.INCOMPLETE
        assert {kind: places[0].split(":")[0] for kind, places in report.examples.items()} == {
            "redacted": "index 3",
            "purged": "index 8",
        }

    @pytest.mark.parametrize(
        ("selection", "count"),
        [
            (Selection(index_from=50, index_to=59), 10),
            (Selection(topic=Pattern("compliance_events:*")), 100),
            (Selection(topic=Pattern("audit_trail:user_actions"), index_from=100), 133),
            (Selection(event_type="reviewed", index_to=2), 1),
            (Selection(event_type="never"), 0),
            (Selection(received_to_ms=1), 0),
            (Selection(index_from=1_000), 0),
        ],
    )
    def test_holds_what_was_asked_for(self, earlier: str, tmp_path: Path, selection: Selection, count: int) -> None:
        path = bundled(tmp_path, selection=selection, personal=True)

        report = verify.check(path, keys=[vkey()])

        assert (report.status, report.facts) == (verify.VALID, [f"{count} entries were held against the tree of 300"])

    def test_gives_the_same_bytes_again(self, earlier: str, tmp_path: Path) -> None:
        one, other = bundled(tmp_path, "one.zip", personal=True), bundled(tmp_path, "other.zip", personal=True)

        assert one.read_bytes() == other.read_bytes()

    def test_leaves_out_what_no_checkpoint_covers_yet(self, earlier: str, tmp_path: Path) -> None:
        build(5)

        exported = export(AUDIT, tmp_path / "bundle.zip", Selection())

        assert (exported.count, exported.size, exported.left_out) == (300, 300, 5)

    def test_holds_the_last_checkpoint_of_each_day(self, earlier: str, tmp_path: Path) -> None:
        with zipfile.ZipFile(bundled(tmp_path)) as file:
            names = [name for name in file.namelist() if name.startswith("checkpoints/")]

        assert [int(Path(name).stem) for name in names] == [100, 300]

    @pytest.mark.parametrize(
        "tamper",
        [lambda: edit_body(7), lambda: edit_body(7, hash_too=True), lambda: rewrite_all(7, key=STRANGER)],
        ids=["edited body", "edited body and hash", "all rewritten with another key"],
    )
    def test_is_refused_of_a_journal_that_was_tampered_with(
        self, earlier: str, tmp_path: Path, tamper: Callable[[], None]
    ) -> None:
        tamper()

        with pytest.raises(NotProven):
            bundled(tmp_path)

    def test_is_refused_before_the_first_checkpoint(self, tmp_path: Path) -> None:
        with pytest.raises(NotProven, match=r"is empty|No checkpoint"):
            bundled(tmp_path)
        build(1)
        with pytest.raises(NotProven, match="No checkpoint"):
            bundled(tmp_path)


class TestAJournalOfTheHub:
    """What the sequencer numbers and the signer signs, from the publisher to the auditor."""

    def test_verifies_here_and_in_a_bundle(self, journal: str, tmp_path: Path) -> None:
        clock = Clock()
        signer = Signer(
            clock=clock,
            memory=Memory(tmp_path / "state"),
            anchoring=Shelf(),
            announcer=Announcer(publish=lambda event: True),
        )
        sequencer = Sequencer("web-1", send=lambda spec, step: None, between=[signer])
        append([[draft(action(at), address="198.51.100.9") for at in range(1_500)]], AUDIT)
        while not sequencer.turn():
            # A checkpoint is due by now.
            clock.now += 11

        run = Run("shell", started_ms=0, pid=0)
        assert verify_journal(run, [AUDIT], own_trust(), personal=True) is Verdict.VALID
        report = verify.check(bundled(tmp_path, personal=True), keys=[vkey()])
        assert (report.status, report.facts) == (verify.VALID, ["1500 entries were held against the tree of 1500"])


class TestPinnedCheckpoint:
    def test_is_held_against_all_entries_before_it(self, earlier: str, tmp_path: Path) -> None:
        report = verify.check(bundled(tmp_path, personal=True), keys=[vkey()], pinned=[note_in(tmp_path, earlier)])

        assert (report.status, report.facts[-1]) == (verify.VALID, "the pinned checkpoint of size 200 was compared")

    def test_needs_a_proof_where_entries_are_left_out(self, earlier: str, tmp_path: Path) -> None:
        pinned, some = note_in(tmp_path, earlier), Selection(index_from=290)
        without = bundled(tmp_path, "without.zip", selection=some)
        with pytest.raises(verify.BadInput, match="exported with --pinned-checkpoint"):
            verify.check(without, keys=[vkey()], pinned=[pinned])

        proven = bundled(tmp_path, "with.zip", selection=some, pinned=[Kept("pinned", "mine", earlier)])
        assert verify.check(proven, keys=[vkey()], pinned=[pinned]).status == verify.INCOMPLETE

    def test_shows_that_the_tail_is_cut_off(self, earlier: str, tmp_path: Path) -> None:
        pinned = note_in(tmp_path, checkpoint_note())
        cut_tail(100)

        report = verify.check(bundled(tmp_path, personal=True), keys=[vkey()], pinned=[pinned])

        assert report.counts == {"pinned-larger": 1}

    def test_shows_that_everything_was_rewritten(self, earlier: str, tmp_path: Path, settings: Any) -> None:
        rewrite_all(7, key=STRANGER)
        settings.GATERHUB_JOURNAL_KEY = "dHR0dHR0dHR0dHR0dHR0dHR0dHR0dHR0dHR0dHR0dHQ="
        path = bundled(tmp_path, personal=True, selection=Selection(index_from=10))
        settings.GATERHUB_JOURNAL_KEY = "b25seS1mb3ItdGhlLXRlc3Qtc3VpdGUtam91cm5hbCE="

        assert verify.check(path).status == verify.VALID, "it agrees with itself"
        assert verify.check(path, keys=[vkey()]).status == verify.TAMPERED
        whole = note_in(tmp_path, checkpoint_note(key=keys.signing_key()))
        assert verify.check(path, pinned=[whole]).counts == {"pinned-signature": 1}


class TestProofMaker:
    @pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 300])
    def test_makes_the_proofs_of_rfc_6962(self, size: int) -> None:
        build(300)
        leaves = [
            bytes(leaf) for leaf in AuditEntry.objects.order_by("index").values_list("leaf_hash", flat=True)[:size]
        ]
        maker = ProofMaker(AuditEntry, size, root_of(leaves), using=ALIAS)

        for index in {0, 1, size // 2, 254, 255, 256, size - 1} & {*range(size)}:
            assert maker.inclusion(index) == inclusion_proof(leaves, index)


def _without_network() -> list[str]:
    """Return what begins a command in a namespace without a network, where that is allowed."""
    unshare = ["unshare", "--map-root-user", "--net", "--"]
    try:
        able = subprocess.run([*unshare, "true"], check=False, capture_output=True).returncode == 0
    except FileNotFoundError:
        able = False
    return unshare if able else []
