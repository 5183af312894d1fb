from collections.abc import Iterator

import pytest

from tests.unit.gaterhub.agent.hub import Hub


@pytest.fixture
def hub() -> Iterator[Hub]:
    with Hub().serving() as hub:
        yield hub
