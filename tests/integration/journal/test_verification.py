"""Verifying a journal as it is made, and one that somebody changed past everything that guards it."""

import base64
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import Error, connections

from instances.journal import keys, notes
from instances.journal.anchors import Directory
from instances.journal.findings import Verdict
from instances.journal.models import Checkpoint, JournalHead, StreamHead, Tile
from instances.journal.pinned import kept_in_anchors
from instances.journal.rotation import announcement
from instances.journal.router import ALIAS
from instances.journal.statements import Kept, Statements, Trust
from instances.journal.verification import Verification
from instances.journal.verification_run import own_trust
from instances.journal.verification_state import Standing
from tests.integration.journal.building import AUDIT, STRANGER, action, build, checkpoint_note, sign
from tests.integration.journal.tampering import (
    body_of,
    cut_tail,
    delete_and_renumber,
    delete_row,
    edit_body,
    rewrite_all,
    set_value,
    swap_rows,
)
from tests.integration.journal.unguarded import unguarded
from tests.integration.journal.verifying import COUNT, found, verified


class TestVerification:
    def test_finds_nothing_in_a_journal_as_it_is_made(self, sealed: str) -> None:
        standing = verified()

        assert (standing.tally.verdict, standing.tally.examples) == (Verdict.VALID, [])
        assert (standing.frontier.size, standing.finished) == (COUNT, True)

    def test_finds_nothing_in_an_empty_journal(self, journal: str) -> None:
        assert verified().tally.verdict is Verdict.VALID

    def test_goes_on_from_where_another_was_interrupted(self, sealed: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("instances.journal.entry_page.PAGE_ENTRIES", 256)
        first = Standing()
        run = Verification(AUDIT, Statements("audit", own_trust()), standing=first).run()
        next(run), next(run)
        assert first.frontier.size == 256

        again = Standing.from_json(json.loads(json.dumps(first.as_json())))
        pages = list(Verification(AUDIT, Statements("audit", own_trust()), standing=again).run())

        assert [page.index for page in pages] == [256, 512, 600]
        assert again.tally.examples == []
        assert again.frontier.root == verified().frontier.root

    def test_finds_the_same_in_several_processes(self, sealed: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("instances.journal.entry_page.PAGE_ENTRIES", 128)
        monkeypatch.setattr("instances.journal.page_workers.PARALLEL_FROM", 2)
        edit_body(7)
        delete_row(300)
        alone, together = verified(), verified(processes=2)

        assert together.tally == alone.tally
        assert together.frontier.root == alone.frontier.root
        assert dict(together.offsets) == dict(alone.offsets)

    def test_says_where_the_database_is_lost_in_another_process(
        self, sealed: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("instances.journal.entry_page.PAGE_ENTRIES", 128)
        monkeypatch.setattr("instances.journal.page_workers.PARALLEL_FROM", 2)
        elsewhere = {"NAME": "/nowhere/at/all"}
        monkeypatch.setitem(connections.settings, ALIAS, connections.settings[ALIAS] | elsewhere)

        with pytest.raises(Error):
            verified(processes=2)

    def test_is_not_kept_busy_by_a_head_that_lies(self, sealed: str) -> None:
        JournalHead.objects.filter(instance="audit").update(size=10**15)

        assert found(verified()) == {"entry-missing": [600], "head-size": [10**15]}

    def test_holds_the_log_against_what_is_kept_outside(self, sealed: str) -> None:
        kept = Kept("anchor", "anchors/600", checkpoint_note()), Kept("pinned", "mine", checkpoint_note())
        build(0, events=[action(at) for at in range(700, 740)])

        assert found(verified(kept=kept)) == {}

    def test_says_which_entries_are_purged(self, sealed: str) -> None:
        set_value(7, "body", b"")

        standing = verified()

        assert standing.tally.verdict is Verdict.INCOMPLETE
        assert found(standing) == {"purged": [7]}

    def test_finds_each_column_that_says_something_else(self, sealed: str) -> None:
        values = {
            **dict.fromkeys(("topic", "event_type", "publisher", "actor", "action", "resource", "outcome"), "other"),
            **dict.fromkeys(("origin", "correlation_id"), "other"),
            **dict.fromkeys(("occurred_ms", "received_ms"), 1),
            "id": "0190b7c4-0000-7000-8000-000000000000",
        }
        for at, (column, value) in enumerate(values.items()):
            set_value(10 * at, column, value)

        standing = verified()

        assert found(standing) == {"column": [10 * at for at in range(len(values))]}
        assert [each.detail for each in standing.tally.examples] == [f"It is {column}." for column in values]

    def test_finds_a_severity_that_the_entry_itself_does_not_say(self, sealed: str) -> None:
        set_value(2, "severity", 0)

        assert found(verified()) == {"column": [2]}


TAMPERED: dict[str, tuple[Callable[[], None], dict[str, list[int | None]]]] = {
    "edited body": (
        lambda: edit_body(7),
        {"leaf-hash": [7], "column": [7], "tile-root": [0], "checkpoint-root": [0], "head-frontier": [600]},
    ),
    "edited body and hash": (
        lambda: edit_body(7, hash_too=True),
        {"column": [7], "tile-root": [0], "checkpoint-root": [0], "head-frontier": [600]},
    ),
    "edited body, hash and column": (
        lambda: edit_body(7, hash_too=True, column_too=True),
        {"tile-root": [0], "checkpoint-root": [0], "head-frontier": [600]},
    ),
    "edited body and hash of the last": (
        lambda: edit_body(599, hash_too=True, column_too=True),
        {"head-frontier": [600], "checkpoint-root": [400]},
    ),
    "swapped rows": (
        lambda: swap_rows(300, 301),
        {"offset": [300, 301, 303], "tile-root": [256], "checkpoint-root": [200], "head-frontier": [600]},
    ),
    "deleted row": (
        lambda: delete_row(300),
        {"entry-missing": [300], "offset": [301], "tile-root": [256], "checkpoint-root": [200], "head-frontier": [600]},
    ),
    "deleted last row": (
        lambda: delete_row(599),
        {"entry-missing": [599], "head-size": [600], "stream-head": [None], "checkpoint-larger": [599]},
    ),
    "deleted and renumbered": (
        lambda: delete_and_renumber(300),
        {
            "tile-root": [256],
            "checkpoint-root": [200],
            "entry-missing": [599],
            "head-size": [600],
            "stream-head": [None],
            "checkpoint-larger": [599],
        },
    ),
}


class TestTampering:
    @pytest.mark.parametrize("how", TAMPERED)
    def test_is_detected_and_named(self, sealed: str, how: str) -> None:
        tamper, expected = TAMPERED[how]
        tamper()

        standing = verified()

        assert standing.tally.verdict is Verdict.TAMPERED
        assert found(standing) == expected

    def test_of_any_bit_of_a_body_is_detected_and_named(self, sealed: str, soaking: bool) -> None:
        rng = random.Random(20_260_103)
        for _ in range(20 if soaking else 1):
            flipped = sorted(rng.sample(range(COUNT), 50))
            before = {index: body_of(index) for index in flipped}
            for index, body in before.items():
                at, bit = rng.randrange(len(body)), 1 << rng.randrange(8)
                set_value(index, "body", body[:at] + bytes([body[at] ^ bit]) + body[at + 1 :])

            assert found(verified())["leaf-hash"] == flipped

            for index, body in before.items():
                set_value(index, "body", body)

    def test_that_rewrites_everything_is_detected_by_the_key(self, sealed: str) -> None:
        note = checkpoint_note()
        rewrite_all(7, key=STRANGER)

        assert found(verified()) == {"checkpoint-signature": [600]}
        # Whoever has only that key sees a journal that agrees with itself, unless something was kept outside.
        fooled = Trust(publics=[STRANGER.public])
        assert found(verified(trust=fooled)) == {}
        both = Trust(publics=[STRANGER.public, keys.signing_key().public])
        assert found(verified(trust=both, kept=(Kept("pinned", "mine", note),))) == {"pinned-root": [0]}

    def test_that_cuts_the_tail_is_detected_by_an_anchor_and_by_a_pinned_checkpoint(self, sealed: str) -> None:
        note = checkpoint_note()
        cut_tail(400)

        assert found(verified()) == {}, "an old checkpoint and an old head agree with each other"
        assert found(verified(kept=(Kept("anchor", "dir", note),))) == {"anchor-larger": [400]}
        assert found(verified(kept=(Kept("pinned", "mine", note),))) == {"pinned-larger": [400]}

    def test_that_cuts_the_tail_and_forgets_the_checkpoints_is_detected(self, sealed: str) -> None:
        cut_tail(400, checkpoints_too=False)

        assert found(verified()) == {"checkpoint-larger": [400]}

    def test_of_a_tile_is_detected(self, sealed: str) -> None:
        with unguarded():
            Tile.objects.filter(number=1).update(root=bytes(32))

        assert found(verified()) == {"tile-root": [256]}

    def test_that_takes_a_tile_or_adds_one_is_detected(self, sealed: str) -> None:
        with unguarded():
            Tile.objects.filter(number=0).delete()
            Tile.objects.create(instance="audit", level=1, number=2, root=bytes(32))

        assert found(verified()) == {"tile-missing": [0], "tile-extra": [512]}

    def test_of_a_head_is_detected(self, sealed: str) -> None:
        JournalHead.objects.filter(instance="audit").update(size=599)
        StreamHead.objects.filter(stream="audit.audit_trail").update(offset=1)

        assert {"head-size", "stream-head", "checkpoint-larger"} <= found(verified()).keys()

    @pytest.mark.parametrize(
        ("changes", "expected"),
        [
            ({"size": 401}, {"checkpoint-row": [401]}),
            ({"root": bytes(32)}, {"checkpoint-row": [400]}),
            ({"note": "nothing\n"}, {"checkpoint-malformed": [None]}),
            ({"generation": 2}, {"checkpoint-origin": [400]}),
        ],
    )
    def test_of_a_checkpoint_is_detected(
        self, sealed: str, changes: dict[str, Any], expected: dict[str, list[int | None]]
    ) -> None:
        with unguarded():
            Checkpoint.objects.filter(size=400).update(**changes)

        assert found(verified()) == expected


class TestTrust:
    def test_is_in_keys_that_the_log_tells_of_but_for_its_last_checkpoint(self, sealed: str) -> None:
        old, new = keys.signing_key().public, STRANGER
        build(1)
        sign(key=new)

        assert found(verified(trust=Trust(publics=[new.public], before=[old]))) == {}
        told = Trust(publics=[old], before=[new.public])
        assert found(verified(trust=told)) == {"checkpoint-signature": [601]}

    def test_is_in_a_key_that_was_replaced_and_proven_by_the_log(self, sealed: str, settings: Any) -> None:
        told = announcement(STRANGER, keys.signing_key())
        event = {"topic": told.topic, "event_type": told.event_type, "data": dict(told.data)}
        settings.GATERHUB_JOURNAL_KEY = base64.b64encode(b"t" * 32).decode()
        unproven = found(verified())
        build(0, events=[event])
        sign()

        assert unproven == {"checkpoint-signature": [200, 400, 600]}
        assert found(verified()) == {}

    def test_is_in_a_key_that_was_given(self, sealed: str) -> None:
        given = notes.VerifierKey.parse(keys.signing_key().verifier("gaterhub.test/audit"))
        other = notes.VerifierKey.parse(STRANGER.verifier("gaterhub.test/audit"))

        assert found(verified(trust=Trust(verifiers=[given]))) == {}
        assert found(verified(trust=Trust(verifiers=[other]))) == {"checkpoint-signature": [200, 400, 600]}


class TestAnchors:
    @pytest.fixture
    def folder(self, tmp_path: Path, settings: Any) -> Path:
        """A folder that is an anchor."""
        settings.GATERHUB_JOURNAL_ANCHORS = [f"dir:{tmp_path}"]
        return tmp_path

    def test_catch_a_tail_that_was_cut(self, sealed: str, folder: Path) -> None:
        for checkpoint in Checkpoint.objects.order_by("size"):
            Directory(folder).keep(checkpoint)
        assert found(verified(kept=tuple(kept_in_anchors([AUDIT])))) == {}

        cut_tail(400)

        assert found(verified(kept=tuple(kept_in_anchors([AUDIT])))) == {"anchor-larger": [400]}

    def test_that_can_not_be_read_hide_nothing_silently(self, sealed: str, folder: Path, settings: Any) -> None:
        settings.GATERHUB_JOURNAL_ANCHORS = [f"dir:{folder / 'gone'}"]

        with pytest.raises(CommandError, match="No such file"):
            call_command("verify_journal", "audit")

    def test_leave_other_hubs_alone(self, sealed: str, folder: Path) -> None:
        other = folder / "other%2Faudit" / "2026-01-01"
        other.mkdir(parents=True)
        (other / "1-1.note").write_text("nothing")

        assert list(kept_in_anchors([AUDIT])) == []

    def test_tell_what_a_restore_has_lost(self, sealed: str) -> None:
        note = checkpoint_note()
        cut_tail(400)
        JournalHead.objects.filter(instance="audit").update(generation=2)
        build(1)
        sign()

        standing = verified(kept=(Kept("anchor", "dir", note),))

        assert (standing.tally.verdict, found(standing)) == (Verdict.INCOMPLETE, {"restored": [401]})
        assert found(verified(kept=(Kept("pinned", "mine", note),))) == {"pinned-larger": [401]}
