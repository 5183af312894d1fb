import pytest

from instances.schemas.fields import Field, Kind
from instances.schemas.following import Schemas, breaks_between
from instances.schemas.json_schema import schema_of
from instances.schemas.words import Compatibility, Step

SECONDS = Field("seconds", Kind.NUMBER, "How long.", required=True, unit="s")
MS = Field("ms", Kind.NUMBER, "How long.", required=True, unit="ms")
NODE = Field("node", Kind.TEXT, "Where.", required=True)
TO_MS = Step(rename={"seconds": "ms"}, scale={"ms": 1000})


def schemas(data: Field, *metadata: Field) -> Schemas:
    return schema_of((data,)), schema_of(metadata)


class TestBreaksBetween:
    def test_are_none_where_the_step_makes_old_data_fit(self) -> None:
        assert breaks_between(schemas(SECONDS), TO_MS, schemas(MS), Compatibility.BACKWARD) == []

    @pytest.mark.parametrize("mode", [Compatibility.FORWARD, Compatibility.FULL])
    def test_tell_of_new_data_that_readers_of_the_old_can_not_read(self, mode: Compatibility) -> None:
        (why,) = breaks_between(schemas(SECONDS), TO_MS, schemas(MS), mode)

        assert why.startswith("`data.seconds` is required in one only, so readers of what was before")

    def test_tell_of_a_step_that_can_not_be_taken(self) -> None:
        (why,) = breaks_between(schemas(MS), Step(rename={"hours": "h"}), schemas(MS), Compatibility.BACKWARD)

        assert "`hours`" in why

    @pytest.mark.parametrize(
        ("before", "after", "broken_in"),
        [((), (NODE,), {"backward", "full"}), ((NODE,), (), {"forward", "full"})],
        ids=["more is required", "less is required"],
    )
    def test_hold_metadata_without_a_step(
        self, before: tuple[Field, ...], after: tuple[Field, ...], broken_in: set[str]
    ) -> None:
        old, new = schemas(MS, *before), schemas(MS, *after)

        found = {str(mode): breaks_between(old, Step(), new, mode) for mode in Compatibility}

        assert {mode for mode, why in found.items() if why} == broken_in
        assert all("metadata" in sentence for why in found.values() for sentence in why)
