from typing import Any

import jsonschema_rs
import pytest

from instances.schemas.fields import Field, Kind
from instances.schemas.json_schema import DIALECT, PERSONAL, SEVERITY, UNIT, schema_of


def fits(field: Field, value: object) -> bool:
    return jsonschema_rs.Draft202012Validator(schema_of((field,))).is_valid({field.name: value})


def a_field(kind: Kind, **more: Any) -> Field:
    return Field("x", kind, "X.", **more)


class TestSchemaOf:
    def test_is_a_schema_of_the_dialect_that_it_names(self) -> None:
        inner = (Field("a", Kind.TEXT, "A.", required=True),)
        schema = schema_of(
            (
                *(Field(f"of_{kind}", kind, "One.") for kind in Kind),
                Field("all", Kind.LIST, "All.", fields=inner),
                Field("one", Kind.OBJECT, "One.", fields=inner),
            )
        )

        assert schema["$schema"] == DIALECT
        assert jsonschema_rs.meta.is_valid(schema)

    @pytest.mark.parametrize(
        ("field", "right", "wrong"),
        [
            (a_field(Kind.TEXT), ["", "a"], [1, True, [], {}]),
            (a_field(Kind.TEXT, choices=("a", "b")), ["a", "b"], ["c", "A", 1]),
            (a_field(Kind.INTEGER), [0, -1, 2.0], [1.5, "1", True]),
            (a_field(Kind.INTEGER, least=1, most=9), [1, 9], [0, 10]),
            (a_field(Kind.NUMBER, least=0, most=1), [0, 0.5, 1], [-0.1, 1.1, "0"]),
            (a_field(Kind.BOOLEAN), [True, False], [0, 1, "true"]),
            (a_field(Kind.TIMESTAMP), [0, 1672531200000], [-1, 1.5, "2023-01-01"]),
            (a_field(Kind.LIST), [[], [1, "a", None]], ["a", {}]),
            (a_field(Kind.LIST, of=Kind.TEXT), [[], ["a"]], [[1], "a"]),
            (a_field(Kind.LIST, of=Kind.ANY), [[], [1, "a"]], ["a"]),
            (a_field(Kind.LIST, fields=(Field("a", Kind.TEXT, "A.", required=True),)), [[{"a": "x"}]], [[{}], ["x"]]),
            (a_field(Kind.OBJECT), [{}, {"a": 1}], [[], "a"]),
            (a_field(Kind.OBJECT, fields=(Field("a", Kind.TEXT, "A.", required=True),)), [{"a": "x", "b": 1}], [{}]),
            (a_field(Kind.ANY), [1, "a", [], {}, True], []),
        ],
        ids=lambda each: str(each.kind) if isinstance(each, Field) else None,
    )
    def test_takes_what_the_field_holds_and_nothing_else(
        self, field: Field, right: list[object], wrong: list[object]
    ) -> None:
        assert [value for value in right if not fits(field, value)] == []
        assert [value for value in wrong if fits(field, value)] == []

    @pytest.mark.parametrize("kind", [Kind.TEXT, Kind.INTEGER, Kind.LIST, Kind.OBJECT, Kind.TIMESTAMP, Kind.BOOLEAN])
    def test_takes_null_only_where_the_field_is_not_required(self, kind: Kind) -> None:
        assert fits(a_field(kind), None)
        assert not fits(a_field(kind, required=True), None)

    def test_takes_null_among_choices_only_where_the_field_is_not_required(self) -> None:
        assert fits(a_field(Kind.TEXT, choices=("a",)), None)
        assert not fits(a_field(Kind.TEXT, choices=("a",), required=True), None)

    def test_takes_null_as_a_whole_only_where_nothing_is_required(self) -> None:
        for required, fit in ((False, True), (True, False)):
            schema = schema_of((a_field(Kind.TEXT, required=required),))
            assert jsonschema_rs.Draft202012Validator(schema).is_valid(None) is fit

    def test_leaves_other_keys_to_anybody(self) -> None:
        schema = schema_of((a_field(Kind.TEXT),))

        assert jsonschema_rs.Draft202012Validator(schema).is_valid({"x": "a", "own": [1]})

    def test_keeps_what_validators_pass_over(self) -> None:
        (said,) = schema_of((a_field(Kind.TEXT, unit="ms", personal=True, severity=True),))["properties"].values()
        (plain,) = schema_of((a_field(Kind.TEXT),))["properties"].values()

        assert (said[UNIT], said[PERSONAL], said[SEVERITY], said["description"]) == ("ms", True, True, "X.")
        assert not plain.keys() & {UNIT, PERSONAL, SEVERITY}
