"""Events put through the hub's one way in, without being published."""

from typing import Any

import msgspec

from instances.publishing.pipeline import Checked, check


def taken(instance: str, **event: Any) -> Checked:
    """Return what the pipeline makes of an event. Raises: Refusal."""
    return check(instance, msgspec.json.encode(event), publisher="tests")
