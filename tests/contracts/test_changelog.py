"""CHANGELOG.md keeps to Keep a Changelog, so that people and programs can read it."""

import re
import tomllib

from tests.contracts.tree import text_of

KINDS = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
RELEASE = re.compile(r"^## \[(?P<version>\d+\.\d+\.\d+)\] - (?P<date>\d{4}-\d{2}-\d{2})$")


def lines() -> list[str]:
    return text_of("CHANGELOG.md").splitlines()


class TestChangelog:
    def test_begins_with_what_is_not_released_yet(self) -> None:
        headings = [line for line in lines() if line.startswith("## ")]

        assert headings[0] == "## [Unreleased]"
        assert [heading for heading in headings[1:] if not RELEASE.match(heading)] == []

    def test_lists_releases_from_the_newest(self) -> None:
        releases = [match for line in lines() if (match := RELEASE.match(line))]
        versions = [tuple(int(part) for part in release["version"].split(".")) for release in releases]

        assert versions == sorted(versions, reverse=True)
        assert len(set(versions)) == len(versions)

    def test_sorts_entries_under_the_six_kinds(self) -> None:
        kinds = [line.removeprefix("### ") for line in lines() if line.startswith("### ")]

        assert kinds
        assert set(kinds) <= KINDS

    def test_writes_each_entry_as_a_sentence_under_a_kind(self) -> None:
        kind = ""
        for line in lines():
            if line.startswith("## "):
                kind = ""
            elif line.startswith("### "):
                kind = line
            elif line.startswith("- "):
                assert kind, f"this entry stands under no kind: {line}"
                assert line[2].isupper() or line[2] == "`", f"an entry begins like a sentence: {line}"

    def test_knows_the_version_of_the_project_once_that_is_released(self) -> None:
        version = tomllib.loads(text_of("pyproject.toml"))["project"]["version"]
        released = [match["version"] for line in lines() if (match := RELEASE.match(line))]

        assert not released or released[0] == version
