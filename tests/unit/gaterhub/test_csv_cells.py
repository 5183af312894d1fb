"""No cell starts a formula, however it is written."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaterhub.csv_cells import GUARD, guarded


class TestACell:
    @pytest.mark.parametrize(
        "text", ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "\t=1", "\u200b=1", "\uff1d1", '"=1', "\u22121"]
    )
    def test_that_would_be_a_formula_is_text(self, text: str) -> None:
        assert guarded(text) != text
        assert GUARD in guarded(text)

    @pytest.mark.parametrize("text", ["", "ada", "2026-11-27 03:00:00Z", "a=b", "#71"])
    def test_that_would_be_none_is_as_it_was(self, text: str) -> None:
        assert guarded(text) == text

    @given(st.text(alphabet="=+-@a;\t\r\n\" '"))
    def test_has_no_part_that_begins_one_wherever_it_is_split(self, text: str) -> None:
        for cell in re.split(r"[;\t\r\n]", guarded(text)):
            assert not cell.lstrip(' "').startswith(("=", "+", "-", "@"))
