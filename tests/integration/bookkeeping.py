"""What the tests of the books have in common: losses, acknowledgements, and a database that is out."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from asgiref.sync import async_to_sync
from django.db import OperationalError, connection

from consumers.durable import Durables
from consumers.ledger import Entry
from instances.access.principal import Principal

OLGA = Principal(kind="user", id=7, name="olga")
KEY = ("user", 7, "billing")
STREAM, OTHER = "health.process_health", "health.circuit_breaker_status"
MS = 1_700_000_000_000


def entry(number: int = 1, **different: Any) -> Entry:
    usual = Entry(
        at_ms=MS + number,
        kind="gap",
        instance="health",
        stream=STREAM,
        epoch="k3f9",
        first=number,
        last=number + 9,
        count=10,
        reason="slow",
        connection="c1",
        principal_kind="user",
        principal_id=7,
        principal="olga",
        patterns="process_health:*",
    )
    return replace(usual, **different)


@contextmanager
def database_out() -> Iterator[None]:
    """Refuse every statement, as a database does that is gone."""

    def refuse(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        raise OperationalError("the database is out")

    with connection.execute_wrapper(refuse):
        yield


def load(durables: Durables, name: str = "billing", *, instance: str = "health", pattern: str = "*") -> dict[str, str]:
    async def ask() -> dict[str, str]:
        return await durables.load(OLGA, name, instance=instance, pattern=pattern)

    return async_to_sync(ask)()


def say(durables: Durables, *, instance: str = "health", pattern: str = "*", **positions: str) -> None:
    streams = {"process": STREAM, "circuit": OTHER, "alert": "alerts.system_alert"}
    said = {streams[name]: position for name, position in positions.items()}
    durables.acknowledge(KEY, instance=instance, pattern=pattern, positions=said)
