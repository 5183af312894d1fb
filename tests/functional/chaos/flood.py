"""A program that floods `metrics` as quick as one publisher can, beside stuck readers and wrong batches.

`python -m tests.functional.chaos.flood URL` takes the token from its environment, says `flooding` once it does, floods
until its input ends, and then says how much. It is a process of its own so that its own work isn't measured.
"""

import asyncio
import itertools
import json
import os
import socket
import sys
from collections import deque
from contextlib import suppress
from typing import Final

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

PROTOCOL: Final = "gaterhub.v1+json"
TOKEN_NAME: Final = "FLOOD_TOKEN"
STUCK_READERS: Final = 20
BATCH: Final = 500
AHEAD: Final = 4
"""Batches on their way at once: the publisher never waits for an answer before it has the next one out."""
WRONG_EVERY_SECONDS: Final = 0.05
_EVENT: Final = {"instance": "metrics", "topic": "performance_metrics:flood", "event_type": "told"}


async def opened(url: str, *, token: str, receive_buffer_bytes: int | None = None) -> ClientConnection:
    """Return a socket that is connected to the hub; small buffers let the hub feel soon who doesn't read."""
    host, _, port = url.removeprefix("ws://").partition("/")[0].partition(":")
    raw = socket.create_connection((host, int(port)))
    raw.setblocking(False)
    if receive_buffer_bytes is not None:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer_bytes)
    client = await connect(
        url,
        sock=raw,
        subprotocols=[Subprotocol(PROTOCOL)],
        compression=None,
        max_size=None,
        max_queue=16 if receive_buffer_bytes is None else 1,
        ping_interval=None,
        open_timeout=30,
        close_timeout=1,
    )
    await client.send(json.dumps({"id": "connect", "connect": {"token": token}}))
    await client.recv()
    return client


async def stuck(url: str, token: str) -> ClientConnection:
    """Subscribe, and never read again."""
    client = await opened(url, token=token, receive_buffer_bytes=4096)
    await client.send(json.dumps({"id": 1, "subscribe": {"instance": "metrics", "pattern": "*"}}))
    return client


async def flood(url: str, token: str) -> int:
    """Publish until cancelled, and return how many events were taken."""
    batch = json.dumps([_EVENT | {"data": {"value": number, "unit": "ms"}} for number in range(BATCH)])
    client = await opened(url, token=token)
    numbers = itertools.count(1)
    waiting: deque[int] = deque()
    taken = 0
    try:
        while True:
            while len(waiting) < AHEAD:
                waiting.append(number := next(numbers))
                await client.send(f'{{"id":{number},"publish":{batch}}}')
            for line in str(await client.recv()).split("\n"):
                frame = json.loads(line)
                if "ping" in frame:
                    await client.send('{"pong":{}}')
                elif frame.get("id") in waiting:
                    waiting.remove(frame["id"])
                    taken += BATCH if "published" in frame else 0
    except asyncio.CancelledError:
        return taken
    finally:
        await client.close()


async def be_wrong(url: str, token: str) -> int:
    """Publish batches with a bad event each until cancelled, and return how many were refused."""
    events: list[object] = [_EVENT | {"data": {"value": number}} for number in range(BATCH)]
    events[BATCH // 2] = {**_EVENT, "topic": "no family at all"}
    batch = json.dumps(events)
    refused = 0
    while True:
        client = None
        try:
            client = await opened(url, token=token)
            while True:
                await client.send(f'{{"id":1,"publish":{batch}}}')
                frame = json.loads(str(await client.recv()).partition("\n")[0])
                refused += "error" in frame
                await asyncio.sleep(WRONG_EVERY_SECONDS)
        except ConnectionClosed:
            # Who makes twenty errors is put out, and comes back.
            continue
        except asyncio.CancelledError:
            return refused
        finally:
            if client is not None:
                with suppress(ConnectionClosed):
                    await client.close()


async def main(url: str, token: str) -> None:
    readers = [await stuck(url, token) for _ in range(STUCK_READERS)]
    tasks = [asyncio.create_task(flood(url, token)), asyncio.create_task(be_wrong(url, token))]
    sys.stdout.write("flooding\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)
    for task in tasks:
        task.cancel()
    taken, refused = await asyncio.gather(*tasks)
    sys.stdout.write(json.dumps({"taken": taken, "refused": refused}) + "\n")
    sys.stdout.flush()
    for reader in readers:
        reader.transport.abort()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], os.environ[TOKEN_NAME]))
