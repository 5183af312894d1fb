import inspect
import pydoc
from typing import Any

import pytest

from instances.schemas.words import EventType, Field, Kind, Step, Types, Version
from instances.spec import BadRow
from instances.topics import BadTopic

USER = Field("user", Kind.TEXT, "Who.", required=True)
METHOD = Field("method", Kind.TEXT, "How.", choices=("password", "token"))
HOST = Field("host", Kind.TEXT, "Where.")


def a_type(**words: Any) -> EventType:
    row = {
        "title": "A log-in failed",
        "purpose": "Somebody gave credentials that don't hold.",
        "topic": "authentication_events:{host}",
        "data": (USER, METHOD),
        "metadata": (),
        "example": {"host": "node-1", "user": "ada"},
    }
    return Types("security").add("authentication_failure", **row | words)


class TestEventType:
    def test_makes_an_event_with_the_topic_built(self) -> None:
        made = a_type()(host="node-1", user="ada", method="token", extra={"attempt": 3}, metadata={"seat": 4})

        assert (made.instance, made.event_type, made.schema_version) == ("security", "authentication_failure", 1)
        assert made.topic == "authentication_events:node-1"
        assert made.data == {"user": "ada", "method": "token", "attempt": 3}
        assert made.metadata == {"seat": 4}

    def test_puts_a_parameter_into_data_too_where_it_is_a_field(self) -> None:
        assert a_type(data=(USER, HOST))(host="node-1", user="ada").data == {"user": "ada", "host": "node-1"}

    def test_counts_its_versions(self) -> None:
        earlier = Version(data=(USER,), step=Step(default={"method": "password"}))

        row = a_type(earlier=(earlier, earlier))

        assert (row.version, row(host="a", user="b").schema_version) == (3, 3)

    def test_never_makes_a_topic_that_the_grammar_refuses(self) -> None:
        with pytest.raises(BadTopic):
            a_type()(host="a:b:*", user="ada")

    @pytest.mark.parametrize(
        ("given", "why"),
        [
            ({"host": "a", "usr": "b"}, "has no field 'usr'. Did you mean 'user'?"),
            ({"host": "a", "zzzz": 1}, "has no field 'zzzz'. It has host, user, method."),
            ({"host": "a"}, "needs user"),
            ({"user": "a"}, "needs host"),
            ({"host": "a", "user": None}, "needs user"),
        ],
    )
    def test_names_the_argument_that_is_wrong(self, given: dict[str, Any], why: str) -> None:
        with pytest.raises(TypeError) as caught:
            a_type()(**given)
        assert why in str(caught.value)

    @pytest.mark.parametrize(
        ("words", "why"),
        [
            ({"data": (USER, USER)}, "declared twice"),
            ({"data": (USER,), "metadata": (USER,)}, "declared twice"),
            ({"metadata": (HOST,)}, "uses a name twice"),
            ({"data": (Field("extra", Kind.ANY, "More."),)}, "uses a name twice"),
            ({"data": (Field("from", Kind.TEXT, "Whence."),)}, "word of Python's own"),
            ({"severity": "grave"}, "unknown severity"),
            ({"title": ""}, "needs a title and a purpose"),
        ],
    )
    def test_refuses_a_row_that_no_builder_can_be_made_of(self, words: dict[str, Any], why: str) -> None:
        with pytest.raises(BadRow, match=why):
            a_type(**words)

    def test_has_the_signature_of_its_row(self) -> None:
        signature = inspect.signature(a_type())

        assert str(signature).startswith(
            "(*, host: 'str', user: 'str', method: 'Literal[\"password\", \"token\"] | None' = None,"
        )
        assert list(signature.parameters)[-2:] == ["extra", "metadata"]
        signature.bind(host="a", user="b")
        with pytest.raises(TypeError, match="usr"):
            signature.bind(host="a", user="b", usr="b")

    def test_explains_itself_to_help(self) -> None:
        shown = pydoc.plain(pydoc.render_doc(a_type()))

        assert "<event type security.authentication_failure, version 1>" in shown
        assert "A log-in failed. Somebody gave credentials that don't hold." in shown
        assert "Topic: authentication_events:{host}" in shown
        assert "user: Who." in shown

    def test_leaves_its_class_a_signature_and_a_docstring_of_its_own(self) -> None:
        a_type()

        assert "instance" in inspect.signature(EventType).parameters
        assert (EventType.__doc__ or "").startswith("One type of event")


class TestTypes:
    def test_refuse_a_name_that_is_taken(self) -> None:
        types = Types("health")
        words = {"title": "T", "purpose": "P.", "topic": "process_health", "example": {}}
        row = types.add("died", **words)

        with pytest.raises(BadRow, match="twice"):
            types.add("died", **words)
        assert (list(types), types["died"]) == ([row], row)


class TestVersion:
    def test_refuses_a_name_twice(self) -> None:
        with pytest.raises(BadRow, match="twice"):
            Version(data=(USER,), metadata=(USER,), step=Step())
