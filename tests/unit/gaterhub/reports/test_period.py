from datetime import UTC, datetime

import pytest

from gaterhub.reports.period import BadPeriod, Period, period_of, stamp

NOW = datetime(2026, 11, 27, 3, 0, 0, 123_456, tzinfo=UTC)


def asked(begins: str = "", ends: str = "", month: str = "") -> Period:
    return period_of(begins=begins, ends=ends, month=month, now=NOW)


class TestPeriod:
    @pytest.mark.parametrize(
        ("said", "begins", "ends", "named"),
        [
            ({"month": "2026-10"}, "2026-10-01T00:00:00Z", "2026-11-01T00:00:00Z", "October 2026"),
            ({"month": "2025-12"}, "2025-12-01T00:00:00Z", "2026-01-01T00:00:00Z", "December 2025"),
            ({"month": "2024-02"}, "2024-02-01T00:00:00Z", "2024-03-01T00:00:00Z", "February 2024"),
            (
                {"begins": "2026-10-01", "ends": "2026-10-01"},
                "2026-10-01T00:00:00Z", "2026-10-02T00:00:00Z", "2026-10-01",
            ),
            (
                {"begins": "2026-10-01", "ends": "2026-10-15"},
                "2026-10-01T00:00:00Z", "2026-10-16T00:00:00Z", "2026-10-01 to 2026-10-15",
            ),
            (
                {"begins": "2026-10-01T12:00:00+02:00", "ends": "2026-10-01T12:00:00.250Z"},
                "2026-10-01T10:00:00Z", "2026-10-01T12:00:00.250Z", "2026-10-01T10:00:00Z to 2026-10-01T12:00:00.250Z",
            ),
        ],
    )  # fmt: skip
    def test_is_what_was_said(self, said: dict[str, str], begins: str, ends: str, named: str) -> None:
        period = asked(**said)

        assert (stamp(period.from_ms), stamp(period.to_ms), str(period)) == (begins, ends, named)

    @pytest.mark.parametrize(
        ("said", "field", "says"),
        [
            ({}, "from", "Say when"),
            ({"begins": "2026-10-01"}, "to", "Say when"),
            ({"begins": "yesterday", "ends": "2026-10-01"}, "from", "no day such as"),
            ({"begins": "2026-10-01", "ends": "2026-10-02T00:00:00"}, "to", "with its zone"),
            ({"begins": "2026-02-30", "ends": "2026-10-01"}, "from", "no day such as"),
            ({"begins": "1969-12-31", "ends": "2026-10-01"}, "from", "since 1970"),
            ({"begins": "0001-01-01T00:00:00+14:00", "ends": "2026-10-01"}, "from", "no day such as"),
            ({"begins": "2026-10-02", "ends": "2026-10-01"}, "to", "ends before it begins"),
            ({"begins": "2026-11-26", "ends": "2026-11-27"}, "to", "is not over"),
            ({"begins": "2025-01-01", "ends": "2026-10-01"}, "to", "366 days at most"),
            ({"month": "2026-13"}, "month", "such as 2026-10"),
            ({"month": "October"}, "month", "such as 2026-10"),
            ({"month": "0000-01"}, "month", "such as 2026-10"),
            ({"month": "2026-11"}, "month", "is not over"),
            ({"month": "2026-10", "begins": "2026-10-01"}, "month", "not both"),
            ({"begins": "\uff12\uff10\uff12\uff16-10-01", "ends": "2026-10-01"}, "from", "no day such as"),
        ],
    )
    def test_that_can_not_be_is_told_at_its_field(self, said: dict[str, str], field: str, says: str) -> None:
        with pytest.raises(BadPeriod, match=says) as refused:
            asked(**said)

        assert refused.value.field == field

    def test_of_a_whole_leap_year_is_not_too_long(self) -> None:
        assert asked("2024-01-01", "2024-12-31").ends == datetime(2025, 1, 1, tzinfo=UTC)
