import asyncio

from gaterhub.agent.checks.finding import OK, Check, Failed, Finding, State
from gaterhub.agent.checks.watch import CheckWatch
from gaterhub.agent.reading import Reading
from tests.unit.gaterhub.agent.fakes import Clock


class Component:
    """Is found as the test says, after so many seconds of the test's clock."""

    def __init__(self, clock: Clock) -> None:
        self.finding = OK
        self.failure: str | None = None
        self.takes_seconds = 0.0
        self.asked = 0
        self._clock = clock

    async def probe(self) -> Finding:
        self.asked += 1
        self._clock.move(self.takes_seconds)
        if self.failure is not None:
            raise Failed(self.failure)
        return self.finding


class Watched:
    def __init__(self, every_seconds: float = 1.0) -> None:
        self.clock = Clock()
        self.component = Component(self.clock)
        check = Check("web", "tcp://127.0.0.1:80", self.component.probe, every_seconds)
        self.watch = CheckWatch([check], clock=self.clock, now=lambda: int(self.clock.seconds * 1000))

    async def after(self, seconds: float) -> list[Reading]:
        self.clock.move(seconds)
        return await self.watch.sample()


class TestCheckWatch:
    async def test_tells_what_it_found_at_first(self) -> None:
        watched = Watched()
        watched.component.takes_seconds = 0.25

        (reading,) = await watched.watch.sample()

        assert (reading.instance, reading.topic, reading.event_type) == (
            "health",
            "process_health:web",
            "component_health",
        )
        assert reading.data == {
            "component": "web",
            "state": "ok",
            "latency_ms": 250.0,
            "reason": "",
            "target": "tcp://127.0.0.1:80",
            "since_ms": 1_000_250,
        }

    async def test_tells_the_same_every_five_seconds(self) -> None:
        watched = Watched()
        await watched.watch.sample()

        told = [len(await watched.after(1)) for _ in range(10)]

        assert told == [0, 0, 0, 0, 1, 0, 0, 0, 0, 1]

    async def test_tells_a_change_at_once_and_since_when(self) -> None:
        watched = Watched()
        await watched.watch.sample()
        watched.component.failure = "Connection refused."

        (failing,) = await watched.after(1)
        watched.component.failure = None
        (well,) = await watched.after(1)

        assert (failing.data["state"], failing.data["previous_state"]) == ("failing", "ok")
        assert (failing.data["reason"], failing.data["since_ms"]) == ("Connection refused.", 1_001_000)
        assert (well.data["state"], well.data["previous_state"]) == ("ok", "failing")

    async def test_keeps_since_when_while_it_stays_so(self) -> None:
        watched = Watched()
        await watched.watch.sample()

        (again,) = await watched.after(5)

        assert again.data["since_ms"] == 1_000_000
        assert "previous_state" not in again.data

    async def test_calls_a_slow_component_degraded(self) -> None:
        watched = Watched()
        watched.component.takes_seconds = 0.6

        (reading,) = await watched.watch.sample()

        assert (reading.data["state"], reading.data["reason"]) == (
            "degraded",
            "It took 600 ms, more than 500.",
        )

    async def test_asks_no_more_often_than_a_check_wants(self) -> None:
        watched = Watched(every_seconds=5)

        for _ in range(11):
            await watched.after(1)

        assert watched.component.asked == 3

    async def test_fails_a_component_that_does_not_answer(self) -> None:
        async def hang() -> Finding:
            await asyncio.Event().wait()
            return OK

        watch = CheckWatch([Check("web", "somewhere", hang)], timeout_seconds=0.01)

        (reading,) = await watch.sample()

        assert (reading.data["state"], reading.data["reason"]) == ("failing", "No answer within 0.01 s.")

    async def test_goes_on_with_the_others_when_a_check_itself_breaks(self) -> None:
        async def broken() -> Finding:
            raise KeyError("used")

        async def well() -> Finding:
            return OK

        readings = await CheckWatch([Check("a", "", broken), Check("b", "", well)]).sample()

        assert [(each.data["state"], each.data["reason"]) for each in readings] == [
            ("failing", "The check itself failed: KeyError: 'used'"),
            ("ok", ""),
        ]

    async def test_runs_its_checks_side_by_side(self) -> None:
        both = asyncio.Barrier(2)

        async def meet() -> Finding:
            async with both:
                return Finding(State.OK, "")

        async with asyncio.timeout(5):
            readings = await CheckWatch([Check("a", "", meet), Check("b", "", meet)]).sample()

        assert [each.data["state"] for each in readings] == ["ok", "ok"]
