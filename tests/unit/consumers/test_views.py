"""Which views there are, whom they let in, and to whom it is told who watches them."""

import pytest

from consumers import views
from consumers.profiles import PROFILES
from consumers.views import OF_INSTANCE, OVERVIEW, VIEWS, View, register
from instances.access.rights import EVERYTHING, NOTHING, Granted, Rights, Verb
from instances.catalog import NAMES
from instances.topics import Pattern

PART = Rights([Granted(Verb.SUBSCRIBE, "security", Pattern("security_events:*"))])
WHOLE = Rights([Granted(Verb.QUERY, "security", Pattern("*"))])
DESK = View("console:desk", "Desk", ("security", "alerts"))
CONSOLE = View("console:night", "Night", ("security", "alerts"), lets_in=any)


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the table back as it was."""
    monkeypatch.setattr(views, "VIEWS", dict(VIEWS))


class TestViews:
    def test_are_the_overview_the_ten_and_the_consoles(self) -> None:
        consoles = [f"console:{name}" for name in PROFILES]

        assert list(VIEWS) == ["overview", *(f"instance:{name}" for name in NAMES), *consoles]

    def test_tell_who_watches_an_instance_to_those_who_survey_it(self) -> None:
        view = OF_INSTANCE["security"]

        assert [view.tells(rights) for rights in (NOTHING, PART, WHOLE, EVERYTHING)] == [False, False, True, True]
        assert [view.opens_to(rights) for rights in (NOTHING, PART, WHOLE)] == [False, True, True]

    def test_tell_who_watches_a_console_to_those_who_survey_all_that_it_shows(self) -> None:
        both = Rights([Granted(Verb.QUERY, name, Pattern("*")) for name in DESK.instances])

        assert [DESK.tells(rights) for rights in (WHOLE, both)] == [False, True]
        assert [DESK.opens_to(rights) for rights in (WHOLE, both)] == [False, True]

    def test_of_a_console_open_to_those_who_see_a_part_and_tell_those_alone_who_survey_it_all(self) -> None:
        for view in (CONSOLE, VIEWS["console:incident"]):
            assert [view.opens_to(rights) for rights in (NOTHING, PART, WHOLE)] == [False, True, True]
        assert [CONSOLE.tells(rights) for rights in (PART, WHOLE, EVERYTHING)] == [False, False, True]

    def test_tell_who_is_on_the_overview_to_those_for_whom_it_has_figures(self) -> None:
        assert [OVERVIEW.tells(rights) for rights in (NOTHING, PART, WHOLE)] == [False, False, True]
        assert OVERVIEW.opens_to(NOTHING)

    @pytest.mark.usefixtures("table")
    def test_are_joined_by_a_console(self) -> None:
        register(DESK)

        assert views.VIEWS["console:desk"] is DESK

    @pytest.mark.usefixtures("table")
    @pytest.mark.parametrize(
        ("view", "said"),
        [
            (View("overview", "Another", NAMES), "registered twice"),
            (View("Console: SOC", "SOC", NAMES), "no name of a view"),
            (View("console:desk", "Desk", ()), "one or more"),
            (View("console:desk", "Desk", ("ex_esdb_security",)), "by their own names"),
        ],
    )
    def test_are_refused_as_they_are_made_where_a_row_is_wrong(self, view: View, said: str) -> None:
        with pytest.raises(RuntimeError, match=said):
            register(view)
