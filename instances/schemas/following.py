"""Whether a version of a type may follow another, by the step between them: one law for catalog and operators."""

from instances.schemas.compatibility import broken
from instances.schemas.registered import Schema
from instances.schemas.upcasting import impossible, raised_schema
from instances.schemas.words import Compatibility, Step

Schemas = tuple[Schema, Schema]
"""Of data and of metadata."""


def breaks_between(old: Schemas, step: Step, new: Schemas, mode: Compatibility) -> list[str]:
    """Return what keeps the new version from following the old one, as sentences without a full stop.

    No step speaks of metadata, so what fitted the old must fit the new one as it is.
    """
    (old_data, old_metadata), (new_data, new_metadata) = old, new
    why = impossible(old_data, step, new_data)
    if mode in (Compatibility.BACKWARD, Compatibility.FULL):
        why += broken(raised_schema(old_data, step), new_data, Compatibility.BACKWARD, "data")
        why += broken(old_metadata, new_metadata, Compatibility.BACKWARD, "metadata")
    if mode in (Compatibility.FORWARD, Compatibility.FULL):
        # Readers of the old version take no step: the newest events come to them as they are.
        why += broken(old_data, new_data, Compatibility.FORWARD, "data")
        why += broken(old_metadata, new_metadata, Compatibility.FORWARD, "metadata")
    return why
