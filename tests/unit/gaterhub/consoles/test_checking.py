"""What operators write of a console: read whole, or refused with a sentence for each mistake."""

import json
from typing import Any

import pytest

from gaterhub.consoles.checking import (
    BadConsole,
    panel_of,
    panels_from,
    panels_text,
    subscriptions_from,
    subscriptions_text,
)
from gaterhub.consoles.layout import CONSOLES, Panel
from gaterhub.consoles.panels import KINDS


def wrong(read: Any, text: str) -> list[str]:
    with pytest.raises(BadConsole) as refused:
        read(text)
    return refused.value.sentences


class TestSubscriptions:
    def test_are_an_instance_and_a_pattern_on_each_line(self) -> None:
        text = "health subscription_health:*\n\n :ex_esdb_alerts   system_alerts:critical \n"

        assert subscriptions_from(text) == [["health", "subscription_health:*"], ["alerts", "system_alerts:critical"]]

    def test_read_back_as_they_were_written(self) -> None:
        for console in CONSOLES.values():
            followed = [list(each) for each in console.profile.subscriptions]

            assert subscriptions_from(subscriptions_text(followed)) == followed

    def test_tell_every_mistake_with_its_line(self) -> None:
        told = wrong(subscriptions_from, "health\nhelth *\nhealth sub*:x\nhealth *\nhealth *")

        assert [each.split(":")[0] for each in told] == ["Line 1", "Line 2", "Line 3", "Line 5"]
        assert "write an instance and a pattern" in told[0]
        assert "health" in told[1]
        assert "there already" in told[3]

    @pytest.mark.parametrize("text", ["", "  \n\n"])
    def test_are_needed(self, text: str) -> None:
        assert wrong(subscriptions_from, text)[0].startswith("Follow something")

    def test_are_bounded(self) -> None:
        assert (
            "40 patterns at most; these are 41"
            in wrong(subscriptions_from, "\n".join(f"health process_health:{n}" for n in range(41)))[0]
        )


class TestPanels:
    def test_have_defaults_for_what_is_left_out(self) -> None:
        assert panels_from('[{"kind": "pins"}]') == [
            {"kind": "pins", "title": KINDS["pins"].title, "width": 12, "options": {"limit": 8}}
        ]

    def test_read_back_as_they_were_written(self) -> None:
        for console in CONSOLES.values():
            kept = [
                {"kind": panel.kind, "title": panel.title, "width": panel.width, "options": panel.set}
                for panel in console.panels
            ]

            assert panels_from(panels_text(kept)) == kept

    @pytest.mark.parametrize(
        ("text", "sentence"),
        [
            ("[{", "This is no JSON: Expecting property name enclosed in double quotes at line 1, column 3."),
            ("{}", "Write a list of 1 to 24 panels"),
            ("[]", "Write a list of 1 to 24 panels"),
            ("[" * 5_000, "Write a list of panels."),
            ("[1]", 'Panel 1: write an object such as {"kind": "timeline"}; this is 1.'),
            ('[{"kind": "pie"}]', "Panel 1: `kind` is one of timeline, "),
            ('[{"kind": ["pie"]}]', "Panel 1: `kind` is one of timeline, "),
            ('[{"kind": "top"}, {"kind": "top", "width": 13}]', "Panel 2: `width` is a whole number of columns from 1"),
            ('[{"kind": "top", "width": true}]', "Panel 1: `width` is a whole number"),
            ('[{"kind": "top", "title": ""}]', "Panel 1: `title` is a printable text of 1 to 80 characters."),
            ('[{"kind": "top", "titel": "x"}]', "Panel 1: 'titel' is none of kind, title, width, options."),
            ('[{"kind": "top", "options": {"limit": 0}}]', "Panel 1: `limit` is a whole number from 1 to 50"),
        ],
    )
    def test_say_what_is_wrong_and_what_would_be_right(self, text: str, sentence: str) -> None:
        assert any(sentence in each for each in wrong(panels_from, text))

    def test_are_read_though_options_came_and_went_since(self) -> None:
        kept = {"kind": "pins", "title": "Pinned", "width": 4, "options": {"gone": 1}}

        assert panel_of(kept) == Panel("pins", "Pinned", 4)
        assert panel_of(kept).set == {"limit": 8}


class TestTheHubsOwn:
    @pytest.mark.parametrize("name", CONSOLES)
    def test_could_have_been_written_by_an_operator(self, name: str) -> None:
        written = [
            {"kind": panel.kind, "title": panel.title, "width": panel.width, "options": panel.options}
            for panel in CONSOLES[name].panels
        ]

        assert len(panels_from(json.dumps(written))) == len(CONSOLES[name].panels)
