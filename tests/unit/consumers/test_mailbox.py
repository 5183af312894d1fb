import json
from collections import Counter
from typing import Any

import pytest

from consumers.mailbox import RELIEVED_TO, Mailbox
from consumers.messages import MESSAGE_MAX_BYTES, Control, Gap, Item, Run, joined
from instances.spec import DEBUG, EVIDENCE, FIREHOSE, PAGE, RECORD, STATE, DeliveryClass
from tests.unit.consumers.making import EPOCH, event, run

EACH_BYTES = run(event(1)).size
MAX_BYTES = int(24.4 * EACH_BYTES)
"""Of the tests' mailboxes: 24 events fit, and 18 into three quarters of it."""


def drained(mailbox: Mailbox) -> list[Item]:
    items: list[Item] = []
    while mailbox:
        items += mailbox.take()
    return items


def told(items: list[Item]) -> list[int | str]:
    """Return offsets of events, and the gaps as "first-last"."""
    said: list[int | str] = []
    for item in items:
        if isinstance(item, Run):
            said += [each.offset for each in item.events]
        elif isinstance(item, Gap):
            said.append(f"{item.first}-{item.last}")
    return said


def offsets(items: list[Item], *, stream: str) -> list[int]:
    return [each.offset for item in items if isinstance(item, Run) for each in item.events if each.stream == stream]


def gap(first: int, last: int | None, *, stream: str = "s", reason: str = "lost", lost: int | None = None) -> Gap:
    return Gap(
        stream=stream, epoch=EPOCH, first=first, last=last, following=f"{EPOCH}:{last}", lost=lost, reason=reason
    )


def filled(delivery: DeliveryClass, *, count: int, stream: str = "s", **of_events: Any) -> Mailbox:
    """Return a mailbox with so many events, of which 24 fit."""
    mailbox = Mailbox(MAX_BYTES)
    for offset in range(1, count + 1):
        assert mailbox.put(run(event(offset, stream=stream, delivery=delivery, **of_events)))
    return mailbox


class TestMailbox:
    def test_gives_what_was_put_in_order(self) -> None:
        mailbox = filled(RECORD, count=5)
        empty = Mailbox()

        assert told(mailbox.take()) == [1, 2, 3, 4, 5]
        assert (mailbox.size, bool(mailbox), empty.take()) == (0, False, [])

    def test_gives_the_urgent_first(self) -> None:
        mailbox = filled(RECORD, count=2)
        mailbox.put(run(event(9, stream="alerts", delivery=PAGE)), urgent=True)

        assert told(mailbox.take()) == [9]
        assert told(mailbox.take()) == [1, 2]

    def test_gives_at_most_a_message_at_a_time(self) -> None:
        mailbox = Mailbox()
        for offset in range(1, 9):
            mailbox.put(run(event(offset, size=65_536)))

        messages = []
        while mailbox:
            messages.append(joined(mailbox.take()))

        assert [len(message.payload.split(b"\n")) for message in messages] == [3, 3, 2]
        assert all(len(message.payload) <= MESSAGE_MAX_BYTES for message in messages)

    def test_fills_a_message_to_the_last_byte(self) -> None:
        mailbox = Mailbox()
        fits = 400 + MESSAGE_MAX_BYTES // 2 - EACH_BYTES - 1
        for offset, size in [(1, fits), (2, fits), (3, fits), (4, fits + 1)]:
            mailbox.put(run(event(offset, size=size)))

        assert [told(mailbox.take()) for _ in range(3)] == [[1, 2], [3], [4]]

    def test_is_empty_once_cleared(self) -> None:
        mailbox = filled(RECORD, count=2)
        mailbox.put(Control({}), urgent=True)
        mailbox.clear()

        assert (bool(mailbox), mailbox.size) == (False, 0)


