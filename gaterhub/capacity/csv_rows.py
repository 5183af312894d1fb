"""The recorded hours or days as CSV, by RFC 4180. No cell begins with what a spreadsheet takes for a formula."""

import csv
import io
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from gaterhub.capacity.hours import Row

HEADER: Final = (
    "instance",
    "from",
    "hours_recorded",
    "events",
    "highest_per_second",
    "highest_per_second_at",
    "highest_over_10_s",
    "highest_over_10_s_at",
    "bytes",
    "highest_bytes_per_second",
    "highest_bytes_per_second_at",
    "subscribers_at_most",
)


def lines_of(rows: Iterable[Row], *, header: bool = False) -> str:
    """Return the rows as lines, each ended by CRLF. Cells are names of instances, numbers and times, or empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    if header:
        writer.writerow(HEADER)
    for row in rows:
        writer.writerow(
            (
                row.instance,
                _time(row.begins),
                row.hours,
                row.events,
                _number(row.peak),
                _time(row.peak_at),
                _number(row.sustained),
                _time(row.sustained_at),
                row.bytes,
                _number(row.bytes_peak),
                _time(row.bytes_peak_at),
                row.subscribers,
            )
        )
    return text.getvalue()


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}".rstrip("0").rstrip(".")


def _time(at: datetime | None) -> str:
    return "" if at is None else f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
