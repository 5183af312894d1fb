"""The way an instance's configuration is changed: checked, put on record, and only then done."""

from collections.abc import Mapping
from typing import Any, Final

from django.db import transaction

from instances.catalog import find
from instances.error_codes import Refusal
from instances.models import InstanceConfig, InstanceConfigChange
from instances.options import OPTIONS, SWITCHES
from instances.publishing.required import audit_required
from instances.schemas.audit import instance_configured
from instances.spec import InstanceSpec

Values = Mapping[str, bool | int | None]
"""By the name of a switch or an option; None: the catalog's figure."""
_TOPIC: Final = "audit_trail:admin_operations"
NAMES: Final = (*SWITCHES, *(option.name for option in OPTIONS))


class BadConfiguration(Refusal):
    """Values that an instance can't go by, each with what is wrong with it."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__("bad_request", " ".join(errors.values()))
        self.by_name: Final = dict(errors)


def values_of(row: InstanceConfig) -> dict[str, bool | int | None]:
    """Return what is set for an instance."""
    return {name: getattr(row, name) for name in NAMES}


def check(spec: InstanceSpec, values: Values) -> None:
    """Raises: BadConfiguration."""
    wrong: dict[str, str] = {}
    for option in OPTIONS:
        value = values[option.name]
        if value is not None and (said := option.wrong_with(spec, value)) is not None:
            wrong[option.name] = said
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

    Raises: BadConfiguration, NotRecorded.
    """
    check(find(row.instance), values)
    row = InstanceConfig.objects.get(pk=row.pk)
    held = values_of(row)
    changed = [name for name in NAMES if held[name] != values[name]]
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
    with audit_required(_TOPIC, instance_configured.name, data=said), transaction.atomic():
        for name, value in after.items():
            setattr(row, name, value)
        row.save(update_fields=[*after, "updated_at"])
        return row.changes.create(by=by, because=because, before=before, after=after)


def go_back(found: InstanceConfigChange, *, by: str, because: str) -> InstanceConfigChange | None:
    """Set again what was set before a change; what was changed since otherwise stays. Raises: as `change`."""
    # A row of its own: what came with the change may be older than other changes.
    row = InstanceConfig.objects.get(pk=found.config_id)
    return change(row, values_of(row) | found.before, by=by, because=because, action="go_back")
