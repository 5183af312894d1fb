"""What holds for each instance now, kept in the process so that publishing asks no database."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from django.db import DatabaseError, close_old_connections
from django.db.models.signals import post_delete, post_save

from instances.catalog import INSTANCES
from instances.groups import lay_out
from instances.limits.rates import Rates, rates_of_instance
from instances.models import InstanceConfig, RetentionPolicy
from instances.options import CHOICES, OPTIONS, OVERFLOW, SWITCHES, switch_denied
from instances.retention.policy import Policy, keeps_of
from instances.retention.rows import active_policies
from instances.routing import Route, routes_of
from instances.schemas import loading, usage
from instances.spec import RECORD, DeliveryClass, InstanceSpec, Limits, Overflow
from instances.streams import Keep, Keeps, Position, keep_of
from instances.streams.contract import BESIDE_THE_JOURNAL

logger = logging.getLogger(__name__)

REFRESH_SECONDS: Final = 2.0
"""A change made in one process holds in all others within this time."""


_LIMITS: Final = Limits()


@dataclass(frozen=True, slots=True)
class Effective:
    enabled: bool = True
    strict: bool = False
    signed: bool = False
    """Whether every event of a token needs a signature."""
    limits: Limits = _LIMITS
    record_seen: bool = False
    """Whether it is recorded who saw its events."""
    keep: Keep = BESIDE_THE_JOURNAL
    """How much of each stream the instance keeps for those who return."""
    keeps: Keeps = field(default_factory=dict)
    """How much of each stream is kept for them under the retention policies."""
    rates: Rates | None = None
    """What all publishers together may publish; None: any amount. The same figures are the same object."""
    delivery: DeliveryClass = RECORD
    """The instance's class, with what an operator wants to become of a full queue."""
    routes: Mapping[str, Route] = field(default_factory=dict)
    """Of each family that an operator has spread otherwise than the catalog."""

    @property
    def begins(self) -> dict[str, Position]:
        """Where each stream ended when it was taken into use by a change of routes."""
        return {stream: at for route in self.routes.values() for stream, at in route.begins.items()}


def _of_catalog(spec: InstanceSpec) -> Effective:
    keep = keep_of(spec.delivery)
    return Effective(
        limits=spec.limits,
        record_seen=spec.delivery.journaled,
        keep=keep,
        keeps=keeps_of(spec, keep, ()),
        delivery=spec.delivery,
    )


_DEFAULTS: Final = {spec.name: _of_catalog(spec) for spec in INSTANCES}
_COLUMNS: Final = (
    "instance",
    *SWITCHES,
    *(option.name for option in OPTIONS),
    *(choice.name for choice in CHOICES),
    "routes",
)
_snapshot: dict[str, Effective] = dict(_DEFAULTS)
_policies: tuple[Policy, ...] = ()


def effective(instance: str) -> Effective:
    """Return what holds for the instance, by its own name."""
    return _snapshot[instance]


def policies() -> tuple[Policy, ...]:
    """Return the retention policies that hold."""
    return _policies


def refresh() -> bool:
    """Read the configuration anew; blocks on the database. False: it is out, and the last one stands."""
    global _policies, _snapshot
    try:
        active = active_policies()
        read = {row["instance"]: row for row in InstanceConfig.objects.values(*_COLUMNS)}
    except DatabaseError as error:
        logger.warning("The configuration could not be read, so the last one stands: %s", error)
        return False
    snapshot = {spec.name: _effective(spec, read.get(spec.name)) for spec in INSTANCES}
    for name, held in snapshot.items():
        lay_out(name, {family: route.layout for family, route in held.routes.items()})
    _policies = active
    # By now the streams are known that there are.
    _snapshot = {
        spec.name: replace(held, keeps=keeps_of(spec, held.keep, active))
        for spec, held in zip(INSTANCES, snapshot.values(), strict=True)
    }
    return True


def _effective(spec: InstanceSpec, row: Mapping[str, Any] | None) -> Effective:
    if row is None:
        return _DEFAULTS[spec.name]
    # A figure that a newer version or another hand set is worth no more than its bounds.
    number: dict[str, Any] = {
        option.name: row[option.name]
        if row[option.name] is not None and option.wrong_with(spec, row[option.name]) is None
        else option.default(spec)
        for option in OPTIONS
    }
    return Effective(
        row["enabled"],
        row["strict"],
        row["signed"],
        replace(
            spec.limits,
            event_bytes=number["event_bytes"],
            batch_events=number["batch_events"],
            body_bytes=number["body_bytes"],
        ),
        record_seen=row["record_seen"] and switch_denied("record_seen", spec) is None,
        keep=Keep(number["history_events"], number["history_seconds"]),
        rates=rates_of_instance(number["events_per_second"], number["bytes_per_second"]),
        delivery=_delivery(spec, row["overflow"]),
        routes=routes_of(spec, row["routes"]),
    )


def _delivery(spec: InstanceSpec, overflow: str | None) -> DeliveryClass:
    if overflow is None or OVERFLOW.wrong_with(spec, overflow) is not None:
        return spec.delivery
    return replace(spec.delivery, overflow=Overflow(overflow))


def refresh_in_thread() -> None:
    """Refresh from a thread that serves no request, giving back a connection that has grown old."""
    close_old_connections()
    try:
        refresh()
        loading.load()
        usage.flush()
    finally:
        close_old_connections()


def connect() -> None:
    """Make changes hold at once in the process that makes them."""
    for signal in (post_save, post_delete):
        for model in (InstanceConfig, RetentionPolicy):
            signal.connect(_changed, sender=model, dispatch_uid=f"instances.config.{id(signal)}.{model.__name__}")
    loading.connect()


def _changed(**kwargs: Any) -> None:
    refresh()
