"""Another key: the command that makes it, and the history of keys that the log itself keeps."""

import base64
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from instances.journal import keys
from instances.journal.memory import Memory
from instances.journal.rotation import Announcer, Rotated, announced, announcement, known_keys, rotation_text
from instances.journal.signer import Signer
from tests.integration.journal.growing import grow
from tests.integration.journal.signing import Clock, Shelf, signed
from tests.integration.journal.writing import AUDIT, draft, keep, number_all

FIRST, SECOND, THIRD = (keys.SigningKey.of(seed * 32) for seed in (b"1", b"2", b"3"))


def told(new: keys.SigningKey, old: keys.SigningKey | None, **changed: Any) -> None:
    event = announcement(new, old)
    data = {key: value for key, value in {**event.data, **changed}.items() if value is not None}
    keep(AUDIT, draft(topic=event.topic, event_type=event.event_type, data=data, metadata={}))
    number_all()


class TestHistory:
    def test_is_followed_back_from_the_key_that_signs(self, journal: str) -> None:
        told(SECOND, FIRST)
        told(THIRD, SECOND)

        assert known_keys(THIRD.public) == [THIRD.public, SECOND.public, FIRST.public]
        assert known_keys(SECOND.public) == [SECOND.public, FIRST.public]
        first, second = announced()
        assert (first.old, first.new, first.index) == (FIRST.public, SECOND.public, 0)
        assert isinstance(second, Rotated)

    @pytest.mark.parametrize(
        "changed",
        [
            {"proof": None},
            {"proof": base64.b64encode(b"x" * 64).decode()},
            {"proof": "x"},
            {"new_public": base64.b64encode(THIRD.public).decode()},
            {"old_public": base64.b64encode(THIRD.public).decode()},
        ],
    )
    def test_believes_no_change_that_the_key_before_has_not_signed(self, changed: dict[str, Any]) -> None:
        """Whoever may publish to the log could else have a key of their own believed."""
        told(SECOND, FIRST, **changed)

        assert announced() == []
        assert known_keys(SECOND.public) == [SECOND.public]

    def test_believes_no_key_of_a_publisher_s_own_to_be_the_one_before(self) -> None:
        """It can sign with its own key, and not with the hub's."""
        text = rotation_text(THIRD.public, SECOND.public)
        told(SECOND, THIRD, proof=base64.b64encode(THIRD.sign(text) * 2).decode())

        assert known_keys(SECOND.public) == [SECOND.public]

    def test_ends_where_changes_go_in_a_circle(self) -> None:
        told(SECOND, FIRST)
        told(FIRST, SECOND)

        assert known_keys(FIRST.public) == [FIRST.public, SECOND.public]


class TestCommand:
    @pytest.fixture
    def key_file(self, settings: Any, tmp_path: Path) -> Path:
        settings.GATERHUB_JOURNAL_KEY = ""
        settings.DATA_DIR = tmp_path
        return tmp_path / "journal.key"

    def test_replaces_the_file_and_keeps_the_key_before_until_it_is_finished(self, key_file: Path) -> None:
        before = keys.signing_key().public
        said = io.StringIO()

        call_command("rotate_journal_key", stdout=said)

        after = keys.signing_key()
        assert after.public != before
        assert [key.public for key in keys.old_keys()] == [before]
        assert after.verifier("gaterhub.test/audit") in said.getvalue().splitlines()
        assert (key_file.stat().st_mode & 0o777, keys.old_key_file().stat().st_mode & 0o777) == (0o600, 0o600)

        call_command("rotate_journal_key", finish=True, stdout=said)
        assert keys.old_keys() == []
        assert keys.signing_key().public == after.public

    def test_begins_no_change_within_another(self, key_file: Path) -> None:
        call_command("rotate_journal_key", stdout=io.StringIO())
        after = keys.signing_key().public

        with pytest.raises(CommandError, match="End that change first"):
            call_command("rotate_journal_key")
        assert keys.signing_key().public == after

    def test_finishes_nothing_that_is_not_under_way(self, key_file: Path) -> None:
        with pytest.raises(CommandError, match="no change of keys is under way"):
            call_command("rotate_journal_key", finish=True)

    def test_says_what_to_do_with_a_key_in_the_environment(self) -> None:
        with pytest.raises(CommandError, match="GATERHUB_JOURNAL_KEYS_OLD"):
            call_command("rotate_journal_key")


class TestAnotherKey:
    @pytest.fixture
    def signer_of(self, settings: Any, tmp_path: Path) -> Callable[[Announcer], Signer]:
        """Let a first key sign, put another in its place, and give what begins a signer then."""
        memory = Memory(tmp_path / "state")
        grow("audit", 1)
        Signer(memory=memory, anchoring=Shelf(), clock=Clock()).tick()
        settings.GATERHUB_JOURNAL_KEYS_OLD = [settings.GATERHUB_JOURNAL_KEY]
        settings.GATERHUB_JOURNAL_KEY = base64.b64encode(b"n" * 32).decode()
        grow("audit", 1)
        return lambda announcer: Signer(memory=memory, anchoring=Shelf(), announcer=announcer, clock=announcer._clock)

    def test_is_announced_before_it_signs(self, signer_of: Callable[[Announcer], Signer]) -> None:
        clock, told = Clock(), []
        clock.now += 10

        def publish(event: Any) -> bool:
            told.append((event, signed()))
            return True

        announcer = Announcer(publish=publish, clock=clock)
        signer = signer_of(announcer)
        signer.tick()
        announcer.join()
        for _ in range(2):
            clock.now += 1
            signer.tick()

        (event, before), *more = told
        assert more == []
        assert before == [1]
        assert event.data["new_public"] == base64.b64encode(keys.signing_key().public).decode()
        assert event.data["proof"]
        assert signed() == [1, 2]

    def test_signs_without_its_announcement_when_that_takes_too_long(
        self, signer_of: Callable[[Announcer], Signer]
    ) -> None:
        clock = Clock()
        clock.now += 10
        announcer = Announcer(publish=lambda event: False, clock=clock)
        signer = signer_of(announcer)
        signer.tick()
        announcer.join()
        assert signed() == [1]

        clock.now += 31
        signer.tick()

        assert signed() == [1, 2]

    def test_signs_at_once_where_nothing_was_signed_before(self, tmp_path: Path) -> None:
        grow("audit", 1)

        def publish(event: Any) -> bool:
            raise AssertionError("There is nothing to announce.")

        announcer = Announcer(publish=publish)
        Signer(memory=Memory(tmp_path / "state"), anchoring=Shelf(), announcer=announcer).tick()

        assert signed() == [1]
