"""What the network interfaces send and receive."""

import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from gaterhub.agent import host
from gaterhub.agent.meters.rates import Rates
from gaterhub.agent.reading import Reading
from gaterhub.origin import segment

_RATES: Final = (
    ("bytes_recv", "received_bytes_per_second"),
    ("bytes_sent", "sent_bytes_per_second"),
    ("packets_recv", "received_packets_per_second"),
    ("packets_sent", "sent_packets_per_second"),
    ("errin", "receive_errors_per_second"),
    ("errout", "send_errors_per_second"),
    ("dropin", "received_packets_dropped_per_second"),
    ("dropout", "sent_packets_dropped_per_second"),
)
_LOOPBACK: Final = "lo"


class NetworkMeter:
    def __init__(
        self,
        *,
        counters: Callable[[], dict[str, host.Counters]] = host.network_counters,
        interfaces: Callable[[], Mapping[str, host.Interface]] = host.interfaces,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._counters, self._interfaces, self._clock = counters, interfaces, clock
        self._rates = Rates()

    def sample(self) -> list[Reading]:
        """Return what each interface carried since the last call, and what the host exchanged with others."""
        now = self._clock()
        counters = self._counters()
        self._rates.keep_only(counters)
        states = self._interfaces()
        readings = []
        total = dict.fromkeys((field for _, field in _RATES[:4]), 0.0)
        for name, values in counters.items():
            change = self._rates.change(name, values, at_seconds=now)
            if change is None:
                continue
            data: dict[str, Any] = {"interface": name}
            for counter, field in _RATES:
                rate = change.per_second(counter)
                if rate is not None:
                    data[field] = rate
                    # What the host says to itself doesn't leave it.
                    if name != _LOOPBACK and field in total:
                        total[field] += rate
            if name in states:
                data["up"] = states[name].up
                if states[name].megabits_per_second > 0:
                    data["megabits_per_second"] = states[name].megabits_per_second
            topic = f"performance_metrics:network:{segment(name)}"
            readings.append(Reading("metrics", topic, "network_interface", data))
        if readings:
            rounded: dict[str, Any] = {field: round(rate, 3) for field, rate in total.items()}
            readings.append(
                Reading("metrics", "throughput_stats:network", "throughput", {"service": "network", **rounded})
            )
        return readings
