from datetime import UTC, datetime, timedelta

import pytest

from instances.access.expiry import end_of
from instances.error_codes import Refusal

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)


class TestEndOf:
    @pytest.mark.parametrize(
        ("text", "lasts"),
        [
            ("30m", timedelta(minutes=30)),
            ("12h", timedelta(hours=12)),
            ("90d", timedelta(days=90)),
            ("2w", timedelta(14)),
        ],
    )
    def test_counts_a_duration_from_now(self, text: str, lasts: timedelta) -> None:
        assert end_of(text, now=NOON) == NOON + lasts

    def test_takes_a_date_with_a_zone(self) -> None:
        assert end_of("2030-01-02T13:00+01:00", now=NOON) == NOON + timedelta(days=1)

    @pytest.mark.parametrize("text", ["", "soon", "90", "0d", "-1d", "1y", "2029-12-31", "٣d", "123456d"])
    def test_refuses_what_is_no_end_to_come(self, text: str) -> None:
        with pytest.raises(Refusal):
            end_of(text, now=NOON)
