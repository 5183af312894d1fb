"""What is older than it is kept for is deleted, a little at a time."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from consumers.models import DurablePosition, Loss
from consumers.retention import clear_losses, clear_unused_durables, delete_in_batches
from gaterhub.worker import JOBS

pytestmark = pytest.mark.django_db


def lose(days: float) -> Loss:
    at = timezone.now() - timedelta(days=days)
    return Loss.objects.create(at=at, kind="gap", reason="slow", principal_id=7, principal="olga")


def bookmark(name: str, days: float) -> DurablePosition:
    at = timezone.now() - timedelta(days=days)
    return DurablePosition.objects.create(
        principal_kind="user", principal_id=7, name=name, instance="health", pattern="*", updated_at=at
    )


class TestRetention:
    def test_deletes_losses_of_more_than_30_days(self) -> None:
        lose(30.01)
        kept = [lose(29.99), lose(0)]

        clear_losses()

        assert list(Loss.objects.order_by("at")) == kept

    def test_deletes_names_that_were_not_used_for_90_days(self) -> None:
        bookmark("old", 90.01)
        bookmark("used", 89.99)

        clear_unused_durables()

        assert DurablePosition.objects.get().name == "used"

    def test_is_the_worker_s_job(self) -> None:
        assert {clear_losses, clear_unused_durables} <= {job.run for job in JOBS}

    def test_deletes_all_in_transactions_of_few_rows(self) -> None:
        for _ in range(7):
            lose(40)

        with CaptureQueriesContext(
            connection,
        ) as queries:
            delete_in_batches(Loss.objects.all(), batch=3)

        assert Loss.objects.count() == 0
        assert sum(query["sql"].startswith("DELETE") for query in queries) == 3

    def test_leaves_the_rest_for_the_next_time_when_its_time_is_over(self) -> None:
        for _ in range(7):
            lose(40)
        times = iter([0.0, 1.0, 2.0])

        delete_in_batches(Loss.objects.all(), batch=2, seconds=2.0, clock=lambda: next(times))

        assert Loss.objects.count() == 3
