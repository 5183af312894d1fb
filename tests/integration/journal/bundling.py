"""Bundles of evidence for tests, and changing them as somebody would who has a key."""

import json
import zipfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

from instances.journal import keys, notes
from instances.journal.bundle import Selection, export
from instances.journal.offline import verify
from tests.integration.journal.building import AUDIT, action, build, checkpoint_note, sign

COUNT = 300
ORIGIN = "gaterhub.test/audit"


def vkey(key: keys.SigningKey | None = None) -> str:
    return (key or keys.signing_key()).verifier(ORIGIN)


def bundled(tmp_path: Path, name: str = "bundle.zip", selection: Selection | None = None, **how: Any) -> Path:
    path = tmp_path / name
    export(AUDIT, path, selection or Selection(), **how)
    return path


def unpacked(path: Path) -> Path:
    folder = path.with_suffix("")
    with zipfile.ZipFile(path) as file:
        file.extractall(folder)
    return folder


def note_in(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "pinned.note"
    path.write_text(text, encoding="utf-8")
    return path


def build_days() -> str:
    """Build a journal with two days' checkpoints, and return one from between that its database doesn't keep."""
    build(0, events=[action(at) for at in range(100)])
    sign(at_ms=1_767_000_000_000)
    build(0, events=[action(at) for at in range(100, 200)])
    between = checkpoint_note()
    build(0, events=[action(at) for at in range(200, COUNT)])
    sign()
    return between


def resealed(folder: Path, key: keys.SigningKey) -> None:
    """Write the manifest anew for the files as they are, as somebody would who has a key."""
    manifest = json.loads((folder / "manifest.json").read_bytes())
    for name in manifest["files"]:
        data = (folder / name).read_bytes()
        manifest["files"][name] = {"bytes": len(data), "sha256": sha256(data).hexdigest()}
    data = json.dumps(manifest).encode()
    (folder / "manifest.json").write_bytes(data)
    text = f"{verify.SCHEMA}\n{ORIGIN}\n{sha256(data).hexdigest()}\n"
    (folder / "manifest.note").write_text(notes.sign(text, ORIGIN, key), encoding="utf-8")


def edited(folder: Path, name: str, change: Callable[[list[dict[str, Any]]], Any]) -> None:
    lines = [json.loads(line) for line in (folder / name).read_bytes().splitlines()]
    change(lines)
    (folder / name).write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


def aligned(change: Callable[[list[dict[str, Any]]], Any]) -> Callable[[Path], None]:
    """Return what changes the lines of entries and of their proofs alike."""

    def tamper(folder: Path) -> None:
        for name in ("entries.jsonl", "proofs.jsonl"):
            edited(folder, name, change)

    return tamper
