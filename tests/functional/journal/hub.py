"""A hub in processes of its own, each of which may be killed while the others go on."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tests.functional.conftest import START_SECONDS, environment_of, free_port, made
from tests.functional.journal.nursery import Child, Nursery
from tests.functional.journal.record import Record
from tests.functional.journal.sabotage import Sabotage, compiler

_PROGRAMS: Final = "tests.functional.journal.programs"


@dataclass
class Hub:
    folder: Path
    nursery: Nursery
    token: str
    record: Record
    environment: dict[str, str]
    sabotage: Sabotage | None
    """None where there is no compiler to make it."""
    port: int = field(default_factory=free_port)
    """Of every process that serves, one after the other, unless it is given another."""
    host: str = "127.0.0.1"

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}/"

    @property
    def ws_url(self) -> str:
        return f"ws://{self.host}:{self.port}/ws/v1/"

    @contextmanager
    def serving(self, *options: str) -> Iterator[Child]:
        child = self.serve(*options)
        try:
            yield child
        finally:
            child.kill()

    @contextmanager
    def working(self) -> Iterator[Child]:
        child = self.work()
        try:
            yield child
        finally:
            child.kill()

    def serve(self, *options: str) -> Child:
        """Start a process that serves, and wait until it answers; whether it is ready is another question."""
        child = self.nursery.start("serve", "--port", str(self.port), *options)
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                self.probe("livez")
            except OSError:
                assert child.lives, child.log.read_text()
                assert time.monotonic() < deadline, child.log.read_text()
                time.sleep(0.02)
            else:
                return child

    def work(self) -> Child:
        return self.nursery.start("worker")

    def run(self, program: str, *arguments: str) -> Child:
        """Start one of the tests' own programs."""
        return self.nursery.start(*arguments, module=f"{_PROGRAMS}.{program}")

    def probe(self, path: str) -> tuple[int, dict[str, Any]]:
        """Return the status and the answer. Raises: OSError."""
        try:
            with urllib.request.urlopen(f"{self.url}{path}", timeout=START_SECONDS) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)


@contextmanager
def hub(folder: Path, **settings: str) -> Iterator[Hub]:
    """Make the databases and a token; which processes there are is said later."""
    sabotage = Sabotage(folder) if compiler() else None
    environment = environment_of(folder, settings)
    token = made(folder, settings)
    environment |= {} if sabotage is None else sabotage.environment
    with Nursery(folder, environment) as nursery:
        url = settings.get("JOURNAL_DATABASE_URL") or settings.get("DATABASE_URL")
        yield Hub(folder, nursery, token, Record(url or folder / "journal.sqlite3"), environment, sabotage)
