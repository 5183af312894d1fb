import ast
import subprocess
import sys
from pathlib import Path

from gaterhub.documentation.type_stub import stub_of
from instances.schemas.words import Types
from tests.contracts.tree import ROOT
from tests.unit.gaterhub.documentation.rows import ATTRIBUTES, LEVELS, TYPES

STUB = stub_of(TYPES, ATTRIBUTES)


class TestStubOf:
    def test_types_each_parameter_and_needs_what_is_required(self) -> None:
        (call,) = (node for node in ast.walk(ast.parse(STUB)) if isinstance(node, ast.FunctionDef))
        by_name = zip(call.args.kwonlyargs, call.args.kw_defaults, strict=True)
        written = {each.arg: (ast.unparse(each.annotation or each), default is None) for each, default in by_name}

        assert written["service"] == ("str", True)
        assert written["level"] == ("_log_record_level", True)
        assert written["message"] == ("str", True)
        assert written["took"] == ("float | None", False)
        assert written["frames"] == ("Sequence[Mapping[str, Any]] | None", False)
        assert written["kind"] == ("Literal['a', 'b'] | None", False)
        assert list(written)[-2:] == ["extra", "metadata"]

    def test_names_the_choices_that_are_too_long_for_a_line(self) -> None:
        assert f'_log_record_level: TypeAlias = Literal[\n    "{LEVELS[0]}",\n' in STUB

    def test_is_as_our_formatter_would_write_it(self, tmp_path: Path) -> None:
        for name, text in (("full.pyi", STUB), ("empty.pyi", stub_of(Types("audit"), {}))):
            (tmp_path / name).write_text(text, encoding="utf-8")
        ruff = (sys.executable, "-m", "ruff")
        config = ("--no-cache", "--config", str(ROOT / "pyproject.toml"), str(tmp_path))

        for command in (("check",), ("format", "--diff")):
            told = subprocess.run([*ruff, *command, *config], capture_output=True, text=True, check=False)
            assert told.returncode == 0, told.stdout
