"""Sentences of the catalog in templates."""

import pytest

from gaterhub.templatetags.sentences import grouped, with_code


class TestWithCode:
    @pytest.mark.parametrize(
        ("sentence", "told"),
        [
            ("Plain.", "Plain."),
            ("Such as `a` or `b`.", "Such as <code>a</code> or <code>b</code>."),
            ("`a`", "<code>a</code>"),
            ("A lone ` stays.", "A lone ` stays."),
            ("<b> `<i>` &", "&lt;b&gt; <code>&lt;i&gt;</code> &amp;"),
            ("", ""),
        ],
    )
    def test_sets_off_what_stands_between_backticks_and_escapes_all(self, sentence: str, told: str) -> None:
        assert with_code(sentence) == told


class TestGrouped:
    def test_sets_digits_in_groups_of_three(self) -> None:
        assert [grouped(number) for number in (0, 999, 1_000, 1_234_567)] == ["0", "999", "1,000", "1,234,567"]
