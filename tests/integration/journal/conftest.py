"""Journals that several tests begin with."""

import pytest

from tests.integration.journal.building import action, build, sign
from tests.integration.journal.verifying import COUNT


@pytest.fixture
def sealed(journal: str) -> str:
    """A journal of some entries in three steps, with a checkpoint after each."""
    for begin in range(0, COUNT, 200):
        build(0, events=[action(at) for at in range(begin, begin + 200)])
        sign()
    return journal
