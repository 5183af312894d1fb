from typing import Any

import pytest
from hypothesis import given

from instances.schemas.fit import BadSchema, Fit
from tests.unit.instances.schemas.generating import schemas, values


class TestFit:
    @given(schema=schemas(), value=values())
    def test_has_a_sentence_exactly_where_something_is_wrong(self, schema: dict[str, Any], value: Any) -> None:
        fit = Fit("data", schema)

        assert bool(fit.misfits(value)) is not fit.is_fit(value)

    @pytest.mark.parametrize(
        ("schema", "value", "sentence"),
        [
            ({"required": ["total"]}, {}, "`data.total` is missing"),
            ({"properties": {"total": {"type": "number"}}}, {"total": "3"}, '`data.total` is "3"; it must be number'),
            ({"items": {"enum": ["a", "b"]}}, ["c"], '`data[0]` is "c"; it must be one of "a", "b"'),
            ({"minimum": 3}, 2, "`data` is 2; it must be at least 3"),
            ({"maximum": 3}, 4, "`data` is 4; it must be at most 3"),
            ({"pattern": "^x"}, "a", '`data`: "a" does not match "^x"'),
        ],
    )
    def test_says_what_is_wrong_and_what_would_be_right(self, schema: Any, value: Any, sentence: str) -> None:
        assert Fit("data", schema).misfits(value) == [sentence]

    def test_says_at_most_three_things(self) -> None:
        assert len(Fit("data", {"required": list("abcdef")}).misfits({})) == 3

    def test_quotes_no_whole_event(self) -> None:
        value = {"text": "x" * 60_000}

        [sentence] = Fit("data", {"anyOf": [{"required": ["a"]}, {"required": ["b"]}]}).misfits(value)

        assert len(sentence) <= 300

    @pytest.mark.parametrize(
        "schema",
        [
            {"type": "strin"},
            {"items": [{}]},
            {"pattern": "(?=a)"},
            {"$ref": "#/$defs/nowhere"},
            {"$ref": "https://example.org/schema.json"},
            {"$ref": "file:///etc/passwd"},
        ],
    )
    def test_refuses_what_is_no_schema_that_stands_by_itself(self, schema: Any) -> None:
        with pytest.raises(BadSchema):
            Fit("data", schema)
