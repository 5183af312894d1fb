"""Several workers stand by, and one leads."""

import threading
from datetime import timedelta

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.utils import timezone

from gaterhub.models import Lease
from gaterhub.worker import LEASE, Job, Worker, clear_sessions

pytestmark = pytest.mark.django_db


class Clock:
    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


def worker(name: str, done: list[str], clock: Clock) -> Worker:
    return Worker(jobs=(Job("note", 60, lambda: done.append(name)),), clock=clock, holder=name)


class TestWorker:
    def test_leads_alone_and_does_what_is_due(self) -> None:
        done: list[str] = []
        first, second = worker("first", done, Clock()), worker("second", done, Clock())

        first.turn()
        second.turn()

        assert (first.leads, second.leads) == (True, False)
        assert done == ["first"]

    def test_does_a_job_again_only_when_it_is_due(self) -> None:
        done: list[str] = []
        clock = Clock()
        alone = worker("alone", done, clock)
        alone.turn()
        clock.seconds += 59
        alone.turn()
        assert len(done) == 1

        clock.seconds += 1
        alone.turn()

        assert len(done) == 2

    def test_takes_over_when_a_lease_has_ended(self) -> None:
        done: list[str] = []
        first, second = worker("first", done, Clock()), worker("second", done, Clock())
        first.turn()
        Lease.objects.filter(name=LEASE).update(until=timezone.now() - timedelta(seconds=1))

        second.turn()
        first.turn()

        assert (first.leads, second.leads) == (False, True)

    def test_gives_the_lease_back_when_it_stops(self) -> None:
        stop = threading.Event()
        leader = Worker(jobs=(Job("stop", 60, stop.set),), clock=Clock(), holder="leader")

        leader.run(stop)

        assert not Lease.objects.exists()

    def test_goes_on_after_a_job_that_fails(self, caplog: pytest.LogCaptureFixture) -> None:
        done: list[str] = []

        def fail() -> None:
            raise RuntimeError("broken on purpose")

        Worker(jobs=(Job("fails", 60, fail), Job("note", 60, lambda: done.append("note"))), clock=Clock()).turn()

        assert done == ["note"]
        assert "broken on purpose" in caplog.text


class TestClearingSessions:
    def test_deletes_those_that_are_over_and_no_other(self) -> None:
        over, lasting = SessionStore(), SessionStore()
        for store in (over, lasting):
            store["name"] = "somebody"
            store.save()
        Session.objects.filter(session_key=over.session_key).update(expire_date=timezone.now() - timedelta(days=1))

        clear_sessions()

        assert [session.session_key for session in Session.objects.all()] == [lasting.session_key]
