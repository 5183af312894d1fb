"""Questions about entries, on both databases: what is found, in which order, page by page, and by whom."""

import threading
import uuid
from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain
from typing import Any, ClassVar

import msgspec
import pytest
from django.db import OperationalError

from instances.access.rights import EVERYTHING, Granted, Rights, Verb
from instances.catalog import find
from instances.journal import criteria, numbering, query, readers, spans, walk
from instances.journal.models import entry_model
from instances.journal.query import find_entries, find_entry
from instances.retained import BadCursor, Page, Question
from instances.topics import Pattern
from tests.integration.journal.kept import NOON_MS, draft, keep, write

pytestmark = pytest.mark.usefixtures("journal")

ANALYST = Rights([Granted(Verb.QUERY, "audit", Pattern("audit_trail:*"))])
"""Reads no personal fields."""


def question(instance: str = "audit", *, topic: str = "*", **more: Any) -> Question:
    return Question(spec=find(instance), pattern=Pattern(topic), **more)


def events(page: Page) -> list[Any]:
    return [msgspec.json.decode(wire) for wire in page.wires]


def numbers(page: Page) -> list[int]:
    return [event["data"]["number"] for event in events(page)]


def ask(filters: dict[str, str] | None = None, *, limit: int = 100, after: str | None = None, **more: Any) -> Page:
    return find_entries(question(**more), filters or {}, after=after, limit=limit)


def pages(filters: dict[str, str] | None = None, *, limit: int, **more: Any) -> Iterator[list[int]]:
    after = None
    while True:
        page = ask(filters, limit=limit, after=after, **more)
        yield numbers(page)
        after = page.following
        if after is None:
            return


def plain(count: int, **more: Any) -> list[dict[str, Any]]:
    return [{"data": {"number": each}} | more for each in range(count)]


