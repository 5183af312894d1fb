import hmac
from hashlib import sha256
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from instances.journal.columns import columns_of
from instances.journal.marked import Marked
from instances.journal.personal import Held, PersonalDraft, Salts, split
from tests.evidence import ADMIN_OPERATION, FAILED_LOGIN, PERSONAL_OF_ADMIN_OPERATION, USER_ACTION, drafted

SALT = "00" * 16


def parts_of(data: Any, *plain: str, nested: Any = None, address: str | None = None) -> dict[str, PersonalDraft]:
    """Split an event with these fields of its data marked as personal; return its parts by subject."""
    _, parts = split_of(data, *plain, nested=nested, address=address)
    return parts


def split_of(
    data: Any, *plain: str, nested: Any = None, address: str | None = None
) -> tuple[dict[str, Any], dict[str, PersonalDraft]]:
    keys = frozenset(("data", name) for name in (*plain, *(nested or {})))
    personal = Marked(
        tuple(("data", name, f"/data/{name}") for name in plain), {} if nested is None else {"data": nested}, keys
    )
    said = {"data": data, "metadata": {}, "publisher_address": address}
    columns = columns_of("something_done", data, {}, keys)
    parts = split(said, personal, columns, Salts(), entry_id="e1", publisher="orders")
    return said, {part.subject: part for part in parts}


class TestWhoseItIs:
    def test_a_field_that_names_a_person_is_held_with_that_person(self) -> None:
        parts = parts_of(
            {"actor": "user:ada", "user_id": "bob", "subject_id": "customer-7"}, "actor", "user_id", "subject_id"
        )

        assert {subject: list(part.values) for subject, part in parts.items()} == {
            "person:ada": ["/data/actor"],
            "person:bob": ["/data/user_id"],
            "person:customer-7": ["/data/subject_id"],
        }

    def test_the_rest_is_the_actors(self) -> None:
        parts = parts_of({"actor": "user:ada", "user_id": "ada", "ip_address": "a"}, "actor", "user_id", "ip_address")

        assert list(parts) == ["person:ada"]
        assert (parts["person:ada"].actor, parts["person:ada"].origin) == ("user:ada", "a")

    def test_the_rest_is_the_actors_where_the_actor_is_no_secret(self) -> None:
        parts = parts_of({"actor": "user:ada", "ip_address": "203.0.113.7"}, "ip_address")

        assert list(parts) == ["person:ada"]
        assert parts["person:ada"].actor is None

    def test_without_an_actor_it_is_the_first_ones_who_is_named(self) -> None:
        assert list(parts_of({"recipient": "bob", "note": "n"}, "note", "recipient")) == ["person:bob"]

    @pytest.mark.parametrize("nobody", ["anonymous", "Unknown", "-"])
    def test_of_nobody_known_it_is_the_addresss(self, nobody: str) -> None:
        parts = parts_of({"actor": nobody, "ip_address": "::FFFF:203.0.113.7"}, "actor", "ip_address")

        assert list(parts) == ["address:203.0.113.7"]
        assert parts["address:203.0.113.7"].actor == nobody

    def test_else_it_is_the_entrys_alone(self) -> None:
        assert list(parts_of({"note": "n", "actor": {"name": "ada"}}, "note", "actor")) == ["entry:e1"]

    def test_the_publishers_address_is_the_publishers(self) -> None:
        parts = parts_of({"actor": "ada"}, "actor", address="10.0.0.9")

        assert list(parts) == ["person:ada", "publisher:orders"]
        assert parts["publisher:orders"].values["/publisher_address"].v == '"10.0.0.9"'
        assert parts["publisher:orders"].origin is None

    def test_nothing_personal_makes_no_part(self) -> None:
        assert split_of({"note": "n"}) == ({"data": {"note": "n"}, "metadata": {}, "publisher_address": None}, {})


class TestCommitments:
    def test_stand_in_the_places_of_the_values(self) -> None:
        said, parts = split_of({"user_id": "ada", "note": "n"}, "user_id")

        held = parts["person:ada"].values["/data/user_id"]
        assert said["data"] == {"user_id": {"commitment": held.commitment}, "note": "n"}
        assert said["personal"] == ["/data/user_id"]

    def test_are_the_hmac_of_the_values_canonical_json(self) -> None:
        _, parts = split_of({"user_id": "ada", "before": {"b": 1, "a": "é"}}, "user_id", "before")

        held = parts["person:ada"].values["/data/before"]
        assert held.v == '{"a":"é","b":1}'
        assert held.commitment == hmac.new(bytes.fromhex(held.s), held.v.encode(), sha256).hexdigest()

    def test_have_a_salt_each(self) -> None:
        _, parts = split_of({"user_id": "ada", "actor": "ada"}, "user_id", "actor")

        salts = {held.s for held in parts["person:ada"].values.values()}
        assert len(salts) == 2
        assert all(len(bytes.fromhex(salt)) == 16 for salt in salts)

    def test_reach_into_lists_and_objects(self) -> None:
        people = [{"user_id": "ada", "role": "x"}, {"user_id": None}, {"user_id": "bob"}, "text"]

        said, parts = split_of(
            {"people": people, "a/b~": {"c": "p"}}, nested={"people": {"*": {"user_id": None}}, "a/b~": {"c": None}}
        )

        assert said["personal"] == ["/data/a~1b~0/c", "/data/people/0/user_id", "/data/people/2/user_id"]
        assert set(parts) == {"person:ada", "person:bob"}
        assert said["data"]["people"][1:2] == [{"user_id": None}]

    def test_reach_each_item_of_a_list(self) -> None:
        said, _ = split_of({"names": ["ada", None, "bob"]}, nested={"names": {"*": None}})

        assert said["personal"] == ["/data/names/0", "/data/names/2"]

    @pytest.mark.parametrize("value", [None, "***REDACTED***", "[redacted]"])
    def test_are_not_made_to_what_says_nothing(self, value: Any) -> None:
        said, parts = split_of({"ip_address": value}, "ip_address")

        assert (said["data"], parts) == ({"ip_address": value}, {})

    @pytest.mark.parametrize("value", ["", 0, False, [], {}, {"commitment": "00" * 32}])
    def test_are_made_to_everything_else(self, value: Any) -> None:
        said, _ = split_of({"note": value}, "note")

        assert said["personal"] == ["/data/note"]
        assert len(said["data"]["note"]["commitment"]) == 64

    @given(st.text(st.characters(blacklist_categories=["Cs"])))
    def test_bind_to_the_value(self, other: str) -> None:
        held = Held('"ada"', SALT)

        assert (Held(other, SALT).commitment == held.commitment) == (other == held.v)


class TestOfTheEvents:
    def test_no_personal_value_is_in_the_sealed_bytes_or_a_column(self) -> None:
        draft = drafted(ADMIN_OPERATION, address="198.51.100.9")

        parts, draft.parts = draft.parts, []
        text = repr(draft)
        for value in (*PERSONAL_OF_ADMIN_OPERATION, "198.51.100.9"):
            assert value not in text
            assert value in repr(parts)

    def test_placeholders_of_the_specifications_examples_stay(self) -> None:
        for event, places in (
            (FAILED_LOGIN, ["/data/user_id", "/metadata/user_agent"]),
            (USER_ACTION, ["/data/user_id", "/metadata/session_id"]),
        ):
            body = msgspec.json.decode(drafted(event).body)
            assert body["personal"] == places
            assert "***REDACTED***" in (body["data"].get("ip_address"), body["metadata"].get("ip_address"))
