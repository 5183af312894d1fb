"""Two processes that number at once, each as if it led: one journal comes of it, and one tree."""

import json
from contextlib import ExitStack
from typing import Final

import pytest

from tests.functional.journal.hub import Hub
from tests.functional.journal.record import problems
from tests.functional.journal.writers import Writers

pytestmark = pytest.mark.fault

SEQUENCERS: Final = 2
LIMIT: Final = 5
"""Of entries in a step, so that there are many steps to quarrel about."""


class TestTwoSequencers:
    def test_never_give_two_entries_one_place(self, any_hub: Hub, soaking: bool) -> None:
        before = any_hub.record.size("audit")
        with any_hub.serving("--no-worker"), ExitStack() as stack:
            with Writers(any_hub) as writers:
                # What waits when they begin is enough for both.
                writers.wait_for(200)
                both = [any_hub.run("sequence", str(LIMIT)) for _ in range(SEQUENCERS)]
                for child in both:
                    stack.callback(child.kill)
                writers.wait_for(5_000 if soaking else 300)
            any_hub.record.until_kept("audit", [each.id for each in writers.acknowledged])

        assert problems(any_hub.record, "audit", writers.acknowledged) == []
        told = [
            [
                tuple(place)
                for line in child.log.read_text().splitlines()
                if line[:1] == "["
                for place in json.loads(line)
            ]
            for child in both
        ]
        print("steps of each:", [len(places) for places in told])
        # Both did some of it, or nothing would be shown.
        assert all(told)
        kept = [(entry.index, entry.offset, str(entry.id)) for entry in any_hub.record.entries("audit")]
        assert sorted(place for places in told for place in places) == kept[before:]
