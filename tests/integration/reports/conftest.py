"""A data directory and an anchor of its own for each test."""

from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def anchor(settings: Any, tmp_path: Path) -> Path:
    """Give the folder that checkpoints are kept in outside of the hub."""
    settings.DATA_DIR = tmp_path / "data"
    settings.DATA_DIR.mkdir()
    folder = tmp_path / "anchor"
    folder.mkdir()
    settings.GATERHUB_JOURNAL_ANCHORS = [f"dir:{folder}"]
    return folder
