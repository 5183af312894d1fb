"""hub.js goes on where it was: real tabs, a real worker, real servers, and a network that the test cuts."""

import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, StorageState

from tests.functional.browser.conftest import OpenTab, Publish, log_in, watched_context
from tests.functional.browser.tabs import Observer, Tab
from tests.functional.conftest import Server, serving
from tests.functional.relay import Relay
from tests.functional.subscriber import Subscriber

pytestmark = pytest.mark.browser

# What the browser says by itself about a connection that was cut.
CUT = "WebSocket connection to"
BOTH_WAYS = pytest.mark.parametrize("shared", [True, False], ids=["shared", "its own socket"])


@pytest.fixture
def relay(server: Server) -> Iterator[Relay]:
    with Relay(server) as relay:
        yield relay


@pytest.fixture
def context(browser: Browser, operators_cookies: StorageState) -> Iterator[BrowserContext]:
    """Give a browser in which the operator is logged in, whatever the port."""
    context = watched_context(browser, operators_cookies)
    yield context
    context.close()


def through(relay: Relay, server: Server) -> Server:
    """Return the server as it is reached by the relay."""
    return replace(server, port=relay.port)


def sharing(shared: bool) -> dict[str, Any]:
    return {} if shared else {"shared": False}


def offsets(receipts: list[dict[str, Any]]) -> list[int]:
    return [each["offset"] for each in receipts]


def cut_off(relay: Relay, *tabs: Tab) -> None:
    relay.cut()
    for tab in tabs:
        tab.until("hub.state === 'offline'")


def reconnect(relay: Relay, *tabs: Tab) -> None:
    relay.mend()
    tabs[0].run("hub.connect()")
    for tab in tabs:
        tab.until("seen.findLast(([kind]) => kind === 'subscribed')[2]")


class TestConnectionThatWasCut:
    @BOTH_WAYS
    def test_brings_what_was_missed_once_and_in_order(
        self, context: BrowserContext, server: Server, relay: Relay, publish: Publish, mark: str, shared: bool
    ) -> None:
        tab = Tab(context, through(relay, server)).follow("system", mark, **sharing(shared))
        [before] = offsets(publish("system", mark))
        tab.until("seen.length >= 2")
        cut_off(relay, tab)
        missed = offsets(publish("system", mark, count=700))
        publish("system", f"{mark}:of:another")

        reconnect(relay, tab)

        [after] = offsets(publish("system", mark))
        tab.until(f"seen.at(-1)[2] === {after}")
        assert tab.run("return hub.shared") is shared
        assert tab.seen == [
            ["subscribed", mark, False, None],
            ["event", mark, before],
            *(["event", mark, offset] for offset in missed),
            ["subscribed", mark, True, 0],
            ["event", mark, after],
        ]
        tab.complaints = [each for each in tab.complaints if CUT not in each]
        assert tab.complaints == []

    @BOTH_WAYS
    def test_brings_each_subscription_its_own(
        self, context: BrowserContext, server: Server, relay: Relay, publish: Publish, mark: str, shared: bool
    ) -> None:
        patterns = [f"process_health:{mark}:a", f"process_health:{mark}:*", f"process_health:{mark}:b"]
        tab = Tab(context, through(relay, server)).follow("health", *patterns, **sharing(shared))
        tab.until("seen.length >= 3")
        cut_off(relay, tab)
        [a] = offsets(publish("health", f"process_health:{mark}:a"))
        [b] = offsets(publish("health", f"process_health:{mark}:b"))

        relay.mend()
        tab.run("hub.connect()")

        tab.until("seen.filter(([kind, , again]) => kind === 'subscribed' && again).length >= 3")
        got = {pattern: [each[2] for each in tab.seen if each[:2] == ["event", pattern]] for pattern in patterns}
        assert got == {patterns[0]: [a], patterns[1]: [a, b], patterns[2]: [b]}
        assert {each[3] for each in tab.seen if each[0] == "subscribed" and each[2]} == {0}


