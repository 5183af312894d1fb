"""Puts the looks together: which were asked for, at which process."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

import psutil

from gaterhub.agent.inspection.connections import connection_readings
from gaterhub.agent.inspection.files import file_readings
from gaterhub.agent.inspection.loop_delay import LoopDelay
from gaterhub.agent.inspection.memory import memory_readings
from gaterhub.agent.inspection.trace import Trace
from gaterhub.agent.reading import Reading

KINDS: Final = ("memory", "connections", "files", "trace")


class NoProcess(LookupError):
    """A process that isn't there, or no longer."""

    def __init__(self, pid: int) -> None:
        super().__init__(f"There is no process {pid}.")


class Inspector:
    def __init__(self, delays: LoopDelay | None = None) -> None:
        self._looks: Mapping[str, Callable[..., list[Reading]]] = {
            "memory": memory_readings,
            "connections": connection_readings,
            "files": file_readings,
            "trace": Trace(delays).readings,
        }

    def inspect(
        self,
        kinds: Sequence[str] | None = None,
        *,
        pid: int | None = None,
        deep: bool = True,
        asked_by: str = "timer",
    ) -> list[Reading]:
        """Return what the looks find at the process, this one by default. Raises: NoProcess."""
        try:
            process = psutil.Process(pid)
            with process.oneshot():
                found = [reading for kind in kinds or KINDS for reading in self._looks[kind](process, deep=deep)]
        except (psutil.NoSuchProcess, psutil.ZombieProcess) as error:
            raise NoProcess(pid or error.pid) from error
        return [replace(each, metadata={"requested_by": asked_by, "deep": deep}) for each in found]
