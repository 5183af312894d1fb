"""The way a retention policy is set or deleted: checked, put on record, and only then done."""

from collections.abc import Mapping
from typing import Any, Final

from django.db import transaction

from instances.catalog import INSTANCES
from instances.error_codes import Refusal
from instances.models import RetentionPolicy, RetentionPolicyChange
from instances.options import HISTORY_LEAST_SECONDS, HISTORY_MOST_SECONDS
from instances.publishing.required import audit_required
from instances.retention.ages import said
from instances.schemas.audit import retention_policy_deleted, retention_policy_set
from instances.topics import BadPattern, Pattern

NAMES: Final = (
    "name",
    "instance",
    "pattern",
    "recent_seconds",
    "kept_seconds",
    "at_most_seconds",
    "rule",
    "note",
    "active",
)
AGE_MOST_SECONDS: Final = 100 * 366 * 86_400
"""Nobody has to keep anything for longer, and every database can hold it."""
_TOPIC: Final = "audit_trail:admin_operations"
_SPECS: Final = {spec.name: spec for spec in INSTANCES}

Values = Mapping[str, Any]
"""By the names of the columns; an age of None: nothing is said about that."""


class BadPolicy(Refusal):
    """A policy that makes no sense, with what is wrong at each value."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__("bad_request", " ".join(errors.values()))
        self.by_name: Final = dict(errors)


def values_of(row: RetentionPolicy) -> dict[str, Any]:
    """Return what a policy states."""
    return {name: getattr(row, name) for name in NAMES}


def check(values: Values) -> None:
    """Raises: BadPolicy."""
    wrong: dict[str, str] = {}
    if not values["name"]:
        wrong["name"] = "Give it a name by which conflicts can be told."
    if not values["rule"]:
        wrong["rule"] = "Say which rule it answers to, such as “GDPR art. 5(1)(e)”, or whose decision it is."
    try:
        Pattern(values["pattern"])
    except BadPattern as bad:
        wrong["pattern"] = bad.message
    spec = _SPECS.get(values["instance"])
    if spec is None:
        wrong["instance"] = f"The instances are {', '.join(_SPECS)}."
    recent, kept, at_most = (values[name] for name in ("recent_seconds", "kept_seconds", "at_most_seconds"))
    for name, age, least, most in (
        ("recent_seconds", recent, HISTORY_LEAST_SECONDS, HISTORY_MOST_SECONDS),
        ("kept_seconds", kept, 1, AGE_MOST_SECONDS),
        ("at_most_seconds", at_most, HISTORY_LEAST_SECONDS, AGE_MOST_SECONDS),
    ):
        if age is not None and not least <= age <= most:
            wrong[name] = f"{said(age)} is out of bounds: {said(least)} to {said(most)} are possible."
    if spec is not None and spec.delivery.journaled and recent is not None:
        wrong["recent_seconds"] = (
            f"Leave it empty: the journal is the history of {spec.name}, keeps every event, and is where those who "
            "return go on."
        )
    for name, age in (("recent", recent), ("kept", kept)):
        if age is not None and at_most is not None and age > at_most and f"{name}_seconds" not in wrong:
            wrong.setdefault(
                "at_most_seconds",
                f"Events can't be {name} for {said(age)} and gone after {said(at_most)}: state at most {said(at_most)} "
                f"as “{name}”, or {said(age)} or more here.",
            )
    if recent is None and kept is None and at_most is None:
        wrong["at_most_seconds"] = "State at least one age: recent, kept or at most."
    if wrong:
        raise BadPolicy(wrong)


def set_policy(row: RetentionPolicy, values: Values, *, by: str, because: str) -> RetentionPolicyChange | None:
    """Add a policy, or change one that is there, and return what was changed; None where it is stated already.

    1. What makes no sense is refused.
    2. The change is put on record in `audit`; where that can't be done, nothing is changed.
    3. It is saved with its reason, and holds here at once, in other processes within two seconds.

    Raises: BadPolicy, NotRecorded.
    """
    check(values)
    held = None if row._state.adding else values_of(RetentionPolicy.objects.get(pk=row.pk))
    after = {name: values[name] for name in NAMES if held is None or held[name] != values[name]}
    if not after:
        return None
    before = None if held is None else {name: held[name] for name in after}
    told = _told(row, values, by=by, because=because) | {"action": "add" if held is None else "change", "after": after}
    if before is not None:
        told["before"] = before
    with audit_required(_TOPIC, retention_policy_set.name, data=told), transaction.atomic():
        for name in NAMES:
            setattr(row, name, values[name])
        row.save()
        return row.changes.create(
            name=row.name, instance=row.instance, by=by, because=because, before=before, after=after
        )


def delete_policy(row: RetentionPolicy, *, by: str, because: str) -> RetentionPolicyChange:
    """Delete a policy, as `set_policy` changes one; what was changed of it stays on record. Raises: NotRecorded."""
    row = RetentionPolicy.objects.get(pk=row.pk)
    before = values_of(row)
    told = _told(row, before, by=by, because=because) | {"before": before}
    with audit_required(_TOPIC, retention_policy_deleted.name, data=told), transaction.atomic():
        change = row.changes.create(
            name=row.name, instance=row.instance, by=by, because=because, before=before, after=None
        )
        row.delete()
        return change


def _told(row: RetentionPolicy, values: Values, *, by: str, because: str) -> dict[str, Any]:
    return {
        "actor": f"user:{by}",
        "actor_kind": "user",
        "resource": f"retention_policy:{row.pk or 'new'}",
        "resource_name": values["name"],
        "instance": values["instance"],
        "reason": because,
    }
