"""What the shared worker keeps for one tab, with a port that belongs to the test."""

from typing import Any

import pytest

from tests.functional.browser.script import Script

pytestmark = pytest.mark.browser

PRELUDE = """
const { Tab } = await import("/static/consumers/tab.js");
const port = {
  posted: [],
  closed: false,
  postMessage(message) { this.posted.push(message); },
  close() { this.closed = true; },
};
const ended = [];
const tab = new Tab(port, (each) => ended.push(each));
const put = (offset, characters = 10, stream = "health.a") =>
  tab.put(String(offset).padEnd(characters, "x"), { stream, epoch: "e1", offset });
const lines = () => port.posted.flatMap(({ batch }) => batch?.split("\\n") ?? []);
"""


@pytest.fixture
def with_tab(script: Script) -> Any:
    return lambda body: script(PRELUDE + body)


class TestTab:
    def test_gets_what_a_turn_has_brought_as_one_message(self, with_tab: Any) -> None:
        told = with_tab("""
            put(1, 1); put(2, 1);
            tab.put("answer");
            tab.flush();
            tab.flush();
            return port.posted;
        """)

        assert told == [{"batch": "1\n2\nanswer"}]

    def test_gets_no_more_than_half_a_million_characters_ahead_of_its_word(self, with_tab: Any) -> None:
        told = with_tab("""
            for (let offset = 1; offset <= 20; offset++) { put(offset, 60_000); tab.flush(); }
            const before = lines().length;
            tab.acknowledged();
            const after = lines().length;
            for (let acks = 0; acks < 20; acks++) tab.acknowledged();
            return [before, after, lines().map((line) => parseInt(line))];
        """)

        # The ninth is the one that goes beyond, and the next message is five lines long.
        assert told == [9, 14, list(range(1, 21))]

    def test_is_told_gaps_in_the_place_of_more_than_it_may_keep(self, with_tab: Any) -> None:
        told = with_tab("""
            for (let offset = 1; offset <= 45; offset++) { put(offset, 60_000); tab.flush(); }
            put(7, 60_000, "health.b");
            tab.put('{"id":1}');
            tab.flush();
            for (let acks = 0; acks < 50; acks++) tab.acknowledged();
            return lines().filter((line) => line.startsWith("{")).map((line) => JSON.parse(line).gap ?? "answer");
        """)

        [gap, answer] = told
        assert gap == {
            "stream": "health.a",
            "epoch": "e1",
            "from": 10,
            "to": gap["to"],
            "next": f"e1:{gap['to']}",
            "lost": gap["to"] - 9,
            "reason": "slow",
        }
        assert answer == "answer"

    def test_keeps_answers_before_the_gaps(self, with_tab: Any) -> None:
        told = with_tab("""
            for (let offset = 1; offset <= 9; offset++) put(offset, 60_000);
            tab.flush();
            for (let offset = 10; offset <= 20; offset++) put(offset, 60_000);
            tab.put('{"id":1}');
            for (let offset = 21; offset <= 45; offset++) put(offset, 60_000, offset % 2 ? "health.a" : "health.b");
            const ahead = lines().length;
            for (let acks = 0; acks < 50; acks++) tab.acknowledged();
            return lines().slice(ahead).map((line) => line.slice(0, 40));
        """)

        assert [line[:7] for line in told[:3]] == ['{"id":1', '{"gap":', '{"gap":']
        assert '"health.a' in told[1]
        assert '"health.b' in told[2]

    def test_holds_a_bounded_amount_whatever_comes(self, with_tab: Any) -> None:
        told = with_tab("""
            for (let offset = 1; offset <= 2_000; offset++) { put(offset, 60_000); tab.flush(); }
            const posted = lines().length;
            for (let acks = 0; acks < 200; acks++) tab.acknowledged();
            return lines().slice(posted).reduce((sum, line) => sum + line.length, 0);
        """)

        assert 0 < told < 2_200_000

    def test_may_wait_longer_for_what_is_replayed(self, with_tab: Any) -> None:
        told = with_tab("""
            for (let offset = 1; offset <= 200; offset++) {
              tab.put(String(offset).padEnd(60_000, "x"), { stream: "health.a", epoch: "e1", offset }, "s1");
              tab.flush();
            }
            for (let acks = 0; acks < 200; acks++) tab.acknowledged();
            return lines().map((line) => parseInt(line));
        """)

        assert told == list(range(1, 201))

    def test_is_told_what_is_missing_of_a_replay_before_its_confirmation(self, with_tab: Any) -> None:
        told = with_tab("""
            const replay = (offset) =>
              tab.put(String(offset).padEnd(60_000, "x"), { stream: "health.a", epoch: "e1", offset }, "s1");
            for (let offset = 1; offset <= 9; offset++) replay(offset);
            tab.flush();
            put(700, 10);
            for (let offset = 10; offset <= 20; offset++) replay(offset);
            tab.put('{"id":1}');
            for (let offset = 21; offset <= 800; offset++) replay(offset);
            const ahead = lines().length;
            for (let acks = 0; acks < 500; acks++) tab.acknowledged();
            return lines().slice(ahead).map((line) => (line.startsWith("{") ? JSON.parse(line) : parseInt(line)));
        """)

        live, first, answer, second, *rest = told
        assert live == 700
        gap = {"stream": "health.a", "epoch": "e1", "from": 10, "to": 20, "next": "e1:20", "lost": 11, "reason": "slow"}
        assert first == {"gap": gap, "sub": "s1"}
        assert answer == {"id": 1}
        assert second["gap"]["from"] == 21
        assert rest == list(range(second["gap"]["to"] + 1, 801))

    def test_ends_when_it_gives_no_sign_of_life(self, with_tab: Any) -> None:
        told = with_tab("""
            tab.ping(); tab.ping(); tab.ping();
            tab.ponged();
            tab.ping(); tab.ping(); tab.ping();
            const before = ended.length;
            tab.ping();
            tab.ping();
            tab.put("late");
            tab.flush();
            return [before, ended.length, port.closed, port.posted.at(-1)];
        """)

        assert told == [0, 1, True, {"dropped": True}]

    def test_is_told_at_most_once_a_second_that_the_hub_was_heard(self, with_tab: Any) -> None:
        told = with_tab("""
            put(1);
            tab.heard();
            tab.flush();
            tab.heard();
            return port.posted.length;
        """)

        assert told == 1
