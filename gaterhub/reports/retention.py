"""How long reports are kept: they name persons, and can be made again as long as the journals are there."""

from datetime import timedelta
from typing import Final

from django.utils import timezone

from consumers.retention import delete_in_batches
from gaterhub.reports.models import ComplianceReport

REPORTS_KEPT: Final = timedelta(days=400)
"""A year, and the time until its audit is over."""


def clear_old_reports() -> None:
    """Delete the reports that were asked for more than 400 days ago; that they were made stays on record."""
    delete_in_batches(ComplianceReport.objects.filter(asked_at__lt=timezone.now() - REPORTS_KEPT), batch=20)
