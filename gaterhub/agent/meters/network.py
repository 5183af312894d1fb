"""What the network interfaces send and receive."""

import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from gaterhub.agent import host
from gaterhub.agent.meters.rates import Rates
from gaterhub.agent.reading import Reading
from gaterhub.origin import segment
from instances.schemas.metrics import network_interface, throughput

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
            rates: dict[str, Any] = {field: change.per_second(counter) for counter, field in _RATES}
            # What the host says to itself doesn't leave it.
            if name != _LOOPBACK:
                for field in total:
                    total[field] += rates[field] or 0.0
            state = states.get(name)
            traffic = network_interface(
                nic=segment(name),
                interface=name,
                **rates,
                up=None if state is None else state.up,
                megabits_per_second=None if state is None else state.megabits_per_second or None,
            )
            readings.append(Reading.of(traffic))
        if readings:
            rounded: dict[str, Any] = {field: round(rate, 3) for field, rate in total.items()}
            readings.append(Reading.of(throughput(service="network", **rounded)))
        return readings
