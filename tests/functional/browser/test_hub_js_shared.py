"""Tabs of one browser share one socket to the hub: real tabs, a real worker, a real server."""

import pytest

from tests.functional.browser.conftest import OpenTab, Publish
from tests.functional.browser.tabs import Observer

pytestmark = pytest.mark.browser


class TestTwoTabs:
    def test_follow_one_pattern_by_one_subscription(
        self, open_tab: OpenTab, observer: Observer, publish: Publish, mark: str
    ) -> None:
        topic = f"process_health:{mark}"
        first, second = open_tab().follow("health", topic), open_tab().follow("health", topic)

        [receipt] = publish("health", topic)

        for tab in (first, second):
            tab.until("seen.length >= 2")
            assert tab.seen == [["subscribed", topic, False, None], ["event", topic, receipt["offset"]]]
            assert tab.run("return [hub.shared, hub.state]") == [True, "live"]
        assert [data["pattern"] for data in observer.opened] == [topic]

    def test_follow_two_patterns_over_one_socket(
        self, open_tab: OpenTab, observer: Observer, publish: Publish, mark: str
    ) -> None:
        first = open_tab().follow("health", f"process_health:{mark}:a")
        second = open_tab().follow("health", f"process_health:{mark}:b", f"process_health:{mark}:*")

        [a] = publish("health", f"process_health:{mark}:a")
        [b] = publish("health", f"process_health:{mark}:b")

        second.until("seen.length >= 5")
        first.until("seen.length >= 2")
        assert first.offsets == [a["offset"]]
        assert second.offsets == [a["offset"], b["offset"], b["offset"]]
        assert len(observer.opened) == 3
        assert len(observer.connections) == 1

    def test_are_told_the_positions_that_their_events_come_after(
        self, open_tab: OpenTab, observer: Observer, publish: Publish, mark: str
    ) -> None:
        topic = f"process_health:{mark}"
        first = open_tab().follow("health", topic)
        last = publish("health", topic, count=3)[-1]
        first.until("seen.length >= 4")

        second = open_tab().follow("health", topic)

        assert second.run("return subs[0].positions") == {last["stream"]: f"{last['epoch']}:{last['offset']}"}
        after = publish("health", topic, count=2)
        for tab in (first, second):
            tab.until(f"seen.at(-1)[2] === {after[-1]['offset']}")
        assert second.offsets == [each["offset"] for each in after]
        assert first.offsets[-2:] == [each["offset"] for each in after]
        assert len(observer.opened) == 1

    def test_each_get_their_own_answers(self, open_tab: OpenTab, mark: str) -> None:
        first, second = open_tab().follow("health", mark), open_tab().follow("health", "sub*:x")

        published = [
            tab.run(f"return await hub.publish('health', '{mark}', 'told', {{ a: 1 }})") for tab in (first, second)
        ]
        refused = second.run("return hub.publish('health', 'a::b', 'told').catch(({ code, retry }) => [code, retry])")
        too_large = second.run("return hub.publish('health', 'a', 't', 'x'.repeat(140_000)).catch(({ code }) => code)")

        first.until("seen.length >= 3")
        assert first.offsets == [each["offset"] for each in published]
        assert second.seen == [["error", "sub*:x", "bad_pattern", False]]
        assert refused == ["bad_topic", False]
        assert too_large == "too_large"

    def test_leave_a_pattern_to_the_other(
        self, open_tab: OpenTab, observer: Observer, publish: Publish, mark: str
    ) -> None:
        topic = f"process_health:{mark}"
        first, second = open_tab().follow("health", topic), open_tab().follow("health", topic)

        first.run("subs[0].unsubscribe()")
        publish("health", topic)

        second.until("seen.length >= 2")
        assert observer.standing == [topic]
        assert first.offsets == []
        second.run("subs[0].unsubscribe()")
        observer.until_closed(topic)
        assert second.run("return hub.state") == "live"

    def test_are_closed_one_by_one(self, open_tab: OpenTab, observer: Observer, publish: Publish, mark: str) -> None:
        topic = f"process_health:{mark}"
        first, second = open_tab().follow("health", topic), open_tab().follow("health", topic)

        first.run("hub.close()")
        publish("health", topic)

        second.until("seen.length >= 2")
        assert first.states == ["connecting", "live", "offline"]
        assert second.states == ["connecting", "live"]
        assert first.offsets == []
        second.run("hub.close()")
        observer.until_closed(topic)
        first.run("hub.connect()")
        first.until("seen.length >= 3")
        assert [each[0] for each in first.seen] == ["subscribed", "event", "subscribed"]
        assert first.seen[2] == ["subscribed", topic, True, 0]
        assert len(observer.connections) == 2

    def test_both_hear_of_a_connection_made_anew(self, open_tab: OpenTab, observer: Observer, mark: str) -> None:
        first, second = open_tab().follow("health", mark), open_tab().follow("health", mark)

        # As pages do that have found the hub hanging: each for itself, at nearly the same time.
        for tab in (first, second):
            tab.page.evaluate("setTimeout(() => hub.reconnect(), 300)")

        for tab in (first, second):
            tab.until("seen.length >= 2")
            assert tab.seen[1] == ["subscribed", mark, True, 0]
            assert tab.states == ["connecting", "live", "connecting", "live"]
        assert len(observer.connections) == 2

    def test_may_follow_as_much_as_one_connection_can(self, open_tab: OpenTab, observer: Observer, mark: str) -> None:
        patterns = [f"{mark}:{number}" for number in range(128)]
        first, second = open_tab().follow("health", *patterns[:64]), open_tab().follow("health", *patterns[64:])

        refused = open_tab().follow("health", f"{mark}:more")
        welcome = open_tab().follow("health", patterns[0])

        assert refused.seen == [["error", f"{mark}:more", "limit_exceeded", False]]
        assert welcome.seen == [["subscribed", patterns[0], False, None]]
        for tab in (first, second):
            assert tab.states == ["connecting", "live"]

    def test_both_know_when_the_hub_was_heard(self, open_tab: OpenTab, publish: Publish, mark: str) -> None:
        first, second = open_tab().follow("health", mark), open_tab().follow("health", f"{mark}:b")
        before = second.run("return hub.heardAt")
        second.until(f"performance.now() - {before} > 1_000")

        publish("health", mark)

        first.until("seen.length >= 2")
        second.until(f"hub.heardAt > {before}")
        assert second.offsets == []


