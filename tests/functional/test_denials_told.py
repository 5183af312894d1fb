"""What a stranger tries at a real server is told to those who follow `security`, without a secret."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from consumers.close_codes import AUTHENTICATION_FAILED
from instances.access.secret import new_token_text
from tests.functional.conftest import Server, serving
from tests.functional.subscriber import Subscriber

OF_SECURITY = ("security", "*")
MAKE_NARROW = "from instances.access.models import Token; print(Token.objects.issue(name='narrow', roles=()).secret)"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """Give a hub of its own: others' attempts from this address would have been told before."""
    with serving(tmp_path) as server:
        yield server


class TestIntruder:
    def test_with_a_bad_token_is_told_by_its_prefix(self, server: Server) -> None:
        secret = new_token_text()
        with Subscriber(server) as analyst:
            analyst.subscribe(*OF_SECURITY)
            for _ in range(5):
                with Subscriber(server, connected=False) as intruder:
                    intruder.say("connect", {"token": secret})
                    assert intruder.expect_close() == AUTHENTICATION_FAILED.code

            told = analyst.expect_event(event_type="authentication_failure")

            assert told["data"]["user_id"] == f"gh_{secret.split('_')[1]}"
            assert told["data"]["ip_address"] == "127.0.0.1"
            assert told["data"]["origin"] == "websocket"
            assert secret.split("_")[2] not in str(analyst.frames)

    def test_without_a_grant_is_told_with_what_it_wanted(self, server: Server) -> None:
        narrow = server.manage("shell", "-c", MAKE_NARROW).split()[-1]
        with Subscriber(server) as analyst:
            analyst.subscribe(*OF_SECURITY)
            with Subscriber(server, token=narrow) as intruder:
                answer = intruder.ask("subscribe", {"instance": "audit", "pattern": "*"})
                assert answer["error"]["code"] == "forbidden"

            told = analyst.expect_event(event_type="authorization_denied")

            assert told["data"]["actor"] == "token:narrow"
            assert told["data"]["action"] == "subscribe"
            assert "audit" in told["data"]["reason"]
