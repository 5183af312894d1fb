import json
from dataclasses import replace

from instances.journal.canonical import canonical, read
from instances.journal.merkle import leaf_hash
from instances.journal.spool.conflict import renamed
from tests.integration.journal.writing import ACTION, draft

GIVEN = "0190b7c4-5e1a-7c3e-9d2b-4f6a8b0c1d2e"


class TestRenamed:
    def test_says_the_same_under_an_id_of_its_own(self) -> None:
        before = draft(id=GIVEN)

        after = renamed(before)

        said = json.loads(after.body)
        assert said["id"] == str(after.id) != GIVEN
        assert said["metadata"].pop("conflicts_with") == GIVEN
        assert said == json.loads(before.body) | {"id": str(after.id)}
        assert (
            replace(after, id=before.id, body=before.body, leaf_hash=before.leaf_hash, digest=before.digest) == before
        )

    def test_is_canonical_and_hashed_anew(self) -> None:
        after = renamed(draft(id=GIVEN))

        assert after.body == canonical(read(after.body))
        assert after.leaf_hash == leaf_hash(after.body)
        assert after.digest is None

    def test_is_the_same_each_time(self) -> None:
        before = draft(id=GIVEN)

        assert renamed(before) == renamed(before)

    def test_differs_between_two_events_of_one_id(self) -> None:
        one, other = draft(id=GIVEN), draft(id=GIVEN, data=ACTION["data"] | {"resource": "another"})

        assert renamed(one).id != renamed(other).id

    def test_overwrites_nothing_of_the_publishers(self) -> None:
        before = draft(id=GIVEN, metadata={"conflicts_with": "mine"})

        said = json.loads(renamed(before).body)

        assert said["metadata"] == {"conflicts_with": "mine", "conflicts_with_": GIVEN}

    def test_has_a_uuid_of_version_8(self) -> None:
        assert renamed(draft(id=GIVEN)).id.version == 8
