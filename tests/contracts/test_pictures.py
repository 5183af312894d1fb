"""The pictures in the documentation are few, small, described, and none is left over."""

import re

from tests.contracts.tree import ROOT, named, tracked_files

FOLDER = ROOT / "docs" / "images"
MOST = 10
LARGEST_BYTES = 200_000
PNG = b"\x89PNG\r\n\x1a\n"
IMAGE = re.compile(r"!\[([^\]]*)\]\(([^)\s]+)\)")


def shown() -> dict[str, str]:
    """Return the description of each picture that a page shows, by its name in the repository."""
    found: dict[str, str] = {}
    for page in tracked_files():
        if page.suffix != ".md":
            continue
        for description, target in IMAGE.findall(page.read_text(encoding="utf-8")):
            found[named((page.parent / target).resolve())] = description
    return found


class TestPictures:
    def test_are_few_and_small(self) -> None:
        sizes = {path.name: path.stat().st_size for path in FOLDER.iterdir()}

        assert 0 < len(sizes) <= MOST
        assert {name: size for name, size in sizes.items() if size > LARGEST_BYTES} == {}

    def test_are_png(self) -> None:
        assert [path.name for path in FOLDER.iterdir() if not path.read_bytes().startswith(PNG)] == []

    def test_are_all_shown(self) -> None:
        assert {named(path) for path in FOLDER.iterdir()} - set(shown()) == set()

    def test_are_there_where_they_are_shown(self) -> None:
        assert [name for name in shown() if not (ROOT / name).is_file()] == []

    def test_are_described_for_those_who_do_not_see_them(self) -> None:
        assert [name for name, description in shown().items() if len(description) < 40] == []
