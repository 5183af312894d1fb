import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone

from consumers.models import DurablePosition, Loss

LOSSES = "/admin/consumers/loss/"
DURABLES = "/admin/consumers/durableposition/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("admin"))
    return client


@pytest.fixture
def loss() -> Loss:
    return Loss.objects.create(
        at=timezone.now(),
        kind="gap",
        instance="health",
        stream="health.process_health",
        reason="slow",
        connection="c1",
        principal_kind="user",
        principal_id=7,
        principal="olga",
    )


@pytest.fixture
def durable() -> DurablePosition:
    return DurablePosition.objects.create(
        principal_kind="user",
        principal_id=7,
        name="billing",
        instance="health",
        pattern="*",
        positions={"health.process_health": "k3f9:41"},
        updated_at=timezone.now(),
    )


class TestLossesInTheAdmin:
    @pytest.mark.parametrize(("asked", "shown"), [("olga", True), ("c1", True), ("process_health", True), ("x", False)])
    def test_are_found_by_subscriber_connection_and_stream(
        self, admin: Client, loss: Loss, asked: str, shown: bool
    ) -> None:
        page = admin.get(LOSSES, {"q": asked, "kind__exact": "gap", "instance__exact": "health"}).content.decode()

        assert (f"{LOSSES}{loss.pk}/change/" in page) is shown

    def test_are_shown_and_can_t_be_changed(self, admin: Client, loss: Loss) -> None:
        page = admin.get(f"{LOSSES}{loss.pk}/change/")

        assert page.status_code == 200
        assert '<input type="text"' not in page.content.decode()
        assert admin.post(f"{LOSSES}{loss.pk}/change/", {"principal": "somebody"}).status_code == 403

    def test_can_t_be_made_or_deleted(self, admin: Client, loss: Loss) -> None:
        assert admin.post(f"{LOSSES}add/").status_code == 403
        assert admin.post(f"{LOSSES}{loss.pk}/delete/", {"post": "yes"}).status_code == 403
        assert Loss.objects.exists()

    def test_are_for_staff_with_the_permission(self, client: Client, loss: Loss) -> None:
        clerk = User.objects.create_user("clerk", is_staff=True)
        client.force_login(clerk)
        assert client.get(LOSSES).status_code == 403

        clerk.user_permissions.add(Permission.objects.get(codename="view_loss"))

        assert client.get(LOSSES).status_code == 200


class TestDurablePositionsInTheAdmin:
    def test_are_found_by_name_and_shown(self, admin: Client, durable: DurablePosition) -> None:
        assert f"{DURABLES}{durable.pk}/change/" in admin.get(DURABLES, {"q": "billing"}).content.decode()
        assert "k3f9:41" in admin.get(f"{DURABLES}{durable.pk}/change/").content.decode()

    def test_can_t_be_made_or_changed(self, admin: Client, durable: DurablePosition) -> None:
        assert admin.post(f"{DURABLES}add/").status_code == 403
        assert admin.post(f"{DURABLES}{durable.pk}/change/", {"name": "other"}).status_code == 403

    def test_can_be_deleted(self, admin: Client, durable: DurablePosition) -> None:
        admin.post(f"{DURABLES}{durable.pk}/delete/", {"post": "yes"})

        assert not DurablePosition.objects.exists()
