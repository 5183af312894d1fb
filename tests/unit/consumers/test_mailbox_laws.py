"""Laws of a mailbox, whatever comes into it."""

from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from consumers.mailbox import Mailbox
from consumers.messages import Control, Event, Gap, Item, Run
from instances.spec import DELIVERY_CLASSES, STATE
from tests.unit.consumers.making import event
from tests.unit.consumers.test_mailbox import MAX_BYTES, drained, gap, offsets


class _Published:
    """Draws what a hub could put: streams of each class, dense offsets, runs, holes, control frames."""

    streams = tuple((f"{delivery.name}.{number}", delivery) for delivery in DELIVERY_CLASSES for number in (1, 2))

    @staticmethod
    @st.composite
    def steps(draw: st.DrawFn) -> list[tuple[str, Any]]:
        following = {name: 1 for name, _ in _Published.streams}
        steps: list[tuple[str, Any]] = []
        for _ in range(draw(st.integers(1, 40))):
            kind = draw(st.sampled_from(["run"] * 12 + ["take", "control", "hole"]))
            name, delivery = draw(st.sampled_from(_Published.streams))
            if kind == "run":
                count = draw(st.integers(1, 5))
                first = following[name]
                following[name] += count
                events = [
                    event(
                        offset,
                        stream=name,
                        delivery=delivery,
                        topic=draw(st.sampled_from(["a", "b"])),
                        severity=draw(st.integers(0, 8)),
                        size=draw(st.sampled_from([300, 400, 3_000])),
                    )
                    for offset in range(first, first + count)
                ]
                steps.append(("put", Run(events)))
            elif kind == "hole":
                count = draw(st.integers(1, 3))
                steps.append(("hole", gap(following[name], following[name] + count - 1, stream=name)))
                following[name] += count
            else:
                steps.append((kind, Control({"positions": {}}) if kind == "control" else None))
        return steps


def _play(mailbox: Mailbox, steps: list[tuple[str, Any]]) -> tuple[list[Item], list[Event], bool]:
    """Return what came out, what was put, and whether the mailbox never asked for a close."""
    out: list[Item] = []
    put: list[Event] = []
    for kind, item in steps:
        if kind == "take":
            out += mailbox.take()
            continue
        urgent = isinstance(item, Run) and item.events[0].delivery.urgent
        urgent = urgent or (isinstance(item, Gap) and item.stream.startswith("page"))
        put += item.events if isinstance(item, Run) else ()
        fits = mailbox.put(item, urgent=urgent)
        assert mailbox.size == sum(each.size for each in mailbox.urgent + mailbox.normal)
        if not fits:
            return out, put, False
        assert mailbox.size <= mailbox.max_bytes
    return out + drained(mailbox), put, True


class TestLaws:
    @settings(max_examples=80)
    @given(_Published.steps())
    def test_everything_put_is_delivered_or_told_or_replaced_by_something_newer(
        self, steps: list[tuple[str, Any]]
    ) -> None:
        mailbox = Mailbox(MAX_BYTES)
        out, put, _ = _play(mailbox, steps)
        out += drained(mailbox)

        # In the order of each stream: events, and gaps from first to last.
        spans: dict[str, list[tuple[int, int]]] = {}
        for item in out:
            if isinstance(item, Run):
                for each in item.events:
                    spans.setdefault(each.stream, []).append((each.offset, each.offset))
            elif isinstance(item, Gap):
                assert item.last is not None
                spans.setdefault(item.stream, []).append((item.first, item.last))
        for told_of in spans.values():
            assert all(earlier[1] < later[0] for earlier, later in pairwise(told_of))

        replaced = 0
        for each in put:
            if any(first <= each.offset <= last for first, last in spans.get(each.stream, [])):
                continue
            replaced += 1
            assert each.delivery is STATE
            assert any(
                newer.offset > each.offset
                and (newer.stream, newer.topic, newer.event_type) == (each.stream, each.topic, each.event_type)
                for newer in put
            )
        assert replaced <= mailbox.conflated
        assert mailbox.size == 0

    @settings(max_examples=80)
    @given(_Published.steps())
    def test_no_class_that_closes_loses_anything(self, steps: list[tuple[str, Any]]) -> None:
        mailbox = Mailbox(MAX_BYTES)
        out, put, _ = _play(mailbox, steps)
        out += drained(mailbox)

        for name, delivery in _Published.streams:
            if delivery.gives_up is None:
                assert offsets(out, stream=name) == [each.offset for each in put if each.stream == name]

    @settings(max_examples=80)
    @given(_Published.steps())
    def test_a_close_is_asked_for_only_where_nothing_can_be_given_up(self, steps: list[tuple[str, Any]]) -> None:
        mailbox = Mailbox(MAX_BYTES)
        _, _, fits = _play(mailbox, steps)

        if not fits:
            assert mailbox.size > mailbox.max_bytes
            waiting = [each for item in mailbox.normal if isinstance(item, Run) for each in item.events]
            assert {each.delivery.gives_up for each in waiting} <= {None}

    @settings(max_examples=80)
    @given(_Published.steps())
    def test_gaps_count_no_more_than_was_put(self, steps: list[tuple[str, Any]]) -> None:
        mailbox = Mailbox(MAX_BYTES)
        out, _, _ = _play(mailbox, steps)
        out += drained(mailbox)

        slow = [item for item in out if isinstance(item, Gap) and item.reason == "slow"]
        assert sum(missed.lost or 0 for missed in slow) == mailbox.dropped
