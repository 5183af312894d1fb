"""Who may do what with the journal's tables on PostgreSQL: four roles, as a table, and the statements that make them.

Triggers hold whoever may write. Roles hold whoever could take the triggers away: nobody that serves owns the tables.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Final

from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, models, router

from instances.journal.apps import JournalConfig
from instances.journal.guards import FUNCTION

NAME_MAX_BYTES: Final = 63
"""Of a name on PostgreSQL, which cuts what is longer."""
MIGRATIONS: Final = "django_migrations"


@dataclass(frozen=True, slots=True)
class Roles:
    """The roles' names."""

    owner: str = "gaterhub_owner"
    """Owns the tables, and migrates."""
    app: str = "gaterhub_app"
    """Serves: takes events, and answers questions."""
    sequencer: str = "gaterhub_sequencer"
    """Numbers and signs, beside all that `app` may."""
    auditor: str = "gaterhub_auditor"
    """Reads, and no keys of personal values."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """What the roles may do with a table, in the words of GRANT; the sequencer has what the app has, too."""

    app: str
    sequencer: str = ""
    auditor: str = "SELECT"


_ENTRIES: Final = Allowed("SELECT, INSERT", sequencer='UPDATE ("index", "offset")')
_OF_THE_SEQUENCER: Final = Allowed("SELECT", sequencer="INSERT")

GRANTS: Final[Mapping[str, Allowed]] = {
    "AuditEntry": _ENTRIES,
    "SecurityEntry": _ENTRIES,
    "AlertEntry": _ENTRIES,
    "PersonalPart": Allowed("SELECT, INSERT", sequencer='UPDATE ("index")'),
    # A person whose key was erased gets another one when something new is kept about them.
    "SubjectKey": Allowed('SELECT, INSERT, UPDATE ("wrapped")', auditor=""),
    "JournalSecret": Allowed("SELECT, INSERT", auditor=""),
    "JournalHead": Allowed("SELECT", sequencer="UPDATE"),
    "StreamHead": Allowed("SELECT", sequencer="INSERT, UPDATE"),
    "SequencerLease": Allowed("SELECT", sequencer="INSERT, UPDATE"),
    "Span": _OF_THE_SEQUENCER,
    "Tile": _OF_THE_SEQUENCER,
    "Checkpoint": _OF_THE_SEQUENCER,
    "Anchored": _OF_THE_SEQUENCER,
    "Witnessed": Allowed("SELECT, INSERT, UPDATE"),
    "Outage": Allowed('SELECT, INSERT, UPDATE ("ended_ms", "cause", "refused")'),
}
"""By the name of the model."""

BESIDE: Final = Allowed("SELECT, INSERT, UPDATE, DELETE", auditor="")
"""Of the hub's other tables, where they are in the same database."""


class BadRoleName(ValueError):
    """A name that PostgreSQL wouldn't keep as it is, or one for two roles."""


def statements(roles: Roles, *, schema: str, with_other_tables: bool) -> Iterator[str]:
    """Yield the statements that make the roles and give them what they may; safe to run again.

    Raises: BadRoleName.
    """
    names = _checked(roles)
    owner, app, sequencer, auditor = map(_quoted, names)
    yield "BEGIN;"
    for name in names:
        yield _made(name)
    yield f"GRANT {app} TO {sequencer};"
    yield f"REVOKE CREATE ON SCHEMA {_quoted(schema)} FROM PUBLIC, {app}, {sequencer}, {auditor};"
    yield f"GRANT USAGE ON SCHEMA {_quoted(schema)} TO {app}, {auditor};"
    yield f"GRANT USAGE, CREATE ON SCHEMA {_quoted(schema)} TO {owner};"
    yield f"ALTER FUNCTION {_quoted(schema)}.{FUNCTION}() OWNER TO {owner};"
    tables = {**_tables_beside(), **_tables()} if with_other_tables else _tables()
    for table, allowed in {**tables, MIGRATIONS: Allowed("SELECT")}.items():
        place = f"{_quoted(schema)}.{_quoted(table)}"
        yield f"ALTER TABLE {place} OWNER TO {owner};"
        yield f"REVOKE ALL ON {place} FROM PUBLIC, {app}, {sequencer}, {auditor};"
        for role, may in ((app, allowed.app), (sequencer, allowed.sequencer), (auditor, allowed.auditor)):
            if may:
                yield f"GRANT {may} ON {place} TO {role};"
    yield "COMMIT;"


def _checked(roles: Roles) -> list[str]:
    names = [getattr(roles, each.name) for each in fields(roles)]
    for name in names:
        if not name or {*name} & {"\0", "$"} or len(name.encode()) > NAME_MAX_BYTES:
            raise BadRoleName(f"A role's name has 1 to {NAME_MAX_BYTES} bytes and no $, and one is {name!r}.")
    if len({*names}) != len(names):
        raise BadRoleName(f"Each role has a name of its own, and these are {', '.join(names)}.")
    return names


def _made(name: str) -> str:
    """Return a statement that makes a role, where there is none of that name; CREATE ROLE has no IF NOT EXISTS."""
    literal = name.replace("'", "''")
    asked = f"SELECT format('CREATE ROLE %I NOLOGIN', '{literal}')"
    return (
        "DO $make$ BEGIN "
        f"IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{literal}') THEN EXECUTE ({asked}); END IF; "
        "END $make$;"
    )


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _tables() -> dict[str, Allowed]:
    config = apps.get_app_config(JournalConfig.label)
    return {config.get_model(name)._meta.db_table: allowed for name, allowed in GRANTS.items()}


def _tables_beside() -> dict[str, Allowed]:
    others: Iterable[type[models.Model]] = (
        model
        for model in apps.get_models(include_auto_created=True)
        if model._meta.app_label != JournalConfig.label
        and model._meta.managed
        and not model._meta.proxy
        and router.allow_migrate_model(DEFAULT_DB_ALIAS, model)
    )
    return {model._meta.db_table: BESIDE for model in others}
