"""Bundles of evidence, and what an auditor's verify.py makes of them, whole and tampered with."""

import io
import json
import random
import subprocess
import sys
import zipfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from instances.journal import keys, notes
from instances.journal.bundle import Selection, export
from instances.journal.bundle_checkpoints import NotProven
from instances.journal.bundle_proofs import ProofMaker
from instances.journal.merkle import inclusion_proof, root_of
from instances.journal.models import AuditEntry, PersonalPart
from instances.journal.offline import verify
from instances.journal.router import ALIAS
from instances.journal.statements import Kept
from instances.publishing.publish import PublishError, PublishResult
from instances.topics import Pattern
from tests.integration.journal.building import AUDIT, STRANGER, action, build, checkpoint_note, sign
from tests.integration.journal.tampering import cut_tail, edit_body, rewrite_all, set_value

COUNT = 300
ORIGIN = "gaterhub.test/audit"


def vkey(key: keys.SigningKey | None = None) -> str:
    return (key or keys.signing_key()).verifier(ORIGIN)


@pytest.fixture
def earlier(journal: str) -> str:
    """A journal with two days' checkpoints, and a checkpoint from between, which its database doesn't keep."""
    build(0, events=[action(at) for at in range(100)])
    sign(at_ms=1_767_000_000_000)
    build(0, events=[action(at) for at in range(100, 200)])
    between = checkpoint_note()
    build(0, events=[action(at) for at in range(200, COUNT)])
    sign()
    return between


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


class TestExport:
    def test_verifies_with_nothing_but_python_in_an_empty_folder(self, earlier: str, tmp_path: Path) -> None:
        path = bundled(tmp_path, personal=True)
        empty = tmp_path / "empty"
        empty.mkdir()
        with zipfile.ZipFile(path) as file:
            (empty / "verify.py").write_bytes(file.read("verify.py"))

        ended = subprocess.run(
            # In a network of its own, which has none, where the machine lets us make one.
            [*_without_network(), sys.executable, "-I", "verify.py", str(path), "--key", vkey(), "--json"],
            check=False, cwd=empty, env={}, capture_output=True, text=True, timeout=120,
        )  # fmt: skip

        assert ended.stderr == ""
        said = json.loads(ended.stdout)
        assert (ended.returncode, said["status"], said["findings"]) == (0, 0, {})
        assert "300 entries were held against the tree of 300" in said["facts"]
        assert [each.name for each in empty.iterdir()] == ["verify.py"]

    def test_says_that_without_a_key_it_shows_little(self, earlier: str, tmp_path: Path) -> None:
        report = verify.check(bundled(tmp_path, personal=True))

        assert report.status == verify.VALID
        assert any("no key was given from outside" in fact for fact in report.facts)

    def test_is_incomplete_without_personal_values(self, earlier: str, tmp_path: Path) -> None:
        report = verify.check(bundled(tmp_path), keys=[vkey()])

        assert report.status == verify.INCOMPLETE
        assert report.counts.keys() == {"redacted"}

    def test_is_incomplete_where_values_are_erased_or_a_body_is_purged(self, earlier: str, tmp_path: Path) -> None:
        PersonalPart.objects.using(ALIAS).filter(index=3).update(sealed=None)
        set_value(8, "body", b"")

        report = verify.check(bundled(tmp_path, personal=True), keys=[vkey()])

        assert report.status == verify.INCOMPLETE
        assert {kind: places[0].split(":")[0] for kind, places in report.examples.items()} == {
            "redacted": "index 3",
            "purged": "index 8",
        }

    @pytest.mark.parametrize(
        ("selection", "count"),
        [
            (Selection(index_from=50, index_to=59), 10),
            (Selection(topic=Pattern("compliance_events:*")), 100),
            (Selection(topic=Pattern("audit_trail:user_actions"), index_from=100), 133),
            (Selection(event_type="reviewed", index_to=2), 1),
            (Selection(event_type="never"), 0),
            (Selection(received_to_ms=1), 0),
            (Selection(index_from=1_000), 0),
        ],
    )
    def test_holds_what_was_asked_for(self, earlier: str, tmp_path: Path, selection: Selection, count: int) -> None:
        path = bundled(tmp_path, selection=selection, personal=True)

        report = verify.check(path, keys=[vkey()])

        assert (report.status, report.facts) == (verify.VALID, [f"{count} entries were held against the tree of 300"])

    def test_gives_the_same_bytes_again(self, earlier: str, tmp_path: Path) -> None:
        one, other = bundled(tmp_path, "one.zip", personal=True), bundled(tmp_path, "other.zip", personal=True)

        assert one.read_bytes() == other.read_bytes()

    def test_leaves_out_what_no_checkpoint_covers_yet(self, earlier: str, tmp_path: Path) -> None:
        build(5)

        exported = export(AUDIT, tmp_path / "bundle.zip", Selection())

        assert (exported.count, exported.size, exported.left_out) == (300, 300, 5)

    def test_holds_the_last_checkpoint_of_each_day(self, earlier: str, tmp_path: Path) -> None:
        with zipfile.ZipFile(bundled(tmp_path)) as file:
            names = [name for name in file.namelist() if name.startswith("checkpoints/")]

        assert [int(Path(name).stem) for name in names] == [100, 300]

    @pytest.mark.parametrize(
        "tamper",
        [lambda: edit_body(7), lambda: edit_body(7, hash_too=True), lambda: rewrite_all(7, key=STRANGER)],
        ids=["edited body", "edited body and hash", "all rewritten with another key"],
    )
    def test_is_refused_of_a_journal_that_was_tampered_with(
        self, earlier: str, tmp_path: Path, tamper: Callable[[], None]
    ) -> None:
        tamper()

        with pytest.raises(NotProven):
            bundled(tmp_path)

    def test_is_refused_before_the_first_checkpoint(self, tmp_path: Path) -> None:
        with pytest.raises(NotProven, match=r"is empty|No checkpoint"):
            bundled(tmp_path)
        build(1)
        with pytest.raises(NotProven, match="No checkpoint"):
            bundled(tmp_path)


