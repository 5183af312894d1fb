"""When tabs share a socket and when not, and what becomes of it as tabs, users, workers and servers come and go."""

import signal
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Error, StorageState

from tests.functional.browser.conftest import CHROMIUM_ARGUMENTS, OpenTab, Publish, log_in, watched_context
from tests.functional.browser.tabs import Observer, Tab
from tests.functional.conftest import Server, serving

pytestmark = pytest.mark.browser


class TestTabThatEnds:
    def test_lets_go_when_it_is_closed(
        self, open_tab: OpenTab, observer: Observer, publish: Publish, mark: str
    ) -> None:
        first, second = open_tab().follow("health", f"{mark}:a"), open_tab().follow("health", f"{mark}:b")

        first.page.close(run_before_unload=False)

        observer.until_closed(f"{mark}:a")
        publish("health", f"{mark}:b")
        second.until("seen.length >= 2")
        assert second.states == ["connecting", "live"]

    def test_lets_go_when_it_is_left_for_another_page(self, open_tab: OpenTab, observer: Observer, mark: str) -> None:
        first, second = open_tab().follow("health", f"{mark}:a"), open_tab().follow("health", f"{mark}:b")

        first.page.goto("about:blank")

        observer.until_closed(f"{mark}:a")
        assert second.states == ["connecting", "live"]

    def test_lets_go_when_it_crashes(self, open_tab: OpenTab, observer: Observer, publish: Publish, mark: str) -> None:
        first, second = open_tab().follow("health", f"{mark}:a"), open_tab().follow("health", f"{mark}:b")

        second.crash()

        observer.until_closed(f"{mark}:b")
        publish("health", f"{mark}:a")
        first.until("seen.some(([kind]) => kind === 'event')")

    def test_takes_the_worker_with_it_and_leaves_the_others_another(
        self, open_tab: OpenTab, observer: Observer, publish: Publish, mark: str
    ) -> None:
        tabs = [open_tab().follow("health", f"{mark}:{name}") for name in "abc"]

        # The browser runs the worker in the process of the tab that asked for it first.
        tabs[0].crash()

        observer.until_closed(f"{mark}:a")
        for tab, name in zip(tabs[1:], "bc", strict=True):
            tab.until("hub.state === 'live'")
            publish("health", f"{mark}:{name}")
            # It may come live, or with what was missed, before the word that it is followed again.
            tab.until("seen.some(([kind]) => kind === 'event')")
            assert tab.run("return hub.shared")
        assert len({each["connection"] for each in observer.opened[-2:]}) == 1

    def test_comes_back_from_the_browsers_cache(
        self,
        browser: Browser,
        whole_chromium_path: str,
        operators_cookies: StorageState,
        server: Server,
        observer: Observer,
        publish: Publish,
        mark: str,
    ) -> None:
        keeping = browser.browser_type.launch(
            executable_path=whole_chromium_path,
            args=CHROMIUM_ARGUMENTS,
            ignore_default_args=["--disable-back-forward-cache"],
        )
        tab = Tab(watched_context(keeping, operators_cookies), server).follow("health", mark)

        tab.page.goto(f"{server.url}livez")
        observer.until_closed(mark)
        meanwhile = [each["offset"] for each in publish("health", mark, count=2)]
        with suppress(Error):  # Playwright misses that a page which was kept is there.
            tab.page.go_back(wait_until="commit", timeout=2_000)

        tab.until("seen.length >= 4")
        assert tab.seen == [
            ["subscribed", mark, False, None],
            *(["event", mark, offset] for offset in meanwhile),
            ["subscribed", mark, True, 0],
        ]
        assert tab.states == ["connecting", "live", "offline", "connecting", "live"]
        publish("health", mark)
        tab.until("seen.length >= 5")
        keeping.close()


