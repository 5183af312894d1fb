from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from rest_framework.test import APIClient

from consumers.models import Loss
from instances.access.models import Token
from tests.accounts import account

URL = "/api/v1/losses/"
START = datetime(2026, 11, 23, 14, tzinfo=UTC)
START_MS = round(START.timestamp() * 1000)

pytestmark = pytest.mark.django_db


def lose(number: int = 1, **different: Any) -> Loss:
    usual = {
        "at": START + timedelta(seconds=number),
        "kind": "gap",
        "instance": "health",
        "stream": "health.process_health",
        "epoch": "k3f9",
        "first": number,
        "last": number + 9,
        "count": 4,
        "reason": "slow",
        "connection": "c1",
        "principal_kind": "user",
        "principal_id": 0,
        "principal": "olga",
        "patterns": "* process_health:*",
    }
    return Loss.objects.create(**usual | different)


def firsts(answer: Any) -> list[int]:
    assert answer.status_code == 200, answer.content
    return [row["from"] for row in answer.json()["results"]]


def client_of(user: User) -> APIClient:
    client = APIClient()
    client.force_login(user)
    return client


class TestAsking:
    def test_tells_everything_that_was_written_down(self, publisher: APIClient) -> None:
        lose(3)

        answer = publisher.get(URL)

        assert answer.json() == {
            "results": [
                {
                    "at": START_MS + 3_000,
                    "kind": "gap",
                    "instance": "health",
                    "stream": "health.process_health",
                    "epoch": "k3f9",
                    "from": 3,
                    "to": 12,
                    "count": 4,
                    "reason": "slow",
                    "times": 1,
                    "connection": "c1",
                    "principal": "olga",
                    "patterns": ["*", "process_health:*"],
                }
            ],
            "next": None,
        }
        assert answer["Cache-Control"] == "no-store"

    def test_tells_what_nobody_knows_as_null(self, publisher: APIClient) -> None:
        lose(first=None, last=None, count=None, epoch="", patterns="")

        (row,) = publisher.get(URL).json()["results"]

        assert (row["from"], row["to"], row["count"], row["patterns"]) == (None, None, None, [])

    @pytest.mark.parametrize(
        ("asked", "told"),
        [
            ({"instance": "alerts"}, [2]),
            ({"instance": "ex_esdb_alerts"}, [2]),
            ({"stream": "health.circuit_breaker_status"}, [3]),
            ({"principal": "billing"}, [4]),
            ({"connection": "c9"}, [5]),
            ({"kind": "closed"}, [6]),
            ({"kind": "closed", "instance": "alerts"}, []),
            ({"from": str(START_MS + 5_000)}, [5, 6]),
            ({"to": "2026-11-23T14:00:02Z"}, [1]),
            ({"from": "2026-11-23T15:00:02+01:00", "to": str(START_MS + 4_000)}, [2, 3]),
            ({"from": "999999999999999"}, []),
            ({"to": "0001-01-01T00:00:00+14:00"}, []),
            ({"order": "desc", "limit": "2"}, [6, 5]),
        ],
    )
    def test_keeps_to_what_is_asked(self, publisher: APIClient, asked: dict[str, str], told: list[int]) -> None:
        lose(1)
        lose(2, instance="alerts", stream="alerts.system_alert")
        lose(3, stream="health.circuit_breaker_status")
        lose(4, principal="billing", principal_kind="token")
        lose(5, connection="c9")
        lose(6, kind="closed")

        assert firsts(publisher.get(URL, asked)) == told

    @pytest.mark.parametrize(
        ("asked", "status", "named"),
        [
            ({"order": "up"}, 400, "order"),
            ({"limit": "0"}, 400, "limit"),
            ({"limit": "1001"}, 400, "limit"),
            ({"kind": "drop"}, 400, "kind"),
            ({"from": "yesterday"}, 400, "from"),
            ({"to": "2026-11-23T14:00:00"}, 400, "zone"),
            ({"topic": "*"}, 400, "topic"),
            ({"principal": "a\0b"}, 400, "principal"),
            ({"stream": "x" * 201}, 400, "stream"),
            ({"after": "nonsense"}, 400, "after"),
            ({"after": "é"}, 400, "after"),
            ({"instance": "nothing"}, 404, "nothing"),
        ],
    )
    def test_says_what_is_wrong_with_a_question(
        self, publisher: APIClient, asked: dict[str, str], status: int, named: str
    ) -> None:
        answer = publisher.get(URL, asked)

        assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
        assert named in answer.json()["detail"]


