"""Follow a pattern from a shell."""

import asyncio
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from gaterhub.hub_address import hub_address
from gaterhub.tailing.positions import Positions
from gaterhub.tailing.resume_file import ResumeFile
from gaterhub.tailing.tail import Tail


class Command(BaseCommand):
    help = "Follow a pattern at GATERHUB_URL with GATERHUB_TOKEN: an event a line, as JSON; gaps on standard error."

    # It works at another place than the one that the checks are about.
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("instance", metavar="INSTANCE", help="One of the ten, or its alias.")
        parser.add_argument("pattern", metavar="PATTERN", help="Such as 'subscription_health:*', quoted; '*' is all.")
        beginning = parser.add_mutually_exclusive_group()
        beginning.add_argument("--since", metavar="JSON", help='Go on from there: {"STREAM": "EPOCH:OFFSET", …}.')
        beginning.add_argument(
            "--resume",
            metavar="FILE",
            help="Keep the positions in this file, and go on from those that it has.",
        )
        beginning.add_argument(
            "--durable",
            metavar="NAME",
            help="Have the hub keep the positions under this name, and go on from those that it has.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        instance, pattern = options["instance"], options["pattern"]
        file = None if options["resume"] is None else ResumeFile(Path(options["resume"]), instance, pattern)
        since = read_since(options["since"]) if file is None else file.load()
        tail = Tail(
            hub_address(),
            instance,
            pattern,
            durable=options["durable"],
            file=file,
            positions=Positions(since),
            out=self.stdout,
            err=self.stderr,
        )
        with suppress(KeyboardInterrupt, BrokenPipeError):
            asyncio.run(tail.run())


def read_since(text: str | None) -> dict[str, str]:
    """Return positions as they are given on a command line. Raises: CommandError."""
    if text is None:
        return {}
    try:
        since = json.loads(text)
    except ValueError:
        since = None
    if not isinstance(since, dict) or not all(isinstance(each, str) for each in since.values()):
        raise CommandError(
            '--since takes an object of positions by stream, such as {"health.process_health":"k3f9:41"}.'
        )
    return since
