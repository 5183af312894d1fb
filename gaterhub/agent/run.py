"""The agent as a whole: what it samples, where it publishes, and how it is asked for more."""

import asyncio
import logging
import signal
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Final

from django.conf import settings

from gaterhub.agent.checks.endpoints import BadCheck, checks_from
from gaterhub.agent.checks.finding import Check
from gaterhub.agent.checks.hub import host_checks, hub_checks
from gaterhub.agent.inspection.inspector import Inspector
from gaterhub.agent.inspection.loop_delay import LoopDelay
from gaterhub.agent.into_process import IntoProcess
from gaterhub.agent.logs import journal
from gaterhub.agent.logs.files import usual_files
from gaterhub.agent.logs.handler import PublishedRecords, attach
from gaterhub.agent.outbox import Outbox
from gaterhub.agent.reading import Reading
from gaterhub.agent.runner import Runner
from gaterhub.agent.sender import Sender
from gaterhub.agent.table import Sampler, of_the_host, of_the_hub

logger = logging.getLogger(__name__)


BETWEEN_SAMPLES_SECONDS: Final = 1.0
"""For whoever samples once: a rate needs two looks."""

FINISH_SECONDS: Final = 20.0
"""For a command that publishes and ends: a hub that restarts is back by then, and a person's patience at its end."""


async def run_agent(stop: asyncio.Event) -> None:
    """Publish this host's telemetry into the hub of this process until told to stop."""
    records = PublishedRecords()
    delays = LoopDelay()
    inspector = Inspector(delays)
    samplers = of_the_host(
        checks=[*hub_checks(), *host_checks(), *service_checks()],
        log_files=log_files(),
    )
    samplers += of_the_hub(records=records, inspector=inspector)
    detach = attach(records)
    watching = asyncio.create_task(delays.run(), name="agent loop delay")
    try:
        await publish_samples(samplers, stop, sender=IntoProcess(), inspector=inspector)
    except Exception:
        # The hub that it runs in must go on, and somebody should know.
        logger.exception("The agent failed, and publishes no more.")
    finally:
        detach()
        watching.cancel()


async def run_agent_elsewhere(stop: asyncio.Event, *, sender: Sender, checks: Sequence[Check] = ()) -> None:
    """Publish this host's telemetry through the sender until told to stop, from a process without a hub."""
    inspector = Inspector()
    samplers = of_the_host(checks=checks_elsewhere(checks), log_files=log_files())
    await publish_samples(samplers, stop, sender=sender, inspector=inspector)


async def publish_samples(
    samplers: Sequence[Sampler], stop: asyncio.Event, *, sender: Sender, inspector: Inspector
) -> None:
    """Run samplers, journal and outbox; the outbox ends last, so that it sends what the others left."""
    outbox = Outbox(sender)
    runner = Runner(outbox)
    no_more = asyncio.Event()
    following = _follow_journal(runner)
    forget = _inspect_on_signal(runner, inspector)
    sending = asyncio.create_task(outbox.run(no_more), name="agent outbox")
    try:
        await runner.run(samplers, stop)
    finally:
        forget()
        if following is not None:
            following.cancel()
            with suppress(asyncio.CancelledError):
                await following
        runner.close()
        no_more.set()
        await sending


def log_files() -> list[str]:
    """Return the log files to follow: the setting's, else the usual ones where there is no journal."""
    if settings.GATERHUB_AGENT_LOG_FILES:
        return list(settings.GATERHUB_AGENT_LOG_FILES)
    return [] if journal.is_readable() else usual_files()


async def publish_once(samplers: Sequence[Sampler], *, sender: Sender) -> Outbox:
    """Take two samples of each, publish them, and return the outbox, which tells what became of them."""
    outbox = Outbox(sender)
    runner = Runner(outbox)
    for sampler in samplers:
        await runner.sample_once(sampler)
    await asyncio.sleep(BETWEEN_SAMPLES_SECONDS)
    for sampler in samplers:
        await runner.sample_once(sampler)
    runner.close()
    await outbox.finish(within_seconds=FINISH_SECONDS)
    return outbox


async def publish_readings(readings: Iterable[Reading], *, sender: Sender) -> Outbox:
    """Publish these readings and return the outbox, which tells what became of them."""
    outbox = Outbox(sender)
    outbox.put(readings)
    await outbox.finish(within_seconds=FINISH_SECONDS)
    return outbox


def checks_elsewhere(checks: Sequence[Check]) -> list[Check]:
    """Return the checks of a host that has no hub, after those given."""
    return [*checks, *host_checks(), *service_checks()]


def service_checks() -> list[Check]:
    """Return the checks of the setting; the system check gaterhub.E001 says before what can't be read."""
    try:
        return checks_from(settings.GATERHUB_AGENT_CHECKS)
    except BadCheck as error:
        logger.error("No service is checked: %s", error)
        return []


async def inspect(runner: Runner, inspector: Inspector) -> None:
    """Publish a deep look at this process."""
    runner.put(await runner.in_thread(lambda: inspector.inspect(asked_by="signal")))


def _follow_journal(runner: Runner) -> "asyncio.Task[None] | None":
    if not journal.is_readable():
        return None
    return asyncio.create_task(journal.Journal(runner.put).run(), name="agent journal")


def _inspect_on_signal(runner: Runner, inspector: Inspector) -> Callable[[], None]:
    """Take SIGUSR1 as the wish for a deep look, where signals can be taken; return what forgets it."""
    loop = asyncio.get_running_loop()
    looking: set[asyncio.Task[None]] = set()

    def asked() -> None:
        task = asyncio.create_task(inspect(runner, inspector), name="agent inspection")
        looking.add(task)
        task.add_done_callback(looking.discard)

    try:
        loop.add_signal_handler(signal.SIGUSR1, asked)
    except (NotImplementedError, RuntimeError, ValueError, AttributeError):
        # Off the main thread, or on a system without such signals.
        return lambda: None

    def forget() -> None:
        loop.remove_signal_handler(signal.SIGUSR1)

    return forget
