"""What a program of the journal's benchmark needs around it: the site's settings, its orders, and its findings."""

import json
import os
import sys
from collections.abc import Callable, Mapping
from typing import Any

import django

from tests.benchmarks.clients import RunFailed


def run(measure: Callable[[Mapping[str, Any]], object]) -> int:
    """Set Django up as the environment says, do what standard input orders, and write what was found."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gaterhub.settings")
    django.setup()
    try:
        found = measure(json.load(sys.stdin))
    except RunFailed as failed:
        json.dump({"failed": str(failed)}, sys.stdout)
        return 1
    json.dump(found, sys.stdout)
    return 0
