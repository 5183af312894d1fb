"""`manage.py verify_journal`: its ends, and what it tells."""

import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connections

from instances.journal.router import ALIAS
from tests.integration.journal.building import build, checkpoint_note
from tests.integration.journal.tampering import (
    cut_tail,
    edit_body,
    set_value,
)


class TestCommand:
    def test_ends_with_0_where_all_is_valid(self, sealed: str) -> None:
        out = io.StringIO()

        call_command("verify_journal", "audit", stdout=out)

        assert "audit: 600 entries were verified, of 600." in out.getvalue()

    def test_ends_with_1_and_names_what_was_tampered_with(self, sealed: str) -> None:
        edit_body(7)
        out = io.StringIO()

        with pytest.raises(SystemExit) as ended:
            call_command("verify_journal", stdout=out)

        assert ended.value.code == 1
        assert "leaf-hash audit 7: An entry's body does not have its hash." in out.getvalue()

    def test_ends_with_2_where_something_is_purged(self, sealed: str) -> None:
        set_value(7, "body", b"")
        out = io.StringIO()

        with pytest.raises(SystemExit) as ended:
            call_command("verify_journal", "audit", "--json", stdout=out)

        said = json.loads(out.getvalue())
        assert ended.value.code == 2
        assert (said["verdict"], said["instances"]["audit"]["counts"]) == ("incomplete", {"purged": 1})

    @pytest.mark.parametrize(
        ("arguments", "says"),
        [
            (["alerts"], "alerts is not sealed"),
            (["nothing"], "nothing"),
            (["--key", "no key"], "A key's name"),
            (["--from", "601", "audit"], "has 600 entries"),
            (["--pinned-checkpoint", "/nowhere/at/all"], "No such file"),
            (["--resume", "--run", "never-begun"], "no interrupted verification"),
            (["--run", "../outside"], "small letters"),
        ],
    )
    def test_ends_with_3_for_bad_input(self, sealed: str, arguments: list[str], says: str) -> None:
        with pytest.raises(CommandError, match=says) as refused:
            call_command("verify_journal", *arguments)

        assert refused.value.returncode == 3

    def test_begins_from_an_index_and_believes_the_tree_before_it(self, sealed: str) -> None:
        edit_body(7)
        out = io.StringIO()

        call_command("verify_journal", "audit", "--from", "300", stdout=out)

        assert "audit: 344 entries were verified, of 600." in out.getvalue()

    def test_takes_a_pinned_checkpoint_from_a_file(self, sealed: str, tmp_path: Path) -> None:
        pinned = tmp_path / "pinned.note"
        pinned.write_text(checkpoint_note(), encoding="utf-8")
        cut_tail(400)

        with pytest.raises(SystemExit) as ended:
            call_command("verify_journal", "audit", "--pinned-checkpoint", str(pinned), stdout=io.StringIO())

        assert ended.value.code == 1

    def test_reads_for_longer_than_the_hub_may(self, postgres_journal: None) -> None:
        build(3)
        call_command("verify_journal", "audit", stdout=io.StringIO())

        with connections[ALIAS].cursor() as cursor:
            cursor.execute("SHOW statement_timeout")
            assert cursor.fetchone() == ("0",)
