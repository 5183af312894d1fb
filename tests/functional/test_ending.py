"""Ending a hub with Ctrl+C, as one does in a terminal."""

import signal
from pathlib import Path

from tests.functional.conftest import serving
from tests.functional.subscriber import Subscriber


class TestCtrlC:
    def test_ends_the_hub_in_order_and_without_a_traceback(self, tmp_path: Path) -> None:
        with serving(tmp_path) as server, Subscriber(server) as subscriber:
            subscriber.subscribe("health", "*")

            status = server.stop(signal.SIGINT)

            log = server.log.read_text()
            assert status == 0, log
            assert "Traceback" not in log
