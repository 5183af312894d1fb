"""What every event from Python says of where it came from, without its publisher's doing."""

import os
from contextvars import ContextVar
from typing import Any, Final

from django.conf import settings

TRACE_ID: Final[ContextVar[str | None]] = ContextVar("gaterhub_trace_id", default=None)
"""The trace that the work at hand belongs to, 32 hexadecimal digits as in W3C Trace Context; None outside of one."""


def origin() -> dict[str, Any]:
    """Return host, process id and version of the publishing program, and the trace id where there is one."""
    known = {
        "host": settings.GATERHUB_NODE,
        "process": os.getpid(),
        "version": settings.GATERHUB_VERSION,
    }
    trace_id = TRACE_ID.get()
    return known if trace_id is None else known | {"trace_id": trace_id}
