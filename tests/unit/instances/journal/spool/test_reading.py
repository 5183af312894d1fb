"""A segment read byte by byte: what is torn, what is damaged, and what is whole all the same."""

import pytest

from instances.journal.spool.keys import SpoolKeys
from instances.journal.spool.reading import Chain, Scan, scan
from instances.journal.spool.record import BEGINNING, chained, seal
from tests.unit.instances.journal.spool.making import KEYRING

KEYS = SpoolKeys(KEYRING)
PAYLOADS = [b"first payload", b"second", b"the third payload"]


@pytest.fixture(scope="module")
def records() -> list[bytes]:
    made: list[bytes] = []
    previous = BEGINNING
    for number, payload in enumerate(PAYLOADS, 1):
        made.append(seal(payload, number=number, previous=previous, events=1, written_ms=7, keys=KEYS))
        previous = chained(made[-1])
    return made


def _read(data: bytes) -> Scan:
    return scan(data, KEYS, Chain())


def _payloads(seen: Scan) -> list[bytes]:
    return [found.payload for found in seen.found]


class TestScan:
    def test_reads_what_was_sealed(self, records: list[bytes]) -> None:
        seen = _read(b"".join(records))

        assert _payloads(seen) == PAYLOADS
        assert (seen.damages, seen.torn_bytes) == ([], 0)

    def test_cuts_the_last_record_off_wherever_it_is_torn(self, records: list[bytes]) -> None:
        whole = b"".join(records)
        kept = len(whole) - len(records[-1])

        for length in range(kept, len(whole)):
            seen = _read(whole[:length])

            assert _payloads(seen) == PAYLOADS[:2], length
            assert (seen.damages, seen.torn_bytes) == ([], length - kept), length

    def test_tells_a_flipped_bit_of_any_byte_and_reads_the_other_records(self, records: list[bytes]) -> None:
        whole = b"".join(records)
        ends = [len(b"".join(records[: count + 1])) for count in range(len(records))]

        for position in range(len(whole)):
            hit = next(number for number, end in enumerate(ends) if position < end)
            for bit in (0x01, 0x80):
                broken = bytearray(whole)
                broken[position] ^= bit

                seen = _read(bytes(broken))

                assert _payloads(seen) == PAYLOADS[:hit] + PAYLOADS[hit + 1 :], position
                assert len(seen.damages) == 1, position
                assert seen.torn_bytes == 0, position

    def test_takes_room_that_nobody_filled_for_no_damage(self, records: list[bytes]) -> None:
        seen = _read(records[0] + bytes(4096))

        assert (_payloads(seen), seen.damages, seen.torn_bytes) == (PAYLOADS[:1], [], 4096)

    def test_tells_a_record_that_is_missing(self, records: list[bytes]) -> None:
        seen = _read(records[0] + records[2])

        assert _payloads(seen) == [PAYLOADS[0], PAYLOADS[2]]
        assert [damage.what for damage in seen.damages] == ["the records 2 to 2 are missing before record 3"]

    def test_tells_records_in_another_order(self, records: list[bytes]) -> None:
        seen = _read(records[0] + records[2] + records[1])

        assert len(seen.damages) == 2

    def test_finds_a_record_after_rubbish(self, records: list[bytes]) -> None:
        seen = _read(b"GHS1 rubbish " * 50 + records[0])

        assert _payloads(seen) == PAYLOADS[:1]
        assert len(seen.damages) == 1