class TestFullMailbox:
    @pytest.mark.parametrize("delivery", [EVIDENCE, PAGE, RECORD], ids=lambda delivery: delivery.name)
    def test_asks_for_a_close_where_nothing_may_be_dropped(self, delivery: DeliveryClass) -> None:
        mailbox = filled(delivery, count=24)

        assert mailbox.put(run(event(25, delivery=delivery)), urgent=delivery.urgent) is False
        assert mailbox.dropped == 0

    def test_of_state_keeps_the_newest_of_each_topic_and_type(self) -> None:
        mailbox = Mailbox(MAX_BYTES)
        for offset in range(1, 26):
            assert mailbox.put(run(event(offset, delivery=STATE, topic=f"t:{offset % 3}")))

        assert told(drained(mailbox)) == [23, 24, 25]
        assert (mailbox.conflated, mailbox.dropped) == (22, 0)

    def test_of_state_keeps_events_of_other_types_apart(self) -> None:
        mailbox = Mailbox(MAX_BYTES)
        for offset in range(1, 26):
            mailbox.put(run(event(offset, delivery=STATE, event_type=f"type_{offset % 2}")))

        assert told(drained(mailbox)) == [24, 25]

    def test_of_state_drops_the_oldest_and_tells_a_gap_where_conflating_is_not_enough(self) -> None:
        mailbox = Mailbox(MAX_BYTES)
        for offset in range(1, 26):
            assert mailbox.put(run(event(offset, delivery=STATE, topic=f"t:{offset}")))

        assert told(drained(mailbox)) == ["1-7", *range(8, 26)]
        assert (mailbox.conflated, mailbox.dropped) == (0, 7)

    def test_of_firehose_drops_the_oldest_and_tells_a_gap(self) -> None:
        mailbox = filled(FIREHOSE, count=25)

        items = drained(mailbox)

        assert told(items) == ["1-7", *range(8, 26)]
        (missed,) = [item for item in items if isinstance(item, Gap)]
        assert json.loads(missed.message.payload) == {
            "gap": {
                "stream": "s",
                "epoch": EPOCH,
                "from": 1,
                "to": 7,
                "next": f"{EPOCH}:7",
                "lost": 7,
                "reason": "slow",
            }
        }

    def test_of_firehose_drops_lower_severities_first(self) -> None:
        mailbox = Mailbox(MAX_BYTES)
        for offset in range(1, 26):
            mailbox.put(run(event(offset, severity=6 if offset % 2 else 1)))

        kept = [offset for offset in told(drained(mailbox)) if isinstance(offset, int)]
        assert [offset for offset in kept if offset % 2] == list(range(1, 26, 2))
        assert [offset for offset in kept if offset % 2 == 0] == [16, 18, 20, 22, 24]

    def test_of_debug_drops_the_newest_and_tells_a_gap(self) -> None:
        mailbox = filled(DEBUG, count=25)

        assert told(drained(mailbox)) == [*range(1, 19), "19-25"]

    def test_gives_up_debug_then_firehose_then_state(self) -> None:
        def after(count: int) -> Counter[str]:
            mailbox = Mailbox(MAX_BYTES)
            for delivery in (STATE, FIREHOSE, DEBUG):
                for offset in range(1, 6):
                    one = event(offset, stream=delivery.name, delivery=delivery, topic=f"t:{offset}")
                    mailbox.put(run(one))
            for offset in range(1, count + 1):
                assert mailbox.put(run(event(offset, stream="record", delivery=RECORD)))
            items = drained(mailbox)
            return Counter(each.stream for item in items if isinstance(item, Run) for each in item.events)

        assert after(9) == {"state": 5, "firehose": 5, "debug": 5, "record": 9}
        assert after(10) == {"state": 5, "firehose": 3, "record": 10}
        assert after(20)["state"] < 5
        for count in range(9, 21):
            left = after(count)
            assert left["record"] == count
            assert left["firehose"] == 5 or not left["debug"]
            assert left["state"] == 5 or not left["firehose"]

    def test_asks_for_a_close_only_once_the_others_gave_up_all(self) -> None:
        mailbox = filled(FIREHOSE, count=10, stream="metrics.performance_metrics")
        taken = 0
        while mailbox.put(run(event(taken + 1, stream="events.all", delivery=RECORD))):
            taken += 1

        items = drained(mailbox)
        assert offsets(items, stream="metrics.performance_metrics") == []
        assert offsets(items, stream="events.all") == list(range(1, taken + 2))
        assert taken >= 22

    def test_is_relieved_to_three_quarters(self) -> None:
        mailbox = filled(FIREHOSE, count=25)

        assert MAX_BYTES * RELIEVED_TO - EACH_BYTES <= mailbox.size <= MAX_BYTES * RELIEVED_TO + 200

    def test_keeps_urgent_events_whatever_is_dropped(self) -> None:
        mailbox = filled(FIREHOSE, count=23)
        for offset in range(1, 5):
            assert mailbox.put(run(event(offset, stream="alerts", delivery=PAGE)), urgent=True)

        assert offsets(mailbox.urgent, stream="alerts") == [1, 2, 3, 4]

    def test_leaves_the_runs_alone_that_lose_nothing(self) -> None:
        mailbox = Mailbox(MAX_BYTES)
        runs = [run(*(event(offset) for offset in range(first, first + 5))) for first in range(1, 26, 5)]

        for each in runs:
            mailbox.put(each)

        items = drained(mailbox)
        assert told(items[:1]) == ["1-10"]
        assert items[1:] == runs[2:]

    def test_gives_up_the_newest_events_in_whole_runs_too(self) -> None:
        mailbox = Mailbox(MAX_BYTES)
        runs = [
            run(*(event(offset, delivery=DEBUG) for offset in range(first, first + 5))) for first in range(1, 26, 5)
        ]

        for each in runs:
            mailbox.put(each)

        items = drained(mailbox)
        assert items[:3] == runs[:3]
        assert told(items[3:]) == ["16-25"]

    def test_cuts_a_run_that_is_more_than_may_go(self) -> None:
        mailbox = Mailbox(MAX_BYTES)
        mailbox.put(run(*(event(offset) for offset in range(1, 21))))
        mailbox.put(run(*(event(offset) for offset in range(21, 26))))

        assert told(drained(mailbox)) == ["1-7", *range(8, 26)]

    def test_shares_what_is_left_of_a_run_with_the_next_that_is_full_of_it(self) -> None:
        runs = [
            run(*(event(offset, severity=offset % 3) for offset in range(first, first + 5))) for first in (1, 6, 11, 16)
        ]
        last = run(*(event(offset, severity=2) for offset in range(21, 26)))
        mailboxes = [Mailbox(MAX_BYTES), Mailbox(MAX_BYTES)]

        for mailbox in mailboxes:
            for each in (*runs, last):
                mailbox.put(each)

        left, again = ([item for item in mailbox.normal if isinstance(item, Run)] for mailbox in mailboxes)
        assert left == again
        assert len(left) > 2

    def test_remembers_when_the_events_came_that_are_left_of_a_run(self) -> None:
        mailbox = Mailbox(MAX_BYTES)
        early = Run([event(offset, severity=offset % 2) for offset in range(1, 21)], at=5.0)
        mailbox.put(early)
        mailbox.put(run(*(event(offset) for offset in range(21, 26))))

        assert {item.at for item in mailbox.normal if isinstance(item, Run) and item.events[0].offset < 21} == {5.0}

    def test_drops_single_events_out_of_a_run(self) -> None:
        mailbox = Mailbox(MAX_BYTES)
        mailbox.put(run(*(event(offset, severity=1 if offset in {4, 5} else 6) for offset in range(1, 21))))
        mailbox.put(run(*(event(offset, severity=1) for offset in range(21, 26))))

        assert told(drained(mailbox)) == [1, 2, 3, "4-5", *range(6, 21), "21-25"]


