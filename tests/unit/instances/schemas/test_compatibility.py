from typing import Any

import pytest
from hypothesis import given

from instances.schemas.compatibility import Computed, broken, changes_in_place, narrowed
from instances.schemas.fit import BadSchema, Fit
from instances.schemas.words import Compatibility
from tests.unit.instances.schemas.generating import pairs, schemas, values

BACKWARD, FORWARD, FULL = Compatibility.BACKWARD, Compatibility.FORWARD, Compatibility.FULL


def thing(*required: str, **properties: Any) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "object", "properties": properties}
    return {**schema, "required": list(required)} if required else schema


TEXT = {"type": "string"}
NUMBER = {"type": "number"}
INTEGER = {"type": "integer"}


class TestNarrowed:
    @given(pair=pairs(), value=values())
    def test_finds_nothing_only_where_whatever_fits_old_fits_new(
        self, pair: tuple[dict[str, Any], dict[str, Any]], value: Any
    ) -> None:
        old, new = pair

        # A name that only the new one knows was anybody's before, and such a key is none of ours.
        if not narrowed(old, new) and Fit("data", old).is_fit(value) and not uses_new_names(value, old, new):
            assert Fit("data", new).is_fit(value), (old, new, value)

    @given(schema=schemas())
    def test_finds_nothing_between_a_schema_and_itself(self, schema: dict[str, Any]) -> None:
        assert narrowed(schema, schema) == []

    @pytest.mark.parametrize(
        ("old", "new", "value"),
        [
            ({"enum": [1]}, {"enum": [True]}, 1),
            ({"const": 1}, {"const": True}, 1),
            (
                {"patternProperties": {"^x": TEXT}, "additionalProperties": False},
                {"additionalProperties": False},
                {"x1": "a"},
            ),
            ({"prefixItems": [TEXT], "items": INTEGER}, {"items": INTEGER}, ["a"]),
            ({"contains": TEXT, "minContains": 0}, {"contains": TEXT}, []),
            (
                {"properties": {"a": TEXT}, "unevaluatedProperties": False},
                {"properties": {"b": TEXT}, "unevaluatedProperties": False},
                {"a": "x"},
            ),
            ({"additionalProperties": TEXT}, thing(a=INTEGER), {"a": "x"}),
            ({"minimum": 1}, {"minimum": 2}, 1),
            ({"maxLength": 3}, {"maxLength": 2}, "abc"),
            ({}, {"minLength": 1}, ""),
            (True, False, 1),
            ({"items": {}}, {"items": TEXT}, [1]),
            (thing(a={"type": ["string", "null"]}), thing(a=TEXT), {"a": None}),
            ({"$defs": {"a": TEXT}, "$ref": "#/$defs/a"}, {"$defs": {"a": INTEGER}, "$ref": "#/$defs/a"}, "x"),
        ],
    )
    def test_sees_what_no_longer_fits(self, old: Any, new: Any, value: Any) -> None:
        if isinstance(old, dict):
            assert Fit("data", old).is_fit(value)
            assert not Fit("data", new).is_fit(value)

        assert narrowed(old, new)

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            (INTEGER, NUMBER),
            (TEXT, {"type": ["string", "null"]}),
            (thing(a=TEXT), thing(a=TEXT, b=INTEGER)),
            (thing("a", a=TEXT), thing(a=TEXT)),
            ({"enum": ["a"]}, {"enum": ["a", "b"]}),
            ({"enum": ["a", "b"]}, TEXT),
            ({"const": 3}, {"type": "integer", "minimum": 1}),
            ({"minimum": 2}, {"minimum": 1}),
            ({}, {"minLength": 0}),
            (TEXT, {**TEXT, "description": "Better said.", "x-personal": True}),
            ({"additionalProperties": False}, {}),
            ({"anyOf": [TEXT, NUMBER]}, {"anyOf": [TEXT, NUMBER]}),
            (thing(a=TEXT), {**thing(a=TEXT, b={"$ref": "#/$defs/b"}), "$defs": {"b": TEXT}}),
            (False, TEXT),
            (True, {}),
            (Computed(type=["null"]), {"type": ["integer", "null"]}),
        ],
    )
    def test_takes_what_only_widens(self, old: Any, new: Any) -> None:
        assert narrowed(old, new) == []

    def test_sees_another_unit_though_every_value_fits(self) -> None:
        [why] = narrowed(thing(a={**NUMBER, "x-unit": "s"}), thing(a={**NUMBER, "x-unit": "ms"}), "data.")

        assert why == "`data.a` has the unit s in one and the unit ms in the other"

    def test_believes_no_annotation_of_an_operator_s(self) -> None:
        assert narrowed({"x-computed": True}, INTEGER)

    def test_sees_null_left_alone_by_a_step(self) -> None:
        assert narrowed(Computed(type=["null"]), INTEGER)


class TestChangesInPlace:
    def test_are_allowed_where_they_only_add(self) -> None:
        for mode in (BACKWARD, FORWARD, FULL):
            assert changes_in_place(thing("a", a=TEXT), thing("a", a=TEXT, b=INTEGER), mode) == []

    @pytest.mark.parametrize("mode", [BACKWARD, FORWARD, FULL])
    def test_never_make_a_field_required(self, mode: Compatibility) -> None:
        found = changes_in_place(thing(a=TEXT), thing("b", a=TEXT, b=TEXT), mode, "data")

        assert "`data.b` is required in one only, so events published before would no longer fit" in found

    @pytest.mark.parametrize("mode", [BACKWARD, FORWARD, FULL])
    def test_never_remove_a_field(self, mode: Compatibility) -> None:
        assert changes_in_place(thing(a=TEXT, b=TEXT), thing(a=TEXT), mode, "data") == ["`data.b` is removed"]

    def test_never_remove_a_field_inside_lists_of_lists(self) -> None:
        def nested(inner: Any) -> dict[str, Any]:
            return thing(a={"type": "array", "items": {"type": "array", "items": inner}})

        assert changes_in_place(nested(thing(x=TEXT)), nested(thing()), BACKWARD) == ["`a[][].x` is removed"]

    def test_may_take_one_more_value_unless_older_readers_count(self) -> None:
        old, new = thing(a={"enum": ["x"]}), thing(a={"enum": ["x", "y"]})

        assert changes_in_place(old, new, BACKWARD) == []
        assert changes_in_place(old, new, FORWARD) == [
            '`a` may be "y" in one and not in the other, so readers of what was before could not read it'
        ]


class TestBroken:
    def test_asks_as_the_mode_says(self) -> None:
        old, new = thing("a", a=TEXT), thing(a=TEXT)

        assert broken(old, new, BACKWARD) == []
        assert broken(old, new, FORWARD) == broken(old, new, FULL) != []


def uses_new_names(value: Any, old: Any, new: Any) -> bool:
    """Tell whether the value has, anywhere, a key that only the new schema declares."""
    old, new = ({} if not isinstance(each, dict) else each for each in (old, new))
    if isinstance(value, list):
        return any(uses_new_names(each, old.get("items"), new.get("items")) for each in value)
    if not isinstance(value, dict):
        return False
    before, after = old.get("properties", {}), new.get("properties", {})
    return any(name not in before for name in value if name in after) or any(
        uses_new_names(inner, before.get(name), after.get(name)) for name, inner in value.items()
    )


class TestTheGenerator:
    @given(schema=schemas())
    def test_makes_schemas_that_compile(self, schema: dict[str, Any]) -> None:
        try:
            Fit("data", schema)
        except BadSchema as error:
            pytest.fail(str(error))
