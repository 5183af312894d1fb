"""Everything here is shown twice: on SQLite and memory, and on PostgreSQL and Redis with two processes."""

import pytest
from playwright.sync_api import Page

from tests.functional.browser.console_page import ConsolePage
from tests.functional.conftest import Server


@pytest.fixture(scope="module")
def server(processes: tuple[Server, Server]) -> Server:
    """Give the process that serves the pages."""
    return processes[0]


@pytest.fixture(scope="module")
def door(processes: tuple[Server, Server]) -> Server:
    """Give the one that events enter by."""
    return processes[1]


@pytest.fixture
def console(page: Page, server: Server) -> ConsolePage:
    return ConsolePage(page, server)
