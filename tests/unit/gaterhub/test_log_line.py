"""A record is one line, whatever it says."""

import logging
import sys

from gaterhub.log_line import LineFormatter


def record(message: str, *, failed: bool = False) -> logging.LogRecord:
    error = None
    if failed:
        try:
            raise ValueError("why")
        except ValueError:
            error = sys.exc_info()
    return logging.LogRecord("gaterhub", logging.INFO, "", 0, "user %r: %s", ("ada", message), error)


class TestALogLine:
    def test_has_no_line_ends_and_no_control_characters_of_the_message_s(self) -> None:
        line = LineFormatter("%(levelname)s %(message)s").format(record("a\nb\r\x1b[2J\u2028c\x85é"))

        assert line == "INFO user 'ada': a\\x0ab\\x0d\\x1b[2J\\u2028c\\x85é"

    def test_is_followed_by_the_traceback_as_it_is(self) -> None:
        lines = LineFormatter("%(message)s").format(record("a\nb", failed=True)).split("\n")

        assert lines[0] == "user 'ada': a\\x0ab"
        assert lines[1] == "Traceback (most recent call last):"
        assert lines[-1] == "ValueError: why"