class TestPinnedCheckpoint:
    def test_is_held_against_all_entries_before_it(self, earlier: str, tmp_path: Path) -> None:
        report = verify.check(bundled(tmp_path, personal=True), keys=[vkey()], pinned=[note_in(tmp_path, earlier)])

        assert (report.status, report.facts[-1]) == (verify.VALID, "the pinned checkpoint of size 200 was compared")

    def test_needs_a_proof_where_entries_are_left_out(self, earlier: str, tmp_path: Path) -> None:
        pinned, some = note_in(tmp_path, earlier), Selection(index_from=290)
        without = bundled(tmp_path, "without.zip", selection=some)
        with pytest.raises(verify.BadInput, match="exported with --pinned-checkpoint"):
            verify.check(without, keys=[vkey()], pinned=[pinned])

        proven = bundled(tmp_path, "with.zip", selection=some, pinned=[Kept("pinned", "mine", earlier)])
        assert verify.check(proven, keys=[vkey()], pinned=[pinned]).status == verify.INCOMPLETE

    def test_shows_that_the_tail_is_cut_off(self, earlier: str, tmp_path: Path) -> None:
        pinned = note_in(tmp_path, checkpoint_note())
        cut_tail(100)

        report = verify.check(bundled(tmp_path, personal=True), keys=[vkey()], pinned=[pinned])

        assert report.counts == {"pinned-larger": 1}

    def test_shows_that_everything_was_rewritten(self, earlier: str, tmp_path: Path, settings: Any) -> None:
        rewrite_all(7, key=STRANGER)
        settings.GATERHUB_JOURNAL_KEY = "dHR0dHR0dHR0dHR0dHR0dHR0dHR0dHR0dHR0dHR0dHQ="
        path = bundled(tmp_path, personal=True, selection=Selection(index_from=10))
        settings.GATERHUB_JOURNAL_KEY = "b25seS1mb3ItdGhlLXRlc3Qtc3VpdGUtam91cm5hbCE="

        assert verify.check(path).status == verify.VALID, "it agrees with itself"
        assert verify.check(path, keys=[vkey()]).status == verify.TAMPERED
        whole = note_in(tmp_path, checkpoint_note(key=keys.signing_key()))
        assert verify.check(path, pinned=[whole]).counts == {"pinned-signature": 1}


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


