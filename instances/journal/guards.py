"""The journal's triggers, for both databases: what was added stays, as it was added.

An entry's `index` and `offset` are given once, together, in an UPDATE that names nothing else. Every other UPDATE, any
DELETE or TRUNCATE, and an INSERT that would take another row's place is refused with an IntegrityError that names the
table and the rule. Whoever owns the tables can take the triggers away: that is what roles are for (`grants.py`).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.db import models

GIVEN: Final = ("index", "offset")
"""Columns that are NULL when an entry is added, and get their values later."""

GUARDED: Final[Mapping[str, tuple[str, ...]]] = {
    "AuditEntry": GIVEN,
    "SecurityEntry": GIVEN,
    "AlertEntry": GIVEN,
    "Span": (),
    "Tile": (),
    "Checkpoint": (),
    "Anchored": (),
}
"""The models whose rows are only ever added, with the columns that are given later."""

FUNCTION: Final = "journal_refuse"
REFUSING: Final = """
BEGIN
    RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME;
END
"""
"""What each trigger on PostgreSQL does; 23001 is an IntegrityError, as RAISE(ABORT) is on SQLite."""

ROWID_NAMES: Final = ("rowid", "oid", "_rowid_")
"""By which SQLite knows a primary key besides its own name; `UPDATE OF number` doesn't see them."""

CHANGED: Final = "a row is not changed"
DELETED: Final = "a row is not deleted"
EMPTIED: Final = "it is not emptied"
TAKEN: Final = "a row is not replaced, and one with this {names} is there"
COUNTED: Final = "rows are counted from 1"
GIVEN_ONCE: Final = "{given} are given together, to a row that has none, and are no other row's"
GIVEN_LATER: Final = "a row is added without {given}, which are given later"


@dataclass(frozen=True, slots=True)
class Guarded:
    """A table whose rows are only ever added."""

    table: str
    key: str
    columns: tuple[str, ...]
    unique: tuple[tuple[str, ...], ...]
    """What names a row, the primary key among them."""
    given: tuple[str, ...]

    @property
    def kept(self) -> tuple[str, ...]:
        """The columns that stay as they were added."""
        return tuple(column for column in self.columns if column not in self.given)


@dataclass(frozen=True, slots=True)
class Trigger:
    """A trigger that refuses an act."""

    table: str
    act: str
    when: str
    rule: str
    columns: tuple[str, ...] = ()
    """Of an UPDATE: it fires where one of them is named; empty: whatever is named."""
    condition: str = ""
    each: str = "ROW"

    @property
    def name(self) -> str:
        return f"{self.table}_no_{self.act}"

    def sql(self, then: str) -> str:
        """Return the statement that makes it; `then` has a place for what it says."""
        of = f" OF {_listed(self.columns)}" if self.columns else ""
        where = f" WHEN ({self.condition})" if self.condition else ""
        said = f"{self.table} is append-only: {self.rule}.".replace("'", "''")
        return (
            f'CREATE TRIGGER "{self.name}" {self.when}{of} ON "{self.table}" FOR EACH {self.each}{where} '
            f"{then.format(said=said)}"
        )


def guarded_tables(apps: Any, names: Mapping[str, tuple[str, ...]] = GUARDED) -> list[Guarded]:
    """Return the guarded tables, as the models of these apps say."""
    return [_guarded(apps.get_model("journal", name), given) for name, given in names.items()]


def _guarded(model: type[models.Model], given: tuple[str, ...]) -> Guarded:
    fields = model._meta.concrete_fields
    # A concrete field has a column, which its type doesn't say.
    columns = {field.name: str(field.column) for field in fields}
    constraints = [each.fields for each in model._meta.constraints if isinstance(each, models.UniqueConstraint)]
    return Guarded(
        table=model._meta.db_table,
        key=columns[model._meta.pk.name],
        columns=tuple(columns.values()),
        unique=(
            *((columns[field.name],) for field in fields if field.unique),
            *(tuple(columns[name] for name in names) for names in constraints),
        ),
        given=given,
    )


