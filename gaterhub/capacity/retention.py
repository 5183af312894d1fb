"""How long the hours are kept."""

from datetime import timedelta
from typing import Final

from django.utils import timezone

from consumers.retention import delete_in_batches
from gaterhub.models import PeakHour

DAYS_KEPT: Final = 90
"""A whole quarter; ten rows an hour, so 21,600 in all."""


def clear_old_peaks() -> None:
    """Delete the hours that began more than 90 days ago."""
    delete_in_batches(PeakHour.objects.filter(hour__lt=timezone.now() - timedelta(days=DAYS_KEPT)))
