"""The import law: gaterhub -> consumers -> instances, and never the other way."""

import ast
import sys
from collections.abc import Iterator

import pytest

from tests.contracts.tree import PACKAGES, modules, named, parsed, text_of

ALLOWED = {
    "instances": {"instances"},
    "consumers": {"consumers", "instances"},
    "gaterhub": {"gaterhub", "consumers", "instances"},
}
OF_THE_REPOSITORY = {*PACKAGES, "tests", "manage"}


def imported(tree: ast.Module, package: str) -> Iterator[tuple[int, str]]:
    """Yield the line and absolute name of every import in a module, inside functions too.

    `package` is the dotted package the module is in; relative imports are counted from it.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package.split(".")[: len(package.split(".")) - node.level + 1]) if node.level else ""
            yield node.lineno, ".".join(part for part in (base, node.module) if part)
        elif (
            isinstance(node, ast.Call)
            and getattr(node.func, "attr", getattr(node.func, "id", ""))
            in ("import_module", "__import__", "import_string")
            and node.args
            and isinstance(node.args[0], ast.Constant)
        ):
            yield node.lineno, str(node.args[0].value)


def breaches(source: str, *, package: str, allowed: set[str]) -> list[str]:
    """List the imports of a module that reach one of this repository's packages and may not."""
    found = imported(ast.parse(source), package)
    return [
        f"line {line} imports {name}"
        for line, name in found
        if (top := name.split(".")[0]) in OF_THE_REPOSITORY and top not in allowed
    ]


class TestImportLaw:
    @pytest.mark.parametrize("package", PACKAGES)
    def test_is_kept_by_every_module_of(self, package: str) -> None:
        paths = modules(package)
        assert paths, f"{package}/ has no modules: the law would hold over nothing"

        broken = [
            f"{named(path)} {breach}"
            for path in paths
            for breach in breaches(
                path.read_text(encoding="utf-8"),
                package=named(path.parent).replace("/", "."),
                allowed=ALLOWED[package],
            )
        ]

        assert broken == []

    @pytest.mark.parametrize(
        "source",
        [
            "import gaterhub.settings",
            "from consumers.hub import snapshot",
            "def late():\n    from gaterhub import api",
            "if TYPE_CHECKING:\n    from consumers import hub",
            "import importlib\nimportlib.import_module('consumers.hub')",
            "from ...consumers import hub",
            "from tests import conftest",
        ],
    )
    def test_sees_an_import_however_it_is_written(self, source: str) -> None:
        assert len(breaches(source, package="instances.streams", allowed=ALLOWED["instances"])) == 1

    def test_lets_a_package_import_itself_and_the_ones_before_it(self) -> None:
        source = "from . import trie\nfrom .trie import Trie\nimport instances.topics\nfrom ..consumers import hub"

        assert breaches(source, package="consumers.sockets", allowed=ALLOWED["consumers"]) == []


class TestGrammar:
    def test_of_topics_stands_on_the_standard_library_and_the_refusal_alone(self) -> None:
        names = {name for _, name in imported(ast.parse(text_of("instances/topics.py")), "instances")}

        outside = {name for name in names if name.split(".")[0] not in sys.stdlib_module_names}

        assert outside <= {"instances.error_codes"}


class TestImports:
    def test_stand_at_the_top_of_the_module(self) -> None:
        """An import inside a function dodges a cycle or hides a dependency; ALLOWED_LATE has the reasons."""
        late = {
            f"{named(path)} imports {name} in {function.name}"
            for path in modules()
            for function in ast.walk(parsed(path))
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
            # Django loads models only after apps.py, and `ready` is its place for what needs them.
            and (path.name, function.name) != ("apps.py", "ready")
            for _, name in imported(ast.Module(body=function.body, type_ignores=[]), "")
            if (named(path), name.split(".")[0]) not in ALLOWED_LATE
        }

        assert late == set()


ALLOWED_LATE = {
    (
        "gaterhub/command_line.py",
        "gaterhub",
    ): "models can be imported only once the command has made the apps ready",
}
"""(module, imported package): why it can only be imported when it is used."""
