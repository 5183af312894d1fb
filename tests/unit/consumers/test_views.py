"""Which views there are, whom they let in, and to whom it is told who watches them."""

import pytest

from consumers import views
from consumers.views import OF_INSTANCE, OVERVIEW, VIEWS, View, register
from instances.access.rights import EVERYTHING, NOTHING, Granted, Rights, Verb
from instances.catalog import NAMES
from instances.topics import Pattern

PART = Rights([Granted(Verb.SUBSCRIBE, "security", Pattern("security_events:*"))])
WHOLE = Rights([Granted(Verb.QUERY, "security", Pattern("*"))])
SOC = View("console:soc", "SOC", ("security", "alerts"))


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the table back as it was."""
    monkeypatch.setattr(views, "VIEWS", dict(VIEWS))


class TestViews:
    def test_are_the_overview_and_the_ten(self) -> None:
        assert list(VIEWS) == ["overview", *(f"instance:{name}" for name in NAMES)]

    def test_tell_who_watches_an_instance_to_those_who_survey_it(self) -> None:
        view = OF_INSTANCE["security"]

        assert [view.tells(rights) for rights in (NOTHING, PART, WHOLE, EVERYTHING)] == [False, False, True, True]
        assert [view.opens_to(rights) for rights in (NOTHING, PART, WHOLE)] == [False, True, True]

    def test_tell_who_watches_a_console_to_those_who_survey_all_that_it_shows(self) -> None:
        both = Rights([Granted(Verb.QUERY, name, Pattern("*")) for name in SOC.instances])

        assert [SOC.tells(rights) for rights in (WHOLE, both)] == [False, True]
        assert [SOC.opens_to(rights) for rights in (WHOLE, both)] == [False, True]

    def test_tell_who_is_on_the_overview_to_those_for_whom_it_has_figures(self) -> None:
        assert [OVERVIEW.tells(rights) for rights in (NOTHING, PART, WHOLE)] == [False, False, True]
        assert OVERVIEW.opens_to(NOTHING)

    @pytest.mark.usefixtures("table")
    def test_are_joined_by_a_console(self) -> None:
        register(SOC)

        assert views.VIEWS["console:soc"] is SOC

    @pytest.mark.usefixtures("table")
    @pytest.mark.parametrize(
        ("view", "said"),
        [
            (View("overview", "Another", NAMES), "registered twice"),
            (View("Console: SOC", "SOC", NAMES), "no name of a view"),
            (View("console:soc", "SOC", ()), "one or more"),
            (View("console:soc", "SOC", ("ex_esdb_security",)), "by their own names"),
        ],
    )
    def test_are_refused_as_they_are_made_where_a_row_is_wrong(self, view: View, said: str) -> None:
        with pytest.raises(RuntimeError, match=said):
            register(view)
