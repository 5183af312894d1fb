import base64
import os
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import connections, transaction
from django.test.utils import CaptureQueriesContext

from instances.access.sealing import CannotOpen
from instances.journal import rows, vault
from instances.journal.draft import Draft
from instances.journal.models import JournalSecret, PersonalPart, SubjectKey
from instances.journal.opened import check_commitments, event_of
from instances.journal.router import ALIAS
from instances.journal.vault import blind, blind_of_subject, open_parts, seal_parts
from tests.evidence import ADMIN_OPERATION, EVENTS, FAILED_LOGIN, PERSONAL_OF_ADMIN_OPERATION, Event, drafted
from tests.journals import sqlite_journal

pytestmark = pytest.mark.usefixtures("journal")


def keep(*drafts: Draft, instance: str = "audit") -> None:
    """Keep the drafts' parts, as the journal does beside the entries."""
    parts = seal_parts(instance, drafts, using=ALIAS)
    PersonalPart.objects.bulk_create([PersonalPart(**part._asdict()) for part in parts])


def said_of(draft: Draft, instance: str = "audit") -> dict[str, Any]:
    """Return the entry with what is known of its personal values."""
    return event_of(draft.body, open_parts(instance, [draft.id], using=ALIAS)[draft.id])


def all_bytes() -> bytes:
    """Return everything that the vault's tables hold."""
    rows: list[Sequence[Any]] = [
        *PersonalPart.objects.values_list(),
        *SubjectKey.objects.values_list("blind", "wrapped"),
        *JournalSecret.objects.values_list(),
    ]
    return b"".join(
        bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode() for row in rows for value in row
    )


