"""Small schemas and values that have a good chance of fitting them."""

from typing import Any

from hypothesis import strategies as st

NAMES = ("a", "b", "c")
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(-2, 3), st.sampled_from((0.5, 1.0)), st.sampled_from(NAMES))
TYPES = ("null", "boolean", "integer", "number", "string")


def leaves() -> st.SearchStrategy[dict[str, Any]]:
    return st.one_of(
        st.fixed_dictionaries(
            {},
            optional={
                "type": st.one_of(st.sampled_from(TYPES), st.lists(st.sampled_from(TYPES), min_size=1, unique=True)),
                "minimum": st.integers(-1, 2),
                "maximum": st.integers(-1, 2),
                "minLength": st.integers(0, 2),
            },
        ),
        st.builds(lambda values: {"enum": values}, st.lists(SCALARS, min_size=1, max_size=3)),
        st.builds(lambda value: {"const": value}, SCALARS),
        st.just({}),
    )


def schemas() -> st.SearchStrategy[dict[str, Any]]:
    """Return objects within objects, lists and what stands in them, each schema simple."""
    return st.recursive(leaves(), lambda inner: st.one_of(objects(inner), lists(inner)), max_leaves=6)


def objects(inner: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {
            "type": st.sampled_from(("object", ["object", "null"])),
            "properties": st.dictionaries(st.sampled_from(NAMES), inner, max_size=3),
        },
        optional={
            "required": st.lists(st.sampled_from(NAMES), unique=True, max_size=2),
            "additionalProperties": st.one_of(st.booleans(), inner),
        },
    )


def lists(inner: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"type": st.just("array"), "items": inner}, optional={"maxItems": st.integers(0, 2)})


def values() -> st.SearchStrategy[Any]:
    return st.recursive(
        SCALARS,
        lambda inner: st.one_of(
            st.dictionaries(st.sampled_from(NAMES), inner, max_size=3), st.lists(inner, max_size=2)
        ),
        max_leaves=6,
    )


@st.composite
def changed(draw: st.DrawFn, schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema with something of it said otherwise, deep within or at the top."""
    inner = [word for word in ("properties", "items") if schema.get(word)]
    word = draw(st.sampled_from(["", *inner]))
    if word:
        if word == "items":
            return {**schema, "items": draw(changed(schema["items"]))}
        name = draw(st.sampled_from(sorted(schema["properties"])))
        return {**schema, "properties": {**schema["properties"], name: draw(changed(schema["properties"][name]))}}
    gone = draw(st.sampled_from(["", *schema]))
    return {**{word: said for word, said in schema.items() if word != gone}, **draw(st.one_of(leaves(), schemas()))}


def pairs() -> st.SearchStrategy[tuple[dict[str, Any], dict[str, Any]]]:
    """Return two schemas of which the second is, now and then, only a little other than the first."""
    return schemas().flatmap(lambda old: st.tuples(st.just(old), st.one_of(changed(old), schemas())))
