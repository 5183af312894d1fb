"""A log record as one line: what a stranger says never begins a line of its own."""

import logging
from typing import Final

_CONTROL: Final = {
    number: f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}"
    for number in (*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029)
}


class LineFormatter(logging.Formatter):
    """Escapes control characters and line ends in the message; only a traceback takes lines of its own."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  The base class names it.
        return super().formatMessage(record).translate(_CONTROL)
