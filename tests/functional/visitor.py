"""A person's browser without a screen: cookies, forms with their CSRF token, redirects."""

import re
from typing import Any

import requests

from tests.functional.conftest import Server


class Visitor:
    def __init__(self, server: Server) -> None:
        self.server = server
        self.session = requests.Session()

    def get(self, path: str, **options: Any) -> requests.Response:
        return self.session.get(f"{self.server.url}{path}", timeout=20, **options)

    def send(self, path: str, *, form_at: str | None = None, **fields: str) -> requests.Response:
        """Post a form with the CSRF token of the page it stands on, and follow where that leads."""
        page = self.get(path if form_at is None else form_at).text
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
        assert token, page
        form = {"csrfmiddlewaretoken": token[1], **fields}
        address = f"{self.server.url}{path}"
        return self.session.post(address, data=form, headers={"Referer": address}, timeout=20)

    def log_in(self, name: str, password: str) -> requests.Response:
        return self.send("accounts/login/", username=name, password=password)

    def log_in_by_directory(self) -> requests.Response:
        return self.send("accounts/sso/login/", form_at="accounts/login/")

    @property
    def name(self) -> str | None:
        """Who the pages say is logged in; None for nobody."""
        found = re.search(r'class="who" title="Logged in">([^<]+)<', self.get("").text)
        return found[1] if found else None
