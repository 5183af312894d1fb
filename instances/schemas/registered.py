"""One registered event type as the hub uses it, whether the catalog or an operator declares it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from instances.error_codes import Refusal
from instances.schemas.fit import Fit
from instances.schemas.json_schema import SEVERITY, schema_of
from instances.schemas.upcasting import raised
from instances.schemas.words import Compatibility, EventType, Step
from instances.severity import RANKS

Place = Literal["data", "metadata"]
Schema = Mapping[str, Any]


class Misfit(Refusal):
    """An event that doesn't fit the type it claims to be of."""

    def __init__(self, event_type: str, version: int, wrong: Sequence[str]) -> None:
        super().__init__(
            "bad_schema", f"The event doesn't fit {event_type}, version {version}: {'. '.join(map(_capital, wrong))}."
        )


class UnknownVersion(Refusal):
    def __init__(self, event_type: str, version: int, known: Sequence[int]) -> None:
        numbers = ", ".join(map(str, known))
        super().__init__("bad_schema", f"{event_type} has no schema_version {version}; it has {numbers}.")


@dataclass(frozen=True, slots=True, eq=False)
class RegisteredVersion:
    number: int
    data_schema: Schema
    metadata_schema: Schema
    data: Fit
    metadata: Fit | None
    """None where anything goes."""
    step: Step | None
    """To the next version; None for the newest."""
    deprecated: str | None
    severity: tuple[tuple[Place, str], ...]
    """The fields that say how grave an event is."""


@dataclass(frozen=True, slots=True, eq=False)
class RegisteredType:
    instance: str
    name: str
    title: str
    purpose: str
    topic: str
    """A template; empty where events of the type may stand anywhere in their instance."""
    parameters: tuple[str, ...]
    source: Literal["catalog", "operator"]
    compatibility: Compatibility
    rank: int
    """How grave an event is that doesn't say so itself."""
    versions: Mapping[int, RegisteredVersion]
    """Oldest first."""
    row: EventType | None = None
    """Of the catalog, where it is one of its types."""

    @property
    def newest(self) -> int:
        return max(self.versions)

    @property
    def family(self) -> str:
        return self.topic.partition(":")[0]

    def version(self, number: int) -> RegisteredVersion:
        """Return that version. Raises: UnknownVersion."""
        try:
            return self.versions[number]
        except KeyError:
            raise UnknownVersion(self.name, number, tuple(self.versions)) from None

    def check(self, number: int, data: object, metadata: object) -> None:
        """Make sure that decoded data and metadata fit that version. Raises: Misfit, UnknownVersion."""
        version = self.version(number)
        if version.data.is_fit(data) and (version.metadata is None or version.metadata.is_fit(metadata)):
            return
        wrong = version.data.misfits(data)
        if version.metadata is not None:
            wrong += version.metadata.misfits(metadata)
        raise Misfit(self.name, number, wrong)

    def rank_of(self, number: int, data: object, metadata: object) -> int:
        """Return how grave a checked event is: as the field says that carries its severity, else as its type is."""
        for place, name in self.versions[number].severity:
            payload = data if place == "data" else metadata
            said = payload.get(name) if type(payload) is dict else None
            if type(said) is str:
                rank = RANKS.get(said.lower())
                if rank is not None:
                    return rank
        return self.rank

    def read_up(self, number: int, data: Any) -> tuple[int, Any]:
        """Return the newest version's number and the data as that version has it. Raises: UnknownVersion."""
        self.version(number)
        later = sorted(each for each in self.versions if each >= number)
        return self.newest, raised(data, [step for each in later if (step := self.versions[each].step) is not None])


ANYTHING: Final[Schema] = {"type": "object"}


def version_of(
    number: int,
    data_schema: Schema,
    metadata_schema: Schema = ANYTHING,
    *,
    step: Step | None = None,
    deprecated: str | None = None,
) -> RegisteredVersion:
    """Compile a version. Raises: BadSchema for what is no JSON Schema (2020-12)."""
    # The envelope makes sure that metadata is an object, so a schema without fields of its own has nothing to add.
    says_something = bool(metadata_schema.get("properties")) or metadata_schema.keys() - {
        "$schema",
        "type",
        "properties",
    }
    return RegisteredVersion(
        number=number,
        data_schema=data_schema,
        metadata_schema=metadata_schema,
        data=Fit("data", data_schema),
        metadata=Fit("metadata", metadata_schema) if says_something else None,
        step=step,
        deprecated=deprecated,
        severity=(*_severity("data", data_schema), *_severity("metadata", metadata_schema)),
    )


def from_row(row: EventType) -> RegisteredType:
    """Return the catalog's type with all of its versions."""
    versions = [
        version_of(number, schema_of(each.data), schema_of(each.metadata), step=each.step, deprecated=each.deprecated)
        for number, each in enumerate(row.earlier, 1)
    ]
    versions.append(version_of(row.version, schema_of(row.data), schema_of(row.metadata), deprecated=row.deprecated))
    return RegisteredType(
        instance=row.instance,
        name=row.name,
        title=row.title,
        purpose=row.purpose,
        topic=row.topic,
        parameters=row.parameters,
        source="catalog",
        compatibility=row.compatibility,
        rank=row.rank,
        versions={each.number: each for each in versions},
        row=row,
    )


def _severity(place: Place, schema: Schema) -> list[tuple[Place, str]]:
    properties = schema.get("properties", {})
    return [(place, name) for name, each in properties.items() if isinstance(each, dict) and each.get(SEVERITY)]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
