from typing import Any

import pytest

from instances.schemas.description import fields_of, step_sentences
from instances.schemas.json_schema import schema_of
from instances.schemas.words import Field, Kind, Step


class TestFieldsOf:
    def test_say_what_a_row_of_the_catalog_says(self) -> None:
        schema = schema_of(
            (
                Field("user", Kind.TEXT, "Who.", required=True, personal=True),
                Field("share", Kind.NUMBER, "How much.", unit="ratio", least=0, most=1),
                Field("level", Kind.TEXT, "How grave.", choices=("info", "error"), severity=True),
                Field("at", Kind.TIMESTAMP, "When."),
                Field("value", Kind.ANY, "Whatever."),
            )
        )

        user, share, level, at, value = fields_of(schema)

        assert user.as_dict() == {
            "path": "user",
            "type": "text",
            "of": None,
            "help": "Who.",
            "required": True,
            "unit": None,
            "choices": None,
            "least": None,
            "most": None,
            "personal": True,
            "severity": False,
        }
        assert (share.type, share.unit, share.least, share.most, share.required) == ("number", "ratio", 0, 1, False)
        assert (level.type, level.choices, level.severity) == ("enum", ("info", "error"), True)
        assert (at.type, at.unit, at.least) == ("timestamp", None, None)
        assert value.type == "any"

    def test_follow_each_field_with_those_inside_it(self) -> None:
        inner = (Field("name", Kind.TEXT, "Its name.", required=True),)
        schema = schema_of(
            (
                Field("instances", Kind.LIST, "All.", fields=inner),
                Field("best", Kind.OBJECT, "The best.", fields=inner),
                Field("tags", Kind.LIST, "Words.", of=Kind.TEXT),
                Field("things", Kind.LIST, "Whatever."),
            )
        )

        assert [(each.path, each.type, each.of, each.required) for each in fields_of(schema)] == [
            ("instances", "list", "object", False),
            ("instances[].name", "text", None, True),
            ("best", "object", None, False),
            ("best.name", "text", None, True),
            ("tags", "list", "text", False),
            ("things", "list", None, False),
        ]

    def test_are_none_of_a_schema_that_names_none(self) -> None:
        assert fields_of({"type": "object"}) == ()

    @pytest.mark.parametrize(
        ("schema", "kind", "choices"),
        [
            (True, "any", None),
            ({}, "any", None),
            ({"type": ["string", "integer"]}, "any", None),
            ({"type": ["integer", "null"]}, "integer", None),
            ({"anyOf": [{"type": "string"}]}, "any", None),
            ({"const": "on"}, "enum", ("on",)),
            ({"type": "integer", "enum": [1, 2, None]}, "integer", (1, 2)),
            ({"$ref": "#/$defs/city"}, "text", None),
            ({"$ref": "#/$defs/nowhere"}, "any", None),
            ({"$ref": "https://elsewhere.example/schema"}, "any", None),
        ],
    )
    def test_take_any_schema_of_an_operator_s(self, schema: Any, kind: str, choices: Any) -> None:
        whole = {"properties": {"field": schema}, "$defs": {"city": {"type": "string", "description": "A city."}}}

        (field,) = fields_of(whole)

        assert (field.type, field.choices) == (kind, choices)

    def test_read_what_a_reference_within_the_schema_says_and_what_stands_beside_it(self) -> None:
        city = {"type": "object", "description": "A city.", "properties": {"name": {"type": "string"}}}
        whole = {
            "properties": {"home": {"$ref": "#/$defs/city", "description": "Where one lives."}},
            "$defs": {"city": city},
        }

        assert [(each.path, each.help) for each in fields_of(whole)] == [
            ("home", "Where one lives."),
            ("home.name", ""),
        ]

    def test_end_in_a_schema_that_holds_itself(self) -> None:
        node = {"type": "object", "properties": {"next": {"$ref": "#/$defs/node"}}}
        paths = [each.path for each in fields_of({**node, "$defs": {"node": node}})]

        assert paths[:2] == ["next", "next.next"]
        assert len(paths) == 6


class TestStepSentences:
    def test_tell_each_change_in_the_order_in_which_it_is_done(self) -> None:
        step = Step(
            remove=("c.d",),
            default={"note": "", "count": 0, "on": True, "place": None},
            translate={"level": {"warn": "warning", "3": "error"}},
            scale={"took": 1000, "share": 0.01},
            rename={"a.b": "c"},
        )

        assert step_sentences(step) == (
            "`a.b` becomes `c`.",
            "`took` is multiplied by 1000.",
            "`share` is multiplied by 0.01.",
            "In `level`, `warn` becomes `warning`, `3` becomes `error`.",
            "`note` is an empty text where there is none.",
            "`count` is `0` where there is none.",
            "`on` is `true` where there is none.",
            "`place` is `null` where there is none.",
            "`c.d` is left out.",
        )

    def test_are_none_of_a_step_that_changes_nothing(self) -> None:
        assert step_sentences(Step()) == ()
