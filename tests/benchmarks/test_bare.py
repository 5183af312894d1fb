"""A bare server is a fair comparison only under the hub's own settings."""

import socket
from unittest import mock

import uvicorn

from consumers.frames import CLIENT_MESSAGE_MAX_BYTES
from gaterhub import server
from tests.benchmarks import bare

# The application and its protocol classes are what is compared.
DIFFERENT = {"app", "http", "ws", "lifespan", "forwarded_allow_ips", "timeout_graceful_shutdown"}


def settings_of(config: uvicorn.Config) -> dict[str, object]:
    plain = (bool, int, float, str, type(None))
    return {name: value for name, value in vars(config).items() if name not in DIFFERENT and isinstance(value, plain)}


class TestConfiguration:
    def test_is_that_of_the_hub(self) -> None:
        with (
            mock.patch.object(server, "HubServer") as made,
            socket.socket() as listener,
        ):
            server.serve(listener)

        assert settings_of(bare.configuration()) == settings_of(made.call_args.args[0])

    def test_listens_like_the_hub(self) -> None:
        assert bare.BACKLOG == server.BACKLOG
        assert bare.SEND_BUFFER_BYTES == server.SEND_BUFFER_BYTES
        assert bare.CLIENT_MESSAGE_MAX_BYTES == CLIENT_MESSAGE_MAX_BYTES
