"""The site's own system checks."""

from collections.abc import Sequence
from typing import Any, Final

from django.apps import AppConfig
from django.conf import settings
from django.core import checks as core

from gaterhub.agent.checks.endpoints import BadCheck, checks_from
from instances.schemas.registry import catalog_types
from instances.schemas.released import broken_promises, read_released

TAG: Final = "gaterhub"


def streams_in_memory(app_configs: Sequence[AppConfig] | None, **options: Any) -> list[core.CheckMessage]:
    if settings.REDIS_URL:
        return []
    return [
        core.Warning(
            "The live streams are kept in memory: there can be one serving process, and a restart forgets "
            "recent events.",
            hint="Set REDIS_URL, such as redis://127.0.0.1:6379/0.",
            id="gaterhub.W001",
        )
    ]


def agent_checks_readable(app_configs: Sequence[AppConfig] | None, **options: Any) -> list[core.CheckMessage]:
    try:
        checks_from(settings.GATERHUB_AGENT_CHECKS)
    except BadCheck as error:
        return [core.Error(str(error), hint="Write name=address, separated by commas.", id="gaterhub.E001")]
    return []


def event_types_kept(app_configs: Sequence[AppConfig] | None, **options: Any) -> list[core.CheckMessage]:
    return [
        core.Error(f"{broken.event_type}: {broken.why}.", hint=broken.instead, id="gaterhub.E002")
        for broken in broken_promises(read_released(), catalog_types())
    ]
