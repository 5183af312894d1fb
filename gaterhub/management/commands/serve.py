"""Serve pages, API and sockets."""

import argparse
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from gaterhub import lifespan
from gaterhub.server import CannotListen, listen, listen_on_path, serve
from gaterhub.workers import Workers

MAX_WORKERS = 64


class Command(BaseCommand):
    help = (
        "Serve pages, API and sockets with uvicorn, until SIGTERM or SIGINT; sockets are told `bye` before they close."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="Address to listen on (default: %(default)s).")
        parser.add_argument("--port", type=_port, default=8000, help="TCP port (default: %(default)s).")
        parser.add_argument(
            "--workers", type=_workers, default=1, help="Serving processes; more than one need REDIS_URL (default: 1)."
        )
        parser.add_argument("--uds", metavar="PATH", help="Listen on a Unix socket instead, for a proxy on this host.")
        parser.add_argument(
            "--agent", action="store_true", help="Publish this host's telemetry, from the first process."
        )
        parser.add_argument(
            "--no-worker", action="store_true", help="Don't stand by as worker; `manage.py worker` runs elsewhere."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        host, port, workers, uds = options["host"], options["port"], options["workers"], options["uds"]
        if workers > 1 and not settings.REDIS_URL:
            raise CommandError(
                f"--workers {workers} needs REDIS_URL: without Redis, one serving process alone owns the live streams."
            )
        try:
            if uds:
                listener = listen_on_path(uds)
            elif workers > 1:
                # Told here, where it can be read, instead of by each process again; each then has its own socket.
                listen(host, port, shared=True).close()
            else:
                listener = listen(host, port)
        except CannotListen as error:
            raise CommandError(str(error)) from error
        where = uds or f"http://{host}:{port}/"
        self.stderr.write(f"gaterhub serves on {where} with {workers} process{'es' if workers > 1 else ''}.")

        def serve_one(number: int) -> None:
            lifespan.with_agent = bool(options["agent"]) and number == 0
            lifespan.with_worker = not options["no_worker"]
            serve(listener if uds or workers == 1 else listen(host, port, shared=True))

        if workers == 1:
            serve_one(0)
        else:
            Workers(workers, serve_one).run()


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 65_536:
        raise argparse.ArgumentTypeError(f"{text!r} is no port: a number from 1 to 65535.")
    return int(text)


def _workers(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= MAX_WORKERS:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of processes: 1 to {MAX_WORKERS}.")
    return int(text)
