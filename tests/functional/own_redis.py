"""A Redis of the test's own, which it may kill, stop, and start again with what it held, less of it, or nothing."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Final

import redis

from tests.conftest import missing
from tests.functional.conftest import START_SECONDS, free_port

_ANSWER_SECONDS: Final = 2.0


class OwnRedis:
    """Keeps every command in a file, and forgets nothing by being killed, unless it is told to when it starts again."""

    def __init__(self, folder: Path) -> None:
        program = shutil.which("redis-server")
        if program is None:
            missing("redis-server", "install Redis")
        self._folder = folder
        self._port = free_port()
        self._command = [
            *(program, "--port", str(self._port), "--bind", "127.0.0.1", "--dir", str(folder)),
            # What is written is safe from a kill without it; only a loss of power would need more.
            *("--save", "", "--appendfsync", "no", "--loglevel", "warning"),
        ]
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"redis://127.0.0.1:{self._port}/0"

    @property
    def client(self) -> redis.Redis:
        return redis.Redis.from_url(self.url, socket_timeout=_ANSWER_SECONDS, socket_connect_timeout=_ANSWER_SECONDS)

    def start(self) -> None:
        """Start with all that was held."""
        self._start("--appendonly", "yes")

    def start_from_snapshot(self) -> None:
        """Start with what was held when `snapshot` was called last."""
        self._start("--appendonly", "no")

    def start_empty(self) -> None:
        for held in self._folder.iterdir():
            if held.name == "dump.rdb":
                held.unlink()
            elif held.name == "appendonlydir":
                shutil.rmtree(held)
        self.start()

    def snapshot(self) -> None:
        with self.client as client:
            client.save()

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def stop(self) -> None:
        """Let it hang: its connections stay, and nothing answers."""
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGSTOP)

    def go_on(self) -> None:
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGCONT)

    def kill_pubsub(self) -> None:
        """Cut every connection that messages come by."""
        with self.client as client:
            client.execute_command("CLIENT", "KILL", "TYPE", "pubsub")

    def _start(self, *options: str) -> None:
        self._process = subprocess.Popen([*self._command, *options], stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + START_SECONDS
        with self.client as client:
            while True:
                try:
                    client.ping()
                    return
                except (redis.ConnectionError, redis.TimeoutError):
                    assert self._process.poll() is None
                    assert time.monotonic() < deadline
