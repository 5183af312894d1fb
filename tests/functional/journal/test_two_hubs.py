"""One hub keeps the log, another is its witness, which cosigns only what it has checked."""

import json
import time
import urllib.request
from pathlib import Path
from typing import Any, Final

import pytest

from instances.journal.keys import make_key_file
from tests.functional.conftest import free_port
from tests.functional.journal.hub import Hub, hub
from tests.functional.journal.record import PATIENCE_SECONDS
from tests.functional.journal.writers import event
from tests.functional.subscriber import post

pytestmark = pytest.mark.fault

_PRINT_KEY: Final = "from instances.journal.witness import verifier_key; print('key', verifier_key())"


def asked(of: Hub, path: str) -> Any:
    request = urllib.request.Request(f"{of.url}api/v1/{path}", headers={"Authorization": f"Bearer {of.token}"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


class TestAWitness:
    def test_cosigns_the_log_of_another_hub(self, tmp_path: Path) -> None:
        for name in ("key", "log", "witness"):
            (tmp_path / name).mkdir()
        own = {
            "GATERHUB_JOURNAL_ORIGIN": "witness.example",
            "GATERHUB_JOURNAL_KEY_FILE": str(tmp_path / "key" / "journal.key"),
        }
        make_key_file(tmp_path / "key" / "journal.key")
        with hub(tmp_path / "key", **own) as asked_first:
            said = asked_first.nursery.manage("shell", "-c", _PRINT_KEY)
            [witness_key] = [line.split(" ", 1)[1] for line in said.splitlines() if line.startswith("key ")]
        port = free_port()
        settings = {
            "GATERHUB_JOURNAL_ORIGIN": "log.example",
            "GATERHUB_JOURNAL_ANCHORS": f"witness:http://127.0.0.1:{port}/api/v1/witness",
            "GATERHUB_JOURNAL_WITNESS_KEYS": witness_key,
        }
        with hub(tmp_path / "log", **settings) as keeper, keeper.serving():
            assert post(keeper, "audit", event(0, "first"))[0] == 201
            keys = [asked(keeper, f"journals/{instance}/")["verifier_key"] for instance in ("audit", "security")]
            with hub(tmp_path / "witness", **own, GATERHUB_WITNESS_LOGS=",".join(keys)) as witness:
                witness.port = port
                with witness.serving():
                    cosigned = self._cosigned(keeper, witness_key)

        assert cosigned["note"].startswith("log.example/audit\n")

    def _cosigned(self, keeper: Hub, witness_key: str) -> Any:
        """Return the first checkpoint that the witness has cosigned."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        name = witness_key.split("+", maxsplit=1)[0]
        while True:
            page = asked(keeper, "journals/audit/checkpoints/?order=desc")
            for checkpoint in page["results"]:
                if any(f"— {name} " in anchor["answer"] for anchor in checkpoint["anchors"]):
                    return checkpoint
            assert time.monotonic() < deadline, page
            time.sleep(0.5)
