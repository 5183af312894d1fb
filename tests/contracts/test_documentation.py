"""Every setting, command, error code and close code is documented, and nothing documented has gone away."""

import argparse
import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import BaseCommand, load_command_class

from consumers.close_codes import CLOSE_CODES
from instances.error_codes import CODES
from tests.contracts.tree import ROOT, modules, named, parsed, text_of

READERS = {
    "bool",
    "str",
    "int",
    "float",
    "list",
    "tuple",
    "dict",
    "json",
    "url",
    "db_url",
    "cache_url",
    "path",
    "bytes",
}
"""Methods of django-environ's Env that read a variable."""


def environment_names(tree: ast.AST) -> Iterator[str]:
    """Yield the environment variables that a module reads, such as env.bool("X") or os.environ["X"]."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            function = ast.unparse(node.func)
            owner, _, method = function.rpartition(".")
            reads = function in ("env", "os.getenv", "os.environ.get", "environ.get", "os.environ.pop")
            if reads or (owner == "env" and method in READERS):
                yield str(node.args[0].value)
        elif (
            isinstance(node, ast.Subscript)
            and ast.unparse(node.value) in ("os.environ", "environ")
            and isinstance(node.slice, ast.Constant)
        ):
            yield str(node.slice.value)


def settings_read() -> set[str]:
    found = {name for path in modules() for name in environment_names(parsed(path))}
    return found - {"DJANGO_SETTINGS_MODULE"} - OF_OTHER_PROGRAMS


OF_OTHER_PROGRAMS: set[str] = set()
"""Variables that another program sets for us, such as a service manager; no setting of ours."""


def documented(name: str) -> set[str]:
    """Read the first column of the tables of a page in docs/, where it stands in back-ticks."""
    return set(re.findall(r"^\| `([^`]+)` \|", text_of(f"docs/{name}"), re.MULTILINE))


class TestSettings:
    def test_are_all_documented(self) -> None:
        read = settings_read()

        assert {"SECRET_KEY", "DATABASE_URL", "REDIS_URL"} <= read, "the reader of settings has gone blind"
        assert read - documented("settings.md") == set()

    def test_are_documented_only_while_they_exist(self) -> None:
        assert documented("settings.md") - settings_read() == set()

    def test_stand_in_the_example_environment(self) -> None:
        example = set(re.findall(r"^#? ?([A-Z][A-Z_]+)=", text_of(".env.example"), re.MULTILINE))

        settings_modules = {
            name
            for module in ("environment", "journal_settings", "settings")
            for name in environment_names(parsed(ROOT / "gaterhub" / f"{module}.py"))
        }
        assert settings_modules - example - {"GATERHUB_ENV_FILE"} == set()
        assert example - settings_read() == set()


def command_files() -> list[Path]:
    return [
        path
        for path in modules()
        if path.parent.name == "commands" and path.parent.parent.name == "management" and path.stem != "__init__"
    ]


def command(path: Path) -> BaseCommand:
    app = named(path.parent.parent.parent).replace("/", ".")
    return load_command_class(app, path.stem)


OPTIONS_OF_EVERY_COMMAND = {
    option for action in BaseCommand().create_parser("", "")._actions for option in action.option_strings
}


def section(page: str, heading: str) -> str:
    """Cut the section under a `## ` heading out of a page."""
    match = re.search(rf"^## {re.escape(heading)}$(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
    return match[1] if match else ""


class TestCommands:
    @pytest.mark.parametrize("path", command_files(), ids=lambda path: path.stem)
    def test_are_documented_with_every_option(self, path: Path) -> None:
        text = section(text_of("docs/commands.md"), f"manage.py {path.stem}")
        assert text, f"docs/commands.md has no section `## manage.py {path.stem}`"

        loaded = command(path)
        parser = loaded.create_parser("manage.py", path.stem)
        # What Django's own command of that name takes is documented by Django.
        base = type(loaded).__mro__[1]
        of_django = base().create_parser("", "")._actions if base is not BaseCommand else []
        missing = [
            action.option_strings[-1] if action.option_strings else str(action.metavar or action.dest)
            for action in parser._actions
            if not OPTIONS_OF_EVERY_COMMAND.intersection(action.option_strings)
            and action.help != argparse.SUPPRESS
            and action.dest not in {each.dest for each in of_django}
            and not _mentions(text, action)
        ]

        assert missing == []

    @pytest.mark.parametrize("path", command_files(), ids=lambda path: path.stem)
    def test_say_what_they_do(self, path: Path) -> None:
        parser = command(path).create_parser("manage.py", path.stem)

        assert command(path).help
        silent = [action.dest for action in parser._actions if not action.help]
        assert silent == []

    def test_are_documented_only_while_they_exist(self) -> None:
        headings = set(re.findall(r"^## manage\.py (\S+)$", text_of("docs/commands.md"), re.MULTILINE))

        assert headings - {path.stem for path in command_files()} == set()


def _mentions(text: str, action: argparse.Action) -> bool:
    """Tell whether the section's table has a row for an option (`--port`) or a positional argument (`NAME`)."""
    names = action.option_strings or [str(action.metavar or action.dest.upper())]
    rows = re.findall(r"^\| `([^`]+)` \| \S", text, re.MULTILINE)
    return any(name in row.split() for name in names for row in rows)


class TestErrorCodes:
    def test_are_all_documented_with_status_and_retry(self) -> None:
        rows = dict(re.findall(r"^\| `([a-z_]+)` \| (\d{3} \| (?:yes|no)) \|", text_of("docs/errors.md"), re.MULTILINE))

        assert rows == {code: f"{row.status} | {'yes' if row.retry else 'no'}" for code, row in CODES.items()}


class TestCloseCodes:
    def test_are_all_documented_with_whether_to_reconnect(self) -> None:
        told = dict(re.findall(r"^\| (\d{4}) \| (yes|no) \| \S", text_of("docs/errors.md"), re.MULTILINE))

        assert told == {str(code): "yes" if row.reconnect else "no" for code, row in CLOSE_CODES.items()}


class TestReadersOfTheEnvironment:
    @pytest.mark.parametrize(
        "source",
        [
            'env("X")',
            'env.bool("X", default=False)',
            'os.environ["X"]',
            'os.environ.get("X")',
            'os.getenv("X")',
            'env.db_url("X")',
        ],
    )
    def test_are_seen_however_they_are_written(self, source: str) -> None:
        assert list(environment_names(ast.parse(source))) == ["X"]


class TestSystemChecks:
    def test_are_all_documented_and_documented_only_while_they_exist(self) -> None:
        ids = {
            str(node.value)
            for path in modules()
            for node in ast.walk(parsed(path))
            if isinstance(node, ast.Constant) and re.fullmatch(r"gaterhub\.[EW]\d{3}", str(node.value))
        }

        assert {"gaterhub.W001", "gaterhub.E001"} <= ids, "the reader of checks has gone blind"
        assert ids == documented("checks.md")
