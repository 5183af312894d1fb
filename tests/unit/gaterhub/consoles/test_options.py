"""Options of panels: what they take, and what is said of what they don't."""

import pytest

from gaterhub.consoles.options import (
    BadOption,
    FlagOption,
    NumberOption,
    Option,
    TextOption,
    TextsOption,
    checked_options,
)

LIMIT = NumberOption(name="limit", help="Rows.", default=8, least=1, most=50)
SHARE = NumberOption(name="share", help="A part.", default=0.5, least=0, most=1, whole=False)
FIELD = TextOption(name="field", help="Counted.", default="actor")
SHAPE = TextOption(name="shape", help="How.", default="line", choices=("line", "bar"))
TYPES = TextsOption(name="types", help="Of which types.")
STACKED = FlagOption(name="stacked", help="Whether.")
ALL: tuple[Option, ...] = (LIMIT, SHARE, FIELD, SHAPE, TYPES, STACKED)


class TestOptions:
    def test_have_their_defaults_where_nothing_is_said(self) -> None:
        assert checked_options(ALL, {}) == {
            "limit": 8,
            "share": 0.5,
            "field": "actor",
            "shape": "line",
            "types": [],
            "stacked": False,
        }

    @pytest.mark.parametrize(
        ("said", "sentence"),
        [
            ({"limit": 0}, "`limit` is a whole number from 1 to 50; this is 0."),
            ({"limit": 2.5}, "`limit` is a whole number"),
            ({"limit": True}, "`limit` is a whole number"),
            ({"share": 2}, "`share` is a number from 0 to 1"),
            ({"field": "a\nb"}, "`field` is a printable text"),
            ({"shape": "pie"}, "`shape` is one of line, bar; this is 'pie'."),
            ({"types": "one"}, "`types` is a list of up to 50 texts"),
            ({"types": [""]}, "`types` lists printable texts of 1 to 200 characters; not ''."),
            ({"stacked": 1}, "`stacked` is true or false; this is 1."),
            ({"lmit": 3}, "'lmit' is no option of this kind of panel; it has limit, share"),
            ([], "`options` is an object of names and values"),
        ],
    )
    def test_say_what_would_be_right(self, said: object, sentence: str) -> None:
        with pytest.raises(BadOption) as refused:
            checked_options(ALL, said)

        assert sentence in str(refused.value)
