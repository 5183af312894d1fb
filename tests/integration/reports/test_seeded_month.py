import time
from datetime import timedelta
from pathlib import Path

import pytest

from gaterhub.reports.making import Order, make
from gaterhub.reports.period import Period
from gaterhub.reports.table import REPORTS
from instances.catalog import find
from tests.seeded_month import BEGINS, ENDS, plant

pytestmark = pytest.mark.django_db


class TestAMonth:
    def test_quiet(self, journal: str, anchor: Path) -> None:
        import os

        n = int(os.environ.get("N", "4000"))
        began = time.monotonic()
        plant(entries=n, anchored_in=anchor, tail=300)
        print("planted", time.monotonic() - began)
        import resource

        print("rss", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
        began = time.monotonic()
        cpu = time.process_time()
        document = make(
            Order(
                "x",
                REPORTS["evidence"],
                Period(BEGINS, ENDS),
                (find("security"), find("audit")),
                frozenset(),
                "user:a",
                ENDS + timedelta(hours=1),
            )
        )
        import resource

        print("rss", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
        print("made", time.monotonic() - began, "cpu", time.process_time() - cpu)
        for section in document.sections:
            print("==", section.name)
            for f in section.figures:
                print("  ", f.title, f.value)
            for f in section.findings:
                print("  !!", f.kind, f.severity, f.says)