class TestPaging:
    def pages(self, client: APIClient, **asked: Any) -> Iterator[list[int]]:
        while True:
            answer = client.get(URL, asked)
            yield firsts(answer)
            asked["after"] = answer.json()["next"]
            if asked["after"] is None:
                return

    @pytest.mark.parametrize(("order", "told"), [("asc", [[1, 2], [3, 4], [5]]), ("desc", [[5, 4], [3, 2], [1]])])
    def test_gives_each_row_once_where_many_are_of_one_moment(
        self, publisher: APIClient, order: str, told: list[list[int]]
    ) -> None:
        for number in range(1, 6):
            lose(number, at=START + timedelta(microseconds=1))

        assert list(self.pages(publisher, order=order, limit=2)) == told

    def test_ends_with_a_page_that_is_full(self, publisher: APIClient) -> None:
        for number in range(1, 5):
            lose(number)

        assert list(self.pages(publisher, limit=2)) == [[1, 2], [3, 4]]

    def test_goes_on_where_it_was_while_rows_are_written(self, publisher: APIClient) -> None:
        for number in range(1, 5):
            lose(number)
        answer = publisher.get(URL, {"order": "desc", "limit": "2"})
        lose(9)

        following = publisher.get(URL, {"order": "desc", "limit": "2", "after": answer.json()["next"]})

        assert (firsts(answer), firsts(following)) == ([4, 3], [2, 1])

    @pytest.mark.parametrize("different", [{"order": "desc"}, {"kind": "gap"}, {"instance": "health"}])
    def test_refuses_the_cursor_of_another_question(self, publisher: APIClient, different: dict[str, str]) -> None:
        for number in range(3):
            lose(number)
        cursor = publisher.get(URL, {"limit": 1}).json()["next"]

        answer = publisher.get(URL, {"limit": "1", "after": str(cursor)} | different)

        assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")


class TestWhoMayAsk:
    @pytest.fixture
    def anna(self) -> User:
        return account("anna", "viewer")

    @pytest.fixture(autouse=True)
    def _losses(self, anna: User) -> None:
        lose(1)
        lose(2, principal="anna", principal_id=anna.pk)
        # A token may have the number of an account, and an account the name of a token.
        lose(3, principal="anna", principal_kind="token", principal_id=anna.pk)
        lose(4, principal="several", principal_kind="")

    def test_is_nobody_without_a_token_or_a_session(self, stranger: APIClient) -> None:
        assert stranger.get(URL).status_code == 401

    def test_is_shown_their_own_only(self, anna: User) -> None:
        assert firsts(client_of(anna).get(URL)) == [2]
        assert firsts(client_of(anna).get(URL, {"principal": "olga"})) == []

    def test_is_staff_only_with_the_permission(self, anna: User) -> None:
        anna.is_staff = True
        anna.save()
        assert firsts(client_of(anna).get(URL)) == [2]

        anna.user_permissions.add(Permission.objects.get(codename="view_loss"))

        assert firsts(client_of(anna).get(URL)) == [1, 2, 3, 4]

    def test_is_shown_all_as_a_superuser(self, operator: User) -> None:
        assert firsts(client_of(operator).get(URL)) == [1, 2, 3, 4]

    def test_is_shown_what_its_account_may_see_under_a_token(self, anna: User) -> None:
        issued = Token.objects.issue(name="anna's", user=anna)
        Loss.objects.filter(first=3).update(principal_id=issued.token.pk + 1)
        lose(5, principal="anna's", principal_kind="token", principal_id=issued.token.pk)
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {issued.secret}")

        assert firsts(client.get(URL)) == [5]
