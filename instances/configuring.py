"""The way an instance's configuration is changed: checked, put on record, and only then done."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

from django.db import transaction

from instances.catalog import find
from instances.error_codes import Refusal
from instances.models import InstanceConfig, InstanceConfigChange
from instances.options import CHOICES, OPTIONS, SWITCHES, switch_denied
from instances.publishing.required import audit_required
from instances.routing import Route, family_of, names_of, new_streams, routes_of, spread, wrong_with
from instances.schemas.audit import instance_configured
from instances.spec import Family, InstanceSpec
from instances.streams import Position
from instances.supervisor import ensure_home

Values = Mapping[str, bool | int | str | None]
"""By the name of a switch, an option, a choice or a family's parts; None: the catalog's."""
_TOPIC: Final = "audit_trail:admin_operations"
COLUMNS: Final = (*SWITCHES, *(option.name for option in OPTIONS), *(choice.name for choice in CHOICES))
_READ_WITHIN_SECONDS: Final = 5.0


class BadConfiguration(Refusal):
    """Values that an instance can't go by, each with what is wrong with it."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__("bad_request", " ".join(errors.values()))
        self.by_name: Final = dict(errors)


def values_of(row: InstanceConfig) -> dict[str, bool | int | str | None]:
    """Return what is set for an instance."""
    spec = find(row.instance)
    routes = routes_of(spec, row.routes)
    parts = {name: _parts(family_of(spec, name), routes) for name in names_of(spec)}
    return {name: getattr(row, name) for name in COLUMNS} | parts


def _parts(family: Family | None, routes: Mapping[str, Route]) -> int | None:
    """Return over how many parts an operator has spread the family, None where it is as the catalog says."""
    route = None if family is None else routes.get(family.name)
    return None if family is None or route is None or route.parts == family.parts else route.parts


def check(spec: InstanceSpec, values: Values) -> None:
    """Raises: BadConfiguration."""
    wrong: dict[str, str] = {}
    for option in OPTIONS:
        if (number := values[option.name]) is not None and (said := option.wrong_with(spec, int(number))) is not None:
            wrong[option.name] = said
    for choice in CHOICES:
        if (word := values[choice.name]) is not None and (said := choice.wrong_with(spec, str(word))) is not None:
            wrong[choice.name] = said
    for name in SWITCHES:
        if values[name] and (said := switch_denied(name, spec)) is not None:
            wrong[name] = said
    for name in names_of(spec):
        if (parts := values.get(name)) is not None and (said := wrong_with(spec, int(parts))) is not None:
            wrong[name] = said
    event_bytes, body_bytes = (_effective(spec, values, name) for name in ("event_bytes", "body_bytes"))
    if not wrong and event_bytes > body_bytes:
        wrong["body_bytes"] = (
            f"A request of at most {body_bytes:,} bytes could not carry an event of {event_bytes:,}: allow larger "
            "requests, or smaller events."
        )
    if wrong:
        raise BadConfiguration(wrong)


def _effective(spec: InstanceSpec, values: Values, name: str) -> int:
    value = values[name]
    if value is None:
        value = next(option.default(spec) for option in OPTIONS if option.name == name)
    return int(value or 0)


def change(
    row: InstanceConfig, values: Values, *, by: str, because: str, action: str = "configure"
) -> InstanceConfigChange | None:
    """Set an instance's values, and return what was changed; None where they are set already.

    1. What it can't go by is refused.
    2. The change is put on record in `audit`; where that can't be done, nothing is changed.
    3. It is saved with its reason, and holds here at once, in other processes within two seconds.

    Raises: BadConfiguration, NotRecorded; Unavailable where families are to be spread and the streams can't be read.
    """
    spec = find(row.instance)
    check(spec, values)
    row = InstanceConfig.objects.get(pk=row.pk)
    held = values_of(row)
    changed = [name for name in held if held[name] != values.get(name, held[name])]
    if not changed:
        return None
    before, after = {name: held[name] for name in changed}, {name: values[name] for name in changed}
    said: dict[str, Any] = {
        "actor": f"user:{by}",
        "actor_kind": "user",
        "action": action,
        "resource": f"instance:{row.instance}",
        "before": before,
        "after": after,
        "reason": because,
    }
    routes = _routes(spec, row, after)
    with audit_required(_TOPIC, instance_configured.name, data=said), transaction.atomic():
        if values_of(InstanceConfig.objects.select_for_update().get(pk=row.pk)) != held:
            raise Refusal("conflict", "Somebody else changed it in this moment. Look at it again, and try again.")
        for name in COLUMNS:
            setattr(row, name, values[name])
        row.routes = routes
        row.save(update_fields=[*(name for name in after if name in COLUMNS), "routes", "updated_at"])
        return row.changes.create(by=by, because=because, before=before, after=after)


def _routes(spec: InstanceSpec, row: InstanceConfig, after: Values) -> dict[str, Any]:
    """Return the routes as they are to be kept, with where the streams end that are taken into use. Raises: Refusal."""
    routes = routes_of(spec, row.routes)
    for name, value in after.items():
        family = family_of(spec, name)
        if family is not None:
            parts = family.parts if value is None else int(value)
            route = routes.get(family.name)
            routes[family.name] = spread(family, route, parts, _ends(new_streams(spec, family, route, parts)))
    return {name: route.stored() for name, route in routes.items()}


def _ends(streams: list[str]) -> dict[str, Position]:
    """Return where the streams end now. Raises: Unavailable where that can't be known."""
    if not streams:
        return {}
    here = ensure_home()
    reading = asyncio.run_coroutine_threadsafe(here.broker.heads(streams), here.loop)
    return {stream: head.position for stream, head in reading.result(_READ_WITHIN_SECONDS).items()}


def go_back(found: InstanceConfigChange, *, by: str, because: str) -> InstanceConfigChange | None:
    """Set again what was set before a change; what was changed since otherwise stays. Raises: as `change`."""
    # A row of its own: what came with the change may be older than other changes.
    row = InstanceConfig.objects.get(pk=found.config_id)
    return change(row, values_of(row) | found.before, by=by, because=because, action="go_back")
