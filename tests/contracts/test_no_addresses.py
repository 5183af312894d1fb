"""Nothing in the repository depends on one machine, one package registry or one other host."""

import re

import pytest

from tests.contracts.tree import named, tracked_files

# The patterns are put together from pieces, so that this file does not match itself.
MACHINE_PATHS = re.compile(r"(?<![\w.:~-])/(?:" + "|".join(("work", "farm", "root", "opt")) + r")/")
HOME_PATHS = re.compile(r"(?<![\w.:~-])/(?:home|Users)/[a-z]")
REGISTRY_WORDS = (
    r"pypi\." + "org",
    "python" + "hosted",
    r"registry\." + "npmjs",
    r"debian\." + "org/debian",
    r"(?<!emit-)index" + "-url[= ]",
    "--find" + "-links",
)
REGISTRIES = re.compile("|".join(REGISTRY_WORDS))
BINARY = {".png", ".ico", ".woff2", ".pdf"}


@pytest.mark.parametrize("pattern", [MACHINE_PATHS, HOME_PATHS, REGISTRIES], ids=["machine", "home", "registry"])
def test_no_file_names_a_path_of_one_machine_or_a_registry(pattern: re.Pattern[str]) -> None:
    found = [
        f"{named(path)}:{number}: {line.strip()[:100]}"
        for path in tracked_files()
        if path.suffix not in BINARY
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1)
        if pattern.search(line)
    ]

    assert found == []


def test_pages_load_nothing_from_another_host() -> None:
    """A template, style sheet or script loads from no other host; a link for people may lead there."""
    loads = re.compile(
        r"""(?:src|srcset|href|action)\s*=\s*["']\s*(?:https?:)?//|url\(\s*["']?(?:https?:)?//|@import|from\s+["']https?:"""
    )
    pages = [path for path in tracked_files() if path.suffix in {".html", ".css", ".js"}]
    assert pages, "no template, style sheet or script was found: the rule would hold over nothing"

    found = [
        f"{named(path)}:{number}: {line.strip()[:100]}"
        for path in pages
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if loads.search(line) and "<a " not in line
    ]

    assert found == []


class TestPatterns:
    @pytest.mark.parametrize(
        "line", ["cd " + "/ro" + "ot/x", '"' + "/wo" + 'rk/main"', "PATH=/usr/bin:x " + "/o" + "pt/venv"]
    )
    def test_see_a_machine_path(self, line: str) -> None:
        assert MACHINE_PATHS.search(line)

    @pytest.mark.parametrize("line", ["docs/work/plan", "https://hub.example/" + "work", "./ro" + "ot/x"])
    def test_let_an_ordinary_path_be(self, line: str) -> None:
        assert not MACHINE_PATHS.search(line)

    def test_see_a_registry(self) -> None:
        assert REGISTRIES.search("https://files.python" + "hosted.org/packages")
