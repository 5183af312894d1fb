"""One step of the sequencer."""

import threading

import pytest

from instances.journal import merkle, numbering
from instances.journal.merkle import Frontier, root_of
from instances.journal.models import JournalHead, PersonalPart, StreamHead, Tile
from instances.journal.numbering import number, waiting_in
from instances.journal.sequencer import JOURNALED
from tests.integration.journal.writing import ALERTS, AUDIT, draft, entries, keep, number_all


class TestNumber:
    def test_counts_on_in_the_journal_and_in_each_stream(self, journal: str) -> None:
        keep(AUDIT, draft(), draft(topic="compliance_events:gdpr"), draft())
        first = number(AUDIT)
        keep(AUDIT, draft(topic="compliance_events:gdpr"))
        second = number(AUDIT)

        assert first is not None
        assert second is not None
        assert [(each.index, each.offset) for each in (*first.entries, *second.entries)] == [
            (0, 1),
            (1, 1),
            (2, 2),
            (3, 2),
        ]
        assert [(entry.index, entry.offset) for entry in entries()] == [(0, 1), (1, 1), (2, 2), (3, 2)]
        assert dict(StreamHead.objects.values_list("stream", "offset")) == {
            "audit.audit_trail": 2,
            "audit.compliance_events": 2,
        }

    def test_is_over_when_nothing_waits(self, journal: str) -> None:
        keep(count=1)

        assert waiting_in(JOURNALED) == [AUDIT]
        assert number_all() == 1
        assert waiting_in(JOURNALED) == []
        assert number(AUDIT) is None

    def test_grows_a_tree_whose_root_and_tiles_are_those_of_all_leaves(self, journal: str) -> None:
        for _ in range(3):
            keep(count=300)
            number_all()

        leaves = [bytes(entry.leaf_hash) for entry in entries()]
        head = JournalHead.objects.get(instance="audit")
        assert head.size == 900
        assert Frontier.from_bytes(head.size, bytes(head.frontier)).root == root_of(leaves)
        tiles = {tile.number: bytes(tile.root) for tile in Tile.objects.filter(instance="audit", level=1)}
        assert tiles == {each: root_of(leaves[each * 256 : each * 256 + 256]) for each in range(3)}

    def test_makes_tiles_of_the_second_level(self, journal: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(merkle, "TILE_HEIGHT", 2)
        for size in (3, 6, 7, 20):
            keep(count=size)
            number_all()

        leaves = [bytes(entry.leaf_hash) for entry in entries()]
        tiles = {(tile.level, tile.number): bytes(tile.root) for tile in Tile.objects.all()}
        assert tiles == {
            (level, each): root_of(leaves[each * width : (each + 1) * width])
            for level, width in ((1, 4), (2, 16))
            for each in range(36 // width)
        }

    def test_leaves_alerts_without_a_tree(self, journal: str) -> None:
        keep(ALERTS, draft(ALERTS, topic="system_alerts:critical", event_type="something"))

        assert number_all(ALERTS) == 1
        assert bytes(JournalHead.objects.get(instance="alerts").frontier) == b""

    def test_numbers_what_is_held_apart_with_its_entry(self, journal: str) -> None:
        keep(count=3)
        number_all()

        indexes = set(PersonalPart.objects.values_list("index", flat=True))
        assert indexes == {0, 1, 2}

    def test_counts_what_publishers_did_not_tell(self, journal: str) -> None:
        keep(AUDIT, draft(metadata={}), draft(data={"user_id": "a", "action": "b", "outcome": "success"}, metadata={}))
        number_all()

        head = JournalHead.objects.get(instance="audit")
        assert (head.unknown_outcomes, head.unknown_origins, head.unknown_targets) == (1, 2, 1)

    def test_never_forks_however_many_do_it_at_once(self, journal: str) -> None:
        keep(count=400)
        failed: list[BaseException] = []
        stepped: list[int] = []

        def sequence() -> None:
            try:
                while step := number(AUDIT, limit=7):
                    stepped.extend(entry.index for entry in step.entries)
            except BaseException as error:  # noqa: BLE001  The test's own thread raises it.
                failed.append(error)

        threads = [threading.Thread(target=sequence) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)

        assert failed == []
        assert sorted(stepped) == list(range(400))
        assert [entry.index for entry in entries()] == list(range(400))

    @pytest.mark.parametrize("part", ["_write_places", "_move_head_on", "_move_streams_on"])
    def test_that_fails_in_any_of_its_parts_has_done_nothing(
        self, journal: str, monkeypatch: pytest.MonkeyPatch, part: str
    ) -> None:
        keep(count=300)

        def fails(*given: object, **named: object) -> None:
            raise RuntimeError("killed here")

        with monkeypatch.context() as broken:
            broken.setattr(numbering, part, fails)
            with pytest.raises(RuntimeError, match="killed here"):
                number(AUDIT)

        head = JournalHead.objects.get(instance="audit")
        assert (head.size, bytes(head.frontier)) == (0, b"")
        assert {entry.index for entry in entries()} == {None}
        assert not Tile.objects.exists()
        assert not StreamHead.objects.exists()
        step = number(AUDIT)
        assert step is not None
        assert [entry.index for entry in step.entries] == list(range(300))
