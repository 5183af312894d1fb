"""The whole registry, row by row: what every event type of the ten modules has to keep."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import pytest

from instances.catalog import INSTANCES
from instances.error_codes import Refusal
from instances.publishing.context import origin
from instances.publishing.pipeline import Checked
from instances.schemas.registered import RegisteredType
from instances.schemas.registry import CATALOG, registered
from instances.schemas.sample import sample_event
from instances.schemas.typed_event import TypedEvent
from instances.schemas.words import EventType, Field, Kind
from tests.unit.instances.schemas.taking import taken

ROWS: Final = [row for types in CATALOG for row in types]
OLD: Final = [(row, number) for row in ROWS for number in range(1, row.version)]

every_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.instance}.{row.name}")
every_old_version = pytest.mark.parametrize(
    ("row", "number"), OLD, ids=[f"{row.instance}.{row.name}-{number}" for row, number in OLD]
)

PERSONAL: Final = {
    "account", "acknowledged_by", "actor", "acts_for", "approved_by", "changed_by", "client_ip", "commander",
    "customer_id", "email", "ended_by", "ip_address", "principal", "recipient", "requested_by", "resolved_by",
    "session_id", "started_by", "subject_id", "user", "user_agent", "user_id", "username",
}  # fmt: skip
"""Names of fields that say something about a person, wherever they stand."""


def taken_as_built(event: TypedEvent) -> Checked:
    """Return what the pipeline makes of it, with what every event from Python says of its origin. Raises: Refusal."""
    return taken(
        event.instance,
        topic=event.topic,
        event_type=event.event_type,
        schema_version=event.schema_version,
        data=event.data,
        metadata=origin() | dict(event.metadata),
    )


def known(row: EventType) -> RegisteredType:
    found = registered(row.instance, row.name)
    assert found is not None
    return found


def named(row: EventType) -> Iterator[tuple[str, Field]]:
    """Yield every field with its place, those inside of others too, a list's with [0]."""
    for place, fields in (("data", row.data), ("metadata", row.metadata)):
        yield from _named(place, fields)


def _named(place: str, fields: tuple[Field, ...]) -> Iterator[tuple[str, Field]]:
    for each in fields:
        path = f"{place}.{each.name}"
        yield path, each
        yield from _named(f"{path}[0]" if each.kind is Kind.LIST else path, each.fields)


_RIGHT: Final[Mapping[Kind, Any]] = {
    Kind.TEXT: "text",
    Kind.INTEGER: 3,
    Kind.NUMBER: 0.5,
    Kind.BOOLEAN: True,
    Kind.TIMESTAMP: 1672531200000,
    Kind.ANY: {"any": ["thing"]},
}
_WRONG: Final[Mapping[Kind, Any]] = {
    Kind.TEXT: 7,
    Kind.INTEGER: "three",
    Kind.NUMBER: "much",
    Kind.BOOLEAN: "yes",
    Kind.TIMESTAMP: "2023-01-01T00:00:00Z",
    Kind.LIST: "one",
    Kind.OBJECT: ["object"],
}


def sample(field: Field) -> Any:
    """Return a value that the field takes, with everything inside of it."""
    if field.choices:
        return field.choices[0]
    if field.kind in (Kind.INTEGER, Kind.NUMBER):
        return max(field.least or 0, min(_RIGHT[field.kind], field.most or 3))
    if field.kind is Kind.OBJECT:
        return samples(field.fields)
    if field.kind is Kind.LIST:
        return [samples(field.fields) if field.fields else _RIGHT.get(field.of or Kind.ANY, {})]
    return _RIGHT[field.kind]


def samples(fields: tuple[Field, ...]) -> dict[str, Any]:
    return {each.name: sample(each) for each in fields}


def filled(row: EventType) -> dict[str, Any]:
    """Return data and metadata with every field that the type declares."""
    return {"data": samples(row.data), "metadata": samples(row.metadata)}


def put(payload: dict[str, Any], path: str, value: Any) -> None:
    """Put a value where the path points to."""
    *outer, last = path.replace("[0]", ".0").split(".")
    holder: Any = payload
    for name in outer:
        holder = holder[int(name)] if isinstance(holder, list) else holder[name]
    if isinstance(holder, list):
        holder[int(last)] = value
    else:
        holder[last] = value


def refusal_of(row: EventType, payload: Mapping[str, Any]) -> str:
    """Return why the hub refuses such an event of the newest version."""
    with pytest.raises(Refusal) as raised:
        taken(row.instance, topic=built(row).topic, event_type=row.name, schema_version=row.version, **payload)
    assert raised.value.code == "bad_schema"
    return raised.value.message


def built(row: EventType) -> TypedEvent:
    return row(**row.example)


class TestRegistry:
    def test_has_types_of_every_instance(self) -> None:
        assert len(ROWS) >= 40
        assert [types.instance for types in CATALOG] == [spec.name for spec in INSTANCES]
        assert all(len(list(types)) >= 3 for types in CATALOG)

    def test_has_a_type_with_an_earlier_version(self) -> None:
        assert OLD

    @pytest.mark.parametrize("spec", INSTANCES, ids=lambda spec: spec.name)
    def test_has_types_on_every_family(self, spec: Any) -> None:
        families = {row.topic.partition(":")[0] for row in ROWS if row.instance == spec.name}

        assert families == {family.name for family in spec.families}


