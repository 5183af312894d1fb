import pytest

from consumers.close_codes import CLOSE_CODES, CloseCode

rows = pytest.mark.parametrize("row", CLOSE_CODES.values(), ids=lambda row: row.name)


class TestCloseCodes:
    def test_are_those_of_the_protocol(self) -> None:
        assert set(CLOSE_CODES) == {
            *(4000, 4001, 4008, 4009, 4010, 4013),
            *(4500, 4501, 4503, 4504, 4507, 4508, 4509, 4510),
        }

    @rows
    def test_invite_back_below_4500_only(self, row: CloseCode) -> None:
        assert row.reconnect is (4000 <= row.code <= 4499)

    @rows
    def test_have_a_reason_that_fits_into_a_close_frame(self, row: CloseCode) -> None:
        assert 0 < len(row.reason.encode()) <= 123

    def test_have_names_of_their_own(self) -> None:
        assert len({row.name for row in CLOSE_CODES.values()}) == len(CLOSE_CODES)
