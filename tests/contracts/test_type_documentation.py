"""What is made from the event types is committed as it would be made now, and says all of them."""

import json
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from gaterhub.documentation.files import PAGES, RELEASED, STUBS, generated_files
from instances.catalog import NAMES
from instances.publishing.pipeline import check
from instances.schemas.registry import CATALOG, catalog_types
from instances.schemas.released import as_text, broken_promises, promised, read_released
from instances.schemas.words import EventType
from tests.contracts.tree import ROOT, text_of

REMEDY = "run `make types`"


class TestGeneratedFiles:
    @pytest.mark.parametrize("path", sorted(generated_files()), ids=str)
    def test_are_committed_as_they_are_made(self, path: Path) -> None:
        assert (ROOT / path).is_file(), REMEDY
        assert text_of(str(path)) == generated_files()[path], REMEDY

    def test_are_all_that_stands_there(self) -> None:
        made = set(generated_files())

        assert {path.relative_to(ROOT) for path in (ROOT / PAGES).iterdir()} == {
            path for path in made if path.parent == PAGES
        }
        assert {path.relative_to(ROOT) for path in (ROOT / STUBS).glob("*.pyi")} == {
            path for path in made if path.parent == STUBS
        }

    def test_have_a_page_and_a_stub_for_each_instance(self) -> None:
        assert {types.instance for types in CATALOG} == set(NAMES)
        for name in NAMES:
            assert (ROOT / PAGES / f"{name}.md").is_file()
            assert (ROOT / STUBS / f"{name}.pyi").is_file()

    def test_name_every_type_with_every_field(self) -> None:
        index = text_of(f"{PAGES}/README.md")
        for types in CATALOG:
            page, stub = text_of(f"{PAGES}/{types.instance}.md"), text_of(f"{STUBS}/{types.instance}.pyi")
            for row in types:
                assert f"]({types.instance}.md#{row.name})" in index
                assert f"\n## {row.name}\n" in page
                section = page.partition(f"\n## {row.name}\n")[2].partition("\n## ")[0]
                for field in (*row.data, *row.metadata):
                    assert f"\n| `{field.name}` | " in section, f"{types.instance}.{row.name}: {field.name}"
                assert f"\n{row.name}: Final[" in stub

    def test_are_led_to_from_the_documentation(self) -> None:
        assert "(types/README.md)" in text_of("docs/README.md")


class TestExamples:
    @pytest.mark.parametrize("row", [row for types in CATALOG for row in types], ids=lambda row: row.name)
    def test_are_events_that_the_hub_takes_without_a_warning(self, row: EventType) -> None:
        event = asdict(row(**row.example))
        instance = event.pop("instance")

        checked = check(instance, json.dumps(event).encode(), publisher="test")

        assert checked.warnings == ()


class TestReleasedTypes:
    def test_hold(self) -> None:
        assert list(map(str, broken_promises(read_released(), catalog_types()))) == []

    def test_are_written_down_up_to_the_last_addition(self) -> None:
        assert text_of(str(RELEASED)) == as_text(promised(catalog_types())), REMEDY


RIGHT = """
from instances.publishing import publish_event
from instances.schemas import health

publish_event(health.registration_success(store_id="prod", subscription_name="users"))
health.registration_success(store_id="prod", subscription_name="users", extra={"own": 1}, metadata={"own": 1})
print(health.registration_success.title, health.TYPES["registration_success"].topic)
"""
WRONG = {
    'health.registration_success(stoer_id="prod", store_id="prod", subscription_name="users")': "stoer_id",
    'health.registration_success(store_id=5, subscription_name="users")': 'incompatible type "int"; expected "str"',
    'health.registration_success(store_id="prod")': 'Missing named argument "subscription_name"',
    'health.registration_sucess(store_id="prod", subscription_name="users")': "registration_sucess",
    'publish_event("registration_success")': 'expected "TypedEvent"',
}


class TestBuilders:
    def test_are_typed_so_that_mypy_refuses_what_no_event_can_be(self, tmp_path: Path) -> None:
        right, wrong = tmp_path / "right.py", tmp_path / "wrong.py"
        right.write_text(RIGHT, encoding="utf-8")
        imports = "from instances.publishing import publish_event\nfrom instances.schemas import health\n"
        wrong.write_text(imports + "\n".join(WRONG), encoding="utf-8")

        told = subprocess.run(
            [sys.executable, "-m", "mypy", "--no-error-summary", str(right), str(wrong)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )

        lines = [line for line in told.stdout.splitlines() if ": error:" in line]
        assert [line for line in lines if "right.py" in line] == []
        for number, (call, why) in enumerate(WRONG.items(), start=3):
            assert any(f"wrong.py:{number}: " in line and why in line for line in lines), (call, told.stdout)
