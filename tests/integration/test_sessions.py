"""The sessions of people: when they end, and what ends them."""

import os
import subprocess
import sys
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from gaterhub.people.sessions import RENEW_SECONDS, RENEWED_AT
from tests.conftest import ROOT
from tests.integration.acts.conftest import Told, told  # noqa: F401  A fixture.

PASSWORD = "correct horse battery staple"
NEW = "tr0ubador and a horse"


@pytest.fixture
def ada(db: None) -> User:
    return User.objects.create_superuser("ada", password=PASSWORD)


@pytest.fixture
def browser(ada: User) -> Client:
    browser = Client()
    browser.post("/accounts/login/", {"username": "ada", "password": PASSWORD})
    return browser


def ends_in(browser: Client) -> timedelta:
    return Session.objects.get(session_key=browser.cookies["sessionid"].value).expire_date - timezone.now()


def age(browser: Client, by: timedelta) -> None:
    """Make a session as old as if its last request were so long ago."""
    store = browser.session
    store[RENEWED_AT] -= int(by.total_seconds())
    store.save()
    Session.objects.update(expire_date=timezone.now() + timedelta(hours=24) - by)


class TestSession:
    def test_ends_a_day_after_the_last_request(self, browser: Client) -> None:
        browser.get("/")
        age(browser, timedelta(hours=23))
        assert ends_in(browser) < timedelta(hours=2)

        assert browser.get("/").status_code == 200
        assert ends_in(browser) > timedelta(hours=23)

        age(browser, timedelta(hours=25))
        assert browser.get("/").headers["Location"].startswith("/accounts/login/")

    def test_is_written_seldom(self, browser: Client, django_assert_num_queries: Any) -> None:
        browser.get("/accounts/password/changed/")
        with django_assert_num_queries(2):  # The session and the user, read.
            browser.get("/accounts/password/changed/")

        age(browser, timedelta(seconds=RENEW_SECONDS))
        before = ends_in(browser)
        browser.get("/accounts/password/changed/")
        assert ends_in(browser) > before

    def test_has_a_cookie_that_scripts_and_other_sites_cannot_use(self, browser: Client) -> None:
        cookie = browser.cookies["sessionid"]

        assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")

    def test_is_ended_by_a_post_alone(self, browser: Client) -> None:
        assert browser.get("/accounts/logout/").status_code == 405
        assert browser.get("/").status_code == 200

        browser.post("/accounts/logout/")
        assert browser.get("/").status_code == 302


class TestCookies:
    def test_are_of_this_host_and_https_alone_where_the_hub_is_reached_by_https(self, tmp_path: Any) -> None:
        asked = (
            "from django.conf import settings as s; print(s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME,"
            " s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.SESSION_COOKIE_PATH, s.SESSION_COOKIE_DOMAIN)"
        )
        environment = {
            "PATH": os.environ["PATH"],
            "GATERHUB_ENV_FILE": "",
            "GATERHUB_DATA_DIR": str(tmp_path),
            "SECRET_KEY": "a-test-" + "0123456789abcdef" * 4,
            "DJANGO_SETTINGS_MODULE": "gaterhub.settings",
            "ALLOWED_HOSTS": "hub.example",
        }
        printed = subprocess.run(
            [sys.executable, "-c", asked], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
        ).stdout

        assert printed.split() == ["__Host-gaterhub-session", "__Host-gaterhub-csrf", "True", "True", "/", "None"]


class TestPassword:
    def change(self, browser: Client, *, old: str = PASSWORD, new: str = NEW) -> Any:
        form = {"old_password": old, "new_password1": new, "new_password2": new}
        return browser.post("/accounts/password/", form)

    def test_is_changed_on_a_page_and_ends_the_other_sessions(self, browser: Client, ada: User) -> None:
        elsewhere = Client()
        elsewhere.post("/accounts/login/", {"username": "ada", "password": PASSWORD})
        assert '<a href="/accounts/password/">' in browser.get("/").content.decode()

        assert self.change(browser).headers["Location"] == "/accounts/password/changed/"

        assert browser.get("/").status_code == 200
        assert elsewhere.get("/").status_code == 302
        ada.refresh_from_db()
        assert ada.check_password(NEW)

    def test_stays_when_the_old_one_is_wrong_or_the_new_one_is_weak(self, browser: Client, ada: User) -> None:
        for answer in (self.change(browser, old="sesame"), self.change(browser, new="1234")):
            assert answer.status_code == 200
            assert 'role="alert"' in answer.content.decode()

        ada.refresh_from_db()
        assert ada.check_password(PASSWORD)

    def test_is_told_when_it_changes(
        self,
        browser: Client,
        told: list[Told],  # noqa: F811
        django_capture_on_commit_callbacks: Any,
    ) -> None:
        told.clear()
        with django_capture_on_commit_callbacks(execute=True):
            self.change(browser)

        assert [(each.event_type, each.data["actor"]) for each in told] == [("credential_rotated", "user:ada")]
        assert NEW not in str(told)

    def test_belongs_to_those_who_are_logged_in(self, db: None) -> None:
        assert Client().get("/accounts/password/").headers["Location"].startswith("/accounts/login/")

    def test_of_an_account_without_one_cannot_be_changed_here(self, ada: User, browser: Client) -> None:
        ada.set_unusable_password()
        ada.save()
        browser.force_login(ada)

        assert "You have no password here" in browser.get("/accounts/password/").content.decode()
