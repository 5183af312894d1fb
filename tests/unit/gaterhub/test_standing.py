from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone

from gaterhub.models import Lease
from gaterhub.standing import KEPT_SECONDS, Standing, Watch, ask
from gaterhub.worker import LEASE


@pytest.mark.django_db
class TestAsking:
    def test_names_the_worker_that_leads(self) -> None:
        Lease.objects.take(LEASE, holder="web-1", at=timezone.now(), seconds=6)

        assert ask() == Standing(database=True, leader="web-1")

    def test_names_nobody_whose_lease_is_over(self) -> None:
        Lease.objects.take(LEASE, holder="web-1", at=timezone.now() - timedelta(minutes=1), seconds=6)

        assert ask() == Standing(database=True, leader=None)

    def test_says_that_the_database_does_not_answer(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def out(**conditions: object) -> None:
            raise OperationalError("gone")

        monkeypatch.setattr(Lease.objects, "filter", out)

        assert ask() == Standing(database=False, leader=None)


class TestWatch:
    def test_asks_again_only_after_a_while(self) -> None:
        seconds, asked = [0.0], []

        def ask() -> Standing:
            asked.append(seconds[0])
            return Standing(database=True, leader=f"web-{len(asked)}")

        watch = Watch(ask, clock=lambda: seconds[0])
        told = []
        for moment in (0.0, KEPT_SECONDS - 0.1, KEPT_SECONDS):
            seconds[0] = moment
            told.append(watch.look().leader)

        assert told == ["web-1", "web-1", "web-2"]
        assert asked == [0.0, KEPT_SECONDS]
