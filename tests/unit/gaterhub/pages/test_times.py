import pytest

from gaterhub.pages.evidence.times import of_field, with_zone


class TestATimeOfAForm:
    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("2026-11-23T14:00", "2026-11-23T14:00:00+00:00"),
            ("2026-11-23", "2026-11-23T00:00:00+00:00"),
            ("2026-11-23T14:00:00+01:00", "2026-11-23T14:00:00+01:00"),
            ("2026-11-23T14:00:00Z", "2026-11-23T14:00:00Z"),
            ("1795749817134", "1795749817134"),
            ("yesterday", "yesterday"),
            (None, None),
        ],
    )
    def test_is_of_utc_where_it_names_no_zone(self, text: str | None, told: str | None) -> None:
        assert with_zone(text) == told

    @pytest.mark.parametrize(
        ("text", "field"),
        [
            ("2026-11-23T14:00", "2026-11-23T14:00:00"),
            ("2026-11-23T14:00:00+01:00", "2026-11-23T13:00:00"),
            ("1700000000123", "2023-11-14T22:13:20"),
            ("yesterday", ""),
            ("999999999999999", ""),
            ("", ""),
        ],
    )
    def test_stands_in_its_field_again(self, text: str, field: str) -> None:
        assert of_field(text) == field
