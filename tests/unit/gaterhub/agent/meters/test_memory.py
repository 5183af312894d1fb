from gaterhub.agent.meters.memory import MemoryMeter
from tests.unit.gaterhub.agent.fakes import Clock

MEMORY = {"total": 1_000, "available": 250, "used": 700, "free": 100, "percent": 75.0, "cached": 150}
SWAP = {"total": 400, "used": 100, "free": 300, "percent": 25.0, "sin": 0, "sout": 0}
NO_SWAP = {"total": 0, "used": 0, "free": 0, "percent": 0.0, "sin": 0, "sout": 0}


class TestMemoryMeter:
    def test_counts_what_can_be_had_without_swapping_as_free(self) -> None:
        (reading,) = MemoryMeter(memory=lambda: MEMORY, swap=lambda: NO_SWAP).sample()

        assert reading.topic == "performance_metrics:memory"
        assert reading.data == {
            "utilisation_ratio": 0.75,
            "total_bytes": 1_000,
            "available_bytes": 250,
            "used_bytes": 700,
            "free_bytes": 100,
            "cached_bytes": 150,
        }

    def test_tells_swap_and_how_fast_it_is_used(self) -> None:
        clock, swap = Clock(), dict(SWAP)
        meter = MemoryMeter(memory=lambda: MEMORY, swap=lambda: dict(swap), clock=clock)
        meter.sample()
        swap["sout"] = 8_192
        clock.move(2)

        _, reading = meter.sample()

        assert reading.topic == "performance_metrics:swap"
        assert reading.data == {
            "utilisation_ratio": 0.25,
            "total_bytes": 400,
            "used_bytes": 100,
            "free_bytes": 300,
            "swapped_in_bytes_per_second": 0,
            "swapped_out_bytes_per_second": 4_096,
        }
