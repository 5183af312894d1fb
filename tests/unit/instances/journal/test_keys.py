import base64
import os
import stat
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest

from instances.journal import keys, notes

SEED = base64.b64encode(b"s" * 32).decode()
OTHER = base64.b64encode(b"o" * 32).decode()


@pytest.fixture
def in_files(settings: Any, tmp_path: Path) -> Path:
    """Keep the key in a file of a new folder, and return where."""
    settings.GATERHUB_JOURNAL_KEY = ""
    settings.DATA_DIR = tmp_path / "data"
    return tmp_path / "data" / "journal.key"


class TestSigningKey:
    def test_is_the_environment_s(self, settings: Any) -> None:
        settings.GATERHUB_JOURNAL_KEY = SEED

        assert keys.signing_key().public == keys.SigningKey.of(b"s" * 32).public

    def test_tells_its_seed_to_nobody(self) -> None:
        assert "s" * 8 not in repr(keys.SigningKey.of(b"s" * 32))

    def test_says_what_a_setting_should_hold(self, settings: Any) -> None:
        settings.GATERHUB_JOURNAL_KEY = "c2hvcnQ="

        with pytest.raises(keys.NoKey, match=r"GATERHUB_JOURNAL_KEY .* holds 5 bytes") as refused:
            keys.signing_key()
        assert "c2hvcnQ" not in str(refused.value)

    def test_is_made_on_first_use_for_its_owner_alone(self, in_files: Path) -> None:
        made = keys.signing_key().public

        assert stat.S_IMODE(in_files.stat().st_mode) == 0o600
        assert [path.name for path in in_files.parent.iterdir()] == ["journal.key"]
        assert keys.signing_key().public == made

    def test_is_the_same_for_all_that_begin_at_once(self, in_files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        barrier, found = Barrier(8), set()
        # Threads stand for processes, which would have ids of their own.
        monkeypatch.setattr(os, "getpid", iter(range(1, 1_000)).__next__)

        def begin() -> None:
            barrier.wait()
            keys.make_key_file(in_files)
            found.add(keys.signing_key().public)

        threads = [Thread(target=begin) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert len(found) == 1

    def test_is_not_made_where_the_file_was_named(self, settings: Any, in_files: Path, tmp_path: Path) -> None:
        settings.GATERHUB_JOURNAL_KEY_FILE = str(tmp_path / "mounted.key")

        with pytest.raises(keys.NoKey, match=r"mounted\.key: No such file"):
            keys.signing_key()

    def test_is_read_anew_from_a_file_that_was_replaced(self, settings: Any, in_files: Path, tmp_path: Path) -> None:
        before = keys.signing_key().public
        keys.make_key_file(in_files, replace=True)

        assert keys.signing_key().public != before

    def test_stands_beside_the_keys_before_it(self, settings: Any, in_files: Path) -> None:
        settings.GATERHUB_JOURNAL_KEYS_OLD = [SEED]
        keys.make_key_file(keys.old_key_file())

        old = keys.old_keys()

        assert old[0].public == keys.SigningKey.of(b"s" * 32).public
        assert len(old) == 2


class TestLog:
    def test_is_named_for_hub_and_instance_and_for_each_restore_anew(self, settings: Any) -> None:
        settings.GATERHUB_JOURNAL_ORIGIN = "hub.example"

        assert keys.log_origin("audit") == "hub.example/audit"
        assert keys.log_origin("security", 2) == "hub.example/security/2"

    def test_has_a_verifier_that_others_can_read(self) -> None:
        key = keys.SigningKey.of(b"s" * 32)

        read = notes.VerifierKey.parse(key.verifier("hub.example/audit"))

        assert (read.name, read.public, read.key_id) == (
            "hub.example/audit",
            key.public,
            key.note_key_id("hub.example/audit"),
        )
