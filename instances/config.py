"""What holds for each instance now, kept in the process so that publishing asks no database."""

import logging
from dataclasses import dataclass
from typing import Any, Final

from django.db import DatabaseError, close_old_connections
from django.db.models.signals import post_delete, post_save

from instances.catalog import INSTANCES
from instances.models import InstanceConfig
from instances.schemas import loading, usage

logger = logging.getLogger(__name__)

REFRESH_SECONDS: Final = 2.0
"""A change made in one process holds in all others within this time."""


@dataclass(frozen=True, slots=True)
class Effective:
    enabled: bool = True
    strict: bool = False
    signed: bool = False
    """Whether every event of a token needs a signature."""


_DEFAULTS: Final = {spec.name: Effective() for spec in INSTANCES}
_snapshot: dict[str, Effective] = dict(_DEFAULTS)


def effective(instance: str) -> Effective:
    """Return what holds for the instance, by its own name."""
    return _snapshot[instance]


def refresh() -> None:
    """Read the configuration anew; blocks on the database. A database that is out leaves the last one standing."""
    global _snapshot
    try:
        rows = InstanceConfig.objects.values_list("instance", "enabled", "strict", "signed")
        read = {name: Effective(enabled, strict, signed) for name, enabled, strict, signed in rows}
    except DatabaseError as error:
        logger.warning("The configuration could not be read, so the last one stands: %s", error)
        return
    _snapshot = _DEFAULTS | {name: row for name, row in read.items() if name in _DEFAULTS}


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
        signal.connect(_changed, sender=InstanceConfig, dispatch_uid=f"instances.config.{id(signal)}")
    loading.connect()


def _changed(**kwargs: Any) -> None:
    refresh()
