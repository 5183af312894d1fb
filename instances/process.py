"""The process as others know it."""

import os

from django.conf import settings


def process_name() -> str:
    """Return the host's name and the process's number, such as "web-1-4711": in every note, lease and answer."""
    return f"{settings.GATERHUB_NODE}-{os.getpid()}"