class TestGaps:
    def test_of_events_dropped_at_different_times_become_one(self) -> None:
        mailbox = filled(FIREHOSE, count=200)

        said = told(drained(mailbox))
        first = 200 - len(said) + 2
        assert said == [f"1-{first - 1}", *range(first, 201)]

    def test_of_another_reason_are_told_apart(self) -> None:
        mailbox = Mailbox(MAX_BYTES)
        mailbox.put(gap(1, 4, reason="lost"))
        for offset in range(5, 30):
            mailbox.put(run(event(offset)))

        assert told(drained(mailbox))[:2] == ["1-4", "5-11"]

    def test_stay_before_the_events_that_follow_them(self) -> None:
        mailbox = Mailbox(MAX_BYTES)
        for offset in range(1, 25):
            mailbox.put(run(event(offset)))
        mailbox.put(gap(25, 30))
        mailbox.put(run(event(31)))

        said = told(drained(mailbox))
        assert said[-2:] == ["25-30", 31]
        assert said[0] == "1-7"

    def test_are_closed_by_a_control_frame_that_may_tell_positions(self) -> None:
        mailbox = Mailbox(MAX_BYTES)
        for offset in range(1, 5):
            mailbox.put(run(event(offset)))
        mailbox.put(Control({"positions": {"s": f"{EPOCH}:4"}}))
        for offset in range(5, 26):
            mailbox.put(run(event(offset)))

        items = drained(mailbox)
        assert told(items)[:2] == ["1-4", "5-7"]
        assert [type(item) for item in items[:3]] == [Gap, Control, Gap]

    def test_of_one_stream_leave_another_alone(self) -> None:
        mailbox = Mailbox(MAX_BYTES)
        for offset in range(1, 14):
            mailbox.put(run(event(offset, stream="one")))
            mailbox.put(run(event(offset, stream="other", severity=6)))

        items = drained(mailbox)
        assert [item.stream for item in items if isinstance(item, Gap)] == ["one"]
        assert offsets(items, stream="other") == list(range(1, 14))
