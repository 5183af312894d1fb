"""Who watches what in one process: people come, go, have several tabs, and are known by what they may open."""

import asyncio
from typing import Final, Literal

import msgspec
import pytest

from consumers.connection import Connection, Origin
from consumers.presence.index import Index
from consumers.presence.people import PEOPLE_MOST, Here, Person
from consumers.writers import Writer
from instances.access.principal import Principal
from instances.access.rights import EVERYTHING, NOTHING, Granted, Rights, Verb
from instances.error_codes import Refusal
from instances.topics import Pattern
from instances.turns import Turns

HEALTH: Final = "instance:health"
SECURITY: Final = "instance:security"


class Mute:
    writable = False

    def write(self, message: object) -> None: ...

    def ponged(self) -> None: ...

    def abort(self) -> None: ...


class Clock:
    def __init__(self) -> None:
        self.ms = 1_000

    def __call__(self) -> int:
        return self.ms


def browser(name: str, id: int, kind: Literal["user", "token"] = "user") -> Connection:
    """Return a connection of somebody."""
    writer: Writer = Mute()
    connection = Connection(writer)
    connection.principal = name
    connection.origin = Origin(Principal(kind, id, name), None, "", 0)
    return connection


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def index(clock: Clock) -> Index:
    return Index(Turns(), clock)


def told(index: Index) -> dict[str, list[Person]]:
    return msgspec.json.decode(asyncio.run(index.tell(b"")), type=Here).views


class TestIndex:
    def test_shows_a_person_once_with_all_tabs_since_the_first(self, index: Index, clock: Clock) -> None:
        index.look(browser("ada", 1), [HEALTH, HEALTH, "overview"], EVERYTHING)
        clock.ms = 2_000

        index.look(browser("ada", 1), [HEALTH], EVERYTHING)

        assert told(index) == {HEALTH: [Person(1, "ada", 1_000, 3)], "overview": [Person(1, "ada", 1_000, 1)]}

    def test_replaces_what_was_said_and_remembers_since_when(self, index: Index, clock: Clock) -> None:
        ada = browser("ada", 1)
        index.look(ada, [HEALTH, "overview"], EVERYTHING)
        clock.ms = 2_000

        index.look(ada, ["instance:metrics", HEALTH, HEALTH], EVERYTHING)

        assert told(index) == {HEALTH: [Person(1, "ada", 1_000, 2)], "instance:metrics": [Person(1, "ada", 2_000, 1)]}

    def test_forgets_who_leaves_and_keeps_nothing_of_them(self, index: Index) -> None:
        ada, again = browser("ada", 1), browser("ada", 1)
        index.look(ada, [HEALTH], EVERYTHING)
        index.look(again, [HEALTH], EVERYTHING)

        index.leave(ada)
        index.leave(ada)
        assert [each.tabs for each in told(index)[HEALTH]] == [1]
        index.look(again, [], EVERYTHING)

        assert told(index) == {}
        assert index._views == {}

    def test_tells_those_who_are_there_for_longest_first_and_no_more_than_anybody_reads(
        self, index: Index, clock: Clock
    ) -> None:
        for id in range(PEOPLE_MOST + 5, 0, -1):
            clock.ms += 1
            index.look(browser(f"person-{id}", id), [HEALTH], EVERYTHING)

        people = told(index)[HEALTH]

        assert len(people) == PEOPLE_MOST
        assert people[0].id == PEOPLE_MOST + 5
        assert people == sorted(people, key=lambda each: each.since_ms)

    def test_shows_no_program_but_knows_what_it_says(self, index: Index) -> None:
        service = browser("orders", 1, kind="token")

        answer = index.look(service, [HEALTH], EVERYTHING)

        assert answer == {"views": [HEALTH]}
        assert told(index) == {}
        assert service.views == (HEALTH,)
        index.leave(service)

    def test_passes_over_what_is_unknown_or_does_not_open(self, index: Index) -> None:
        rights = Rights([Granted(Verb.SUBSCRIBE, "health", Pattern("a:*"))])

        answer = index.look(browser("ada", 1), [SECURITY, HEALTH, "console:soc", "overview"], rights)

        assert answer == {"views": [HEALTH, "overview"], "passed_over": [SECURITY, "console:soc"]}
        assert told(index).keys() == {HEALTH, "overview"}

    def test_takes_off_a_view_that_was_withdrawn(self, index: Index) -> None:
        ada = browser("ada", 1)
        index.look(ada, [SECURITY, "overview"], EVERYTHING)

        index.review(ada, NOTHING)

        assert told(index).keys() == {"overview"}
        assert ada.views == ("overview",)

    @pytest.mark.parametrize(
        ("names", "code", "said"),
        [
            (["health"] * 17, "limit_exceeded", "16 views at most; these are 17"),
            (["Instance:health"], "bad_request", "'Instance:health' is no name of a view"),
            (["instance:"], "bad_request", "such as instance:health"),
            (["a:b:c"], "bad_request", "no name of a view"),
            (["x" * 5_000], "bad_request", "up to 32 of a-z"),
            (["instance:health\n"], "bad_request", "no name of a view"),
        ],
    )
    def test_says_what_is_wrong_and_keeps_what_was_said_before(
        self, index: Index, names: list[str], code: str, said: str
    ) -> None:
        ada = browser("ada", 1)
        index.look(ada, [HEALTH], EVERYTHING)

        with pytest.raises(Refusal, match=said) as caught:
            index.look(ada, names, EVERYTHING)

        assert caught.value.code == code
        assert len(caught.value.message) < 300
        assert told(index).keys() == {HEALTH}
