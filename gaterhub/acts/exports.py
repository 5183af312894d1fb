"""Evidence that is taken away in a file, told to `audit` before the file is there."""

from typing import Any

from gaterhub.acts.telling import publisher
from instances.publishing import publish_event
from instances.schemas import audit


class NotRecorded(Exception):
    """That an export could not be put on record, so that nothing may be taken away."""


def record_export(journal: str, *, actor: dict[str, Any], record_count: int, size_bytes: int, **more: Any) -> None:
    """Put on record who takes evidence away. Raises: NotRecorded."""
    event = audit.data_exported(
        **actor,
        resource=f"journal/{journal}",
        format="zip",
        record_count=record_count,
        size_bytes=size_bytes,
        **more,
    )
    result = publish_event(event, publisher=publisher())
    if not result.accepted:
        said = "" if result.error is None else result.error.message
        raise NotRecorded(f"It could not be put on record: {said}")