class TestRoundTrip:
    @pytest.mark.parametrize("event", EVENTS)
    def test_gives_the_event_back_as_it_was_published(self, event: Event) -> None:
        draft = drafted(event, address="198.51.100.9")

        keep(draft, instance=event[0])

        said = said_of(draft, event[0])
        assert (said["data"], said["metadata"]) == (event[1]["data"], event[1]["metadata"])
        assert said["publisher_address"] == "198.51.100.9"
        assert check_commitments(draft.body, open_parts(event[0], [draft.id], using=ALIAS)[draft.id]) == ((), ())

    def test_keeps_no_personal_value_in_the_clear(self) -> None:
        draft = drafted(ADMIN_OPERATION, address="198.51.100.9")

        keep(draft)

        kept = all_bytes() + draft.body
        for value in (*PERSONAL_OF_ADMIN_OPERATION, "198.51.100.9", "ada"):
            assert f'"{value}"'.encode() not in kept
            assert value == "ada" or value.encode() not in kept

    def test_knows_nothing_of_an_entry_that_has_no_part(self) -> None:
        unknown = uuid4()

        assert open_parts("audit", [unknown], using=ALIAS)[unknown].values == {}

    def test_reads_a_page_of_entries_in_one_query(self) -> None:
        drafts = [drafted(ADMIN_OPERATION, address="198.51.100.9") for _ in range(20)]
        keep(*drafts)

        with CaptureQueriesContext(connections[ALIAS]) as queries:
            opened = open_parts("audit", [draft.id for draft in drafts], using=ALIAS)

        assert len(queries) == 1
        assert all(len(each.values) == 6 for each in opened.values())

    @pytest.fixture
    def selects(self, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        """What is selected past Django's cursor, which captures nothing of it."""
        asked: list[str] = []
        select = rows.select

        def counted(connection: Any, table: str, *rest: Any) -> Any:
            asked.append(table)
            return select(connection, table, *rest)

        monkeypatch.setattr(vault, "select", counted)
        return asked

    def test_seals_a_group_in_as_many_queries_as_one_event(self, selects: list[str]) -> None:
        keep(drafted(ADMIN_OPERATION))

        def queries_for(count: int) -> int:
            drafts = [
                drafted(ADMIN_OPERATION, data=ADMIN_OPERATION[1]["data"] | {"actor": f"{count}-{n}"})
                for n in range(count)
            ]
            selects.clear()
            with CaptureQueriesContext(connections[ALIAS]) as queries:
                seal_parts("audit", drafts, using=ALIAS)
            return len(selects) + len([each for each in queries if not each["sql"].startswith(("BEGIN", "COMMIT"))])

        assert queries_for(1) == queries_for(50) == 3

    def test_seals_for_known_persons_in_one_query(self, selects: list[str]) -> None:
        keep(drafted(ADMIN_OPERATION))
        selects.clear()

        with CaptureQueriesContext(connections[ALIAS]) as queries:
            seal_parts("audit", [drafted(ADMIN_OPERATION) for _ in range(10)], using=ALIAS)

        assert len(queries) + len(selects) == 1

    def test_seals_nothing_without_a_query(self) -> None:
        draft = drafted(ADMIN_OPERATION)
        draft.parts = []

        with CaptureQueriesContext(connections[ALIAS]) as queries:
            assert seal_parts("audit", [draft], using=ALIAS) == []

        assert len(queries) == 0


class TestSubjects:
    def test_are_one_for_a_person_whoever_publishes(self) -> None:
        keep(drafted(ADMIN_OPERATION, publisher="orders"), drafted(ADMIN_OPERATION, publisher="billing"))
        keep(drafted(FAILED_LOGIN, data={"user_id": "ada"}), instance="security")

        [subject] = SubjectKey.objects.all()

        assert subject.parts.count() == 3
        assert bytes(subject.blind) == blind_of_subject("person:ada", using=ALIAS)

    def test_are_found_by_actor_and_origin(self) -> None:
        draft = drafted(ADMIN_OPERATION)
        keep(draft, drafted(ADMIN_OPERATION, data=ADMIN_OPERATION[1]["data"] | {"actor": "bob", "ip_address": "::1"}))

        for found in (
            PersonalPart.objects.filter(actor_blind=blind("actor", "ada", using=ALIAS)),
            PersonalPart.objects.filter(actor_blind=blind("actor", "user:ada", using=ALIAS)),
            PersonalPart.objects.filter(origin_blind=blind("origin", "203.0.113.7", using=ALIAS)),
        ):
            assert [part.entry_id for part in found] == [draft.id]

    def test_have_another_blind_as_actor_than_as_origin(self) -> None:
        assert blind("actor", "ada", using=ALIAS) != blind("origin", "ada", using=ALIAS)
        assert len(blind("actor", "ada", using=ALIAS)) == vault.BLIND_BYTES

    def test_of_a_transaction_that_is_rolled_back_are_made_again(self) -> None:
        draft = drafted(ADMIN_OPERATION)
        with transaction.atomic(using=ALIAS):
            seal_parts("audit", [draft], using=ALIAS)
            transaction.set_rollback(True, using=ALIAS)
        assert not SubjectKey.objects.exists()
        assert not JournalSecret.objects.exists()

        keep(draft)

        vault.forget_keys()
        assert said_of(draft)["data"] == ADMIN_OPERATION[1]["data"]
        assert blind("actor", "ada", using=ALIAS) == bytes(PersonalPart.objects.get().actor_blind or b"")

    def test_are_one_though_many_make_them_at_once(self) -> None:
        drafts = [drafted(ADMIN_OPERATION, address="198.51.100.9") for _ in range(8)]
        start = threading.Barrier(len(drafts))

        def publish(draft: Draft) -> None:
            start.wait(30)
            try:
                keep(draft)
            finally:
                connections[ALIAS].close()

        with ThreadPoolExecutor(len(drafts)) as threads:
            list(threads.map(publish, drafts, timeout=60))

        assert SubjectKey.objects.count() == 2
        assert {said_of(draft)["data"]["actor"] for draft in drafts} == {"user:ada"}


class TestErasing:
    """What a later rule or request does to a person, and what readers see then."""

    @pytest.mark.parametrize(
        "erase",
        [
            lambda: SubjectKey.objects.update(wrapped=""),
            lambda: PersonalPart.objects.update(sealed=None),
            lambda: PersonalPart.objects.all().delete(),
        ],
        ids=["key", "values", "rows"],
    )
    def test_leaves_the_entry_as_it_was(self, erase: Any) -> None:
        draft = drafted(ADMIN_OPERATION)
        keep(draft)
        assert said_of(draft)["data"]["actor"] == "user:ada"

        erase()

        said = said_of(draft)
        assert said["data"]["actor"] == said["metadata"]["session_id"] == "[erased]"
        assert said["data"]["action"] == "change"
        checked = check_commitments(draft.body, open_parts("audit", [draft.id], using=ALIAS)[draft.id])
        assert (checked.broken, len(checked.absent)) == ((), 5)

    def test_of_one_person_leaves_the_others(self) -> None:
        draft = drafted(ADMIN_OPERATION, address="198.51.100.9")
        keep(draft)

        SubjectKey.objects.filter(blind=blind_of_subject("person:ada", using=ALIAS)).update(wrapped="")

        said = said_of(draft)
        assert (said["data"]["actor"], said["publisher_address"]) == ("[erased]", "198.51.100.9")

    def test_does_not_come_back_with_what_is_published_later(self) -> None:
        before, after = drafted(ADMIN_OPERATION), drafted(ADMIN_OPERATION)
        keep(before)
        SubjectKey.objects.update(wrapped="")

        keep(after)

        assert said_of(before)["data"]["actor"] == "[erased]"
        assert said_of(after)["data"]["actor"] == "user:ada"
        assert SubjectKey.objects.count() == 1


class TestWhatIsWrong:
    def test_a_part_moved_to_another_entry_is_told(self) -> None:
        mine, other = drafted(ADMIN_OPERATION), drafted(ADMIN_OPERATION)
        keep(mine)
        PersonalPart.objects.update(entry_id=other.id)

        assert said_of(other)["data"]["actor"] == "[tampered]"

    def test_a_part_moved_to_another_instance_is_told(self) -> None:
        draft = drafted(ADMIN_OPERATION)
        keep(draft)
        PersonalPart.objects.update(instance="alerts")

        assert said_of(draft, "alerts")["data"]["actor"] == "[tampered]"

    @pytest.mark.parametrize("position", [vault.MARK_BYTES, vault.MARK_BYTES + 12, -1])
    def test_a_flipped_bit_is_told(self, position: int, caplog: pytest.LogCaptureFixture) -> None:
        draft = drafted(ADMIN_OPERATION)
        keep(draft)
        sealed = bytearray(PersonalPart.objects.get().sealed or b"")
        sealed[position] ^= 1
        PersonalPart.objects.update(sealed=bytes(sealed))

        assert said_of(draft)["data"]["actor"] == "[tampered]"
        assert str(draft.id) in caplog.text
        assert "ada" not in caplog.text.replace("metadata", "").replace(str(draft.id), "")

    def test_a_lost_key_is_no_erasure(self, settings: Any, caplog: pytest.LogCaptureFixture) -> None:
        draft = drafted(ADMIN_OPERATION)
        keep(draft)
        settings.SECRET_KEY = "another" * 10
        vault.forget_keys()

        assert said_of(draft)["data"]["actor"] == "[unreadable]"
        assert "GATERHUB_ENCRYPTION_KEYS_OLD" in caplog.text
        with pytest.raises(CannotOpen):
            seal_parts("audit", [draft], using=ALIAS)

    def test_a_given_back_key_is_enough(self, settings: Any) -> None:
        key = base64.b64encode(os.urandom(32)).decode()
        settings.GATERHUB_ENCRYPTION_KEY = key
        draft = drafted(ADMIN_OPERATION)
        keep(draft)
        settings.GATERHUB_ENCRYPTION_KEY = base64.b64encode(os.urandom(32)).decode()
        settings.GATERHUB_ENCRYPTION_KEYS_OLD = [key]
        vault.forget_keys()

        assert said_of(draft)["data"]["actor"] == "user:ada"

    def test_keys_of_another_database_are_not_taken_for_this_ones(self, request: pytest.FixtureRequest) -> None:
        template: Path = request.getfixturevalue("_sqlite_journal_template")
        here = blind("actor", "ada", using=ALIAS)

        with sqlite_journal(template, template.parent):
            there = blind("actor", "ada", using=ALIAS)

        assert there != here
        assert blind("actor", "ada", using=ALIAS) == here

    def test_keys_are_not_remembered_by_a_process_that_was_forked(self) -> None:
        keep(drafted(ADMIN_OPERATION))
        assert vault._opened_key.cache_info().currsize

        child = os.fork()
        if child == 0:
            os._exit(vault._opened_key.cache_info().currsize)

        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
