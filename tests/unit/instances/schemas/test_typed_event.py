from typing import Any

import pytest

from instances.schemas.typed_event import TypedEvent, build
from instances.topics import BadTopic


def built(template: str = "logs:{service}:{level}", **given: Any) -> TypedEvent:
    return build(
        instance="logging",
        event_type="log_record",
        version=2,
        template=template,
        parameters=("service", "level"),
        data=(("level", False), ("message", True)),
        metadata=(("host", False),),
        given=given,
        extra={"trace": "t"},
        more_metadata={"seat": 1},
    )


class TestBuild:
    def test_puts_each_name_where_it_belongs(self) -> None:
        event = built(service="orders", level="error", message="Late.", host="node-1")

        assert event == TypedEvent(
            instance="logging",
            topic="logs:orders:error",
            event_type="log_record",
            schema_version=2,
            data={"level": "error", "message": "Late.", "trace": "t"},
            metadata={"host": "node-1", "seat": 1},
        )

    def test_leaves_out_what_is_none_and_keeps_what_is_false(self) -> None:
        event = built(service="orders", level="error", message="", host=None)

        assert event.data["message"] == ""
        assert "host" not in event.metadata

    def test_writes_a_number_into_the_topic(self) -> None:
        assert built(service=7, level="error", message="m").topic == "logs:7:error"

    def test_never_takes_a_value_for_another_parameter_s_place(self) -> None:
        with pytest.raises(BadTopic):
            built(service="{level}", level="error", message="m")

    @pytest.mark.parametrize("service", ["", "a:b", "*", "a b"])
    def test_refuses_what_is_no_segment(self, service: str) -> None:
        with pytest.raises(BadTopic):
            built(service=service, level="error", message="m")

    def test_names_all_that_is_missing_once(self) -> None:
        with pytest.raises(TypeError, match=r"^logging.log_record needs service, level, message.$"):
            built()
