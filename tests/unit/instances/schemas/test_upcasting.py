import copy
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from instances.schemas.compatibility import narrowed
from instances.schemas.fit import Fit
from instances.schemas.upcasting import impossible, raised, raised_schema
from instances.schemas.words import Step
from tests.unit.instances.schemas.generating import NAMES, SCALARS, leaves, objects, values

TEXT = {"type": "string"}


def steps() -> st.SearchStrategy[Step]:
    paths = st.sampled_from((*NAMES, "a.b", "b.a"))
    return st.builds(
        Step,
        rename=st.dictionaries(paths, st.sampled_from((*NAMES, "d")), max_size=1),
        scale=st.dictionaries(paths, st.sampled_from((0.5, 1000, 2)), max_size=1),
        translate=st.dictionaries(paths, st.dictionaries(st.sampled_from(("a", "1", "true")), SCALARS), max_size=1),
        default=st.dictionaries(paths, SCALARS, max_size=1),
        remove=st.lists(paths, max_size=1).map(tuple),
    )


def small_objects() -> st.SearchStrategy[dict[str, Any]]:
    return objects(st.one_of(leaves(), objects(leaves())))


def undeclared(value: Any, schema: Any) -> bool:
    """Tell whether the value has, anywhere, a key that the schema doesn't declare."""
    properties = schema.get("properties", {}) if isinstance(schema, dict) else {}
    return isinstance(value, dict) and any(
        name not in properties or undeclared(inner, properties[name]) for name, inner in value.items()
    )


class TestRaised:
    # Values are drawn on their own, so that none is made to fit; most don't.
    @settings(suppress_health_check=[HealthCheck.filter_too_much])
    @example(
        old={"type": ["object", "null"], "properties": {"a": {"type": ["null"]}}},
        step=Step(default={"a": None}),
        value=None,
    )
    @given(old=small_objects(), step=steps(), value=values())
    def test_fits_the_schema_that_is_told_of_it(self, old: dict[str, Any], step: Step, value: Any) -> None:
        """Compared with a step's outcome is `raised_schema`, so that must be true of every value."""
        assume(Fit("data", old).is_fit(value) and not undeclared(value, old))
        told = without_computed(raised_schema(old, step))
        # Where a step puts something that its target must take, that is asked by itself.
        assume(not impossible(old, step, told))

        assert Fit("data", told).is_fit(raised(value, [step])), told

    @given(step=steps(), value=values())
    def test_leaves_what_it_was_as_it_is(self, step: Step, value: Any) -> None:
        before = copy.deepcopy(value)

        raised(value, [step])

        assert value == before

    def test_takes_the_steps_in_their_order(self) -> None:
        first = Step(rename={"took": "took_ms"}, scale={"took_ms": 1000})
        second = Step(default={"unit": "ms"}, remove=("old",))

        assert raised({"took": 0.29, "old": 1, "own": 2}, [first, second]) == {"took_ms": 290, "unit": "ms", "own": 2}

    def test_reaches_into_objects(self) -> None:
        step = Step(rename={"a.b": "c"}, default={"a.d": [1]}, remove=("a.e",))

        assert raised({"a": {"b": 1, "e": 2}}, [step]) == {"a": {"c": 1, "d": [1]}}
        assert raised({"a": "text"}, [step]) == {"a": "text"}

    def test_never_shares_a_default_between_events(self) -> None:
        step = Step(default={"tags": []})
        raised({}, [step])["tags"].append("mine")

        assert raised({}, [step]) == {"tags": []}

    def test_fills_null_with_the_defaults(self) -> None:
        assert raised(None, [Step(default={"a": 1})]) == {"a": 1}
        assert raised(None, [Step(remove=("a",))]) is None

    @pytest.mark.parametrize(
        ("value", "factor", "product"),
        [(0.29, 1000, 290), (3, 0.5, 1.5), (1, 1000, 1000), (10**400, 0.3, 10**400), (True, 2, True), ("3", 2, "3")],
    )
    def test_multiplies_what_is_written(self, value: Any, factor: float, product: Any) -> None:
        result = raised({"a": value}, [Step(scale={"a": factor})])["a"]

        assert result == product
        assert type(result) is type(product)

    @pytest.mark.parametrize(("value", "word"), [(True, "yes"), ("true", "yes"), (1, "one"), ("other", "other")])
    def test_translates_by_the_value_as_json_writes_it(self, value: Any, word: str) -> None:
        assert raised({"a": value}, [Step(translate={"a": {"true": "yes", "1": "one"}})]) == {"a": word}


class TestImpossible:
    @pytest.mark.parametrize(
        ("step", "why"),
        [
            (Step(rename={"x": "y"}), "the step renames `x`, which the version before doesn't have"),
            (Step(rename={"a": "b"}), "the step renames `a` to `b`, which is taken or no name"),
            (Step(rename={"a": "b.c"}), "the step renames `a` to `b.c`, which is taken or no name"),
            (Step(scale={"x": 2}), "the step scales `x`, which the version before doesn't have"),
            (Step(remove=("x",)), "the step removes `x`, which the version before doesn't have"),
            (Step(default={"b": None}), "the step puts null into `b`, which is no value"),
            (Step(default={"b": 5}), "the step puts 5 into `b`, which the new version doesn't take"),
            (Step(translate={"a": {"x": 5}}), "the step puts 5 into `a`, which the new version doesn't take"),
        ],
    )
    def test_names_what_can_not_be_done(self, step: Step, why: str) -> None:
        schema = {"type": "object", "properties": {"a": TEXT, "b": TEXT}}

        assert why in impossible(schema, step, schema)

    def test_finds_nothing_in_a_step_that_follows_itself(self) -> None:
        old = {"properties": {"took": {"type": "number"}}}
        new = {"properties": {"took_ms": {"type": "number"}, "by": TEXT}}

        assert (
            impossible(old, Step(rename={"took": "took_ms"}, scale={"took_ms": 1000}, default={"by": "x"}), new) == []
        )


class TestRaisedSchema:
    def test_makes_required_what_has_a_default(self) -> None:
        told = raised_schema({"type": ["object", "null"], "properties": {}}, Step(default={"a": 1}))

        assert (told["type"], told["required"]) == (["object"], ["a"])

    def test_keeps_the_place_of_a_renamed_field(self) -> None:
        told = raised_schema({"properties": {"a": TEXT, "b": TEXT}, "required": ["a"]}, Step(rename={"a": "z"}))

        assert (list(told["properties"]), told["required"]) == (["z", "b"], ["z"])

    def test_says_nothing_of_an_object_that_a_step_changes_but_what_it_can_follow(self) -> None:
        old = {"anyOf": [{"required": ["a"]}], "properties": {"a": TEXT}}

        assert "anyOf" not in raised_schema(old, Step(rename={"a": "z"}))
        assert narrowed(raised_schema(old, Step(rename={"a": "z"})), old)


def without_computed(schema: Any) -> Any:
    """Return the schema with anything where a step computes."""
    if type(schema) is not dict:
        return {} if isinstance(schema, dict) else schema
    return {
        word: {name: without_computed(each) for name, each in value.items()} if word == "properties" else value
        for word, value in schema.items()
    }
