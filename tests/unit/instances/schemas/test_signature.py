import pytest

from instances.schemas.fields import Field, Kind
from instances.schemas.signature import arguments_of, docstring_of, type_of


class TestTypeOf:
    @pytest.mark.parametrize(
        ("field", "written"),
        [
            (Field("x", Kind.TEXT, "X."), "str"),
            (Field("x", Kind.TEXT, "X.", choices=("a", 'b"\\')), 'Literal["a", "b\\"\\\\"]'),
            (Field("x", Kind.INTEGER, "X."), "int"),
            (Field("x", Kind.NUMBER, "X."), "float"),
            (Field("x", Kind.BOOLEAN, "X."), "bool"),
            (Field("x", Kind.TIMESTAMP, "X."), "int"),
            (Field("x", Kind.OBJECT, "X."), "Mapping[str, Any]"),
            (Field("x", Kind.ANY, "X."), "Any"),
            (Field("x", Kind.LIST, "X."), "Sequence[Any]"),
            (Field("x", Kind.LIST, "X.", of=Kind.TEXT), "Sequence[str]"),
            (Field("x", Kind.LIST, "X.", fields=(Field("y", Kind.TEXT, "Y."),)), "Sequence[Mapping[str, Any]]"),
        ],
        ids=lambda each: None if isinstance(each, Field) else each,
    )
    def test_is_how_python_writes_it(self, field: Field, written: str) -> None:
        assert type_of(field) == written


class TestArgumentsOf:
    def test_begin_with_what_is_required(self) -> None:
        data = (Field("note", Kind.TEXT, "A note."), Field("user", Kind.TEXT, "Who.", required=True))
        metadata = (Field("pid", Kind.INTEGER, "Which.", required=True),)

        found = arguments_of(("host",), data, metadata)

        assert [(each.name, each.annotation) for each in found] == [
            ("host", "str"),
            ("user", "str"),
            ("pid", "int"),
            ("note", "str | None"),
        ]

    def test_need_a_segment_of_the_topic_and_type_it_as_its_field(self) -> None:
        (level,) = arguments_of(("level",), (Field("level", Kind.TEXT, "How grave.", choices=("a", "b")),), ())

        assert (level.required, level.annotation) == (True, 'Literal["a", "b"]')
        assert level.help == "How grave. Also a segment of the topic."

    def test_say_units(self) -> None:
        fields = (Field("at", Kind.TIMESTAMP, "When."), Field("took", Kind.NUMBER, "How long.", unit="ms"))

        assert [each.help for each in arguments_of((), fields, ())] == [
            "When. In milliseconds since 1970 UTC.",
            "How long. Unit: ms.",
        ]


class TestDocstringOf:
    def test_fits_into_lines_of_ours_where_a_stub_indents_it(self) -> None:
        fields = (Field("x", Kind.TEXT, "word " * 60 + "end."),)

        text = docstring_of("Title", "purpose " * 40 + "end.", "a:{b}", arguments_of((), fields, ()))

        assert max(len(line) for line in text.splitlines()) <= 108
        assert text.splitlines()[0].startswith("Title. purpose")
