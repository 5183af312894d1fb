import logging
import sys
from typing import Any

import pytest
from django.conf import settings

from gaterhub.log_line import LogLine, escaped


def line(message: str, *args: object, exc_info: object = None) -> str:
    record = logging.LogRecord("hub", logging.WARNING, "hub.py", 1, message, args, exc_info)  # type: ignore[arg-type]
    return LogLine("%(levelname)s %(name)s: %(message)s").format(record)


class TestLogLine:
    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("a\nERROR hub: forged", r"a\x0aERROR hub: forged"),
            ("a\r\nb", r"a\x0d\x0ab"),
            ("\x1b[2Jgone", r"\x1b[2Jgone"),
            ("a\u2028b\u202ec", r"a\u2028b\u202ec"),
            ("a\x85b\x9bc", r"a\x85b\x9bc"),
            ("\ud800", r"\ud800"),
            ("Grüße, 世界 🙂", "Grüße, 世界 🙂"),
        ],
    )
    def test_stays_one_line_whatever_a_name_holds(self, text: str, shown: str) -> None:
        assert line("Of %s.", text) == f"WARNING hub: Of {shown}."
        assert escaped(text).encode()

    def test_sets_in_what_an_exception_says(self) -> None:
        try:
            raise ValueError("bad\nERROR hub: forged\x1b[2J")
        except ValueError:
            shown = line("Failed.", exc_info=sys.exc_info())

        first, *others = shown.split("\n")
        assert first == "WARNING hub: Failed."
        assert len(others) > 2
        assert all(each.startswith("    ") and "\x1b" not in each for each in others)
        assert "    ERROR hub: forged\\x1b[2J" in others

    def test_is_what_the_site_writes(self) -> None:
        formatters: Any = settings.LOGGING["formatters"]
        assert formatters["line"]["()"] == "gaterhub.log_line.LogLine"
