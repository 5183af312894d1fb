"""Log-ins through the server's own forms, on every database that a hub may have."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.functional.conftest import Server, serving
from tests.functional.visitor import Visitor

LIMIT = 3


@pytest.fixture(params=["sqlite", "postgresql"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    settings = {"GATERHUB_LOGIN_ATTEMPTS": str(LIMIT), "GATERHUB_TRUSTED_PROXIES": "127.0.0.1/32"}
    if request.param == "postgresql":
        settings["DATABASE_URL"] = request.getfixturevalue("postgres_url")
    with ExitStack() as stack:
        yield stack.enter_context(serving(tmp_path_factory.mktemp("log-in"), settings=settings))


class TestLogIn:
    def test_is_held_up_after_failures_and_opened_in_the_admin(self, server: Server) -> None:
        olga, password = server.operator.name, server.operator.password
        admin = Visitor(server)
        admin.session.headers["X-Forwarded-For"] = "198.51.100.1"
        admin.log_in(olga, password)
        guesser = Visitor(server)
        guesser.session.headers["X-Forwarded-For"] = "203.0.113.7"

        answers = [guesser.log_in(olga, "sesame").status_code for _ in range(LIMIT)]

        assert answers == [200] * (LIMIT - 1) + [429]
        refused = guesser.log_in(olga, password)
        assert refused.status_code == 429
        assert 0 < int(refused.headers["Retry-After"]) <= 900
        assert admin.name == olga

        page = admin.get("admin/axes/accessattempt/").text
        chosen = page.partition('name="_selected_action" value="')[2].partition('"')[0]
        admin.send("admin/axes/accessattempt/", action="unlock", _selected_action=chosen)

        guesser.log_in(olga, password)
        assert guesser.name == olga