class TestPages:
    def test_give_entries_in_the_order_of_the_journal_each_with_its_index(self) -> None:
        keep("audit", *plain(3))

        page = ask()

        assert [(event["index"], event["offset"], event["stream"]) for event in events(page)] == [
            (0, 1, "audit.audit_trail"), (1, 2, "audit.audit_trail"), (2, 3, "audit.audit_trail"),
        ]  # fmt: skip
        assert page.following is None
        assert numbers(ask(order="desc")) == [2, 1, 0]

    def test_of_what_is_not_sealed_have_no_index(self) -> None:
        keep("alerts", {"topic": "system_alerts:critical", "data": {"number": 1}})

        [event] = events(ask(instance="alerts"))

        assert "index" not in event
        assert event["offset"] == 1

    def test_keep_to_the_order_of_the_journal_while_the_clock_is_set_back(self) -> None:
        keep("audit", *plain(3), at_ms=[NOON_MS, NOON_MS - 3_600_000, NOON_MS + 1])

        assert numbers(ask()) == [0, 1, 2]

    def test_do_not_have_what_waits_to_be_numbered(self) -> None:
        keep("audit", *plain(1))
        write("audit", draft("audit", data={"number": 1}))

        assert numbers(ask()) == [0]

    @pytest.mark.parametrize("order", ["asc", "desc"])
    def test_follow_each_other_without_hole_or_repetition(self, order: str) -> None:
        said = {"outcome": "failure", "actor": "ada"}
        keep("audit", *({"data": {"number": each} | said} for each in range(10)))

        for limit in (1, 3, 10, 11):
            for filters in ({}, {"outcome": "failure"}, {"actor": "ada"}, said):
                found = list(pages(filters, limit=limit, order=order))

                assert list(chain(*found)) == sorted(range(10), reverse=order == "desc")
                assert [len(page) for page in found[:-1]] == [limit] * (len(found) - 1)
                assert found[-1] != []

    def test_go_on_behind_a_cursor_while_entries_arrive(self) -> None:
        keep("audit", *plain(3))
        first = ask(limit=2)
        keep("audit", {"data": {"number": 3}})

        assert numbers(ask(after=first.following)) == [2, 3]

    def test_are_short_where_much_was_looked_at_and_go_on(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(walk, "BATCH", 2)
        monkeypatch.setattr(walk, "SCANNED_MAX", 4)
        keep("audit", *({"topic": f"audit_trail:{each % 5}:x", "data": {"number": each}} for each in range(11)))

        found = list(pages(limit=10, topic="*:0:x"))

        assert found == [[0], [5], [10]]

    def test_take_no_made_up_cursor(self) -> None:
        for after in ("x", "AAAA", "AAAAAAAAAAAAAAAA", "é", "=" * 16, ""):
            with pytest.raises(BadCursor):
                ask(after=after)

    def test_take_no_cursor_of_another_question(self) -> None:
        keep("audit", *plain(3))
        cursor = ask(limit=1).following
        assert cursor is not None

        with pytest.raises(BadCursor):
            ask({"outcome": "success"}, after=cursor)
        for other in ({"order": "desc"}, {"topic": "audit_trail:*"}, {"instance": "security"}, {"from_ms": 1}):
            with pytest.raises(BadCursor):
                ask(after=cursor, **other)


class TestFilters:
    @pytest.fixture(autouse=True)
    def _kept(self, journal: str) -> None:
        keep(
            "audit",
            {"data": {"number": 0, "action": "read", "resource": "report:7", "outcome": "success"}},
            {
                "data": {"number": 1, "action": "read", "resource": "report:8", "outcome": "failure"},
                "metadata": {"correlation_id": "c-1"},
            },
            {"data": {"number": 2, "actor": "user:ada", "ip_address": "203.0.113.7"}, "event_type": "opened"},
            {"data": {"number": 3, "actor": "bob", "resource": "report:7"}, "topic": "compliance_events:gdpr"},
        )

    def test_find_exactly_what_has_the_value(self) -> None:
        for filters, found in (
            ({"action": "read"}, [0, 1]),
            ({"action": "opened"}, [2]),
            ({"resource": "report:7"}, [0, 3]),
            ({"outcome": "failure"}, [1]),
            ({"outcome": "unknown"}, [2, 3]),
            ({"correlation_id": "c-1"}, [1]),
            ({"actor": "ada"}, [2]),
            ({"actor": "user:ada"}, [2]),
            ({"actor": "Ada"}, []),
            ({"origin": "203.0.113.7"}, [2]),
            ({"action": "read", "outcome": "failure"}, [1]),
            ({"action": "read", "resource": "report:7", "outcome": "failure"}, []),
            ({"actor": "bob", "resource": "report:7"}, [3]),
        ):
            assert numbers(ask(filters)) == found, filters
            assert numbers(ask(filters, order="desc")) == found[::-1], filters

    def test_keep_to_a_type_and_a_topic(self) -> None:
        assert numbers(ask(event_type="opened")) == [2]
        assert numbers(ask({"resource": "report:7"}, topic="compliance_events:gdpr")) == [3]
        assert numbers(ask({"resource": "report:7"}, topic="audit_trail:*")) == [0]


class TestPersonalFilters:
    EVENT: ClassVar = {
        "topic": "audit_trail:data_access",
        "event_type": "evidence_read",
        "data": {"actor": "user:ada", "journal": "audit"},
        "metadata": {"ip_address": "203.0.113.7"},
    }

    def test_find_what_is_held_apart(self) -> None:
        keep("audit", *plain(2), self.EVENT, *plain(2), self.EVENT)
        assert entry_model("audit").objects.filter(actor=None, origin=None).count() == 2

        for filters in ({"actor": "ada"}, {"actor": "user:ada"}, {"origin": "203.0.113.7"}):
            assert [event["index"] for event in events(ask(filters))] == [2, 5]
            assert [event["index"] for event in events(ask(filters, order="desc", limit=1))] == [5]
            assert [event["index"] for event in events(ask(filters | {"resource": "audit"}))] == [2, 5]
            # Whichever of them leads: of equals it is the first.
            assert [event["index"] for event in events(ask({"resource": "audit"} | filters))] == [2, 5]
            assert [event["index"] for event in events(ask(filters | {"resource": "security"}))] == []

    def test_find_it_together_with_what_is_not(self) -> None:
        open_too = {"data": {"actor": "ada", "number": 0}}
        keep("audit", open_too, self.EVENT, open_too, self.EVENT, {"data": {"actor": "eve"}})

        first = ask({"actor": "ada"}, limit=3)
        rest = ask({"actor": "ada"}, after=first.following)

        assert [event["index"] for event in events(first) + events(rest)] == [0, 1, 2, 3]

    def test_of_one_instance_find_nothing_of_another(self) -> None:
        keep("audit", self.EVENT)
        keep("security", {"topic": "security_events:x", "data": {"number": 0}})

        assert numbers(ask({"actor": "ada"}, instance="security")) == []

    @pytest.mark.parametrize("name", ["actor", "origin"])
    def test_are_refused_without_the_right_to_personal_fields(self, name: str) -> None:
        with pytest.raises(query.PersonalFilter) as refused:
            ask({name: "ada"}, personal=False)

        assert refused.value.status == 403
        assert f"`{name}` searches personal fields" in refused.value.message

    def test_show_values_only_to_who_may_read_them(self) -> None:
        keep("audit", self.EVENT)

        [read] = events(ask())
        [hidden] = events(ask(personal=False))

        assert read["data"] == self.EVENT["data"]
        assert read["metadata"] == self.EVENT["metadata"]
        assert hidden["data"] == {"actor": "[redacted]", "journal": "audit"}
        assert hidden["metadata"] == {"ip_address": "[redacted]"}


class TestPatterns:
    TOPICS = (
        "audit_trail",
        "audit_trail:a",
        "audit_trail:a:b",
        "audit_trail:ab:b",
        "audit_trail:A:b",
        "compliance_events:a",
        "other:a",
        "other:a:b",
        "others:a",
    )

    PATTERNS = (
        "*", "audit_trail", "audit_trail:*", "audit_trail:a", "audit_trail:a:*", "audit_trail:*:b", "*:a", "*:*:b",
        "compliance_events:*", "other:*", "other:a:*", "oth:*", "nothing:*", "*:*", "audit_trail:a:*:c",
    )  # fmt: skip

    # Whether what begins alike is few enough to be collected, or the way leads along its stream.
    @pytest.mark.parametrize("collected_max", [0, 10_000])
    def test_find_what_they_match(self, monkeypatch: pytest.MonkeyPatch, collected_max: int) -> None:
        monkeypatch.setattr(criteria, "COLLECTED_MAX", collected_max)
        keep("audit", *({"topic": topic, "data": {"number": each}} for each, topic in enumerate(self.TOPICS)))

        for text in self.PATTERNS:
            meant = [each for each, topic in enumerate(self.TOPICS) if Pattern(text).matches(topic)]

            assert numbers(ask(topic=text)) == meant, text
            assert numbers(ask(topic=text, order="desc")) == meant[::-1], text
            assert list(chain(*pages(topic=text, limit=1))) == meant, text


class TestTimes:
    TIMES = (0, 10, 20, 5, 15, 30, 40, 1, 50, 60, 70)
    """Seconds; the clock was set back once, and one entry came late."""

    @pytest.mark.parametrize("span_entries", [2, 1_024])
    def test_find_what_was_taken_then_in_the_order_of_the_journal(
        self, monkeypatch: pytest.MonkeyPatch, span_entries: int
    ) -> None:
        for module in (spans, numbering):
            monkeypatch.setattr(module, "SPAN_ENTRIES", span_entries)
        keep("audit", *plain(len(self.TIMES)), at_ms=[NOON_MS + time * 1_000 for time in self.TIMES])

        for begin, end in ((None, 15), (10, None), (5, 41), (1, 2), (60, 60), (71, None), (None, None)):
            from_ms = None if begin is None else NOON_MS + begin * 1_000
            to_ms = None if end is None else NOON_MS + end * 1_000
            meant = [
                each
                for each, time in enumerate(self.TIMES)
                if (begin is None or time >= begin) and (end is None or time < end)
            ]

            for order in ("asc", "desc"):
                given = list(chain(*pages(limit=2, from_ms=from_ms, to_ms=to_ms, order=order)))
                assert given == sorted(meant, reverse=order == "desc"), (begin, end, order)

    def test_go_with_filters(self) -> None:
        keep("audit", *({"data": {"number": each, "outcome": "ab"[each % 2]}} for each in range(10)))

        found = ask({"outcome": "b"}, from_ms=NOON_MS + 2_000, to_ms=NOON_MS + 7_001)

        assert numbers(found) == [3, 5, 7]

    def test_that_would_need_many_stretches_are_asked_for_in_several_pages(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for module in (spans, numbering):
            monkeypatch.setattr(module, "SPAN_ENTRIES", 1)
        monkeypatch.setattr(walk, "RUNS_MAX", 2)
        keep("audit", *plain(12), at_ms=[NOON_MS + each % 2 * 10_000 for each in range(12)])

        for order in ("asc", "desc"):
            found = list(pages(limit=100, from_ms=NOON_MS + 1, order=order))

            assert [len(page) for page in found] == [2, 2, 2, 0]
            assert sorted(chain(*found)) == [1, 3, 5, 7, 9, 11]


class TestOneEntry:
    def test_is_found_by_its_id(self) -> None:
        id = str(uuid.uuid4())
        keep("audit", {"data": {"number": 0}}, {"id": id, "data": {"number": 1}})

        wire = find_entry(find("audit"), id, EVERYTHING)

        assert wire is not None
        assert wire == ask().wires[1]

    def test_that_waits_to_be_numbered_has_no_position_yet(self) -> None:
        id = str(uuid.uuid4())
        write("audit", draft("audit", id=id, data={"number": 1}))

        wire = find_entry(find("audit"), id, EVERYTHING)

        assert wire is not None
        event = msgspec.json.decode(wire)
        assert (event["offset"], event["epoch"], "index" in event) == (None, None, False)

    def test_that_is_not_there_or_not_granted_is_not_found(self) -> None:
        id = str(uuid.uuid4())
        keep("audit", {"id": id, "topic": "compliance_events:gdpr"})

        assert find_entry(find("audit"), str(uuid.uuid4()), EVERYTHING) is None
        assert find_entry(find("audit"), id, ANALYST) is None
        assert find_entry(find("security"), id, EVERYTHING) is None
        assert find_entry(find("audit"), id, EVERYTHING) is not None

    def test_hides_what_is_personal(self) -> None:
        id = str(uuid.uuid4())
        keep("audit", {"id": id, **TestPersonalFilters.EVENT})

        wire = find_entry(find("audit"), id, ANALYST)

        assert wire is not None
        assert msgspec.json.decode(wire)["data"]["actor"] == "[redacted]"


class TestUnavailable:
    @pytest.mark.parametrize(
        "read", [ask, lambda: find_entry(find("audit"), str(uuid.uuid4()), EVERYTHING)], ids=["page", "one"]
    )
    def test_is_said_where_the_database_is_out(
        self, monkeypatch: pytest.MonkeyPatch, read: Callable[[], object], caplog: pytest.LogCaptureFixture
    ) -> None:
        def out(*said: object) -> None:
            raise OperationalError("connection refused while asking for ada")

        monkeypatch.setattr(query, "entry_model", out)

        with pytest.raises(query.Unavailable) as refused:
            read()

        assert (refused.value.code, refused.value.retry) == ("unavailable", True)
        assert "can't be read" in caplog.text
        assert "ada" not in caplog.text

    def test_is_said_where_the_database_hangs(self, monkeypatch: pytest.MonkeyPatch) -> None:
        awake = threading.Event()
        monkeypatch.setattr(query, "_head", lambda spec: awake.wait(60))
        monkeypatch.setattr(query, "ask", partial(readers.ask, timeout_seconds=0.05))

        with pytest.raises(query.Unavailable):
            ask()

        awake.set()
        monkeypatch.undo()
        assert numbers(ask()) == []
