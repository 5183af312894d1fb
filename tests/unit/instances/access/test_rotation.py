from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from instances.access.models import Grant, Issued, Token
from instances.access.rotation import OVERLAP_MAX, rotate
from instances.error_codes import Refusal
from tests.accounts import account, role

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)

pytestmark = pytest.mark.django_db


def made(**fields: Any) -> Issued:
    issued = Token.objects.issue(
        name="billing",
        roles=[role("viewer")],
        networks="10.0.0.0/8",
        events_per_second=5,
        bytes_per_second=6,
        connections=7,
        created_at=NOON,
        **fields,
    )
    Grant.objects.create(token=issued.token, verb="query", instance="audit", pattern="a:*", personal=True)
    return issued


class TestRotate:
    def test_makes_a_successor_with_the_same_name_user_rights_and_limits(self) -> None:
        old = made(user=account("keeper")).token

        successor, secret = rotate(old, at=NOON)

        fields = ("name", "user", "limited", "networks", "events_per_second", "bytes_per_second", "connections")
        assert [getattr(successor, name) for name in fields] == [getattr(old, name) for name in fields]
        assert [each.name for each in successor.roles.all()] == ["viewer"]
        assert [str(grant) for grant in successor.grants.all()] == [str(grant) for grant in old.grants.all()]
        assert successor.replaces == old
        assert successor.prefix in secret
        assert successor.digest != old.digest

    def test_leaves_an_unlimited_token_unlimited(self) -> None:
        assert not rotate(Token.objects.issue(name="free").token, at=NOON).token.limited

    def test_ends_the_old_one_after_a_day(self) -> None:
        old = made().token

        rotate(old, at=NOON)

        old.refresh_from_db()
        assert (old.expires_at, old.revoked_at) == (NOON + DAY, None)

    def test_never_makes_the_old_one_last_longer(self) -> None:
        old = made(expires_at=NOON + timedelta(hours=1)).token

        successor = rotate(old, at=NOON).token

        old.refresh_from_db()
        assert old.expires_at == NOON + timedelta(hours=1)
        assert successor.expires_at == NOON + timedelta(hours=1)

    def test_without_an_overlap_revokes_the_old_one(self) -> None:
        old = made().token

        rotate(old, at=NOON, overlap=timedelta())

        old.refresh_from_db()
        assert old.revoked_at == NOON

    @pytest.mark.parametrize("overlap", [timedelta(seconds=-1), OVERLAP_MAX + timedelta(seconds=1)])
    def test_refuses_an_overlap_out_of_bounds(self, overlap: timedelta) -> None:
        with pytest.raises(Refusal, match="0 to 30 days"):
            rotate(made().token, at=NOON, overlap=overlap)
        assert Token.objects.count() == 1

    def test_refuses_a_token_that_is_over(self) -> None:
        old = made(expires_at=NOON).token

        with pytest.raises(Refusal, match="expired") as refused:
            rotate(old, at=NOON)
        assert refused.value.code == "conflict"

    def test_refuses_a_second_successor(self) -> None:
        old = made().token
        rotate(old, at=NOON)

        with pytest.raises(Refusal, match="rotated already"):
            rotate(old, at=NOON)
        assert Token.objects.count() == 2
