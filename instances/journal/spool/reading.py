"""What a segment of the spool holds, and what is wrong with it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from instances.journal.spool.keys import SpoolKeys
from instances.journal.spool.record import HEADER_BYTES, MAGIC, Header, NotAuthentic, chained, header_at, opened


@dataclass(frozen=True, slots=True)
class Found:
    """A record that is as it was written."""

    header: Header
    payload: bytes
    chain: bytes
    """What the record after it has to say of it."""


@dataclass(frozen=True, slots=True)
class Damage:
    """A place of a file whose bytes can't be read as they were written."""

    offset: int
    what: str


@dataclass(slots=True)
class Scan:
    found: list[Found] = field(default_factory=list)
    damages: list[Damage] = field(default_factory=list)
    torn_bytes: int = 0
    """At the end: of a record that was not written to its end, and so never acknowledged."""


class Chain:
    """Follows records from file to file, and notices where one is missing or stands where it was not written."""

    _last: Found | None = None

    def broken(self, found: Found) -> str | None:
        """Take the next record; return what is wrong with its place, or None."""
        last, self._last = self._last, found
        if last is None:
            return None
        number, previous = found.header.number, found.header.previous
        if number == last.header.number + 1 and previous == last.chain:
            return None
        if number == last.header.number and previous == last.header.previous:
            # The last one was not acknowledged, because its sync failed, and its number was given again.
            return None
        if number > last.header.number + 1:
            return f"the records {last.header.number + 1:,} to {number - 1:,} are missing before record {number:,}"
        return f"record {number:,} doesn't follow record {last.header.number:,} as it was written"

    def lose(self) -> None:
        """Begin anew after a damaged record, of which the next can't be asked."""
        self._last = None


def scan(data: bytes, keys: SpoolKeys, chain: Chain) -> Scan:
    """Return every record of a segment that is as it was written, and each place that isn't.

    What is missing at the end, because the process died while it wrote, is no damage. A damaged record doesn't hide
    those after it: each is authentic by itself. Raises: KeyMissing.
    """
    seen = Scan()
    offset = 0
    while offset < len(data):
        header = header_at(data, offset)
        if header is None:
            if _torn(data, offset):
                seen.torn_bytes = len(data) - offset
                break
            seen.damages.append(Damage(offset, "no record begins where one has to"))
            chain.lose()
            offset = _next_header(data, offset + 1)
            continue
        if offset + header.size > len(data):
            seen.torn_bytes = len(data) - offset
            break
        record = data[offset : offset + header.size]
        try:
            found = Found(header, opened(record, header, keys), chained(record))
        except NotAuthentic:
            seen.damages.append(Damage(offset, f"record {header.number:,} is other than it was written"))
            chain.lose()
        else:
            if (wrong := chain.broken(found)) is not None:
                seen.damages.append(Damage(offset, wrong))
            seen.found.append(found)
        offset += header.size
    return seen


def headers(path: Path) -> Iterator[Header]:
    """Yield the headers of a segment's whole records without reading what they hold, up to the first damage."""
    size = path.stat().st_size
    with path.open("rb") as file:
        offset = 0
        while (header := header_at(file.read(HEADER_BYTES), 0)) is not None and offset + header.size <= size:
            yield header
            offset += header.size
            file.seek(offset)


def _torn(data: bytes, offset: int) -> bool:
    """Tell whether the rest is the beginning of a header, or room that the file system gave and nobody filled."""
    rest = data[offset:]
    return (len(rest) < HEADER_BYTES and rest[: len(MAGIC)] == MAGIC[: len(rest)]) or not any(rest)


def _next_header(data: bytes, offset: int) -> int:
    while (offset := data.find(MAGIC, offset)) != -1:
        if header_at(data, offset) is not None:
            return offset
        offset += 1
    return len(data)
