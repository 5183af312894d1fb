"""What starts and ends with a serving process: hub, report, recorders, and agent and worker where wanted."""

import asyncio
import gc
import logging
import sys
import threading
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from django.conf import settings

from consumers.running import current_hub, start_hub, stop_hub
from gaterhub.acts import hub_started, hub_stopping
from gaterhub.agent import run_agent
from gaterhub.capacity.recorder import Recorder
from gaterhub.objectives.recorder import Recorder as ObjectivesRecorder
from gaterhub.purging import purge_own
from gaterhub.worker import Worker
from instances.journal.adopter import Adopter
from instances.journal.standby import Standby
from instances.keeper import Keeper

logger = logging.getLogger(__name__)

Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]

SWITCH_SECONDS: Final = 0.00002
"""How long a thread that could go on waits for the one that runs, where Python's own 5 ms is made for sums.

The journal's threads wait for a database after each statement, twenty times for one event; beside an instance that is
flooded on the event loop's thread, that cost an alert 40 ms, and costs 10 now. The flood gets through as before.
"""

COLLECTED_AFTER: Final = (10_000, 20, 50)
"""So many new objects, and so many collections of each generation before the next one is looked at too."""

with_agent = False
"""Whether this process publishes its host's telemetry too; `serve --agent` says so."""

with_worker = False
"""Whether this process stands by as worker; `serve` says so, unless told `--no-worker`."""

_starting: asyncio.Task[None] | None = None
_agent: asyncio.Task[None] | None = None
_agent_stop = asyncio.Event()
_worker_stop = threading.Event()
_standby: Standby | None = None
_adopter: Adopter | None = None
_recorder: Recorder | None = None
_objectives: ObjectivesRecorder | None = None
_purging: Keeper | None = None


async def lifespan(receive: Receive, send: Send) -> None:
    """Serve the lifespan scope: start, wait, stop."""
    await receive()
    try:
        await start_once()
    except Exception as error:
        logger.exception("The hub could not be started.")
        await send({"type": "lifespan.startup.failed", "message": str(error)})
        return
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await stop()
    await send({"type": "lifespan.shutdown.complete"})


async def start_once() -> None:
    """Start the hub unless it runs; all who ask meanwhile wait for the same start."""
    global _starting
    if current_hub() is not None and _starting is not None and _starting.done():
        return
    if _starting is None or (_starting.done() and current_hub() is None):
        _starting = asyncio.create_task(_start(), name="start")
    await asyncio.shield(_starting)


async def _start() -> None:
    global _adopter, _agent, _agent_stop, _objectives, _purging, _recorder, _standby
    await start_hub()
    await hub_started()
    spare_the_collector()
    sys.setswitchinterval(SWITCH_SECONDS)
    _adopter = Adopter()
    _adopter.start()
    _recorder = Recorder()
    _recorder.start()
    _objectives = ObjectivesRecorder()
    _objectives.start()
    if not settings.REDIS_URL:
        # Nobody else has these streams; those in Redis the leading worker purges.
        _purging = Keeper("purge", purge_own)
    if with_worker:
        _worker_stop.clear()
        _standby = Standby()
        _standby.start()
        threading.Thread(target=Worker().run, args=(_worker_stop,), name="worker", daemon=True).start()
    if with_agent:
        _agent_stop = asyncio.Event()
        _agent = asyncio.create_task(run_agent(_agent_stop), name="agent")


def spare_the_collector() -> None:
    """Have the garbage collector pass over what was made up to here, which lives as long as the process.

    It looked at all of that again and again, and nothing else could happen in the 100 ms that it took. What is made
    since is looked at less often than Python would: an event leaves no cycles behind, and looking took a fifth of the
    time of those in flight.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECTED_AFTER)


async def stop() -> None:
    """Stop in the order that lets the last events out: agent, report, hub."""
    global _adopter, _agent, _objectives, _purging, _recorder, _standby, _starting
    _worker_stop.set()
    if _agent is not None:
        _agent_stop.set()
        await asyncio.wait({_agent}, timeout=5)
        _agent.cancel()
        _agent = None
    if _purging is not None:
        await _purging.stop()
        _purging = None
    await hub_stopping()
    if _adopter is not None:
        await asyncio.to_thread(_adopter.stop)
        _adopter = None
    if _standby is not None:
        await asyncio.to_thread(_standby.stop)
        _standby = None
    if _recorder is not None:
        await _recorder.stop()
        _recorder = None
    if _objectives is not None:
        await _objectives.stop()
        _objectives = None
    await stop_hub()
    _starting = None
