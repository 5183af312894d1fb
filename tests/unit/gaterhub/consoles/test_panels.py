"""The kinds of panels: each has its module in the browser, and what it says of itself is true."""

from pathlib import Path

import pytest

from gaterhub.consoles.options import checked_options
from gaterhub.consoles.panels import KINDS
from instances.catalog import NAMES
from tests.contracts.tree import ROOT

MODULES: Path = ROOT / "gaterhub" / "static" / "gaterhub" / "panels"


class TestKinds:
    @pytest.mark.parametrize("name", KINDS)
    def test_have_a_module_with_the_methods_of_a_panel(self, name: str) -> None:
        text = (MODULES / f"{name}.js").read_text()

        assert "export default class" in text
        assert all(f"\n  {method}(" in text for method in ("constructor", "take", "clear", "forget", "draw"))

    @pytest.mark.parametrize("name", KINDS)
    def test_have_a_style_sheet_where_they_say_so(self, name: str) -> None:
        style = KINDS[name].style
        assert not style or (MODULES.parent / style).is_file()

    @pytest.mark.parametrize("name", KINDS)
    def test_have_defaults_that_pass_their_own_check(self, name: str) -> None:
        kind = KINDS[name]

        assert checked_options(kind.options, {}).keys() == {option.name for option in kind.options}
        assert set(kind.reads) <= set(NAMES)

    @pytest.mark.parametrize("name", KINDS)
    def test_are_documented_with_their_options(self, name: str) -> None:
        page = (ROOT / "docs" / "consoles.md").read_text()

        assert f"`{name}`" in page
        assert all(f"`{option.name}`" in page for option in KINDS[name].options)
