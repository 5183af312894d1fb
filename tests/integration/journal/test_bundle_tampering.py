"""Bundles that somebody changed, even with the key: each change is detected and named."""

import random
import zipfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from instances.journal import keys
from instances.journal.offline import verify
from tests.integration.journal.building import STRANGER, action, build, sign
from tests.integration.journal.bundling import COUNT, aligned, bundled, edited, resealed, unpacked, vkey


def _renumber(lines: list[dict[str, Any]]) -> None:
    lines.pop(7)
    for line in lines[7:]:
        line["index"] -= 1


def _forget_checkpoint(folder: Path) -> None:
    last = folder / "checkpoints" / f"{300:019d}.note"
    last.write_bytes((folder / "checkpoints" / f"{100:019d}.note").read_bytes())


TAMPERED: dict[str, tuple[Callable[[Path], Any], str]] = {
    "edited body": (
        lambda folder: edited(
            folder, "entries.jsonl", lambda lines: lines[7].update(body=lines[7]["body"].replace("orders", "nobody"))
        ),
        "leaf-hash index 7",
    ),
    "edited body and hash": (
        lambda folder: edited(folder, "entries.jsonl", lambda lines: _forge(lines[7])),
        "inclusion index 7",
    ),
    "swapped rows": (
        lambda folder: edited(folder, "entries.jsonl", lambda lines: _swap(lines, 7, 8)),
        "inclusion index 7",
    ),
    "deleted row": (
        aligned(lambda lines: lines.pop(7)),
        "entry-missing index 7",
    ),
    "deleted last row": (
        aligned(lambda lines: lines.pop()),
        "entry-missing index 299",
    ),
    "deleted and renumbered": (
        aligned(_renumber),
        "inclusion index 7",
    ),
    "repeated row": (
        aligned(lambda lines: lines.insert(8, lines[7])),
        "entry-order index 7",
    ),
    "edited personal value": (
        lambda folder: edited(folder, "personal.jsonl", lambda lines: lines[0].update(json='"somebody"')),
        "commitment index 0: /data/user_id",
    ),
    "another entry's values": (
        lambda folder: edited(folder, "personal.jsonl", lambda lines: lines[0].update(index=1)),
        "commitment index 1: /data/user_id",
    ),
    "edited consistency proof": (
        lambda folder: edited(folder, "consistency.jsonl", lambda lines: lines[0].update(hashes=["00" * 32])),
        "consistency from size 100 to size 300",
    ),
    "no checkpoint": (_forget_checkpoint, "checkpoint-missing size 300"),
}


def _forge(line: dict[str, Any]) -> None:
    line["body"] = line["body"].replace("orders", "nobody")
    line["leaf_hash"] = sha256(b"\0" + line["body"].encode()).hexdigest()


def _swap(lines: list[dict[str, Any]], one: int, other: int) -> None:
    for name in ("body", "leaf_hash"):
        lines[one][name], lines[other][name] = lines[other][name], lines[one][name]


class TestTampering:
    @pytest.mark.parametrize("how", TAMPERED)
    def test_is_detected_and_named_even_by_whoever_has_the_key(self, how: str, tmp_path: Path) -> None:
        folder = self._bundle(tmp_path)
        tamper, named = TAMPERED[how]
        tamper(folder)
        resealed(folder, keys.signing_key())

        report = verify.check(folder, keys=[vkey()])

        assert report.status == verify.TAMPERED
        assert named in {f"{kind} {where}" for kind, places in report.examples.items() for where in places}
        assert "file-changed" not in report.counts

    def test_of_a_manifest_is_detected(self, tmp_path: Path) -> None:
        folder = self._bundle(tmp_path)
        path = folder / "manifest.json"
        path.write_bytes(path.read_bytes().replace(b'"topic": null', b'"topic": "a"'))

        assert verify.check(folder, keys=[vkey()]).counts == {"manifest-changed": 1}
        resealed(folder, STRANGER)
        assert verify.check(folder, keys=[vkey()]).counts == {"manifest-signature": 1}

    def test_by_taking_a_file_away_or_adding_one_is_detected(self, tmp_path: Path) -> None:
        folder = self._bundle(tmp_path)
        (folder / "README.txt").unlink()
        assert verify.check(folder, keys=[vkey()]).examples == {"file-missing": ["README.txt"]}

        with zipfile.ZipFile(tmp_path / "bundle.zip", "a") as file:
            file.writestr("more.txt", "more")
        assert verify.check(tmp_path / "bundle.zip", keys=[vkey()]).examples == {"file-extra": ["more.txt"]}

    def test_of_any_byte_is_detected_and_named(self, tmp_path: Path, soaking: bool) -> None:
        folder = self._bundle(tmp_path, count=40)
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        rng = random.Random(20_260_101)
        missed = []
        for _ in range(1_000 if soaking else 100):
            path = rng.choice(files)
            before = path.read_bytes()
            at, bit = rng.randrange(len(before)), 1 << rng.randrange(8)
            path.write_bytes(before[:at] + bytes([before[at] ^ bit]) + before[at + 1 :])
            name = str(path.relative_to(folder))
            try:
                report = verify.check(folder, keys=[vkey()])
                named = report.status == verify.TAMPERED and name in str(report.examples)
            except verify.BadInput as error:
                named = name in str(error) or path.name == "manifest.note"
            if not named:
                missed.append((name, at, bit))
            path.write_bytes(before)

        assert missed == []

    def test_of_any_byte_of_the_zip_is_detected_or_changes_nothing_that_is_read(
        self, tmp_path: Path, soaking: bool
    ) -> None:
        self._bundle(tmp_path, count=40)
        path = tmp_path / "bundle.zip"
        before = path.read_bytes()
        rng = random.Random(20_260_102)
        with zipfile.ZipFile(path) as file:
            whole = {name: file.read(name) for name in file.namelist()}
        for _ in range(1_000 if soaking else 100):
            at, bit = rng.randrange(len(before)), 1 << rng.randrange(8)
            path.write_bytes(before[:at] + bytes([before[at] ^ bit]) + before[at + 1 :])
            try:
                status = verify.check(path, keys=[vkey()]).status
            except verify.BadInput:
                continue
            if status != verify.TAMPERED:
                with zipfile.ZipFile(path) as file:
                    assert {name: file.read(name) for name in file.namelist()} == whole, (at, bit)

    def _bundle(self, tmp_path: Path, count: int = COUNT) -> Path:
        build(100 if count > 100 else 10)
        sign(at_ms=1_767_000_000_000)
        build(0, events=[action(at) for at in range(100 if count > 100 else 10, count)])
        sign()
        return unpacked(bundled(tmp_path, personal=True))
