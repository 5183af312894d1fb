import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instances.journal.opened import Opened
from instances.journal.wire import sealed_event, wire_of
from tests.evidence import ADMIN_OPERATION, EVENTS, USER_ACTION, Event, drafted, prepared

texts = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"))
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | texts,
    lambda inner: st.lists(inner) | st.dictionaries(texts, inner),
    max_leaves=10,
)


def wire(event: Event, *, known: bool = True, index: int | None = 7, **other: Any) -> bytes:
    draft = drafted(event, address="198.51.100.9", **other)
    opened = Opened({pointer: held for part in draft.parts for pointer, held in part.values.items()})
    sealed, known_parts = sealed_event(draft.body), opened if known else None
    return wire_of(sealed, known_parts, stream=draft.stream, epoch="k3f9", offset=41, index=index)


class TestWireOf:
    @pytest.mark.parametrize("event", EVENTS)
    def test_is_the_wire_form_of_every_event(self, event: Event) -> None:
        usual = json.loads(prepared(event, id="0190b7c4-5e1a-7c3e-9d2b-4f6a8b0c1d2e").wire("k3f9", 41))

        said = json.loads(wire(event, index=None, id="0190b7c4-5e1a-7c3e-9d2b-4f6a8b0c1d2e"))

        assert said == usual
        assert list(said) == list(usual)

    def test_has_the_index_after_the_epoch(self) -> None:
        text = wire(USER_ACTION)

        assert text.startswith(b'{"id":"')
        assert b'"stream":"audit.audit_trail","offset":41,"epoch":"k3f9","index":7,"event_type":"user_action"' in text

    def test_says_that_a_type_is_unregistered_where_every_event_does(self) -> None:
        text = wire(USER_ACTION, event_type="odd_one")

        assert b'"schema_version":1,"unregistered":true,"publisher":"orders","data":{' in text

    def test_leaves_the_publishers_address_out(self) -> None:
        for known in (True, False):
            assert b"198.51.100.9" not in wire(ADMIN_OPERATION, known=known)
            assert b"publisher_address" not in wire(ADMIN_OPERATION, known=known)

    def test_redacts_for_who_may_not_read_it(self) -> None:
        said = json.loads(wire(ADMIN_OPERATION, known=False))

        assert said["data"]["actor"] == said["data"]["resource_name"] == "[redacted]"
        assert said["data"]["resource"] == "access.user:9"

    @given(data=st.dictionaries(texts, values), before=st.dictionaries(texts, values))
    def test_says_what_was_published(self, data: dict[str, object], before: dict[str, object]) -> None:
        # These would have to fit the type.
        free = {name: value for name, value in data.items() if name not in ("fields", "after", "outcome")}
        said = free | {"actor": "user:ada", "action": "changed", "resource": "r", "before": before}
        body = {"topic": "audit_trail:data_changes", "event_type": "data_changed", "data": said}

        assert json.loads(wire(("audit", body)))["data"] == said