class TestRestart:
    def test_brings_all_tabs_back(self, browser: Browser, tmp_path: Path, mark: str) -> None:
        context = watched_context(browser)
        with serving(tmp_path) as before:
            tabs = [Tab(context, before)]
            log_in(tabs[0].page, before)
            tabs = [Tab(context, before).follow("health", mark) for _ in range(3)]
            before.stop(signal.SIGKILL)
            for tab in tabs:
                tab.until("hub.state === 'offline'")
            assert [tab.run("return hub.publish('health', 'a', 't').catch(({ code }) => code)") for tab in tabs] == [
                "unavailable"
            ] * 3
            with serving(tmp_path, like=before, port=before.port) as after:
                tabs[2].run("hub.connect()")
                for tab in tabs:
                    tab.until("seen.at(-1)[0] === 'subscribed' && seen.at(-1)[2]")
                    assert tab.seen[-1] == ["subscribed", mark, True, None]
                    gaps = tab.seen[1:-1]
                    assert gaps
                    assert {(kind, reason) for kind, _, _, _, _, reason in gaps} == {("gap", "epoch")}
                tabs[1].run(f"await hub.publish('health', '{mark}', 'told')")
                for tab in tabs:
                    tab.until("seen.at(-1)[0] === 'event'")
                observer = Observer(after, mark)
                tabs.append(Tab(context, after).follow("health", mark))
                assert observer.opened == []
                observer.close()
        context.close()


class TestUsers:
    def test_never_share(self, browser: Browser, server: Server, observer: Observer, mark: str) -> None:
        made = f"from tests.accounts import *; account('{mark}', *READS_AND_PUBLISHES, password='{mark}')"
        server.manage("shell", "-c", made)
        context = watched_context(browser)
        log_in(Tab(context, server).page, server)
        olgas = Tab(context, server).follow("health", f"{mark}:olga")

        switching = Tab(context, server).page
        switching.goto(server.url)
        switching.get_by_role("button", name="Log out").click()
        nobodys = Tab(context, server).follow("health", f"{mark}:nobody", confirmed=False)
        nobodys.until("hub.state === 'offline'")
        switching.get_by_label("User name").fill(mark)
        switching.get_by_label("Password").fill(mark)
        switching.get_by_role("button", name="Log in").click()
        switching.wait_for_url(server.url)
        annas = Tab(context, server).follow("health", f"{mark}:anna")

        assert nobodys.run("return [hub.shared, states.at(-1)]") == [False, ["offline", 4500]]
        assert {data["pattern"]: data["principal"] for data in observer.opened} == {
            f"{mark}:olga": "olga",
            f"{mark}:anna": mark,
        }
        # The cookie is another's by now: a page that was made for olga doesn't come back as anna.
        olgas.run("hub.reconnect()")
        olgas.until("hub.state === 'offline'")
        assert olgas.run("return states.at(-1)") == ["offline", 4500]
        assert annas.states == ["connecting", "live"]
        assert len(observer.opened) == 2
        context.close()

    def test_never_share_whatever_their_pages_say(self, open_tab: OpenTab, observer: Observer, mark: str) -> None:
        olgas, stranger = open_tab().follow("health", mark, shared="dashboard"), open_tab()
        stranger.run("document.querySelector('meta[name=gaterhub-session]').content = 'of-somebody-else'")

        stranger.follow("health", mark, confirmed=False, shared="dashboard")

        stranger.until("hub.state === 'offline'")
        assert stranger.run("return [seen, states.at(-1)]") == [[], ["offline", 4500]]
        assert olgas.states == ["connecting", "live"]
        assert len(observer.opened) == 1


