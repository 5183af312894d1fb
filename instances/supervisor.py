"""The ten instances of this process, made once and shared, and the one event loop that they work on."""

import asyncio
import logging
import os
import sys
import threading
import time
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from django.conf import settings

from instances import config
from instances.adapters import make_broker
from instances.broker import Broker, Unavailable
from instances.catalog import INSTANCES
from instances.ending import end
from instances.explorer import traces
from instances.explorer.looking import SEEN, seen_here
from instances.groups import all_streams
from instances.instance import Instance
from instances.journal.committers import stop_committers
from instances.limits.meter import Meters
from instances.office import Office
from instances.process import process_name

if sys.platform != "win32":
    from uvloop import new_event_loop
else:
    from asyncio import new_event_loop

logger = logging.getLogger(__name__)

SAMPLE_SECONDS: Final = 1.0
START_TIMEOUT_SECONDS: Final = 5.0

_instances: Final = MappingProxyType({spec.name: Instance(spec) for spec in INSTANCES})


class Home:
    """Where the instances of a process live: a loop, a broker, and what runs beside the lanes."""

    def __init__(self, loop: asyncio.AbstractEventLoop, broker: Broker) -> None:
        self.loop = loop
        self.broker = broker
        self.meters = Meters(broker)
        self.office = Office(broker, name=process_name())
        self.tasks: list[asyncio.Task[None]] = []


_home: Home | None = None
_starting = threading.Lock()


def instances() -> Mapping[str, Instance]:
    """Return the ten by name; whoever asks, and however often, gets the same ones."""
    return _instances


def home() -> Home | None:
    """Return where the instances live in this process, or None while they don't."""
    return _home


async def start_instances(*, sampling: bool = True) -> Home:
    """Start the ten on the running loop, unless they run; several apps may ask, in any order.

    `sampling` reads every second how far the streams have come, which whoever only publishes has no use for.
    """
    global _home
    loop = asyncio.get_running_loop()
    if _home is not None:
        if _home.loop is not loop and not _home.loop.is_closed():
            raise RuntimeError("The instances of this process live on another event loop already.")
        if _home.loop is loop:
            return _home
    here = _home = Home(loop, make_broker())
    for instance in _instances.values():
        instance.forget()
        instance.start(here.broker)
    await asyncio.to_thread(config.refresh_in_thread)
    here.office.answer(SEEN, seen_here)
    here.office.answer(traces.START, traces.TRACES.start)
    here.office.answer(traces.STOP, traces.TRACES.stop)
    here.office.answer(traces.LOOK, traces.TRACES.look)
    here.office.answer(traces.LIST, traces.TRACES.list)
    here.office.start()
    here.tasks = [asyncio.create_task(_refresh_configuration(), name="configuration")]
    if sampling:
        here.tasks.append(asyncio.create_task(_sample(here.broker), name="sampler"))
    return here


async def stop_instances() -> None:
    """End the ten; they can be started again."""
    global _home
    here, _home = _home, None
    if here is None:
        return
    await end(*here.tasks)
    await here.office.stop()
    traces.TRACES.forget()
    here.meters.stop(Unavailable("The hub is stopping."))
    for instance in _instances.values():
        await instance.stop()
    await asyncio.to_thread(stop_committers)
    await here.broker.close()


def ensure_home() -> Home:
    """Return where the instances live, giving them a loop on a thread of their own in a process that doesn't serve.

    Blocks while that thread starts. Raises: Unavailable where only a serving process can take events.
    """
    if _home is not None:
        return _home
    if not settings.REDIS_URL:
        raise Unavailable(
            "Without REDIS_URL, the serving process alone takes events, and this process serves none. "
            "Publish to it by HTTP (`manage.py publish` does), or set REDIS_URL."
        )
    with _starting:
        if _home is None:
            _start_thread()
    if _home is None:
        raise Unavailable("The publishing thread did not start in time.")
    return _home


def _start_thread() -> None:
    started = threading.Event()

    async def live() -> None:
        await start_instances(sampling=False)
        started.set()
        await asyncio.Event().wait()

    def run() -> None:
        # The loop that serving processes have, too: a call costs a quarter less on it.
        with asyncio.Runner(loop_factory=new_event_loop) as runner:
            runner.run(live())

    # A daemon: a script that has published ends when it ends.
    threading.Thread(target=run, name="gaterhub-publishing", daemon=True).start()
    started.wait(START_TIMEOUT_SECONDS)


async def _sample(broker: Broker) -> None:
    """Read once a second how far the streams have come, in one step for all that are kept in one place."""
    journaled = [each for each in _instances.values() if each.spec.delivery.journaled and broker.journal is not None]
    others = [each for each in _instances.values() if each not in journaled]
    due = time.monotonic()
    while True:
        # Each for itself: whoever samples Redis is not held up by a journal that is out.
        await asyncio.gather(*(_sample_some(broker, some) for some in (journaled, others) if some))
        # By the clock, and not so long after the last: samples that are whole seconds apart show whole events.
        due = max(due + SAMPLE_SECONDS, time.monotonic())
        await asyncio.sleep(due - time.monotonic())


async def _sample_some(broker: Broker, some: list[Instance]) -> None:
    asked = time.monotonic()
    try:
        streams = {each.spec.name: all_streams(each.spec) for each in some}
        heads = await broker.heads([name for names in streams.values() for name in names])
    except Unavailable:
        # Their publishers are told; a sample more or less is not worth a word.
        return
    now = time.monotonic()
    for each in some:
        each.sample(now, {name: heads[name] for name in streams[each.spec.name]}, asked_seconds=asked)


async def _refresh_configuration() -> None:
    while True:
        await asyncio.sleep(config.REFRESH_SECONDS)
        await asyncio.to_thread(config.refresh_in_thread)


def _forget_after_fork() -> None:
    """A child has its parent's memory, but neither its loop nor its connections."""
    global _home, _starting
    _home = None
    _starting = threading.Lock()
    traces.TRACES.after_fork()
    for instance in _instances.values():
        instance.forget()


os.register_at_fork(after_in_child=_forget_after_fork)
