from gaterhub.agent.host import Interface
from gaterhub.agent.meters.network import NetworkMeter
from tests.unit.gaterhub.agent.fakes import Clock


def counters(received: int, sent: int) -> dict[str, float]:
    return {"bytes_recv": received, "bytes_sent": sent, "packets_recv": 1, "packets_sent": 1, "errin": 0}


class TestNetworkMeter:
    def test_tells_each_interface_and_what_the_host_exchanged_with_others(self) -> None:
        clock = Clock()
        nics = {"lo": counters(0, 0), "eth0": counters(0, 0), "br-1:2": counters(0, 0)}
        states = {"eth0": Interface(up=True, megabits_per_second=1_000), "lo": Interface(True, 0)}
        meter = NetworkMeter(counters=lambda: dict(nics), interfaces=lambda: states, clock=clock)
        assert meter.sample() == []
        nics |= {"lo": counters(8_000, 8_000), "eth0": counters(4_000, 1_000), "br-1:2": counters(400, 0)}
        clock.move(4)

        lo, eth0, bridge, total = meter.sample()

        assert [each.topic for each in (lo, eth0, bridge)] == [
            "performance_metrics:network:lo",
            "performance_metrics:network:eth0",
            "performance_metrics:network:br-1_2",
        ]
        assert eth0.data == {
            "interface": "eth0",
            "received_bytes_per_second": 1_000,
            "sent_bytes_per_second": 250,
            "received_packets_per_second": 0,
            "sent_packets_per_second": 0,
            "receive_errors_per_second": 0,
            "up": True,
            "megabits_per_second": 1_000,
        }
        assert total.topic == "throughput_stats:network"
        assert total.data["received_bytes_per_second"] == 1_100
        assert total.data["sent_bytes_per_second"] == 250
        assert "megabits_per_second" not in lo.data
        assert "up" not in bridge.data