class TestSlowTab:
    def test_holds_up_no_other(self, open_tab: OpenTab, publish: Publish, mark: str) -> None:
        topic = f"process_health:{mark}"
        slow, quick = open_tab().follow("health", topic), open_tab().follow("health", topic)
        slow.run("busyMs = 200")

        for _ in range(20):
            publish("health", topic)

        quick.until("seen.length >= 21")
        slow.until("seen.length >= 21")
        assert slow.offsets == quick.offsets
        assert slow.run("return lag") > 2_000
        assert quick.run("return lag") < 1_000

    def test_is_told_a_gap_when_it_is_too_slow_and_the_other_gets_all(
        self, open_tab: OpenTab, publish: Publish, mark: str
    ) -> None:
        slow, quick = open_tab().follow("lifecycle", mark), open_tab().follow("lifecycle", mark)
        slow.run("busyOnceMs = 8_000")

        offsets = []
        for _ in range(12):
            offsets += [each["offset"] for each in publish("lifecycle", mark, count=10, data="x" * 50_000)]
            quick.until(f"seen.at(-1)[2] === {offsets[-1]}")
        slow.until(f"Object.values(subs[0].positions)[0].endsWith(':{offsets[-1]}')")

        assert quick.offsets == offsets
        assert slow.offsets[0] == offsets[0]
        gaps = [each for each in slow.seen if each[0] == "gap"]
        assert [(lost, reason) for _, _, first, last, lost, reason in gaps] == [
            (last - first + 1, "slow") for _, _, first, last, _, _ in gaps
        ]
        told = slow.offsets + [offset for gap in gaps for offset in range(gap[2], gap[3] + 1)]
        assert sorted(told) == offsets
        assert gaps
