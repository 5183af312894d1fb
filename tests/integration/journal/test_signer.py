"""The signer: when it signs, what it refuses to sign, and what it says then."""

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from instances.journal import keys, merkle, notes
from instances.journal.memory import Memory, Signed
from instances.journal.models import Checkpoint, JournalHead, SequencerLease, Tile
from instances.journal.rotation import Announcer
from instances.journal.signer import Signer
from instances.publishing import PublishResult
from tests.integration.journal.growing import grow, leaf_of
from tests.integration.journal.signing import Clock, Shelf, signed
from tests.integration.journal.unguarded import unguarded


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def memory(tmp_path: Path) -> Memory:
    return Memory(tmp_path / "state")


@pytest.fixture
def begin(clock: Clock, memory: Memory, shelf: Shelf) -> Callable[[], Signer]:
    """Return what begins a signer as another process would, with the same memory."""
    SequencerLease.objects.get_or_create(name="sequencer", defaults={"holder": "web-1", "until_ms": 0})
    return lambda: Signer(clock=clock, memory=memory, anchoring=shelf, announcer=Announcer(publish=lambda event: True))


def trouble() -> str:
    return SequencerLease.objects.get(name="sequencer").trouble


def restored_to(instance: str, size: int) -> None:
    """Make the journal what it was at an earlier size, as a backup would; the tables' guards are not asked."""
    frontier = merkle.Frontier()
    frontier.extend(map(leaf_of, range(size)))
    table = {"audit": "journal_auditentry", "security": "journal_securityentry"}[instance]
    with unguarded() as cursor:
        cursor.execute(f'UPDATE "{table}" SET "index" = NULL, "offset" = NULL WHERE "index" >= %s', [size])
        Checkpoint.objects.filter(instance=instance, size__gt=size).delete()
    JournalHead.objects.filter(instance=instance).update(size=size, frontier=frontier.to_bytes())


class TestWhenItSigns:
    def test_signs_what_grew_at_once_and_then_every_ten_seconds(
        self, journal: str, begin: Callable[[], Signer], clock: Clock, shelf: Shelf
    ) -> None:
        signer = begin()
        grow("audit", 3)
        signer.tick()
        grow("audit", 2)
        clock.now += 9.5
        signer.tick()
        assert signed() == [3]

        clock.now += 0.5
        signer.tick()

        assert signed() == [3, 5]
        assert shelf.offered[-1] == 5

    def test_signs_after_a_thousand_entries_whatever_the_time(
        self, journal: str, begin: Callable[[], Signer], clock: Clock
    ) -> None:
        signer = begin()
        grow("audit", 1)
        signer.tick()
        grow("audit", 999)
        clock.now += 1
        signer.tick()
        assert signed() == [1]

        grow("audit", 1)
        clock.now += 1
        signer.tick()

        assert signed() == [1, 1_001]

    def test_says_hourly_that_a_resting_log_is_still_the_same(self, begin: Callable[[], Signer], clock: Clock) -> None:
        signer = begin()
        grow("audit", 3)
        signer.tick()
        clock.now += 3_599
        signer.tick()
        assert signed() == [3]

        clock.now += 1
        signer.tick()

        assert signed() == [3, 3]

    def test_goes_on_though_the_clock_was_set_back(self, begin: Callable[[], Signer], clock: Clock) -> None:
        signer = begin()
        grow("audit", 3)
        signer.tick()
        clock.now -= 3_600
        grow("audit", 1)
        signer.tick()

        assert signed() == [3, 4]

    def test_signs_each_sealed_log_by_itself_and_none_that_is_not_sealed(self, begin: Callable[[], Signer]) -> None:
        for instance in ("audit", "security", "alerts"):
            grow(instance, 2)

        begin().tick()

        assert signed("audit") == signed("security") == [2]
        assert signed("alerts") == []

    def test_signs_nothing_of_an_empty_log(self, begin: Callable[[], Signer]) -> None:
        begin().tick()

        assert not Checkpoint.objects.exists()

    def test_does_not_repeat_after_a_restart_what_was_just_signed(
        self, begin: Callable[[], Signer], clock: Clock, shelf: Shelf
    ) -> None:
        grow("audit", 3)
        begin().tick()
        clock.now += 5
        begin().tick()

        assert signed() == [3]
        # Whether an anchor got it before the other process ended, nobody knows.
        assert shelf.offered == [3, 3]


class TestCheckpoint:
    def test_is_a_note_by_the_log_s_key_over_the_tree(self, journal: str, begin: Callable[[], Signer]) -> None:
        grow("audit", 300)
        begin().tick()

        note = notes.parse(Checkpoint.objects.get().note)
        said = notes.parse_checkpoint(note.text)

        assert notes.verify(note, keys.signing_key().verifier("gaterhub.test/audit"))
        assert (said.origin, said.size) == ("gaterhub.test/audit", 300)
        assert said.root == merkle.root_of(map(leaf_of, range(300)))
        assert said.extensions == ("time=2027-01-15T08:00:00Z",)

    def test_is_signed_by_the_old_key_too_while_it_is_kept(self, settings: Any, begin: Callable[[], Signer]) -> None:
        settings.GATERHUB_JOURNAL_KEYS_OLD = [base64.b64encode(b"o" * 32).decode()]
        grow("audit", 1)
        begin().tick()

        note = notes.parse(Checkpoint.objects.get().note)

        for key in (keys.signing_key(), keys.SigningKey.of(b"o" * 32)):
            assert notes.verify(note, key.verifier("gaterhub.test/audit"))


