from gaterhub.agent.meters.cpu import CpuMeter
from tests.unit.gaterhub.agent.fakes import Clock

BOOT = {"user": 10.0, "system": 5.0, "idle": 100.0, "iowait": 1.0, "guest": 4.0}


class Processors:
    def __init__(self, load: tuple[float, float, float] | None = (0.5, 0.25, 0.125)) -> None:
        self.total = dict(BOOT)
        self.clock = Clock()
        self.meter = CpuMeter(
            times=lambda: dict(self.total),
            times_each=lambda: [dict(self.total), dict(BOOT)],
            load=lambda: load,
            clock=self.clock,
        )

    def spend(self, **seconds: float) -> None:
        for mode, spent in seconds.items():
            self.total[mode] += spent
        self.clock.move(2)


class TestCpuMeter:
    def test_has_nothing_to_say_at_first(self) -> None:
        assert Processors().meter.sample() == []

    def test_tells_the_share_of_each_mode(self) -> None:
        processors = Processors()
        processors.meter.sample()
        processors.spend(user=1.0, system=0.5, idle=2.0, iowait=0.5)

        (reading,) = processors.meter.sample()

        assert (reading.instance, reading.topic) == ("metrics", "performance_metrics:cpu")
        assert reading.data == {
            "utilisation_ratio": 0.375,
            "user_ratio": 0.25,
            "system_ratio": 0.125,
            "iowait_ratio": 0.125,
            "utilisation_ratio_each": [0.375, 0.0],
            "processors": 2,
            "load_1m": 0.5,
            "load_5m": 0.25,
            "load_15m": 0.12,
            "interval_seconds": 2.0,
        }

    def test_does_not_count_a_guest_twice(self) -> None:
        processors = Processors()
        processors.meter.sample()
        processors.spend(user=2.0, guest=2.0, idle=2.0)

        assert processors.meter.sample()[0].data["utilisation_ratio"] == 0.5

    def test_bears_an_iowait_that_runs_backwards(self) -> None:
        processors = Processors()
        processors.meter.sample()
        processors.spend(user=1.0, idle=1.0, iowait=-0.5)

        data = processors.meter.sample()[0].data

        assert (data["utilisation_ratio"], data["iowait_ratio"]) == (0.5, 0.0)

    def test_leaves_out_a_load_that_the_system_does_not_count(self) -> None:
        processors = Processors(load=None)
        processors.meter.sample()
        processors.spend(idle=1.0)

        assert "load_1m" not in processors.meter.sample()[0].data