def triggers(vendor: str, tables: Iterable[Guarded]) -> dict[str, tuple[Trigger, str]]:
    """Return the triggers of these tables on PostgreSQL or SQLite by name, each with the statement that makes it."""
    made, then = _MADE[vendor]
    return {trigger.name: (trigger, trigger.sql(then)) for table in tables for trigger in made(table)}


def _on_postgres(of: Guarded) -> Iterator[Trigger]:
    """Yield what is asked once a statement, and of a row only where something may be given.

    Which columns an UPDATE names is known before it begins, so that no row is ever compared with what it was.
    """
    yield Trigger(of.table, "update", "BEFORE UPDATE", CHANGED, of.kept if of.given else (), each="STATEMENT")
    yield Trigger(of.table, "delete", "BEFORE DELETE", DELETED, each="STATEMENT")
    yield Trigger(of.table, "truncate", "BEFORE TRUNCATE", EMPTIED, each="STATEMENT")
    if of.given:
        given = " and ".join(of.given)
        yield Trigger(of.table, "regiving", "BEFORE UPDATE", GIVEN_ONCE.format(given=given), of.given, _given_again(of))
        yield Trigger(of.table, "giving", "BEFORE INSERT", GIVEN_LATER.format(given=given), (), _any_given(of))


def _on_sqlite(of: Guarded) -> Iterator[Trigger]:
    """Yield what is asked of each row.

    `OR REPLACE` deletes the rows in its way without asking a DELETE trigger, on INSERT and on UPDATE: both are refused
    where there is such a row.
    """
    yield Trigger(of.table, "update", "BEFORE UPDATE", CHANGED, (*of.kept, *ROWID_NAMES) if of.given else ())
    yield Trigger(of.table, "delete", "BEFORE DELETE", DELETED)
    for unique in of.unique:
        if not set(unique) & set(of.given):
            rule = TAKEN.format(names=" and ".join(unique))
            yield Trigger(of.table, f"replace_{unique[-1]}", "BEFORE INSERT", rule, (), _is_there(of, unique))
    # To a trigger, a row that comes without a key is -1 before it is added: a row -1 would stop all that follow.
    yield Trigger(of.table, "minus", "AFTER INSERT", COUNTED, (), f'NEW."{of.key}" < 1')
    if of.given:
        given = " and ".join(of.given)
        others = [_is_there(of, unique) for unique in of.unique if set(unique) & set(of.given)]
        again = " OR ".join((_given_again(of), *others))
        yield Trigger(of.table, "regiving", "BEFORE UPDATE", GIVEN_ONCE.format(given=given), of.given, again)
        yield Trigger(of.table, "giving", "BEFORE INSERT", GIVEN_LATER.format(given=given), (), _any_given(of))


_MADE: Final = {
    "postgresql": (_on_postgres, f"EXECUTE FUNCTION {FUNCTION}('{{said}}')"),
    "sqlite": (_on_sqlite, "BEGIN SELECT RAISE(ABORT, '{said}'); END"),
}


def _listed(columns: Iterable[str]) -> str:
    return ", ".join(f'"{column}"' for column in columns)


def _any_given(of: Guarded) -> str:
    return " OR ".join(f'NEW."{column}" IS NOT NULL' for column in of.given)


def _given_again(of: Guarded) -> str:
    had = " OR ".join(f'OLD."{column}" IS NOT NULL' for column in of.given)
    lacks = " OR ".join(f'NEW."{column}" IS NULL' for column in of.given)
    return f"{had} OR {lacks}"


def _is_there(of: Guarded, unique: tuple[str, ...]) -> str:
    same = " AND ".join(f'"{column}" = NEW."{column}"' for column in unique)
    return f'EXISTS (SELECT 1 FROM "{of.table}" WHERE {same})'  # noqa: S608  Names of the model's own.
