"""When a reading of this host is an alert: raised once, resolved once."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from gaterhub.agent.reading import Reading
from instances.schemas.alerts import alert_resolved, critical_alert, warning_alert
from instances.schemas.metrics import cpu_usage, disk_usage, memory_usage, swap_usage
from instances.schemas.words import EventType


@dataclass(frozen=True, slots=True)
class Threshold:
    """One row: which figure, from where it is an alert, and below what it no longer is."""

    name: str
    measured: EventType
    """The type of the readings that carry the figure."""
    field: str
    raise_at: float
    clear_below: float
    """Well under `raise_at`, so that a figure on the edge doesn't raise and resolve every second."""
    level: str
    """`warning` or `critical`: the topic."""
    component: str
    noun: str
    hold_seconds: float = 0.0
    """How long the figure must stay there: a processor may well be busy for a moment."""


THRESHOLDS: Final = (
    # The figures operators commonly page at; at 97 % of a disk the next log rotation may be what fills it.
    Threshold("disk_filling", disk_usage, "utilisation_ratio", 0.90, 0.85, "warning", "disk", "disk use"),
    Threshold("disk_full", disk_usage, "utilisation_ratio", 0.97, 0.94, "critical", "disk", "disk use"),
    Threshold("inodes_filling", disk_usage, "inode_utilisation_ratio", 0.90, 0.85, "warning", "disk", "inode use"),
    Threshold("memory_high", memory_usage, "utilisation_ratio", 0.90, 0.85, "warning", "memory", "memory use"),
    Threshold("memory_full", memory_usage, "utilisation_ratio", 0.97, 0.94, "critical", "memory", "memory use", 10),
    Threshold("swap_high", swap_usage, "utilisation_ratio", 0.80, 0.70, "warning", "swap", "swap use", 30),
    Threshold("cpu_busy", cpu_usage, "utilisation_ratio", 0.95, 0.85, "warning", "cpu", "processor use", 30),
)

_SEVERITIES: Final = {"warning": "medium", "critical": "high"}
_RAISED: Final = {"warning": warning_alert, "critical": critical_alert}


@dataclass(slots=True)
class _State:
    above_since: float | None = None
    raised: bool = False


class Judge:
    """Looks at every reading; `clock` counts seconds."""

    def __init__(
        self, thresholds: Iterable[Threshold] = THRESHOLDS, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._thresholds = tuple(thresholds)
        self._clock = clock
        self._states: dict[tuple[str, str], _State] = {}

    def judge(self, readings: Iterable[Reading]) -> list[Reading]:
        """Return the alerts that the readings raise or resolve."""
        return [alert for reading in readings for alert in self._judge_one(reading)]

    def _judge_one(self, reading: Reading) -> Iterator[Reading]:
        for threshold in self._thresholds:
            if threshold.measured.name != reading.event_type:
                continue
            value = reading.data.get(threshold.field)
            if value is None:
                continue
            state = self._states.setdefault((threshold.name, reading.topic), _State())
            if value < threshold.raise_at:
                state.above_since = None
                if state.raised and value < threshold.clear_below:
                    state.raised = False
                    yield _alert(threshold, reading, value, resolved=True)
                continue
            now = self._clock()
            if state.above_since is None:
                state.above_since = now
            if not state.raised and now - state.above_since >= threshold.hold_seconds:
                state.raised = True
                yield _alert(threshold, reading, value, resolved=False)


def _alert(threshold: Threshold, reading: Reading, value: float, *, resolved: bool) -> Reading:
    where = reading.data.get("mountpoint", threshold.component)
    limit = threshold.clear_below if resolved else threshold.raise_at
    side = "below" if resolved else "at or above"
    held = f" for {threshold.hold_seconds:g} s" if threshold.hold_seconds and not resolved else ""
    said: dict[str, Any] = {
        "severity": "info" if resolved else _SEVERITIES[threshold.level],
        "component": threshold.component,
        "message": f"The {threshold.noun} of {where} is {value:.1%}, {side} {limit:.0%}{held}",
        "rule": threshold.name,
        "state": "resolved" if resolved else "raised",
        "affected": where,
        "measured_ratio": value,
        "threshold_ratio": limit,
        "measured_topic": reading.topic,
        "escalation_required": threshold.level == "critical" and not resolved,
    }
    alert = alert_resolved(level=threshold.level, **said) if resolved else _RAISED[threshold.level](**said)
    return Reading.of(alert)
