"""Eight who write evidence over HTTP, each one after the other, and note outside of the hub what they were told."""

import http.client
import itertools
import json
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Final, Self

import pytest

from tests.functional.conftest import Reachable
from tests.functional.journal.record import PATIENCE_SECONDS, Acknowledged
from tests.functional.subscriber import post

WRITERS: Final = 8
BATCH_EVENTS: Final = 5
TOPIC: Final = "audit_trail:user_actions"
PAUSE_SECONDS: Final = 0.02


@dataclass(slots=True)
class Writer:
    """Sends one request after the other; `patient` ones send it again, with its ids, until they are told."""

    number: int
    batch: int
    patient: bool
    acknowledged: list[Acknowledged] = field(default_factory=list)
    unknown: list[list[uuid.UUID]] = field(default_factory=list)
    """The ids of requests whose outcome was never told."""
    refused: int = 0
    longest_seconds: float = 0.0
    """That a request waited for its answer, whatever that was."""
    faults: list[str] = field(default_factory=list)


class Writers:
    """Write from when the block begins until it ends; then those who are patient have been told about everything."""

    def __init__(self, hub: Reachable, *, instance: str = "audit", count: int = WRITERS) -> None:
        self.each: Final = [
            Writer(number, batch=BATCH_EVENTS if number % 8 in (1, 7) else 1, patient=number % 4 != 3)
            for number in range(count)
        ]
        self._hub = hub
        self._path = f"/api/v1/instances/{instance}/events/"
        self._ending = threading.Event()
        self._threads = [threading.Thread(target=self._write, args=(writer,), daemon=True) for writer in self.each]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._ending.set()
        for thread in self._threads:
            thread.join(PATIENCE_SECONDS)
        if kind is None:
            assert not any(thread.is_alive() for thread in self._threads), "A writer waits for its answer still."

    @property
    def acknowledged(self) -> list[Acknowledged]:
        return [each for writer in self.each for each in writer.acknowledged]

    @property
    def spooled(self) -> int:
        return sum(each.spooled for each in self.acknowledged)

    @property
    def faults(self) -> list[str]:
        return [fault for writer in self.each for fault in writer.faults]

    @property
    def longest_seconds(self) -> float:
        return max(writer.longest_seconds for writer in self.each)

    def wait_for(self, more: int, of: Callable[[Acknowledged], bool] = lambda each: True) -> None:
        """Return when so many more are acknowledged than are now."""
        count = sum(map(of, self.acknowledged)) + more
        deadline = time.monotonic() + PATIENCE_SECONDS
        while sum(map(of, self.acknowledged)) < count:
            if time.monotonic() > deadline:
                pytest.fail(f"{more} more were not acknowledged in {PATIENCE_SECONDS:.0f} s; {self.faults[:3]}")
            time.sleep(0.005)

    def _write(self, writer: Writer) -> None:
        connection = http.client.HTTPConnection(self._hub.host, self._hub.port, timeout=PATIENCE_SECONDS)
        for turn in itertools.count():
            if self._ending.is_set() or writer.faults:
                break
            events = [event(writer.number, f"{turn}/{place}") for place in range(writer.batch)]
            if not self._send(connection, writer, events):
                writer.unknown.append([uuid.UUID(event["id"]) for event in events])
        connection.close()

    def _send(self, connection: http.client.HTTPConnection, writer: Writer, events: list[dict[str, Any]]) -> bool:
        """Return whether it was told that they are kept."""
        body = json.dumps(events[0] if writer.batch == 1 else {"events": events})
        headers = {"Authorization": f"Bearer {self._hub.token}", "Content-Type": "application/json"}
        while True:
            began = time.monotonic()
            status, answer = _asked(connection, self._path, body, headers)
            writer.longest_seconds = max(writer.longest_seconds, seconds := time.monotonic() - began)
            if status in (201, 202):
                self._note(writer, events, status, answer, seconds)
                return True
            if status not in (None, 503):
                writer.faults.append(f"Writer {writer.number} was answered {status}: {answer}")
                return False
            writer.refused += status == 503
            time.sleep(PAUSE_SECONDS)
            if not writer.patient:
                return False

    @staticmethod
    def _note(
        writer: Writer, events: list[dict[str, Any]], status: int, answer: dict[str, Any], seconds: float
    ) -> None:
        receipts = answer["events"]
        if [receipt["id"] for receipt in receipts] != [event["id"] for event in events]:
            writer.faults.append(f"Writer {writer.number} was told about other events: {answer}")
        if bool(answer.get("spooled")) != (status == 202):
            writer.faults.append(f"Writer {writer.number} was told {status} with {answer}")
        writer.acknowledged += [
            Acknowledged(uuid.UUID(receipt["id"]), writer.number, status == 202, receipt.get("leaf_hash"), seconds)
            for receipt in receipts
        ]


def _asked(
    connection: http.client.HTTPConnection, path: str, body: str, headers: dict[str, str]
) -> tuple[int | None, Any]:
    """Return what was answered; no status where nobody did."""
    try:
        connection.request("POST", path, body, headers)
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    except (OSError, http.client.HTTPException):
        connection.close()
        return None, None


def publish(hub: Reachable, instance: str, event: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """Publish one event, and return the status and its receipt; the problem where it is refused."""
    status, answer = post(hub, instance, event)
    return status, answer["events"][0] if "events" in answer else answer


def event(writer: int, what: str) -> dict[str, Any]:
    return {
        "id": str(uuid.uuid4()),
        "topic": TOPIC,
        "event_type": "user_action",
        "data": {"user_id": f"writer-{writer}", "action": "note", "resource": f"{writer}/{what}"},
        "metadata": {"ip_address": "203.0.113.7"},
    }