class TestTabs:
    def test_each_get_what_they_missed_once(
        self, context: BrowserContext, server: Server, relay: Relay, publish: Publish, observer: Observer, mark: str
    ) -> None:
        tabs = [Tab(context, through(relay, server)).follow("system", mark) for _ in range(3)]
        cut_off(relay, *tabs)
        missed = offsets(publish("system", mark, count=50))

        reconnect(relay, *tabs)

        [after] = offsets(publish("system", mark))
        for tab in tabs:
            tab.until(f"seen.at(-1)[2] === {after}")
            assert tab.offsets == [*missed, after]
        # Whatever they needed to catch up is left again.
        while len(observer.standing) > 1:
            observer.until_closed(mark)
        assert observer.standing == [mark]

    def test_that_was_away_alone_catches_up_alone(
        self, open_tab: OpenTab, publish: Publish, observer: Observer, mark: str
    ) -> None:
        away, steady = open_tab().follow("system", mark), open_tab().follow("system", mark)
        away.run("hub.close()")
        missed = offsets(publish("system", mark, count=5))
        steady.until("seen.length >= 6")

        away.run("hub.connect()")

        away.until("seen.length >= 7")
        [after] = offsets(publish("system", mark))
        for tab in (away, steady):
            tab.until(f"seen.at(-1)[2] === {after}")
        assert away.seen == [
            ["subscribed", mark, False, None],
            *(["event", mark, offset] for offset in missed),
            ["subscribed", mark, True, 0],
            ["event", mark, after],
        ]
        assert steady.offsets == [*missed, after]
        assert observer.standing == [mark]
        assert len(observer.connections) == 1


class TestPositionsOfThePage:
    @BOTH_WAYS
    def test_lead_on_after_a_reload(self, open_tab: OpenTab, publish: Publish, mark: str, shared: bool) -> None:
        tab = open_tab().follow("system", mark, **sharing(shared))
        steady = open_tab().follow("system", mark)
        first = publish("system", mark)[0]
        tab.until("seen.length >= 2")
        tab.run("sessionStorage.setItem('positions', JSON.stringify(subs[0].positions))")
        tab.page.reload()
        missed = offsets(publish("system", mark, count=3))

        tab.follow("system", confirmed=False, **sharing(shared))
        tab.run(f"follow('system', '{mark}', {{ since: JSON.parse(sessionStorage.getItem('positions')) }})")

        tab.until("seen.length >= 4")
        assert tab.seen == [*(["event", mark, offset] for offset in missed), ["subscribed", mark, False, 0]]
        steady.until("seen.length >= 5")
        assert steady.offsets == [first["offset"], *missed]


class TestDurable:
    @BOTH_WAYS
    def test_goes_on_after_what_was_acknowledged(
        self, open_tab: OpenTab, publish: Publish, mark: str, shared: bool
    ) -> None:
        follow = f"globalThis.sub = follow('system', '{mark}', {{ durable: '{mark}' }})"
        before = open_tab().follow("system", confirmed=False, **sharing(shared))
        before.run(follow)
        before.until("seen.length >= 1")
        publish("system", mark, count=2)
        before.until("seen.length >= 3")
        before.run("sub.ack()")
        # What was answered after it has been read after it.
        before.run("await hub.publish('system', 'system_status:x', 'told')")
        missed = offsets(publish("system", mark, count=2))
        before.page.close()

        after = open_tab().follow("system", confirmed=False, **sharing(shared))
        after.run(follow)

        after.until("seen.length >= 3")
        assert after.seen == [*(["event", mark, offset] for offset in missed), ["subscribed", mark, False, 0]]


class TestAnotherProcess:
    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
    def test_goes_on_where_the_one_that_ended_was(
        self, browser: Browser, tmp_path: Path, redis_url: str, mark: str, number: signal.Signals
    ) -> None:
        context = watched_context(browser)
        with (
            serving(tmp_path, settings={"REDIS_URL": redis_url}) as first,
            serving(tmp_path, like=first) as second,
            Relay(first) as relay,
        ):
            through_relay = through(relay, first)
            tab = Tab(context, through_relay)
            log_in(tab.page, through_relay)
            tab.page.goto(f"{through_relay.url}accounts/login/")
            tab.follow("system", mark)
            with Subscriber(second) as publisher:
                before = publisher.publish("system", mark)["offset"]
                tab.until("seen.length >= 2")
                relay.server = second
                first.stop(number)
                missed = [publisher.publish("system", mark)["offset"] for _ in range(5)]

                tab.until("seen.findLast(([kind]) => kind === 'subscribed')[2]")

                after = publisher.publish("system", mark)["offset"]
                tab.until(f"seen.at(-1)[2] === {after}")
                # It may have been back before the last of them.
                assert tab.offsets == [before, *missed, after]
                assert [each for each in tab.seen if each[0] == "subscribed"] == [
                    ["subscribed", mark, False, None],
                    ["subscribed", mark, True, 0],
                ]
        context.close()
