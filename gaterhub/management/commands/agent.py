"""Publish this host's telemetry."""

import argparse
import asyncio
import os
import signal
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from gaterhub.agent import run
from gaterhub.agent.checks.endpoints import BadCheck, checks_from
from gaterhub.agent.checks.finding import Check
from gaterhub.agent.inspection.inspector import KINDS, Inspector, NoProcess
from gaterhub.agent.into_process import IntoProcess
from gaterhub.agent.outbox import Outbox
from gaterhub.agent.over_http import BadAddress, OverHttp
from gaterhub.agent.reading import Reading
from gaterhub.agent.sender import Sender
from gaterhub.agent.signer import Signer
from gaterhub.agent.table import of_the_host

DEFAULT_URL = "http://127.0.0.1:8000"


class Command(BaseCommand):
    help = (
        "Publishes this host's telemetry until SIGTERM or SIGINT: over HTTP to GATERHUB_URL with GATERHUB_TOKEN, or "
        "without a token through REDIS_URL. SIGUSR1 asks it for a deep look at itself."
    )

    # Its host may have no database and no Redis; what it needs of the settings, it checks itself.
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="Publish one sample of everything, and end.")
        parser.add_argument(
            "--diagnose",
            type=_kinds,
            metavar="KIND,...",
            help=f"Publish a deep look at a process instead, and end: {', '.join(KINDS)}.",
        )
        parser.add_argument("--pid", type=int, help="The process that --diagnose looks at (default: the agent's own).")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["pid"] is not None and not options["diagnose"]:
            raise CommandError("--pid says what --diagnose looks at; give both.")
        sender, checks = _way_out()
        try:
            checks_from(settings.GATERHUB_AGENT_CHECKS)
        except BadCheck as error:
            raise CommandError(str(error)) from error
        if options["diagnose"]:
            self._diagnose(sender, options["diagnose"], options["pid"])
        elif options["once"]:
            self._tell(asyncio.run(_once(sender, checks)))
        else:
            asyncio.run(_until_told(sender, checks))

    def _diagnose(self, sender: Sender, kinds: Sequence[str], pid: int | None) -> None:
        try:
            readings = Inspector().inspect(kinds, pid=pid, asked_by="command")
        except NoProcess as error:
            raise CommandError(str(error)) from error
        self._tell(asyncio.run(_send(sender, readings)))

    def _tell(self, outbox: Outbox) -> None:
        if outbox.waiting or outbox.refused:
            raise CommandError(
                f"{outbox.accepted} readings were published, {outbox.refused} refused, "
                f"{outbox.waiting} could not be sent; the lines above say why."
            )
        self.stderr.write(f"{outbox.accepted} readings published.")


def _way_out() -> tuple[Sender, list[Check]]:
    """Return how to publish, and the check of a hub that is reached over HTTP."""
    url, token = os.environ.get("GATERHUB_URL", ""), os.environ.get("GATERHUB_TOKEN", "")
    if token:
        url = (url or DEFAULT_URL).rstrip("/")
        try:
            secret = settings.GATERHUB_SIGNING_SECRET
            signer = Signer(secret) if secret else None
            return OverHttp(url, token, signer=signer), checks_from(f"hub={url}/livez")
        except BadAddress as error:
            raise CommandError(f"GATERHUB_URL: {error}") from error
    if url:
        raise CommandError("GATERHUB_URL is set, and GATERHUB_TOKEN is not; `manage.py create_token NAME` makes one.")
    if not settings.REDIS_URL:
        raise CommandError(
            "There is no way to a hub: set GATERHUB_URL and GATERHUB_TOKEN to publish over HTTP, or REDIS_URL. "
            "Or let the serving process be the agent: `manage.py serve --agent`."
        )
    return IntoProcess(), []


async def _once(sender: Sender, checks: Sequence[Check]) -> Outbox:
    # Without the log files: a look finds where they end, and the next, a second later, most likely nothing.
    return await run.publish_once(of_the_host(checks=run.checks_elsewhere(checks), log_files=[]), sender=sender)


async def _send(sender: Sender, readings: Sequence[Reading]) -> Outbox:
    return await run.publish_readings(readings, sender=sender)


async def _until_told(sender: Sender, checks: Sequence[Check]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await run.run_agent_elsewhere(stop, sender=sender, checks=checks)


def _kinds(text: str) -> list[str]:
    kinds = [kind.strip() for kind in text.split(",") if kind.strip()]
    for kind in kinds:
        if kind not in KINDS:
            raise argparse.ArgumentTypeError(f"{kind!r} is none of {', '.join(KINDS)}.")
    if not kinds:
        raise argparse.ArgumentTypeError(f"Name at least one of {', '.join(KINDS)}.")
    return kinds
