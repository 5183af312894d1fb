"""What a shop publishes in an ordinary minute, made with the typed builders: the life in the pictures."""

import json
import math
import random
import threading
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from instances.schemas import alerts, audit, diagnostics, events, health, lifecycle, logging, metrics, security, system
from instances.schemas.typed_event import TypedEvent
from instances.schemas.words import EventType
from tests.functional.conftest import Server

BEATS_PER_SECOND: Final = 4
WAVE_SECONDS: Final = 47.0
"""How long the traffic takes to swell and to ebb once."""

TRAFFIC: Final[Mapping[float, Sequence[EventType]]] = {
    16.0: (metrics.latency_measured, metrics.latency_measured, metrics.queue_measured, metrics.error_rate_measured),
    9.0: (logging.structured_log, logging.log_record, logging.structured_log, logging.log_record),
    6.0: (events.order_placed, events.stream_event_appended, events.projection_updated, events.aggregate_changed),
    4.0: (
        health.health_check_passed,
        health.registration_success,
        health.subscription_caught_up,
        health.subscription_lagging,
        health.health_check_passed,
        health.registration_success,
        health.component_health,
    ),
    1.8: (metrics.registration_attempt, metrics.subscription_measured),
    1.6: (diagnostics.slow_operation_traced, diagnostics.performance_trace),
    1.1: (security.authentication_success, security.authentication_success, security.authentication_failure),
    0.8: (audit.user_action, audit.data_changed),
    0.6: (metrics.resource_usage, metrics.performance_measured, metrics.throughput),
    0.5: (system.service_registered, system.setting_changed),
    0.3: (lifecycle.process_started, lifecycle.worker_count_changed),
    0.2: (
        health.circuit_breaker_closed,
        health.circuit_breaker_opened,
        health.registration_failure,
        security.authorization_denied,
        security.access_violation,
    ),
    0.15: (alerts.warning_alert, lifecycle.process_crashed, lifecycle.process_restarted),
    0.03: (alerts.critical_alert, security.threat_detected),
}
"""Events a second, on the average, of each group of types."""

NAMES: Final[Mapping[str, Sequence[Any]]] = {
    "aggregate_id": ("order-1042", "order-1043", "account-31", "basket-977"),
    "check": ("http", "tcp", "query"),
    "component": ("checkout", "catalogue", "billing", "search", "mailer"),
    "node": ("node-1", "node-2", "node-3"),
    "projection_name": ("order_totals", "stock_levels", "daily_revenue"),
    "queue": ("outgoing", "invoices", "retries"),
    "service": ("order_api", "payment_gateway", "stock_service"),
    "store_id": ("prod", "billing", "archive"),
    "stream_id": ("order-1042", "order-1043", "order-1044", "order-1045"),
    "subscription_name": ("users", "invoices", "stock_levels", "daily_revenue"),
    "user_id": ("ada", "grace", "linus", "barbara"),
}
"""What stands in for the one name of a type's example."""


MEASURED: Final = ("duration_ms", "processing_time_ms", "events_per_second", "processors_used")
"""Ends of the names of what is another number each time."""
LATELY_MS: Final = 900_000
"""What an example knows since some day, an event knows since about a quarter of an hour."""


def events_of(chance: random.Random, types: Sequence[EventType]) -> TypedEvent:
    """Make an event of one of the types: its example under another name, with other figures."""
    made = chance.choice(types)
    known = {*made.parameters, *made.example}
    other = {name: chance.choice(values) for name, values in NAMES.items() if name in known}
    scale = chance.lognormvariate(0, 0.4)
    measured = {name: round(value * scale, 2) for name, value in made.example.items() if name.endswith(MEASURED)}
    if "since_ms" in known:
        measured["since_ms"] = int(time.time() * 1000) - chance.randrange(LATELY_MS)
    return made(**{**made.example, **other, **measured})


def beat(chance: random.Random, second: float) -> Iterator[TypedEvent]:
    """Yield the events of one beat; how many varies with the wave and by chance, as real traffic does."""
    for place, (rate, types) in enumerate(TRAFFIC.items()):
        swell = 1 + 0.45 * math.sin(second / WAVE_SECONDS * 2 * math.pi + place)
        wanted = rate * swell * chance.uniform(0.7, 1.3) / BEATS_PER_SECOND
        count = int(wanted) + (chance.random() < wanted % 1)
        yield from (events_of(chance, types) for _ in range(count))


def publish(server: Server, made: TypedEvent) -> None:
    """Publish over HTTP. Raises: HTTPError where the hub refuses the event."""
    event = {
        "topic": made.topic,
        "event_type": made.event_type,
        "schema_version": made.schema_version,
        "data": dict(made.data),
        "metadata": dict(made.metadata),
    }
    headers = {"Authorization": f"Bearer {server.token}", "Content-Type": "application/json"}
    address = f"{server.url}api/v1/instances/{made.instance}/events/"
    request = urllib.request.Request(address, json.dumps(event).encode(), headers)
    with urllib.request.urlopen(request, timeout=30):
        pass


class Traffic(threading.Thread):
    """Publishes until it is told to stop."""

    def __init__(self, server: Server) -> None:
        super().__init__(name="traffic", daemon=True)
        self._server = server
        self._stopped = threading.Event()
        self.failure: Exception | None = None

    def run(self) -> None:
        chance = random.Random(7)
        begun = time.monotonic()
        number = 0
        try:
            while not self._stopped.wait(max(0.0, begun + number / BEATS_PER_SECOND - time.monotonic())):
                for made in beat(chance, number / BEATS_PER_SECOND):
                    publish(self._server, made)
                number += 1
        except Exception as failure:  # noqa: BLE001 - Told by stop(), on the thread that waits for the pictures.
            self.failure = failure

    def stop(self) -> None:
        """End it. Raises: what ended it before."""
        self._stopped.set()
        self.join()
        if self.failure is not None:
            raise self.failure
