"""What Django's system checks find wrong, told to `alerts` when the hub starts."""

import logging
from collections.abc import Callable, Sequence

from django.core import checks

from gaterhub.acts.telling import tell
from gaterhub.origin import plain
from instances.schemas import alerts


def tell_findings(run: Callable[[], Sequence[checks.CheckMessage]] = checks.run_checks) -> None:
    """Run the checks, and tell each finding that is a warning or worse; blocks while the checks run."""
    for finding in run():
        if finding.level >= checks.WARNING and not finding.is_silenced():
            _tell(finding)


def _tell(finding: checks.CheckMessage) -> None:
    critical = finding.level >= checks.ERROR
    alert = alerts.critical_alert if critical else alerts.warning_alert
    event = alert(
        severity="high" if critical else "medium",
        component=plain(str(finding.obj)) if finding.obj is not None else "configuration",
        message=plain(str(finding.msg)),
        rule=finding.id,
        state="raised",
        affected="gaterhub",
        remedy=plain(str(finding.hint)) if finding.hint else None,
        escalation_required=critical,
    )
    tell(event, log_level=logging.WARNING)
