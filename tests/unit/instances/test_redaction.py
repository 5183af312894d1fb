import json
from collections.abc import Iterator
from typing import Any

import pytest

from instances.catalog import INSTANCES
from instances.redaction import hides, redacted
from instances.schemas import registry
from instances.schemas.registered import RegisteredType, version_of
from instances.schemas.sample import sample_event
from instances.schemas.words import Compatibility

FIELDS = {
    "customer": {"type": "string", "x-personal": True},
    "order": {"type": "object", "properties": {"address": {"type": "object", "x-personal": True}, "id": {}}},
    "items": {"type": "array", "items": {"type": "object", "properties": {"for": {"x-personal": True}, "n": {}}}},
    "names": {"type": "array", "items": {"type": "string", "x-personal": True}},
}


@pytest.fixture(autouse=True)
def _crate_shipped() -> Iterator[None]:
    schema = {"type": "object", "properties": FIELDS}
    known = RegisteredType(
        instance="events",
        name="crate_shipped",
        title="Order placed",
        purpose="Somebody ordered.",
        topic="",
        parameters=(),
        source="operator",
        compatibility=Compatibility.BACKWARD,
        rank=2,
        versions={
            1: version_of(1, {"type": "object", "properties": {"was_personal": {"x-personal": True}}}),
            2: version_of(2, schema),
        },
    )
    registry.replace_operators_types([known])
    yield
    registry.replace_operators_types([])


def wire(data: Any, metadata: Any = None) -> bytes:
    return json.dumps({"id": "x", "data": data, "metadata": metadata or {}}, separators=(",", ":")).encode()


def read(data: Any) -> Any:
    return json.loads(redacted("events", "crate_shipped", wire(data)))["data"]


class TestRedacted:
    def test_hides_what_is_marked_at_any_depth(self) -> None:
        assert read(
            {
                "customer": "ada",
                "order": {"address": {"street": "s"}, "id": 7},
                "items": [{"for": "bob", "n": 1}, {"n": 2}],
                "names": ["ada", "bob"],
            }
        ) == {
            "customer": "[redacted]",
            "order": {"address": "[redacted]", "id": 7},
            "items": [{"for": "[redacted]", "n": 1}, {"n": 2}],
            "names": ["[redacted]", "[redacted]"],
        }

    def test_leaves_null_and_what_is_absent(self) -> None:
        assert read({"customer": None}) == {"customer": None}
        assert read({}) == {}
        assert read(None) is None

    def test_leaves_what_isn_t_of_the_expected_form(self) -> None:
        assert read({"order": [1], "items": {"a": 1}, "names": "ada"}) == {
            "order": [1],
            "items": {"a": 1},
            "names": "ada",
        }

    def test_hides_what_an_earlier_version_marked(self) -> None:
        assert read({"was_personal": "ada"}) == {"was_personal": "[redacted]"}

    def test_hides_a_field_that_stands_twice(self) -> None:
        text = b'{"data":{"customer":"ada","customer":null,"n":1},"metadata":{}}'

        assert b'"ada"' not in redacted("events", "crate_shipped", text)

    def test_hides_a_field_whose_name_is_written_with_escapes(self) -> None:
        assert b'"ada"' not in redacted("events", "crate_shipped", b'{"data":{"custom\\u0065r":"ada"},"metadata":{}}')

    def test_keeps_every_other_byte_as_it_was(self) -> None:
        text = b'{"data":{"n":1.50,"big":123456789012345678901,"customer":"ada"},"metadata":{"k":1e2}}'

        assert redacted("events", "crate_shipped", text) == text.replace(b'"ada"', b'"[redacted]"')

    def test_leaves_unregistered_types_alone(self) -> None:
        text = wire({"customer": "ada"})

        assert redacted("events", "somebody_s_own", text) == text

    def test_hides_the_personal_fields_of_every_type_of_the_catalog(self) -> None:
        found = 0
        for known in registry.catalog_types():
            event = sample_event(known, known.newest)
            text = json.dumps({"data": event.data, "metadata": dict(event.metadata)}).encode()
            told = json.loads(redacted(known.instance, known.name, text))
            for place in ("data", "metadata"):
                row = known.row
                assert row is not None
                for field in getattr(row, place):
                    if field.personal and (told[place] or {}).get(field.name) is not None:
                        assert told[place][field.name] == "[redacted]"
                        assert hides(known.instance, known.name)
                        found += 1
        assert found > 20


class TestHides:
    def test_is_false_where_nothing_is_personal(self) -> None:
        assert not hides("health", "somebody_s_own")
        assert {spec.name for spec in INSTANCES} >= {"security"}
        assert hides("security", "authentication_failure")
