"""Follow a pattern from a shell."""

import asyncio
import json
import random
from contextlib import suppress
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError, CommandParser
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.typing import Subprotocol

from consumers.close_codes import CLOSE_CODES
from consumers.frames import PROTOCOL
from consumers.messages import MESSAGE_MAX_BYTES
from gaterhub.hub_address import HubAddress, hub_address

RETRY_MOST_SECONDS: Final = 30.0
SILENCE_SECONDS: Final = 35.0
"""The hub pings every 25 s, so a connection that says nothing for longer is dead."""


class Command(BaseCommand):
    help = "Follow a pattern at GATERHUB_URL with GATERHUB_TOKEN: an event a line, as JSON; gaps on standard error."

    # It works at another place than the one that the checks are about.
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("instance", metavar="INSTANCE", help="One of the ten, or its alias.")
        parser.add_argument("pattern", metavar="PATTERN", help="Such as 'subscription_health:*', quoted; '*' is all.")

    def handle(self, *args: Any, **options: Any) -> None:
        with suppress(KeyboardInterrupt, BrokenPipeError):
            asyncio.run(Tail(hub_address(), options["instance"], options["pattern"], self).run())


class Tail:
    """Connects, subscribes, prints; and comes back with its positions when the hub goes away."""

    def __init__(self, address: HubAddress, instance: str, pattern: str, command: BaseCommand) -> None:
        self._address = address
        self._instance = instance
        self._pattern = pattern
        self._command = command
        self._positions: dict[str, str] = {}
        self._failures = 0
        self._retry_after_seconds: float | None = None

    async def run(self) -> None:
        """Follow until ended. Raises: CommandError for what trying again can't mend."""
        while True:
            try:
                async with connect(
                    self._address.websocket,
                    subprotocols=[Subprotocol(PROTOCOL)],
                    compression=None,
                    max_size=2 * MESSAGE_MAX_BYTES,
                    ping_interval=None,
                ) as socket:
                    await self._follow(socket)
            except ConnectionClosed as closed:
                self._judge(closed)
            except (InvalidHandshake, OSError, TimeoutError) as error:
                self._tell(f"The hub at {self._address.url} can't be reached: {error or type(error).__name__}.")
            await self._pause()

    async def _follow(self, socket: ClientConnection) -> None:
        await socket.send(json.dumps({"id": 1, "connect": {"token": self._address.token}}))
        subscribe: dict[str, Any] = {"instance": self._instance, "pattern": self._pattern}
        if self._positions:
            subscribe["since"] = self._positions
        await socket.send(json.dumps({"id": 2, "subscribe": subscribe}))
        while True:
            message = await asyncio.wait_for(socket.recv(), SILENCE_SECONDS)
            for line in str(message).split("\n"):
                await self._hear(socket, json.loads(line))

    async def _hear(self, socket: ClientConnection, frame: dict[str, Any]) -> None:
        if event := frame.get("event"):
            self._positions[event["stream"]] = f"{event['epoch']}:{event['offset']}"
            self._command.stdout.write(json.dumps(event, ensure_ascii=False))
            self._command.stdout.flush()
        elif "ping" in frame:
            await socket.send('{"pong":{}}')
        elif gap := frame.get("gap"):
            self._positions[gap["stream"]] = gap["next"]
            self._tell(f"gap: {json.dumps(gap)}")
        elif positions := frame.get("positions"):
            self._positions.update(positions)
        elif subscribed := frame.get("subscribed"):
            self._failures = 0
            self._positions = dict(subscribed["streams"])
            self._tell(f"Following {subscribed['pattern']} of {self._instance}.")
        elif bye := frame.get("bye"):
            self._retry_after_seconds = bye["retry_after_ms"] / 1000
        elif error := frame.get("error"):
            text = f"{error['code']}: {error['message']}"
            if not error["retry"]:
                raise CommandError(text)
            self._tell(text)
            await socket.close()

    def _judge(self, closed: ConnectionClosed) -> None:
        code = closed.rcvd.code if closed.rcvd is not None else 1006
        known = CLOSE_CODES.get(code)
        told = f"The hub closed the connection ({code}{f', {known.reason}' if known else ''})."
        if known is not None and not known.reconnect:
            raise CommandError(told)
        self._tell(told)

    async def _pause(self) -> None:
        """Wait before the next try: as the hub said, else a random part of a time that doubles (full jitter)."""
        pause, self._retry_after_seconds = self._retry_after_seconds, None
        if pause is None:
            pause = random.uniform(0, min(RETRY_MOST_SECONDS, 0.5 * 2**self._failures))
        self._failures = min(self._failures + 1, 10)
        await asyncio.sleep(pause)

    def _tell(self, text: str) -> None:
        self._command.stderr.write(text)
