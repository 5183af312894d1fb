import asyncio
import logging
from collections.abc import Sequence

import pytest

from gaterhub.agent.backoff import Backoff
from gaterhub.agent.outbox import Outbox
from gaterhub.agent.sender import Later, Letter, Outcome, Refused
from tests.unit.gaterhub.agent.fakes import Clock, FakeSender, reading


def outbox_of(sender: FakeSender, *, max_letters: int = 100, clock: Clock | None = None) -> Outbox:
    return Outbox(
        sender,
        max_letters=max_letters,
        backoff=Backoff(0.0, chance=lambda: 0.0),
        now=lambda: 1_672_531_200_000,
        clock=clock or Clock(),
    )


def all_later(letters: Sequence[Letter]) -> Outcome:
    return Outcome(later=Later(letters, "away"))


class TestOutbox:
    async def test_sends_in_order_in_batches_of_one_instance(self) -> None:
        sender = FakeSender(batch_events=2)
        outbox = outbox_of(sender)
        outbox.put([reading("a:1"), reading("b:1", instance="health"), reading("a:2"), reading("a:3")])

        await outbox.finish(within_seconds=5)

        sent = [(instance, [each.reading.topic for each in letters]) for instance, letters in sender.sent]
        assert sent == [("health", ["b:1"]), ("metrics", ["a:1", "a:2"]), ("metrics", ["a:3"])]
        assert (outbox.accepted, outbox.waiting) == (4, 0)

    async def test_lets_an_alert_leave_before_log_lines(self) -> None:
        sender = FakeSender()
        outbox = outbox_of(sender)
        outbox.put([reading("logs:a:info", instance="logging"), reading("system_alerts:critical", instance="alerts")])

        await outbox.finish(within_seconds=5)

        assert sender.topics == ["system_alerts:critical", "logs:a:info"]

    async def test_keeps_the_time_of_a_reading_that_has_one(self) -> None:
        sender = FakeSender()
        outbox = outbox_of(sender)
        outbox.put([reading("a:1")])

        await outbox.finish(within_seconds=5)

        assert sender.sent[0][1][0].timestamp_ms == 1_672_531_200_000

    async def test_sends_again_what_the_hub_could_not_take_with_the_same_ids_in_the_same_order(self) -> None:
        sender = FakeSender(all_later, all_later)
        outbox = outbox_of(sender)
        outbox.put([reading("a:1"), reading("a:2")])

        await outbox.finish(within_seconds=5)

        first, second, third = ([each.id for each in letters] for _, letters in sender.sent)
        assert first == second == third
        assert len(set(first)) == 2
        assert outbox.accepted == 2

    async def test_drops_the_oldest_of_an_instance_and_counts_it(self, caplog: pytest.LogCaptureFixture) -> None:
        sender = FakeSender()
        outbox = outbox_of(sender, max_letters=2)

        outbox.put([reading(f"a:{number}") for number in range(5)] + [reading("b:1", instance="health")])

        assert outbox.dropped == 3
        assert "3 readings were dropped" in caplog.text
        await outbox.finish(within_seconds=5)
        assert sender.topics == ["b:1", "a:3", "a:4"]

    async def test_tells_a_flood_of_drops_with_few_lines(self, caplog: pytest.LogCaptureFixture) -> None:
        clock = Clock()
        outbox = outbox_of(FakeSender(), max_letters=1, clock=clock)

        for _ in range(100):
            outbox.put([reading()])
        assert len(caplog.records) == 1
        clock.move(11)
        outbox.put([reading()])

        assert [record.getMessage().split()[0] for record in caplog.records] == ["1", "99"]

    async def test_drops_the_oldest_too_when_what_comes_back_no_longer_fits(self) -> None:
        started, go_on = asyncio.Event(), asyncio.Event()

        class Slow(FakeSender):
            async def send(self, instance: str, letters: Sequence[Letter]) -> Outcome:
                if not started.is_set():
                    started.set()
                    await go_on.wait()
                    return all_later(letters)
                return await super().send(instance, letters)

        sender = Slow()
        outbox = outbox_of(sender, max_letters=2)
        outbox.put([reading("a:1"), reading("a:2")])
        finishing = asyncio.create_task(outbox.finish(within_seconds=5))
        await started.wait()
        outbox.put([reading("a:3")])
        go_on.set()

        await finishing

        assert sender.topics == ["a:2", "a:3"]
        assert outbox.dropped == 1

    async def test_gives_up_what_is_refused_and_says_why_once_for_each_kind(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        def refuse(letters: Sequence[Letter]) -> Outcome:
            return Outcome([Refused(letter, "bad_topic", "has a star") for letter in letters])

        sender = FakeSender(refuse, refuse)
        outbox = outbox_of(sender)
        for topic in ("a:1", "a:2"):
            outbox.put([reading(topic)])
            await outbox.finish(within_seconds=5)

        assert (outbox.refused, outbox.accepted, outbox.waiting) == (2, 0, 0)
        assert [record.getMessage() for record in caplog.records] == ["metrics refuses measured on a:1: has a star"]

    async def test_gives_up_what_it_fails_over_and_goes_on(self, caplog: pytest.LogCaptureFixture) -> None:
        def fail(letters: Sequence[Letter]) -> Outcome:
            raise KeyError("mistake")

        sender = FakeSender(fail)
        outbox = outbox_of(sender)
        outbox.put([reading("b:1", instance="health"), reading("a:1")])

        await outbox.finish(within_seconds=5)

        assert (outbox.refused, outbox.accepted) == (1, 1)
        assert "could not be sent and is given up" in caplog.text

    async def test_says_once_that_the_hub_is_away_and_once_that_it_is_back(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.INFO)
        outbox = outbox_of(FakeSender(all_later, all_later, all_later))
        outbox.put([reading()])

        await outbox.finish(within_seconds=5)

        assert [record.getMessage() for record in caplog.records] == [
            "Publishing is tried again later: away",
            "Publishing works again; 0 readings were waiting.",
        ]

    async def test_sends_what_is_put_while_it_runs_and_ends_when_told(self) -> None:
        sender = FakeSender()
        outbox = outbox_of(sender)
        stop = asyncio.Event()
        running = asyncio.create_task(outbox.run(stop))

        outbox.put([reading("a:1")])
        await sender.arrived.wait()
        stop.set()
        outbox.put([reading("a:2")])
        await running

        assert sender.topics == ["a:1", "a:2"]
        assert sender.closed

    async def test_ends_in_time_although_the_hub_hangs(
        self, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("gaterhub.agent.outbox.LAST_TRY_SECONDS", 0.01)
        sender = FakeSender(hangs=True)
        outbox = outbox_of(sender)
        outbox.put([reading()])
        stop = asyncio.Event()
        running = asyncio.create_task(outbox.run(stop))
        await sender.arrived.wait()

        stop.set()
        async with asyncio.timeout(5):
            await running

        assert outbox.waiting == 1
        assert "1 readings could not be published." in caplog.text
        assert sender.closed
