"""Reading what operators write of a console: each mistake as a sentence that says where and what would be right."""

import json
from collections.abc import Mapping
from typing import Any, Final

from consumers.profiles import Followed
from gaterhub.consoles.layout import COLUMNS, Panel
from gaterhub.consoles.options import BadOption, checked_options
from gaterhub.consoles.panels import KINDS
from instances.catalog import UnknownInstance, find
from instances.topics import BadPattern, Pattern

SUBSCRIPTIONS_MAX: Final = 40
"""A browser's tabs share a connection, which has 128."""
PANELS_MAX: Final = 24
TITLE_MAX_CHARACTERS: Final = 80
_PANEL_KEYS: Final = ("kind", "title", "width", "options")


class BadConsole(ValueError):
    """What an operator wrote can't be a console. Each sentence stands for one mistake."""

    def __init__(self, sentences: list[str]) -> None:
        super().__init__(" ".join(sentences))
        self.sentences = sentences


def subscriptions_from(text: str) -> list[list[str]]:
    """Return what is to be followed: one `instance pattern` on each line. Raises: BadConsole."""
    lines = [(number, line.split()) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    found: list[list[str]] = []
    wrong: list[str] = []
    for number, words in lines:
        try:
            followed = _followed(words)
        except (BadPattern, UnknownInstance) as error:
            wrong.append(f"Line {number}: {error.message}")
        except ValueError as error:
            wrong.append(f"Line {number}: {error}")
        else:
            if list(followed) in found:
                wrong.append(f"Line {number}: {followed.instance} {followed.pattern} is there already.")
            found.append(list(followed))
    if not lines:
        wrong.append("Follow something: one instance and pattern on each line, such as `health subscription_health:*`.")
    if len(lines) > SUBSCRIPTIONS_MAX:
        wrong.append(f"A console follows {SUBSCRIPTIONS_MAX} patterns at most; these are {len(lines)}.")
    if wrong:
        raise BadConsole(wrong)
    return found


def _followed(words: list[str]) -> Followed:
    if len(words) != 2:
        raise ValueError("write an instance and a pattern, such as `health subscription_health:*`.")
    instance, pattern = words
    return Followed(find(instance).name, Pattern(pattern).text)


def subscriptions_text(subscriptions: list[list[str]]) -> str:
    """Return what `subscriptions_from` reads."""
    return "\n".join(" ".join(each) for each in subscriptions)


def panels_from(text: str) -> list[dict[str, Any]]:
    """Return the panels of a JSON array, with all they have. Raises: BadConsole."""
    try:
        said = json.loads(text)
    except json.JSONDecodeError as error:
        raise BadConsole(
            [f"This is no JSON: {error.msg} at line {error.lineno}, column {error.colno}. Write a list of panels."]
        ) from error
    except RecursionError as error:
        raise BadConsole(["This is nested too deeply. Write a list of panels."]) from error
    if not isinstance(said, list) or not 1 <= len(said) <= PANELS_MAX:
        raise BadConsole([f"Write a list of 1 to {PANELS_MAX} panels, such as [{json.dumps(_EXAMPLE)}]."])
    wrong: list[str] = []
    found: list[dict[str, Any]] = []
    for number, each in enumerate(said, 1):
        try:
            found.append(_panel(each))
        except BadOption as error:
            wrong.append(f"Panel {number}: {error}")
    if wrong:
        raise BadConsole(wrong)
    return found


_EXAMPLE: Final = {"kind": "timeline", "title": "Events", "width": 12, "options": {}}


def _panel(said: object) -> dict[str, Any]:
    """Return a panel with every key. Raises: BadOption."""
    if not isinstance(said, dict):
        raise BadOption(f'write an object such as {{"kind": "timeline"}}; this is {said!r:.60}.')
    unknown = sorted(said.keys() - set(_PANEL_KEYS))
    if unknown:
        raise BadOption(f"{unknown[0]!r:.60} is none of {', '.join(_PANEL_KEYS)}.")
    kind = KINDS.get(name) if isinstance(name := said.get("kind"), str) else None
    if kind is None:
        raise BadOption(f"`kind` is one of {', '.join(KINDS)}; this is {said.get('kind')!r:.60}.")
    title = said.get("title", kind.title)
    if not isinstance(title, str) or not 1 <= len(title) <= TITLE_MAX_CHARACTERS or not title.isprintable():
        raise BadOption(f"`title` is a printable text of 1 to {TITLE_MAX_CHARACTERS} characters.")
    width = said.get("width", COLUMNS)
    if type(width) is not int or not 1 <= width <= COLUMNS:
        raise BadOption(f"`width` is a whole number of columns from 1 to {COLUMNS}; this is {width!r:.60}.")
    return {
        "kind": kind.name,
        "title": title,
        "width": width,
        "options": checked_options(kind.options, said.get("options", {})),
    }


def panel_of(kept: Mapping[str, Any]) -> Panel:
    """Return a panel that was checked before; an option that came since has its default, one that went is left."""
    known = {option.name for option in KINDS[kept["kind"]].options}
    options = {name: value for name, value in kept["options"].items() if name in known}
    return Panel(kept["kind"], kept["title"], kept["width"], options)


def panels_text(panels: list[dict[str, Any]]) -> str:
    """Return what `panels_from` reads, one panel on each line; of no panels, one to begin with."""
    lines = [json.dumps(each, ensure_ascii=False) for each in panels or [_EXAMPLE]]
    return "[\n  " + ",\n  ".join(lines) + "\n]"
