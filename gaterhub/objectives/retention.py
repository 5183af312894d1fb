"""How long the hours of objectives are kept: as long as the longest window, and a day."""

from datetime import timedelta
from typing import Final

from django.utils import timezone

from consumers.retention import delete_in_batches
from gaterhub.objectives.models import WINDOW_MOST_DAYS, ObjectiveHour

DAYS_KEPT: Final = WINDOW_MOST_DAYS + 1


def clear_old_counts() -> None:
    """Delete the hours that no window reaches any more."""
    delete_in_batches(ObjectiveHour.objects.filter(hour__lt=timezone.now() - timedelta(days=DAYS_KEPT)))