class TestProofMaker:
    @pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 300])
    def test_makes_the_proofs_of_rfc_6962(self, size: int) -> None:
        build(300)
        leaves = [
            bytes(leaf) for leaf in AuditEntry.objects.order_by("index").values_list("leaf_hash", flat=True)[:size]
        ]
        maker = ProofMaker(AuditEntry, size, root_of(leaves), using=ALIAS)

        for index in {0, 1, size // 2, 254, 255, 256, size - 1} & {*range(size)}:
            assert maker.inclusion(index) == inclusion_proof(leaves, index)


class TestCommand:
    @pytest.fixture
    def told(self, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
        told: list[Any] = []

        def publish_event(event: Any, *, publisher: str) -> PublishResult:
            told.append(event)
            return PublishResult(True, "id")

        monkeypatch.setattr("gaterhub.management.commands.export_evidence.publish_event", publish_event)
        return told

    def test_writes_a_bundle_and_puts_it_on_record(self, earlier: str, tmp_path: Path, told: list[Any]) -> None:
        path, out = tmp_path / "bundle.zip", io.StringIO()

        call_command("export_evidence", "audit", out=path, index_to=9, personal=True, reason="Review", stdout=out)

        assert verify.check(path, keys=[vkey()]).status == verify.VALID
        assert path.stat().st_mode & 0o777 == 0o600
        assert "holds 10 entries of gaterhub.test/audit" in out.getvalue()
        (event,) = told
        assert (event.event_type, event.data["record_count"], event.data["resource"]) == (
            "data_exported",
            10,
            "journal/audit",
        )
        assert [each.name for each in tmp_path.iterdir()] == ["bundle.zip"]

    def test_leaves_nothing_behind_where_it_can_not_be_recorded(
        self, earlier: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        refused = PublishResult(False, None, PublishError("unavailable", "The journal is out.", True))
        monkeypatch.setattr(
            "gaterhub.management.commands.export_evidence.publish_event", lambda event, publisher: refused
        )

        with pytest.raises(CommandError, match=r"could not be put on record: The journal is out"):
            call_command("export_evidence", "audit", out=tmp_path / "bundle.zip")

        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize(
        ("arguments", "says"),
        [
            (["alerts"], "not sealed"),
            (["audit", "--topic", "a*"], r"\*"),
            (["audit", "--from", "yesterday"], "no time"),
            (["audit", "--from", "2026-02-30"], "no time"),
            (["audit", "--pinned-checkpoint", "/nowhere"], "No such file"),
        ],
    )
    def test_refuses_what_can_not_be(
        self, earlier: str, tmp_path: Path, told: list[Any], arguments: list[str], says: str
    ) -> None:
        with pytest.raises(CommandError, match=says):
            call_command("export_evidence", *arguments, "--out", str(tmp_path / "bundle.zip"))

        assert (told, list(tmp_path.iterdir())) == ([], [])

    def test_writes_over_nothing(self, earlier: str, tmp_path: Path, told: list[Any]) -> None:
        (tmp_path / "there.zip").write_text("mine")

        with pytest.raises(CommandError, match="not written over"):
            call_command("export_evidence", "audit", out=tmp_path / "there.zip")

        assert (tmp_path / "there.zip").read_text() == "mine"


def _without_network() -> list[str]:
    """Return what begins a command in a namespace without a network, where that is allowed."""
    unshare = ["unshare", "--map-root-user", "--net", "--"]
    try:
        able = subprocess.run([*unshare, "true"], check=False, capture_output=True).returncode == 0
    except FileNotFoundError:
        able = False
    return unshare if able else []
