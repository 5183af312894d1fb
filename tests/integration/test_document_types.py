import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from gaterhub.documentation.files import RELEASED, generated_files


@pytest.fixture
def root(settings: Any, tmp_path: Path) -> Path:
    """Give an empty folder that the command takes for the repository."""
    settings.BASE_DIR = tmp_path
    return tmp_path


def run(*options: str) -> list[str]:
    out = StringIO()
    call_command("document_types", *options, stdout=out)
    return out.getvalue().splitlines()


class TestDocumentTypes:
    def test_writes_every_file_and_names_it(self, root: Path) -> None:
        named = run()

        expected = sorted([*generated_files(), RELEASED])
        assert named == list(map(str, expected))
        assert all((root / path).is_file() for path in expected)

    def test_writes_only_what_changed(self, root: Path) -> None:
        run()
        stale = root / "docs/types/health.md"
        written = stale.read_text(encoding="utf-8")
        stale.write_text("by hand", encoding="utf-8")

        assert run() == ["docs/types/health.md"]
        assert stale.read_text(encoding="utf-8") == written
        assert run() == ["Everything is what the registry says."]

    def test_only_looks_when_it_is_told_to_check(self, root: Path) -> None:
        run()
        assert run("--check") == ["Everything is what the registry says."]
        stale = root / "instances/schemas/health.pyi"
        stale.unlink()

        with pytest.raises(CommandError, match=r"health\.pyi$"):
            run("--check")
        assert not stale.exists()

    def test_refuses_to_take_back_what_was_released_and_says_what_to_do(self, root: Path) -> None:
        run()
        released = json.loads((root / RELEASED).read_text(encoding="utf-8"))
        fields = released["health"]["registration_success"]["versions"]["1"]["data"]["properties"]
        fields["seat"] = {"type": "string"}
        (root / RELEASED).write_text(json.dumps(released), encoding="utf-8")
        page = root / "docs/types/health.md"
        page.unlink()

        with pytest.raises(CommandError) as caught:
            run()

        assert "health.registration_success, version 1: `data.seat` is removed." in str(caught.value)
        assert "new version" in str(caught.value)
        assert not page.exists()
