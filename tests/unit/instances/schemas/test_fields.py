from typing import Any

import pytest

from instances.schemas.fields import Field, Kind
from instances.spec import BadRow


class TestField:
    @pytest.mark.parametrize(
        ("name", "kind", "help_", "more", "why"),
        [
            ("Name", Kind.TEXT, "A name.", {}, "a-z 0-9 _"),
            ("1st", Kind.TEXT, "A name.", {}, "begins with no digit"),
            ("n" * 65, Kind.TEXT, "A name.", {}, "1 to 64"),
            ("name", Kind.TEXT, "A name", {}, "full stop"),
            ("count", Kind.INTEGER, "How many.", {"choices": ("1", "2")}, "must be text"),
            ("count", Kind.INTEGER, "How many.", {"of": Kind.TEXT}, "can't hold other things"),
            ("count", Kind.OBJECT, "How many.", {"of": Kind.TEXT}, "can't hold other things"),
            ("count", Kind.TEXT, "How many.", {"fields": (Field("a", Kind.TEXT, "A."),)}, "can't hold other things"),
            ("all", Kind.LIST, "All.", {"fields": (Field("a", Kind.TEXT, "A."), Field("a", Kind.TEXT, "A."))}, "twice"),
        ],
    )
    def test_refuses_a_row_that_makes_no_sense(
        self, name: str, kind: Kind, help_: str, more: dict[str, Any], why: str
    ) -> None:
        with pytest.raises(BadRow, match=why):
            Field(name, kind, help_, **more)

    def test_may_hold_fields_in_a_list_and_in_an_object(self) -> None:
        inner = (Field("a", Kind.TEXT, "A."),)

        assert Field("all", Kind.LIST, "All.", fields=inner).fields == inner
        assert Field("one", Kind.OBJECT, "One.", fields=inner).fields == inner
        assert Field("tags", Kind.LIST, "Words.", of=Kind.TEXT).of is Kind.TEXT
