"""How a record becomes a line of the log: one, whatever control characters its texts hold."""

import logging
import re
from typing import Final

CONTINUED: Final = "    "
"""What a traceback's lines begin with, so that none of them can pass for a record's."""

# Controls (C0, DEL, C1), line and paragraph separators, what turns the direction of writing, and halves of surrogate
# pairs, which no stream can encode.
_UNPRINTABLE: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def escaped(text: str) -> str:
    """Return the text on one line, with each character that would not be seen as it is written as `\\x0a`."""
    return _UNPRINTABLE.sub(_escape, text)


def _escape(found: re.Match[str]) -> str:
    number = ord(found[0])
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}"


class LogLine(logging.Formatter):
    """Escapes the record's own line, and sets what an exception says below it in."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  The name is logging's.
        return escaped(super().formatMessage(record))

    def format(self, record: logging.LogRecord) -> str:
        first, *others = super().format(record).split("\n")
        return "\n".join((first, *(CONTINUED + escaped(line) for line in others)))
