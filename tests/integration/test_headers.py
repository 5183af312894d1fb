"""What browsers are told to keep to: every page, every door of the API and every static file says it."""

import re
from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

EXPECTED = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
ARGUMENTS = {
    "name": "health",
    "instance": "health",
    "id": "0190b7c4-0000-7000-8000-000000000000",
    "event_type": "registration_success",
    "version": "1",
    "path": "nowhere",
    "prefix": "abcdefgh",
    "index": "0",
    "journal": "audit",
    "key": "0",
    "run": "admin-1",
    "console": "health",
    "form": "json",
    "view": "1",
    "app_label": "auth",
    "content_type_id": "1",
    "object_id": "1",
    "url": "nowhere",
}
STATIC = ("gaterhub/site.css", "gaterhub/site.js", "gaterhub/icon.svg", "consumers/hub_worker.js", "admin/css/base.css")


def addresses(patterns: list[URLPattern | URLResolver] | None = None, before: str = "/") -> Iterator[str]:
    """Yield an address of every pattern of the site, but for the admin's many, which are of one making."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        route = str(getattr(pattern.pattern, "_route", ""))
        for name, value in ARGUMENTS.items():
            for kind in ("str", "int", "path", "slug", "uuid"):
                route = route.replace(f"<{kind}:{name}>", value)
            route = route.replace(f"<{name}>", value)
        if isinstance(pattern, URLResolver):
            if route == "admin/":
                yield from ("/admin/", "/admin/login/", "/admin/access/token/")
            else:
                yield from addresses(pattern.url_patterns, before + route)
        else:
            yield before + route


@pytest.fixture
def operator(db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("operator"))
    return client


ALL = sorted({*addresses(), *(f"/static/{name}" for name in STATIC), "/nowhere/", "/api/v1/nowhere/"})


class TestAnswer:
    def test_is_asked_for_at_every_address(self) -> None:
        assert {"/", "/losses/", "/accounts/password/", "/api/v1/figures/", "/livez"} <= set(ALL)
        assert not [address for address in ALL if "<" in address]

    @pytest.mark.parametrize("address", ALL)
    def test_tells_browsers_what_to_keep_to(self, operator: Client, address: str) -> None:
        answer = operator.get(address)

        # No hub runs here, so what asks its streams is unavailable.
        assert answer.status_code in (200, 301, 302, 400, 403, 404, 405, 503)
        told = {name: answer.headers.get(name) for name in EXPECTED}
        if address.startswith("/static/"):
            # A file in a frame shows nothing and does nothing; the policy below forbids the frame all the same.
            told["X-Frame-Options"] = EXPECTED["X-Frame-Options"]
        assert told == EXPECTED
        assert "camera=()" in answer.headers["Permissions-Policy"]
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        # Swagger UI's own style sheet has its icons in data: addresses.
        assert ("data:" in policy) == (address == "/api/v1/docs/")

    def test_of_a_page_has_no_inline_script_or_style(self, operator: Client) -> None:
        pages = [address for address in ALL if not address.startswith(("/static/", "/api/", "/admin/"))]
        for address in pages:
            text = b"".join(operator.get(address)).decode()
            assert "<style" not in text, address
            assert " style=" not in text, address
            assert " onclick=" not in text, address
            # JSON for a script is data, which browsers don't run.
            assert re.findall(r'<script(?![^>]* (?:src=|type="application/json"))[^>]*>', text) == [], address
