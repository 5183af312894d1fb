"""Several processes count the use of deprecated versions in one table."""

import os
import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT

COUNTING = """
import django; django.setup()
from instances.publishing.pipeline import check
from instances.schemas import loading, usage
loading.load()
for number in range(10):
    for _ in range(10):
        check("events", b'{"topic":"aggregate_events:o1","event_type":"order_paid","data":{}}', publisher="shop")
    usage.note_subscribed("events", "billing", f"aggregate_events:{number}")
    usage.flush()
"""
PREPARING = """
import django; django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from instances.schemas.operators import Description, change_version, register_type, register_version
register_type("events", "order_paid", Description(title="A", purpose="B"), data_schema={"type": "object"}, by="ann")
register_version("events", "order_paid", 2, data_schema={"type": "object"}, step={}, by="ann")
change_version("events", "order_paid", 1, deprecated="Send version 2.", by="ann")
"""
READING = """
import django; django.setup()
from instances.models import DeprecatedUse
for row in DeprecatedUse.objects.order_by("role", "pattern"):
    print(row.role, row.name, row.events, sep=" ")
"""


def environment(url: str) -> dict[str, str]:
    return {
        **os.environ,
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "gaterhub.settings",
        "GATERHUB_ENV_FILE": "",
        "REDIS_URL": "",
        "SECRET_KEY": "only-for-the-test-suite-" + "0123456789abcdef" * 3,
    }


def start(script: str, url: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env=environment(url),
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def finished(process: "subprocess.Popen[str]") -> str:
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    return out


class TestTheTableOfUses:
    def test_adds_up_what_processes_count_at_the_same_time_on_sqlite(self, tmp_path: Path) -> None:
        count_and_compare(f"sqlite:///{tmp_path / 'db.sqlite3'}")

    def test_adds_up_what_processes_count_at_the_same_time_on_postgresql(self, postgres_url: str) -> None:
        count_and_compare(postgres_url)


def count_and_compare(url: str) -> None:
    finished(start(PREPARING, url))
    for counting in [start(COUNTING, url) for _ in range(2)]:
        finished(counting)

    lines = finished(start(READING, url)).splitlines()

    assert lines[0] == "sender shop 200"
    assert lines[1:] == ["subscriber billing 0"] * 10
