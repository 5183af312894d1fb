"""A bare uvicorn WebSocket application under the hub's own server settings: a connection without a hub.

It imports nothing of the hub, nor Django; a test holds its settings to those of gaterhub/server.py.
"""

import socket
import sys
from typing import Any

import uvicorn

BACKLOG = 2_048
SEND_BUFFER_BYTES = 64 * 1024
CLIENT_MESSAGE_MAX_BYTES = 128 * 1024
SUBPROTOCOL = "gaterhub.v1+json"


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Accept, answer the first message, and wait for the rest of the connection's life."""
    await receive()
    await send({"type": "websocket.accept", "subprotocol": SUBPROTOCOL})
    while (await receive())["type"] != "websocket.disconnect":
        await send({"type": "websocket.send", "text": '{"id":1,"connected":{}}'})


def configuration() -> uvicorn.Config:
    """Make the configuration that gaterhub.server makes, with uvicorn's own protocol class."""
    return uvicorn.Config(
        application,
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        ws_max_size=CLIENT_MESSAGE_MAX_BYTES,
        ws_per_message_deflate=False,
        ws_ping_interval=None,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        backlog=BACKLOG,
        proxy_headers=False,
    )


def main() -> int:
    """Serve on a port of the loopback interface."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
    listener.bind(("127.0.0.1", int(sys.argv[1])))
    listener.listen(BACKLOG)
    uvicorn.Server(configuration()).run(sockets=[listener])
    return 0


if __name__ == "__main__":
    sys.exit(main())