class TestRefusal:
    def test_names_both_sizes_of_a_restored_backup_and_lasts(
        self, journal: str, begin: Callable[[], Signer], clock: Clock
    ) -> None:
        grow("audit", 20)
        begin().tick()
        restored_to("audit", 12)

        signer = begin()
        signer.tick()
        assert "audit has 12 entries, and one of 20 was signed on 2027-01-15T08:00:00Z" in trouble()

        clock.now += 100
        signer.tick()
        assert signed() == []
        assert "audit has 12 entries" in trouble()

    def test_sees_it_after_the_restored_one_has_grown_past(self, begin: Callable[[], Signer], clock: Clock) -> None:
        """Other entries took the places of those that were lost."""
        grow("audit", 20)
        begin().tick()
        restored_to("audit", 12)
        with unguarded() as cursor:
            cursor.execute('UPDATE "journal_auditentry" SET "leaf_hash" = %s WHERE "index" = 11', [b"x" * 32])
            cursor.execute('UPDATE "journal_auditentry" SET "index" = "number" - 1, "offset" = "number"')
        frontier = merkle.Frontier()
        frontier.extend([b"x" * 32 if index == 11 else leaf_of(index) for index in range(20)])
        JournalHead.objects.filter(instance="audit").update(size=20, frontier=frontier.to_bytes())
        grow("audit", 5)

        begin().tick()

        assert "audit has 25 entries, and one of 20 was signed" in trouble()
        assert "its first entries are others than were signed" in trouble()
        assert signed() == []

    def test_leaves_the_other_log_alone(self, begin: Callable[[], Signer], clock: Clock) -> None:
        grow("audit", 20)
        grow("security", 20)
        begin().tick()
        restored_to("audit", 12)
        grow("security", 5)
        clock.now += 10

        begin().tick()

        assert signed("security") == [20, 25]
        assert "security" not in trouble()

    def test_sees_that_a_head_was_made_up(self, begin: Callable[[], Signer], clock: Clock) -> None:
        signer = begin()
        grow("audit", 3)
        signer.tick()
        grow("audit", 3)
        other = merkle.Frontier()
        other.extend([b"x" * 32] * 6)
        JournalHead.objects.filter(instance="audit").update(frontier=other.to_bytes())
        clock.now += 10

        signer.tick()

        assert "its entries are others than were numbered" in trouble()
        assert signed() == [3]

    def test_is_told_by_an_anchor_what_the_whole_machine_forgot(
        self, begin: Callable[[], Signer], shelf: Shelf, memory: Memory, clock: Clock
    ) -> None:
        grow("audit", 12)
        signer = begin()
        signer.tick()
        shelf.later = {"audit": Signed(1, 20, b"r" * 32, 1_800_000_000_000)}
        clock.now += 1

        signer.tick()

        assert "audit has 12 entries, and one of 20 was signed" in trouble()

    def test_goes_where_its_memory_can_not_be_kept(
        self, begin: Callable[[], Signer], memory: Memory, clock: Clock
    ) -> None:
        """What can't be remembered is not signed, and is once it can."""
        memory.path.parent.write_text("in the way")
        grow("audit", 3)
        signer = begin()
        signer.tick()
        assert signed() == []
        assert "signed.json" in trouble()

        memory.path.parent.unlink()
        clock.now += 10
        signer.tick()

        assert signed() == [3]
        assert trouble() == ""

    def test_ends_with_an_operator_s_decision(
        self,
        journal: str,
        begin: Callable[[], Signer],
        clock: Clock,
        memory: Memory,
        settings: Any,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        told: list[Any] = []

        def publish(event: Any) -> PublishResult:
            told.append(event)
            return PublishResult(accepted=True, event_id=None)

        monkeypatch.setattr("instances.journal.restoring.publish_event", publish)
        settings.GATERHUB_JOURNAL_STATE_DIR = str(memory.path.parent)
        grow("audit", 20)
        grow("security", 5)
        begin().tick()
        epochs = dict(JournalHead.objects.values_list("instance", "epoch"))
        restored_to("audit", 12)
        signer = begin()
        signer.tick()

        call_command("accept_restored_journal", because="The disk of db-1 failed.")

        head = JournalHead.objects.get(instance="audit")
        assert head.generation == 2
        assert JournalHead.objects.get(instance="security").generation == 1
        assert not set(dict(JournalHead.objects.values_list("instance", "epoch")).items()) & set(epochs.items())
        assert trouble() == ""
        assert [(event.data["log"], event.data["size"], event.data["signed_size"]) for event in told] == [
            ("gaterhub.test/audit/2", 12, 20)
        ]
        clock.now += 1
        signer.tick()
        assert signed() == [12]
        assert notes.parse_checkpoint(notes.parse(Checkpoint.objects.get(instance="audit").note).text).origin == (
            "gaterhub.test/audit/2"
        )
        assert trouble() == ""

    def test_can_not_be_lifted_where_nothing_is_the_matter(self, settings: Any, memory: Memory) -> None:
        settings.GATERHUB_JOURNAL_STATE_DIR = str(memory.path.parent)
        grow("audit", 3)

        with pytest.raises(CommandError, match="consistent with what was signed"):
            call_command("accept_restored_journal", because="To try it.")

    def test_does_not_need_a_tile(self, begin: Callable[[], Signer]) -> None:
        grow("audit", 600, tiles=False)

        begin().tick()

        assert not Tile.objects.exists()
        assert signed() == [600]
