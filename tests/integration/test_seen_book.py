"""Who saw what, in the database: written, extended, kept while that is out, and what is given up is told."""

import dataclasses

import pytest
from django.db import OperationalError

from consumers.models import SeenAck, SeenBy, SeenPeriod, Sighting
from consumers.seen.answer import who_saw
from consumers.seen.book import SeenBook
from consumers.seen.cost import cost_of
from consumers.seen.recorded import Unrecorded, recorded
from consumers.seen.rows import Row, Subscriber, moment
from consumers.seen.writing import bytes_of
from tests.integration.bookkeeping import database_out
from tests.integration.seeing import ALL_OF_IT, MS, OLGA, by, period, place, said, stretch

pytestmark = pytest.mark.django_db(transaction=True)


def noted(*rows: Row, waiting_max: int = 1_000) -> SeenBook:
    book = SeenBook(waiting_max=waiting_max)
    for row in rows:
        book.note(row)
    return book


class TestTheBook:
    def test_writes_who_it_was_once_for_all_stretches(self) -> None:
        olga = by()
        noted(stretch(1, 4, olga), stretch(9, 9, olga)).flush()

        row = SeenBy.objects.get()
        assert (row.connection, row.principal_kind, row.principal_id, row.principal) == ("c_1", "user", 7, "olga")
        assert (row.process, row.address, row.agent) == ("web-1-7", "192.0.2.7", "tail")
        assert row.follows == [["audit_trail:*", None, True]]
        written = Sighting.objects.order_by("first").values_list("by", "first", "last", "first_at", "last_at")
        assert list(written) == [
            (row.pk, 1, 4, moment(MS + 1), moment(MS + 4)),
            (row.pk, 9, 9, moment(MS + 9), moment(MS + 9)),
        ]

    def test_extends_what_has_grown_since(self) -> None:
        growing, word = stretch(1, 4), said(0, 4, 4)
        book = noted(growing, word)
        book.flush()
        for row in (growing, word):
            assert not row.waiting
            row.last, row.last_ms = 7, MS + 7
            book.note(row)

        book.flush()

        assert Sighting.objects.values_list("first", "last", "last_at").get() == (1, 7, moment(MS + 7))
        assert SeenAck.objects.values_list("first", "last", "last_at").get() == (4, 7, moment(MS + 7))

    def test_loses_nothing_while_the_database_is_out(self) -> None:
        growing = stretch(1, 4)
        book = noted(growing, period("on", 0, 0))
        with database_out(), pytest.raises(OperationalError):
            book.flush()
        growing.last, growing.last_ms = 8, MS + 8
        assert growing.waiting
        book.note(stretch(20, 21))
        with database_out(), pytest.raises(OperationalError):
            book.flush()

        book.flush()
        book.flush()

        assert list(Sighting.objects.order_by("first").values_list("first", "last")) == [(1, 8), (20, 21)]
        assert SeenPeriod.objects.count() == 1

    def test_tells_what_it_had_to_give_up(self) -> None:
        book = noted(period("on", 0, 0), waiting_max=2)
        with database_out(), pytest.raises(OperationalError):
            book.flush()
        for offset in (10, 20, 30):
            book.note(stretch(offset, offset + 5))

        book.flush()
        book.flush()

        assert list(Sighting.objects.values_list("first", flat=True)) == [10]
        [given_up] = SeenPeriod.objects.filter(kind="given_up")
        assert (given_up.rows, given_up.began_at, given_up.last_at) == (2, moment(MS + 20), moment(MS + 35))
        known = recorded("audit", MS + 15)
        assert known.recorded
        assert known.unrecorded == (Unrecorded(MS + 20, MS + 35, "given up"),)

    def test_writes_again_what_was_given_up_once_it_grows(self) -> None:
        growing = stretch(10, 12)
        book = noted(stretch(1, 2), stretch(3, 4), growing, waiting_max=2)
        book.flush()
        growing.last = 13
        book.note(growing)

        book.flush()

        assert list(Sighting.objects.order_by("first").values_list("first", "last")) == [(1, 2), (3, 4), (10, 13)]

    def test_lets_go_of_a_row_that_no_database_takes(self) -> None:
        book = noted(stretch(1, 2), stretch(4, 3), stretch(5, 6))

        book.flush()
        book.flush()

        assert list(Sighting.objects.order_by("first").values_list("first", flat=True)) == [1, 5]
        assert SeenPeriod.objects.get(kind="given_up").rows == 1

    def test_counts_what_that_costs(self) -> None:
        olga = by()
        growing = stretch(1, 2, olga)
        book = noted(growing, said(0, 1, 2))
        book.flush()
        book.note(growing)
        book.flush()

        cost = cost_of("audit")

        assert (cost.day_rows, cost.day_updates, cost.kept_rows) == (3, 1, 3)
        assert cost.kept_bytes == cost.day_bytes == bytes_of(olga) + bytes_of(growing) + bytes_of(said(0, 1, 2))
        assert cost_of("security").kept_rows == 0


