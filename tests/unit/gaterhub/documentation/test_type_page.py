import ast
import json
import re
import shlex

from gaterhub.documentation.type_page import index_of, page_of
from tests.unit.gaterhub.documentation.rows import ATTRIBUTES, LEVELS, LOG_RECORD, REGISTERED, TYPES

PAGE = page_of(TYPES, REGISTERED, ATTRIBUTES)


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)\n```", PAGE, re.DOTALL)


class TestPageOf:
    def test_says_what_the_type_is(self) -> None:
        for line in (
            "# Event types of logging",
            "## log_record",
            "**Log record.** A program has written a line.",
            "| topic | `logs:{service}:{level}` |",
            "| version | 2 |",
            "| severity | notice, unless `data.level` says otherwise |",
            "| compatibility | backward: readers of the newest version read every older event |",
            "| deprecated | Since 0.9; use line_written. |",
        ):
            assert line in PAGE.splitlines()

    def test_says_all_of_each_field_also_of_nested_ones(self) -> None:
        for line in (
            '| `message` | text | yes | What it says, or "nothing" \\| null. |',
            "| `took` | number, ms | | How long it took. 0 to 60000. |",
            "| `frames` | list of object | | Where. |",
            "| `frames[].line` | integer | | The line. At least 1. |",
            "| `tags` | list of text | | Words. |",
            "| `kind` | enum | | Which. One of `a`, `b`. |",
            "| `user` | text | | Who. **Personal.** |",
        ):
            assert line in PAGE.splitlines()
        assert "Says how grave the event is." in PAGE

    def test_says_how_an_old_version_is_read(self) -> None:
        told = PAGE[PAGE.index("Version 1 is read as version 2 so:") :]

        assert (
            "- `seconds` becomes `took`.\n- `took` is multiplied by 1000.\n- `message` is an empty text where" in told
        )
        assert "Version 1 is deprecated: Since 0.8." in told
        assert "| `seconds` | number | | How long. |" in told

    def test_shows_an_event_that_fits_its_type(self) -> None:
        (shown,) = (json.loads(each) for each in blocks("json"))

        assert (shown["topic"], shown["schema_version"]) == (f"logs:orders:{LEVELS[0]}", 2)
        REGISTERED["log_record"].check(shown["schema_version"], shown["data"], shown["metadata"])

    def test_shows_how_to_publish_it(self) -> None:
        (example,) = (json.loads(each) for each in blocks("json"))
        curl, command = (shlex.split(each.replace("\\\n", " ")) for each in blocks("sh"))
        (python,) = blocks("python")

        assert json.loads(curl[curl.index("-d") + 1]) == example
        assert command[3:6] == ["logging", example["topic"], "log_record"]
        assert json.loads(command[command.index("--data") + 1]) == example["data"]
        assert command[command.index("--schema-version") + 1] == "2"
        call = next(node for node in ast.walk(ast.parse(python)) if isinstance(node, ast.Call))
        assert {each.arg: ast.literal_eval(each.value) for each in call.keywords} == LOG_RECORD.example


class TestIndexOf:
    def test_leads_to_every_type(self) -> None:
        lines = index_of([TYPES]).splitlines()

        assert "## [logging](logging.md)" in lines
        assert "| [`log_record`](logging.md#log_record) | Log record | A program has written a line. |" in lines
