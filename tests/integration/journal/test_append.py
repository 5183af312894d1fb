"""The way into the journal."""

import threading
import uuid

import pytest

from instances.journal.append import append, writing
from instances.journal.models import PersonalPart
from instances.streams import IdConflict
from tests.integration.journal.writing import ACTION, AUDIT, SECURITY, draft, entries, keep


class TestAppend:
    def test_has_on_record_what_was_drafted(self, journal: str) -> None:
        (one,) = keep()

        (entry,) = entries()
        assert (entry.id, entry.index, entry.offset) == (one.id, None, None)
        assert bytes(entry.body) == one.body
        assert bytes(entry.leaf_hash) == one.leaf_hash
        assert (entry.topic, entry.action, entry.resource) == (one.topic, "delete_subscription", "r0")
        assert entry.actor is None
        assert PersonalPart.objects.filter(entry_id=one.id).exists()

    def test_keeps_the_order_of_a_batch(self, journal: str) -> None:
        drafts = keep(count=50)

        assert [entry.id for entry in entries()] == [each.id for each in drafts]

    def test_gives_the_first_answer_to_the_same_id_and_body(self, journal: str) -> None:
        id = str(uuid.uuid4())
        first, again = draft(id=id), draft(id=id)
        assert first.leaf_hash != again.leaf_hash, "each has salts of its own"

        (kept,) = append([[first]], AUDIT)
        (repeated,) = append([[again]], AUDIT)

        assert not isinstance(kept, IdConflict)
        assert not isinstance(repeated, IdConflict)
        assert (repeated[0].leaf_hash, repeated[0].repeated) == (first.leaf_hash, True)
        assert len(entries()) == 1

    def test_takes_nothing_of_a_publication_with_a_conflict(self, journal: str) -> None:
        id = str(uuid.uuid4())
        keep(AUDIT, draft(id=id))

        (good, bad) = append([[draft()], [draft(), draft(id=id, data={**ACTION["data"], "action": "other"})]], AUDIT)

        assert not isinstance(good, IdConflict)
        assert isinstance(bad, IdConflict)
        assert bad.index == 1
        assert len(entries()) == 2

    def test_knows_an_id_that_stands_twice_in_a_group(self, journal: str) -> None:
        id = str(uuid.uuid4())
        one, twin = draft(id=id), draft(id=id)

        (kept, repeated, conflict) = append([[one], [twin], [draft(id=id, topic="audit_trail:other")]], AUDIT)

        assert not isinstance(kept, IdConflict)
        assert not isinstance(repeated, IdConflict)
        assert repeated[0].repeated
        assert isinstance(conflict, IdConflict)
        assert len(entries()) == 1

    def test_takes_one_id_once_however_many_publish_it_at_once(self, journal: str) -> None:
        id = str(uuid.uuid4())
        failed: list[BaseException] = []

        def publish() -> None:
            try:
                for _ in range(10):
                    (answer,) = append([[draft(id=id)]], AUDIT)
                    assert not isinstance(answer, IdConflict)
            except BaseException as error:  # noqa: BLE001  The test's own thread raises it.
                failed.append(error)

        threads = [threading.Thread(target=publish) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)

        assert failed == []
        assert len(entries()) == 1

    def test_keeps_instances_apart(self, journal: str) -> None:
        id = str(uuid.uuid4())

        keep(AUDIT, draft(id=id))
        keep(SECURITY, draft(SECURITY, id=id, topic="security_events:authentication", event_type="something"))

        assert len(entries(AUDIT)) == len(entries(SECURITY)) == 1

    def test_is_undone_with_the_transaction_of_its_caller(self, journal: str) -> None:
        def act() -> None:
            with writing():
                keep(count=3)
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            act()

        assert entries() == []
        assert PersonalPart.objects.count() == 0
