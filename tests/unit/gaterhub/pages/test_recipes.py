"""An event, written for curl, a shell, and Python."""

import ast
import json
import shlex
from typing import Any

import pytest

from gaterhub.pages import recipes
from instances.schemas.registry import CATALOG, types_of
from instances.schemas.sample import sample_event
from instances.schemas.words import EventType

ROWS = [row for types in CATALOG for row in types]
EVENT: dict[str, Any] = {
    "topic": "orders:o'brien",
    "event_type": "order.taken",
    "schema_version": 3,
    "data": {"who": 'said "hé"', "lines": [{"a": 1, "b": None}] * 4, "paid": True},
    "metadata": {"from": "shop"},
}


def words_of(command: str) -> list[str]:
    return shlex.split(command.replace("\\\n", " "))


class TestCurl:
    def test_is_read_by_a_shell_as_a_publish_of_the_event(self) -> None:
        words = words_of(recipes.curl_of("events", EVENT, "https://hub.example/"))

        assert words[:2] == ["curl", "https://hub.example/api/v1/instances/events/events/"]
        assert words[2:6] == ["-H", "Authorization: Bearer $GATERHUB_TOKEN", "-H", "Content-Type: application/json"]
        assert words[6] == "-d"
        assert json.loads(words[7]) == EVENT

    def test_leaves_out_what_need_not_be_said(self) -> None:
        plain = EVENT | {"schema_version": 1, "data": None, "metadata": {}}

        words = words_of(recipes.curl_of("events", plain, "https://hub.example/"))

        assert json.loads(words[7]) == {"topic": "orders:o'brien", "event_type": "order.taken"}


class TestShell:
    def test_is_read_by_a_shell_as_the_command_with_all_that_the_event_holds(self) -> None:
        words = words_of(recipes.shell_of("events", EVENT))

        assert words[:6] == ["python", "manage.py", "publish", "events", "orders:o'brien", "order.taken"]
        options = dict(zip(words[6::2], words[7::2], strict=True))
        assert json.loads(options["--data"]) == EVENT["data"]
        assert json.loads(options["--metadata"]) == EVENT["metadata"]
        assert options["--schema-version"] == "3"


class TestPython:
    @pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.instance}.{row.name}")
    def test_makes_the_example_with_the_builder(self, row: EventType) -> None:
        source = recipes.builder_of(row.instance, row.name, row.example)
        made: dict[str, Any] = {}

        # All but the line that publishes.
        exec(source.rpartition("\n")[0], made)

        [known] = [each for each in types_of(row.instance) if each.name == row.name]
        assert made["event"] == row(**row.example)
        assert made["event"].topic == sample_event(known, known.newest).topic

    def test_publishes_without_a_builder_what_operators_registered(self) -> None:
        tree = ast.parse(recipes.publish_of("events", EVENT))

        call = tree.body[-1].value  # type: ignore[attr-defined]  # An assignment.
        assert [ast.literal_eval(each) for each in call.args] == ["events", EVENT["topic"], EVENT["event_type"]]
        assert {each.arg: ast.literal_eval(each.value) for each in call.keywords} == {
            "data": EVENT["data"],
            "metadata": EVENT["metadata"],
            "schema_version": 3,
        }


class TestJson:
    def test_reads_as_the_event(self) -> None:
        assert json.loads(recipes.json_of(EVENT)) == EVENT
