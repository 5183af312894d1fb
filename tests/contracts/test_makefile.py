"""The Makefile offers what the documentation promises, and lists it with one line of help each."""

import re
import subprocess

import pytest

from tests.contracts.tree import ROOT, text_of

PROMISED = ("demo", "test", "soak", "services", "check", "bench", "types", "screenshots", "setup", "lock")
TARGET = re.compile(r"^([a-z][a-z-]*):(?!=)(.*)$", re.MULTILINE)


class TestMakefile:
    def test_offers_every_promised_target(self) -> None:
        targets = {name for name, _ in TARGET.findall(text_of("Makefile"))}

        assert set(PROMISED) <= targets

    def test_gives_every_target_one_line_of_help(self) -> None:
        silent = [name for name, rest in TARGET.findall(text_of("Makefile")) if not re.search(r" ## \S", rest)]

        assert silent == []

    def test_declares_every_target_phony(self) -> None:
        text = text_of("Makefile")
        phony = set(re.findall(r"^\.PHONY: (.*)$", text, re.MULTILINE)[0].split())

        assert phony == {name for name, _ in TARGET.findall(text)}

    def test_lists_the_targets_when_called_alone(self) -> None:
        listing = subprocess.run(["make", "--no-print-directory"], cwd=ROOT, capture_output=True, text=True, check=True)

        for name in PROMISED:
            assert re.search(rf"^  make {name} +\S", listing.stdout, re.MULTILINE), f"`make` does not list {name}"


class TestScripts:
    @pytest.mark.parametrize("name", ["scripts/services", "scripts/check", "scripts/find-python", ".ci/run"])
    def test_parse(self, name: str) -> None:
        checked = subprocess.run(["bash", "-n", name], cwd=ROOT, capture_output=True, text=True, check=False)

        assert (checked.returncode, checked.stderr) == (0, "")