class TestSocketOfItsOwn:
    @pytest.mark.parametrize("options", [{"shared": False}, {"token": True}], ids=["asked for", "with a token"])
    def test_is_what_a_hub_has(
        self, open_tab: OpenTab, server: Server, observer: Observer, mark: str, options: dict[str, Any]
    ) -> None:
        own = options | ({"token": server.token} if "token" in options else {})
        tabs = [open_tab().follow("health", mark, **own) for _ in range(2)]

        assert [tab.run("return hub.shared") for tab in tabs] == [False, False]
        assert len(observer.connections) == 2

    @pytest.mark.parametrize("options", [{"shared": True, "token": True}, {"shared": "dashboard"}])
    def test_is_not_needed_where_the_page_says_so(
        self, open_tab: OpenTab, server: Server, observer: Observer, mark: str, options: dict[str, Any]
    ) -> None:
        shared = options | ({"token": server.token} if "token" in options else {})
        tabs = [open_tab().follow("health", mark, **shared) for _ in range(2)]
        other = open_tab().follow("health", mark)

        assert [tab.run("return hub.shared") for tab in [*tabs, other]] == [True] * 3
        assert len(observer.connections) == 2

    @pytest.mark.parametrize(
        "missing",
        [
            "delete globalThis.SharedWorker",
            "globalThis.SharedWorker = class { constructor() { throw new DOMException('no', 'SecurityError'); } }",
            """globalThis.SharedWorker = class {
              port = { postMessage() {}, close() {} };
              constructor() { setTimeout(() => this.onerror(new Event("error"))); }
            }""",
        ],
        ids=["unknown", "forbidden", "not loaded"],
    )
    def test_is_taken_where_no_worker_can_be_had(
        self, open_tab: OpenTab, observer: Observer, publish: Publish, mark: str, missing: str
    ) -> None:
        tab = open_tab()
        tab.run(missing)

        tab.follow("health", mark)

        publish("health", mark)
        tab.until("seen.length >= 2")
        assert tab.run("return hub.shared") is False
        assert tab.states == ["connecting", "live"]
        assert len(observer.opened) == 1


class TestWorker:
    """A worker of the test's own, which says what the test has it say."""

    WORKERS = """
    globalThis.workers = [];
    globalThis.SharedWorker = class {
      port = { posted: [], postMessage(message) { this.posted.push(message); }, close() {} };
      constructor() { workers.push(this.port); }
    };
    globalThis.workerSays = (data) => workers.at(-1).onmessage({ data });
    globalThis.live = { batch: JSON.stringify({ state: { state: "live", detail: {}, generation: 2 } }) };
    """

    def attached(self, tab: Tab, mark: str, times: int = 1) -> Tab:
        if times == 1:
            tab.run(self.WORKERS)
            tab.follow("health", mark, confirmed=False)
        tab.until(f"workers.length === {times} && workers.at(-1).posted[0]?.attach")
        tab.run("workerSays({ attached: { lock: null } }); workerSays(live);")
        return tab

    def test_that_drops_a_frozen_tab_is_attached_to_again(self, open_tab: OpenTab, mark: str) -> None:
        tab = self.attached(open_tab(), mark)

        tab.run("workerSays({ dropped: true })")

        self.attached(tab, mark, times=2)
        assert tab.states == ["connecting", "live", "offline", "connecting", "live"]
        subscribe = {"instance": "health", "pattern": mark}
        assert tab.run("return workers[1].posted.at(-2)") == {
            "frame": {"id": 2, "subscribe": subscribe},
            "generation": 2,
        }

    def test_that_keeps_dying_is_done_without(
        self, open_tab: OpenTab, observer: Observer, publish: Publish, mark: str
    ) -> None:
        tab = self.attached(open_tab(), mark)
        for times in (2, 3):
            tab.run("workerSays({ dropped: true })")
            self.attached(tab, mark, times)

        tab.run("workerSays({ dropped: true })")

        tab.until("seen.length >= 1")
        publish("health", mark)
        tab.until("seen.length >= 2")
        assert tab.run("return [hub.shared, workers.length]") == [False, 3]

    def test_hears_of_a_batch_once_it_is_handed_out(self, open_tab: OpenTab, mark: str) -> None:
        tab = self.attached(open_tab(), mark)

        order = tab.run("""
            const port = workers.at(-1);
            const post = port.postMessage;
            const order = [];
            port.postMessage = (message) => order.push(Object.keys(message)[0]);
            const { id } = port.posted.findLast(({ frame }) => frame?.subscribe).frame;
            const subscribed = { sub: "s1.1", streams: { "health.a": "e1:3" } };
            workerSays({ batch: JSON.stringify({ id, subscribed }) });
            seen.push = (what) => order.push(what[0]);
            const event = (offset) => JSON.stringify({
              event: { instance: "health", topic: subs[0].pattern, stream: "health.a", epoch: "e1", offset },
            });
            workerSays({ batch: `${event(4)}\\n${event(5)}` });
            workerSays({ ping: true });
            return order;
        """)

        assert order == ["ack", "event", "event", "ack", "pong"]
