"""Modules stay small, are named for one noun, and don't ask which of the ten instances they serve."""

import ast

from instances.catalog import NAMES
from tests.contracts.tree import ROOT, modules, named, parsed, tracked_files

MOST_LINES = 400
PURE_DATA = {
    "instances/catalog.py",
    "instances/schemas/audit.py",
}
"""Modules that are rows of a table and nothing else; they may be as long as the table is."""

ONE_FILE = {
    "instances/journal/offline/verify.py",
}
"""Modules that are handed out as one file, to people who have nothing else of ours."""

ALSO_A_WORD = {
    "gaterhub/api/events.py",
}
"""Modules whose noun happens to be an instance's name too: the API's resource is called events."""

VAGUE = {"utils", "util", "helpers", "helper", "services", "managers", "common", "misc", "exceptions"}


class TestModule:
    def test_has_no_more_lines_than_a_reader_can_hold(self) -> None:
        long = {
            named(path): lines
            for path in modules("gaterhub", "consumers", "instances", "tests")
            if named(path) not in PURE_DATA | ONE_FILE
            # Django writes them, and nobody reads them twice.
            and path.parent.name != "migrations"
            and (lines := len(path.read_text(encoding="utf-8").splitlines())) > MOST_LINES
        }

        assert long == {}

    def test_is_exempt_only_while_it_is_pure_data(self) -> None:
        """A function in a data module brings its limit back, except the ones that look a row up."""
        for name in PURE_DATA:
            functions = [node for node in ast.walk(parsed(ROOT / name)) if isinstance(node, ast.FunctionDef)]
            lines = sum((function.end_lineno or 0) - function.lineno + 1 for function in functions)
            assert lines <= 60, (
                f"{name} has {lines} lines of functions: move them out, or give the module its limit back"
            )

    def test_is_named_for_one_noun(self) -> None:
        assert [named(path) for path in modules() if path.stem in VAGUE or path.parent.name in VAGUE] == []

    def test_carries_an_instance_s_name_only_under_schemas(self) -> None:
        """What differs between instances hangs from the row, so no module belongs to one of them."""
        own = [
            named(path)
            for path in modules()
            if path.stem in NAMES and path.parent.name != "schemas" and named(path) not in ALSO_A_WORD
        ]

        assert own == []

    def test_never_asks_whether_this_is_one_certain_instance(self) -> None:
        asked = [
            f"{named(path)}:{node.lineno}"
            for path in modules()
            for node in ast.walk(parsed(path))
            if isinstance(node, ast.Compare) and _compares_with_an_instance(node)
        ]

        assert asked == []

    def test_says_in_its_first_line_what_it_is(self) -> None:
        silent = [
            named(path)
            for path in modules()
            if path.name != "__init__.py" and "migrations" not in path.parts and not ast.get_docstring(parsed(path))
        ]

        assert silent == []


class TestRepository:
    def test_has_the_top_level_folders_that_people_expect(self) -> None:
        tops = {named(path).split("/")[0] for path in tracked_files()}

        expected = {"manage.py", "pyproject.toml", "gaterhub", "instances", "consumers", "templates", "tests"}
        assert expected | {"docker-compose.yml"} <= tops


def _compares_with_an_instance(node: ast.Compare) -> bool:
    """Tell whether a variable named like an instance is compared with one certain instance's name."""
    sides = [node.left, *node.comparators]
    names = {ast.unparse(side).rsplit(".", 1)[-1] for side in sides if isinstance(side, ast.Name | ast.Attribute)}
    constants = {
        part.value
        for side in sides
        for part in ([*side.elts] if isinstance(side, ast.Tuple | ast.Set | ast.List) else [side])
        if isinstance(part, ast.Constant)
    }
    return bool(names & {"instance", "instance_name", "name", "spec"} and constants & set(NAMES))
