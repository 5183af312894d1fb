import json
import logging

import msgspec
import pytest

from instances.journal.opened import ERASED, TAMPERED, UNREADABLE, Opened, check_commitments, event_of
from instances.journal.personal import Held
from tests.evidence import ADMIN_OPERATION, EVENTS, Event, drafted


def all_opened(event: Event, address: str | None = None) -> tuple[bytes, Opened]:
    draft = drafted(event, address=address)
    return draft.body, Opened({pointer: held for part in draft.parts for pointer, held in part.values.items()})


class TestEventOf:
    @pytest.mark.parametrize("event", EVENTS)
    def test_puts_all_values_back(self, event: Event) -> None:
        said = event_of(*all_opened(event, address="198.51.100.9"))

        assert said["data"] == event[1]["data"]
        assert said["metadata"] == event[1]["metadata"]
        assert said["publisher_address"] == "198.51.100.9"
        assert "personal" not in said

    @pytest.mark.parametrize(
        ("absent", "word"), [(ERASED, "[erased]"), (UNREADABLE, "[unreadable]"), (TAMPERED, "[tampered]")]
    )
    def test_says_why_a_value_is_not_there(self, absent: bytes, word: str) -> None:
        body, known = all_opened(ADMIN_OPERATION)
        del known.values["/data/actor"]
        known.absent = absent

        said = event_of(body, known)

        assert said["data"]["actor"] == word
        assert said["data"]["ip_address"] == "203.0.113.7"

    def test_redacts_for_who_may_not_read_it(self) -> None:
        body, _ = all_opened(ADMIN_OPERATION)

        said = event_of(body, None)

        assert said["data"]["actor"] == said["metadata"]["session_id"] == "[redacted]"
        assert said["data"]["action"] == "change"

    def test_tells_a_value_that_is_not_the_one_of_the_seal(self, caplog: pytest.LogCaptureFixture) -> None:
        body, known = all_opened(ADMIN_OPERATION)
        known.values["/data/actor"] = Held('"user:mallory"', known.values["/data/actor"].s)

        with caplog.at_level(logging.ERROR):
            said = event_of(body, known)

        assert said["data"]["actor"] == "[tampered]"
        assert "/data/actor" in caplog.text
        assert "mallory" not in caplog.text

    def test_takes_nothing_for_a_commitment_that_only_looks_like_one(self) -> None:
        looks_like_one = {"commitment": "00" * 32}
        event: Event = (ADMIN_OPERATION[0], ADMIN_OPERATION[1] | {"metadata": {"note": looks_like_one}})

        said = event_of(drafted(event).body, Opened())

        assert said["metadata"]["note"] == looks_like_one
        assert said["data"]["actor"] == "[erased]"

    def test_finds_its_way_into_lists_and_odd_keys(self) -> None:
        held = Held('"ada"', "00" * 16)
        there = {"commitment": held.commitment}
        body = json.dumps(
            {"data": {"a/b~": [1, {"c": there}, there]}, "personal": ["/data/a~1b~0/1/c", "/data/a~1b~0/2"]},
            separators=(",", ":"),
        ).encode()

        said = event_of(body, Opened({"/data/a~1b~0/1/c": held}))

        assert said == {"data": {"a/b~": [1, {"c": "ada"}, "[erased]"]}}


class TestCheckCommitments:
    def test_finds_nothing_where_all_is_well(self) -> None:
        assert check_commitments(*all_opened(ADMIN_OPERATION, address="198.51.100.9")) == ((), ())

    def test_names_what_is_absent_and_what_is_broken(self) -> None:
        body, known = all_opened(ADMIN_OPERATION)
        del known.values["/data/actor"]
        known.values["/data/ip_address"] = msgspec.structs.replace(known.values["/data/ip_address"], s="11" * 16)

        assert check_commitments(body, known) == (("/data/ip_address",), ("/data/actor",))
