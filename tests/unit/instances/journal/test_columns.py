from typing import Any

import pytest

from instances.journal.columns import LENGTHS, PLACES, Column, Columns, asked, columns_of, person_of
from instances.journal.marked import marked
from instances.journal.models import Entry
from tests.evidence import ADMIN_OPERATION, FAILED_LOGIN, USER_ACTION, Event

NOTHING_PERSONAL: frozenset[tuple[str, str]] = frozenset()


def columns(data: Any, metadata: Any = None, personal: frozenset[tuple[str, str]] = NOTHING_PERSONAL) -> Columns:
    return columns_of("something_done", data, metadata or {}, personal)


def columns_of_event(event: Event) -> Columns:
    instance, body = event
    name = body["event_type"]
    return columns_of(name, body["data"], body["metadata"], marked(instance, name).keys)


class TestColumns:
    def test_are_unknown_where_the_specifications_failed_login_says_nothing(self) -> None:
        found = columns_of_event(FAILED_LOGIN)

        assert (found.outcome, found.origin, found.resource) == ("unknown", "unknown", "unknown")
        assert (found.actor, found.who, found.action) == (None, "suspicious_user", "authentication_failure")

    def test_are_unknown_where_the_specifications_user_action_says_nothing(self) -> None:
        found = columns_of_event(USER_ACTION)

        assert (found.outcome, found.origin) == ("unknown", "unknown")
        assert (found.actor, found.who) == (None, "admin_user")
        assert (found.action, found.resource) == ("delete_subscription", "subscription_123")

    def test_are_filled_from_the_hubs_own_event(self) -> None:
        found = columns_of_event(ADMIN_OPERATION)

        assert (found.action, found.resource, found.outcome) == ("change", "access.user:9", "success")
        assert found.correlation_id == "4bf92f3577b34da6"
        assert found.actor is found.origin is None
        assert found.actor_apart == (("data", "actor"), "user:ada")
        assert found.origin_apart is not None
        assert found.origin_apart.pointer == "/data/ip_address"

    def test_take_a_name_in_the_data_before_the_same_in_the_metadata(self) -> None:
        found = columns({"outcome": "failure"}, {"outcome": "success", "actor": "ada"})

        assert (found.outcome, found.actor) == ("failure", "ada")

    @pytest.mark.parametrize("nothing", ["***REDACTED***", "[redacted]", "[erased]", "", "  ", None, [], {}, True])
    def test_pass_over_what_says_nothing(self, nothing: Any) -> None:
        found = columns({"ip_address": nothing, "actor": nothing, "origin": "web", "user_id": 42})

        assert (found.origin, found.actor) == ("web", "42")

    def test_never_hold_a_personal_value(self) -> None:
        personal = frozenset(("data", name) for name in ("action", "resource", "outcome", "correlation_id", "actor"))

        found = columns(
            {"action": "p", "resource": "p", "target": "till", "outcome": "p", "correlation_id": "p", "actor": "p"},
            personal=personal,
        )

        assert (found.action, found.resource, found.outcome) == ("something_done", "till", "unknown")
        assert found.actor is found.correlation_id is None

    @pytest.mark.parametrize("data", [None, [], "text", 7])
    def test_of_data_that_is_no_object_come_from_the_metadata(self, data: Any) -> None:
        assert columns(data, {"actor": "ada"}).actor == "ada"

    def test_never_look_at_who_published(self) -> None:
        names = {name for places in PLACES.values() for _, name in places}

        assert not {name for name in names if "publisher" in name}

    def test_are_as_long_as_the_models(self) -> None:
        lengths = {field.name: field.max_length for field in Entry._meta.fields}

        assert {name: lengths[name] for name in LENGTHS} == LENGTHS


class TestAsked:
    @pytest.mark.parametrize("column", ["action", "outcome", "correlation_id", "actor", "origin"])
    def test_cuts_what_is_too_long_and_tells_it_from_another(self, column: Column) -> None:
        longest = LENGTHS[column]

        one, other = asked(column, "x" * longest + "1"), asked(column, "x" * longest + "2")

        assert len(one) == len(other) == longest
        assert one != other
        assert asked(column, "x" * longest) == "x" * longest

    @pytest.mark.parametrize(
        ("said", "asked_for"),
        [
            ("::FFFF:203.0.113.7", "203.0.113.7"),
            ("2001:DB8:0::1", "2001:db8::1"),
            ("203.0.113.7", "203.0.113.7"),
            ("web", "web"),
            ("host:8080", "host:8080"),
        ],
    )
    def test_gives_an_address_one_form(self, said: str, asked_for: str) -> None:
        assert asked("origin", said) == asked_for


@pytest.mark.parametrize(
    ("said", "person"),
    [
        ("user:ada", "ada"),
        ("ada", "ada"),
        (" ada ", "ada"),
        ("Ame\u0301lie", "Am\u00e9lie"),
        ("os:ada", "os:ada"),
        ("token:orders", "token:orders"),
        ("user:", "user:"),
        ("Ada", "Ada"),
    ],
)
def test_a_person_is_known_by_the_name_alone(said: str, person: str) -> None:
    assert person_of(said) == person