@every_row
class TestRow:
    def test_builds_its_example_which_is_taken_without_a_warning(self, row: EventType) -> None:
        event = built(row)

        checked = taken_as_built(event)

        if row.deprecated is None:
            assert checked.warnings == ()
        assert (event.instance, event.event_type, event.schema_version) == (row.instance, row.name, row.version)

    def test_gives_what_its_builder_took(self, row: EventType) -> None:
        event = built(row)

        given = {
            **dict(zip(row.parameters, _parameters(row, event.topic), strict=True)),
            **event.data,
            **event.metadata,
        }

        assert given == row.example

    def test_shows_a_field_of_its_own_in_its_example(self, row: EventType) -> None:
        event = built(row)

        assert event.data or not row.data
        assert event.data.keys() <= {each.name for each in row.data}

    def test_takes_an_event_with_every_field(self, row: EventType) -> None:
        checked = taken(
            row.instance, topic=built(row).topic, event_type=row.name, schema_version=row.version, **filled(row)
        )

        assert len(checked.events) == 1

    def test_takes_no_event_without_a_required_field(self, row: EventType) -> None:
        required = [(path, each) for path, each in named(row) if each.required]
        for path, each in required:
            payload = filled(row)
            *outer, last = path.replace("[0]", ".0").split(".")
            holder: Any = payload
            for name in outer:
                holder = holder[int(name)] if isinstance(holder, list) else holder[name]
            del holder[last]

            assert f"`{path}` is missing" in refusal_of(row, payload), each.name

    def test_builds_nothing_without_what_is_required(self, row: EventType) -> None:
        for name in (*row.parameters, *(each.name for each in (*row.data, *row.metadata) if each.required)):
            example = {key: value for key, value in row.example.items() if key != name}

            with pytest.raises(TypeError, match=rf"needs .*\b{name}\b"):
                row(**example)

    def test_takes_null_for_what_is_not_required(self, row: EventType) -> None:
        payload = filled(row)
        for path, each in named(row):
            if not each.required and "." not in path.partition(".")[2]:
                put(payload, path, None)

        checked = taken(
            row.instance, topic=built(row).topic, event_type=row.name, schema_version=row.version, **payload
        )

        assert len(checked.events) == 1

    def test_refuses_the_wrong_kind_in_every_field_and_says_what_is_right(self, row: EventType) -> None:
        for path, each in named(row):
            if each.kind is Kind.ANY:
                continue
            payload = filled(row)
            put(payload, path, _WRONG[each.kind])

            message = refusal_of(row, payload)

            assert f"`{path}` is " in message, path
            assert "; it must be " in message, path

    def test_refuses_the_wrong_kind_in_every_list(self, row: EventType) -> None:
        for path, each in named(row):
            if each.kind is not Kind.LIST or each.of is None or each.of is Kind.ANY:
                continue
            payload = filled(row)
            put(payload, f"{path}[0]", _WRONG[each.of])

            assert f"`{path}[0]` is " in refusal_of(row, payload), path

    def test_refuses_what_is_no_choice_and_names_the_choices(self, row: EventType) -> None:
        for path, each in named(row):
            if not each.choices:
                continue
            payload = filled(row)
            put(payload, path, "no_such_choice")

            assert f'`{path}` is "no_such_choice"; it must be one of "{each.choices[0]}"' in refusal_of(row, payload)

    def test_refuses_what_is_out_of_bounds_and_names_the_bound(self, row: EventType) -> None:
        for path, each in named(row):
            bounds = [(each.least, -1, "at least"), (each.most, 1, "at most")]
            for bound, step, words in bounds:
                if bound is None:
                    continue
                payload = filled(row)
                put(payload, path, bound + step)

                message = refusal_of(row, payload)

                assert f"`{path}` is " in message
                assert f"it must be {words} {bound}" in message

    def test_says_of_every_field_what_its_name_does_not(self, row: EventType) -> None:
        for path, each in named(row):
            said = {word.strip(".,`:;()").lower() for word in each.help.split()}

            assert len(said) >= 2, path
            assert said - {"a", "an", "the", "of", "its"} - set(each.name.split("_")), path

    def test_marks_what_is_personal(self, row: EventType) -> None:
        for path, each in named(row):
            if each.name in PERSONAL:
                assert each.personal, path

    def test_takes_the_severity_from_a_field_that_is_called_so(self, row: EventType) -> None:
        for each in (*row.data, *row.metadata):
            if each.name in ("severity", "level"):
                assert each.severity, each.name


@every_old_version
class TestOldVersion:
    def test_is_taken_with_a_warning_where_it_is_deprecated(self, row: EventType, number: int) -> None:
        old = row.earlier[number - 1]

        checked = taken(
            row.instance,
            topic=built(row).topic,
            event_type=row.name,
            schema_version=number,
            data=samples(old.data),
            metadata=samples(old.metadata),
        )

        assert bool(checked.warnings) == (old.deprecated is not None)
        assert all(str(old.deprecated) in warning for warning in checked.warnings)

    def test_has_a_sample_that_is_taken(self, row: EventType, number: int) -> None:
        event = sample_event(known(row), number)

        assert event.schema_version == number
        assert len(taken_as_built(event).events) == 1

    def test_is_read_as_the_newest(self, row: EventType, number: int) -> None:
        old = row.earlier[number - 1]

        version, data = known(row).read_up(number, samples(old.data))

        assert version == row.version
        known(row).check(version, data, samples(row.metadata))
        assert data.keys() <= {each.name for each in row.data}
        assert {each.name for each in row.data if each.required} <= data.keys()

    def test_is_read_as_the_newest_with_no_more_than_it_must_have(self, row: EventType, number: int) -> None:
        old = row.earlier[number - 1]

        version, data = known(row).read_up(number, samples(tuple(each for each in old.data if each.required)))

        known(row).check(version, data, samples(row.metadata))


def _parameters(row: EventType, topic: str) -> list[str]:
    pairs = zip(row.topic.split(":"), topic.split(":"), strict=True)
    return [segment for template, segment in pairs if template.startswith("{")]
