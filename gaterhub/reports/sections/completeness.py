"""Whether entries say what they have to: what their type requires, and who, from where, on what, how it ended."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final, NamedTuple

from gaterhub.reports.counting import Sample
from gaterhub.reports.entries import Taken
from gaterhub.reports.section import Gatherer, Making, Result, Section
from gaterhub.reports.structure import Column, Figure, Finding, Severity, Table
from instances.journal.columns import PLACES, REDACTED
from instances.journal.columns import Column as EntryColumn
from instances.journal.models import UNKNOWN
from instances.schemas.registered import RegisteredType
from instances.schemas.registry import registered

# Read one after the other for each entry, which a table of names would do several times slower.
_EXPECTED: Final[tuple[tuple[EntryColumn, str, Callable[[Taken], str | None]], ...]] = (
    ("actor", "who did it", lambda entry: entry.actor_column),
    ("origin", "from where", lambda entry: entry.origin_column),
    ("resource", "on what", lambda entry: entry.resource),
    ("outcome", "how it ended", lambda entry: entry.outcome),
)
"""What auditors ask of any entry, such as PCI DSS 10.2.2: of a type that has a field for it, it is expected."""


class _Wanted(NamedTuple):
    """What entries of one version of a type are to say."""

    data: tuple[str, ...]
    metadata: tuple[str, ...]
    expected: tuple[tuple[str, Callable[[Taken], str | None]], ...]


class Completeness(Gatherer):
    def __init__(self, making: Making) -> None:
        super().__init__(making)
        self._of_type: dict[tuple[str, str], int] = {}
        self._lacking: dict[tuple[str, str, str, bool], Sample] = {}
        self._incomplete = 0

    def take(self, entry: Taken) -> None:
        known = registered(entry.instance, entry.event_type)
        if known is None:
            return
        key = entry.instance, entry.event_type
        self._of_type[key] = self._of_type.get(key, 0) + 1
        wanted = _wanted(known, entry.schema_version)
        lacking = [(f"data.{name}", True) for name in wanted.data if _is_empty(entry.data.get(name))]
        lacking += [(f"metadata.{name}", True) for name in wanted.metadata if _is_empty(entry.metadata.get(name))]
        lacking += [(name, False) for name, said in wanted.expected if said(entry) == UNKNOWN]
        if lacking:
            self._incomplete += 1
            for name, required in lacking:
                self._lacking.setdefault((*key, name, required), Sample()).add(entry)

    def result(self) -> Result:
        checked = sum(self._of_type.values())
        figures = (
            Figure("checked", "Entries of registered types", checked),
            Figure("incomplete", "That lack something", self._incomplete),
            Figure("complete_percent", "Complete", _percent(checked - self._incomplete, checked), "%"),
        )
        ordered = sorted(self._lacking.items(), key=lambda each: (*each[0][:2], not each[0][3], each[0][2]))
        rows = tuple(
            (
                instance, name, field, "required" if required else "expected",
                sample.count, _percent(sample.count, self._of_type[instance, name]),
            )
            for (instance, name, field, required), sample in ordered
        )  # fmt: skip
        table = Table(
            "lacking",
            "What entries lack, by type",
            (
                Column("instance", "Journal"),
                Column("event_type", "Type"),
                Column("field", "Field"),
                Column("demand", "It is"),
                Column("entries", "Entries", number=True),
                Column("percent", "% of the type", number=True),
            ),
            rows,
            none="Every entry says what it has to.",
        )
        return Result(figures, (table,), [_finding(*key, sample) for key, sample in ordered])


# Types are a hundred, and an operator's change makes another object.
@lru_cache(maxsize=2_000)
def _wanted(known: RegisteredType, number: int) -> _Wanted:
    version = known.versions.get(number) or known.versions[known.newest]
    data, metadata = version.data_schema, version.metadata_schema
    declared = {
        (place, name)
        for place, schema in (("data", data), ("metadata", metadata))
        for name in schema.get("properties", {})
    }
    return _Wanted(
        tuple(data.get("required", ())),
        tuple(metadata.get("required", ())),
        tuple(
            (words, said)
            for column, words, said in _EXPECTED
            if declared.intersection(PLACES[column])
            # What the type requires under that name is looked at by its name.
            and not {name for _, name in PLACES[column]} & {*data.get("required", ()), *metadata.get("required", ())}
        ),
    )


def _is_empty(value: Any) -> bool:
    """Tell whether a value says nothing: not there, blank, or taken out by whoever published it."""
    if value is None:
        return True
    if type(value) is str:
        return not value or value.isspace() or value in REDACTED - {"[erased]"}
    return type(value) in (list, dict) and not value


def _percent(part: int, whole: int) -> float:
    return round(100 * part / whole, 2) if whole else 100.0


def _finding(instance: str, name: str, field: str, required: bool, sample: Sample) -> Finding:
    many = f"{sample.count:,} entr{'ies' if sample.count != 1 else 'y'} of the type {name} in {instance}"
    if required:
        return Finding(
            "required-empty",
            Severity.MEDIUM,
            f"{many} lack{'s' * (sample.count == 1)} {field}, which the type requires, or have it empty.",
            "Have whoever publishes them fill it in; an empty text is as good as none.",
            sample.count,
            sample.entries,
        )
    return Finding(
        "expected-missing",
        Severity.LOW,
        f"{many} do{'es' * (sample.count == 1)} not tell {field}, for which the type has a field.",
        "Have whoever publishes them tell it; without it nobody can say what happened.",
        sample.count,
        sample.entries,
    )


SECTION: Final = Section(
    "completeness",
    "Field completeness",
    "Whether entries of registered types say what the type requires, and, where it has fields for it, who did it, "
    "from where, on what, and how it ended.",
    Completeness,
)
