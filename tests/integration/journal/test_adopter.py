"""What a process does about the spools of dead ones."""

import multiprocessing
import os
import signal
from typing import Any

import pytest

from instances.journal.adopter import Adopter
from instances.journal.fallback import close_fallback, fallback
from tests.integration.journal.test_committer import until
from tests.integration.journal.writing import AUDIT, draft, entries


def spool_and_die(count: int) -> None:
    fallback().keep(AUDIT, [draft() for _ in range(count)])
    os.kill(os.getpid(), signal.SIGKILL)


class TestAdopter:
    def test_brings_on_record_what_a_dead_process_spooled(self) -> None:
        close_fallback()
        # A fork, so that the dead process spools where this one looks.
        process = multiprocessing.get_context("fork").Process(target=spool_and_die, args=(3,))
        process.start()
        process.join(30)
        assert process.exitcode == -signal.SIGKILL

        Adopter().look()

        until(lambda: len(entries()) == 3)

    def test_goes_on_after_an_error(self, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
        def fails(*_: Any) -> bool:
            raise RuntimeError("the disk is gone")

        monkeypatch.setattr(type(fallback()), "adopt", fails)

        Adopter().look()

        assert "could not be looked after" in caplog.text
