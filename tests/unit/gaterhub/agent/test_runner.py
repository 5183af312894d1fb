import asyncio
import threading
from collections.abc import Sequence

import pytest

from gaterhub.agent.outbox import Outbox
from gaterhub.agent.reading import Reading
from gaterhub.agent.runner import Runner
from gaterhub.agent.table import Sampler
from tests.unit.gaterhub.agent.fakes import Clock, FakeSender, reading


def runner_of(sender: FakeSender) -> tuple[Runner, Outbox]:
    outbox = Outbox(sender, clock=Clock())
    return Runner(outbox), outbox


class TestRunner:
    async def test_publishes_what_is_read_and_the_alert_that_it_raises(self) -> None:
        sender = FakeSender()
        runner, outbox = runner_of(sender)
        full = Reading("metrics", "performance_metrics:disk:/", "disk_usage", {"utilisation_ratio": 0.92})

        await runner.sample_once(Sampler("disk", 1, lambda: [full]))
        await outbox.finish(within_seconds=5)

        assert sender.topics == ["system_alerts:warning", "performance_metrics:disk:/"]

    async def test_reads_what_blocks_off_the_loop_and_the_rest_on_it(self) -> None:
        runner, _ = runner_of(FakeSender())
        threads: dict[str, str] = {}

        def blocking() -> Sequence[Reading]:
            threads["blocking"] = threading.current_thread().name
            return []

        async def other() -> Sequence[Reading]:
            threads["other"] = threading.current_thread().name
            return []

        await runner.sample_once(Sampler("blocking", 1, blocking))
        await runner.sample_once(Sampler("other", 1, asample=other))

        assert threads["blocking"].startswith("agent")
        assert threads["other"] == threading.current_thread().name

    async def test_counts_a_failing_sampler_and_logs_each_new_error_once(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        runner, outbox = runner_of(FakeSender())
        errors = ["no such file", "no such file", "access denied"]

        def failing() -> Sequence[Reading]:
            raise OSError(errors.pop(0))

        for _ in range(3):
            await runner.sample_once(Sampler("disk", 1, failing))

        assert runner.failures == {"disk": 3}
        assert [record.getMessage() for record in caplog.records] == [
            "The sampler disk fails and is tried again: OSError: no such file",
            "The sampler disk fails and is tried again: OSError: access denied",
        ]
        assert outbox.waiting == 0

    async def test_lets_the_others_go_on_while_one_fails_and_ends_when_told(self) -> None:
        sender = FakeSender()
        runner, outbox = runner_of(sender)
        stop, enough = asyncio.Event(), asyncio.Event()
        seen: list[int] = []

        def failing() -> Sequence[Reading]:
            raise RuntimeError("broken")

        async def counting() -> Sequence[Reading]:
            seen.append(len(seen))
            if len(seen) == 3:
                enough.set()
            return [reading()]

        running = asyncio.create_task(
            runner.run([Sampler("bad", 0.001, failing), Sampler("good", 0.001, asample=counting)], stop)
        )
        async with asyncio.timeout(5):
            await enough.wait()
            stop.set()
            await running

        assert runner.failures["bad"] >= 1
        assert outbox.waiting >= 3


class TestSampler:
    def test_needs_exactly_one_way_to_sample(self) -> None:
        with pytest.raises(ValueError, match="one of sample and asample"):
            Sampler("nothing", 1)