class TestWhoSaw:
    def test_are_those_in_whose_stretches_it_lies(self) -> None:
        noted(stretch(1, 4), stretch(5, 9), stretch(10, 12)).flush()

        page = who_saw(place(9))

        [seen] = page.rows
        assert (seen.connection, seen.principal, seen.address) == ("c_1", "olga", "192.0.2.7")
        assert (seen.delivered.from_ms, seen.delivered.to_ms) == (MS + 5, MS + 9)
        assert (seen.acknowledged, seen.durable, seen.replayed, seen.personal) == (None, None, False, True)
        assert page.following is None
        assert who_saw(place(13)).rows == []

    def test_are_none_who_followed_something_else(self) -> None:
        other = ALL_OF_IT._replace(pattern="audit_trail:admin_operations")
        noted(stretch(1, 9, by(other)), stretch(1, 9, by(other, ALL_OF_IT))).flush()

        assert len(who_saw(place(5)).rows) == 1
        assert len(who_saw(place(5, topic="audit_trail:admin_operations")).rows) == 2
        assert who_saw(place(5, topic="compliance_events:gdpr")).rows == []

    def test_had_it_no_earlier_than_the_hub(self) -> None:
        noted(stretch(1, 900)).flush()

        [seen] = who_saw(place(500, received=480)).rows

        assert (seen.delivered.from_ms, seen.delivered.to_ms) == (MS + 480, MS + 900)

    def test_come_page_by_page_whoever_lies_between(self) -> None:
        other = ALL_OF_IT._replace(pattern="compliance_events:*")
        for number in range(7):
            noted(stretch(1, 9, by(other)), stretch(1, 9, by(subscriber=named(f"c_{number}")))).flush()

        found, after = [], None
        while True:
            page = who_saw(place(5), after=after, limit=3)
            found.append([row.connection for row in page.rows])
            after = page.following
            if after is None:
                break

        assert [len(names) for names in found] == [3, 3, 1]
        assert sorted(name for names in found for name in names) == [f"c_{number}" for number in range(7)]

    def test_have_acknowledged_it_with_what_they_said_of_it_or_later_ones(self) -> None:
        noted(stretch(1, 20), said(0, 5, 9), said(9, 15, 15)).flush()

        def when(offset: int) -> tuple[int, int] | None:
            [seen] = who_saw(place(offset)).rows
            return None if seen.acknowledged is None else (seen.acknowledged.from_ms, seen.acknowledged.to_ms)

        assert when(4) == when(5) == (MS + 1_005, MS + 1_005)
        assert when(6) == when(9) == (MS + 1_005, MS + 1_009)
        assert when(10) == when(15) == (MS + 1_015, MS + 1_015)
        assert when(16) is None

    def test_have_not_acknowledged_what_others_have_or_what_was_said_of_other_topics(self) -> None:
        noted(
            stretch(1, 20),
            stretch(1, 20, by(subscriber=named("c_2"))),
            said(0, 20, 20, subscriber=named("c_2")),
            said(0, 20, 20, pattern="audit_trail:admin_operations"),
            said(6, 20, 20),
        ).flush()

        acknowledged = {seen.connection: seen.acknowledged is not None for seen in who_saw(place(5)).rows}

        assert acknowledged == {"c_1": False, "c_2": True}

    def test_may_acknowledge_from_another_connection_under_their_durable_name(self) -> None:
        mine = by(ALL_OF_IT._replace(durable="siem"))
        noted(stretch(1, 20, mine), said(3, 20, 20, subscriber=named("c_2"), durable="siem")).flush()

        [seen] = who_saw(place(5)).rows

        assert seen.durable == "siem"
        assert seen.acknowledged is not None

    def test_of_a_restored_journal_are_those_of_the_epoch_before_too(self) -> None:
        noted(stretch(1, 20)).flush()

        assert len(who_saw(place(5, epoch="k4aa", received=3)).rows) == 1
        assert who_saw(place(5, epoch="k4aa", received=500)).rows == []


class TestRecorded:
    def test_is_nothing_before_it_began(self) -> None:
        noted(period("on", 1_000, 9_000)).flush()

        before, after = recorded("audit", MS + 999), recorded("audit", MS + 1_000)

        assert (before.recorded, before.since_ms) == (False, None)
        assert before.unrecorded == (Unrecorded(None, MS + 1_000, "not yet"),)
        assert (after.recorded, after.since_ms, after.unrecorded) == (True, MS + 1_000, ())

    def test_is_nothing_where_no_process_ever_did(self) -> None:
        known = recorded("audit", MS)

        assert (known.recorded, known.unrecorded) == (False, (Unrecorded(None, None, "not yet"),))

    def test_is_nothing_while_it_was_switched_off_in_any_process(self) -> None:
        noted(
            period("on", 0, 100_000),
            period("off", 100_000, 200_000),
            period("off", 101_000, 203_000, process="web-1-8"),
            period("on", 200_000, 300_000),
            period("on", 203_000, 300_000, process="web-1-8"),
        ).flush()

        during, earlier, later = (recorded("audit", MS + at) for at in (150_000, 50_000, 203_000))

        off = Unrecorded(MS + 100_000, MS + 203_000, "switched off")
        assert (during.recorded, during.since_ms, during.unrecorded) == (False, None, (off,))
        assert (earlier.recorded, earlier.since_ms, earlier.unrecorded) == (True, MS, (off,))
        assert (later.recorded, later.since_ms, later.unrecorded) == (True, MS + 203_000, ())

    def test_may_be_nothing_for_a_while_after_a_process_was_last_heard_of(self) -> None:
        noted(period("on", 0, 100_000), period("off", 100_000, 200_000)).flush()

        assert not recorded("audit", MS + 209_999).recorded
        assert recorded("audit", MS + 210_000).recorded


def named(connection: str) -> Subscriber:
    return dataclasses.replace(OLGA, connection=connection)
