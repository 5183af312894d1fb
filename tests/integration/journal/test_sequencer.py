"""Which process numbers, and what it does with what it numbered."""

import threading

import pytest
from django.db import OperationalError, connections

from instances.journal import sequencer as sequencer_module
from instances.journal.leading import LEASE_SECONDS, Leadership, leader
from instances.journal.numbering import Step
from instances.journal.router import ALIAS
from instances.journal.sequencer import Sequencer
from instances.spec import InstanceSpec
from tests.integration.journal.writing import ALERTS, draft, entries, keep

WAIT_SECONDS = 30


class Clock:
    """Seconds since 1970, moved on by hand."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


class Standing:
    """A process's leadership in a thread, and with a connection, of its own."""

    def __init__(self, holder: str, clock: Clock) -> None:
        self.leadership = Leadership(holder, clock=clock)
        self.took: bool | None = None
        self._go = threading.Event()
        self._went = threading.Event()
        self._ends = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def take(self) -> bool:
        self._went.clear()
        self._go.set()
        assert self._went.wait(WAIT_SECONDS)
        assert self.took is not None
        return self.took

    def dies(self) -> None:
        """End without a word, as a process does that is killed: its connection ends with it."""
        self._ends = True
        self._go.set()
        self._thread.join(WAIT_SECONDS)

    def _run(self) -> None:
        while self._go.wait(WAIT_SECONDS) and not self._ends:
            self._go.clear()
            self.took = self.leadership.take()
            self._went.set()
        connections[ALIAS].close()


class TestLeadership:
    def test_is_of_one_and_stays_there(self, journal: str, clock: Clock) -> None:
        one, other = Standing("one", clock), Standing("other", clock)

        for _ in range(5):
            assert (one.take(), other.take()) == (True, False)
            clock.now += 1

        found = leader(clock=clock)
        assert found is not None
        assert found.holder == "one"
        one.dies()
        other.dies()

    def test_goes_to_the_next_when_its_process_dies(self, journal: str, clock: Clock) -> None:
        one, other = Standing("one", clock), Standing("other", clock)
        assert one.take()

        one.dies()
        clock.now += LEASE_SECONDS + 0.1

        assert other.take()
        other.dies()

    def test_goes_to_the_next_where_the_clock_was_set_back_meanwhile(self, journal: str, clock: Clock) -> None:
        one, other = Standing("one", clock), Standing("other", clock)
        assert one.take()

        one.dies()
        clock.now -= 3_600

        assert other.take()
        other.dies()

    def test_stays_where_it_is_when_the_clock_is_set_back(self, journal: str, clock: Clock) -> None:
        one, other = Standing("one", clock), Standing("other", clock)
        assert one.take()

        clock.now -= 3_600

        for _ in range(5):
            assert (one.take(), other.take()) == (True, False)
            clock.now += 1
        one.dies()
        other.dies()

    def test_is_given_back_at_once(self, journal: str, clock: Clock) -> None:
        mine = Leadership("one", clock=clock)
        assert mine.take()

        mine.give_back()

        assert leader(clock=clock) is None
        other = Standing("other", clock)
        assert other.take()
        other.dies()


class Channel:
    """What was sent on."""

    def __init__(self) -> None:
        self.steps: list[tuple[str, list[int]]] = []
        self.fails = False

    def send(self, spec: InstanceSpec, step: Step) -> None:
        if self.fails:
            raise RuntimeError("Redis is out")
        self.steps.append((spec.name, [entry.index for entry in step.entries]))


@pytest.fixture
def channel() -> Channel:
    return Channel()


class TestSequencer:
    def test_numbers_and_sends_on_what_waits(self, journal: str, channel: Channel, clock: Clock) -> None:
        sequencer = Sequencer("one", send=channel.send, clock=clock)
        keep(count=2)
        keep(ALERTS, draft(ALERTS, topic="system_alerts:critical", event_type="something"))

        sequencer.turn()
        sequencer.turn()

        assert channel.steps == [("audit", [0, 1]), ("alerts", [0])]
        sequencer.leadership.give_back()

    def test_goes_on_where_another_stopped(self, journal: str, channel: Channel, clock: Clock) -> None:
        first, second = (
            Sequencer("one", send=channel.send, clock=clock),
            Sequencer("two", send=channel.send, clock=clock),
        )
        keep(count=2)
        first.turn()
        first.leadership.give_back()
        keep(count=2)

        second.turn()

        assert channel.steps == [("audit", [0, 1]), ("audit", [2, 3])]
        second.leadership.give_back()

    def test_does_nothing_while_another_leads(self, journal: str, channel: Channel, clock: Clock) -> None:
        leading = Standing("one", clock)
        leading.take()
        keep(count=1)

        Sequencer("two", send=channel.send, clock=clock).turn()

        assert channel.steps == []
        leading.dies()

    def test_numbers_on_where_nothing_can_be_broadcast(self, journal: str, channel: Channel, clock: Clock) -> None:
        sequencer = Sequencer("one", send=channel.send, clock=clock)
        channel.fails = True
        keep(count=2)

        sequencer.turn()

        assert [entry.index for entry in entries()] == [0, 1]
        sequencer.leadership.give_back()

    def test_stands_by_after_an_error_and_leads_again(
        self, journal: str, channel: Channel, clock: Clock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        sequencer = Sequencer("one", send=channel.send, clock=clock)
        keep(count=1)
        with monkeypatch.context() as broken:

            def fails(spec: InstanceSpec) -> Step:
                raise OperationalError("the connection is gone")

            broken.setattr(sequencer_module, "number", fails)
            sequencer.turn()
            assert not sequencer.leadership.leads
        clock.now += LEASE_SECONDS + 1

        sequencer.turn()

        assert channel.steps == [("audit", [0])]
        sequencer.leadership.give_back()

    def test_runs_until_it_is_stopped(self, journal: str, channel: Channel) -> None:
        sequencer = Sequencer("one", send=channel.send)
        thread = threading.Thread(target=sequencer.run)
        thread.start()
        keep(count=3)
        sequencer.wake()
        done = threading.Event()
        for _ in range(WAIT_SECONDS * 20):
            if sum(len(indexes) for _, indexes in channel.steps) == 3:
                break
            done.wait(0.05)
        sequencer.stop()
        thread.join(WAIT_SECONDS)

        assert not thread.is_alive()
        assert [index for _, indexes in channel.steps for index in indexes] == [0, 1, 2]
        assert leader() is None
