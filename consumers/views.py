"""What a person can look at, as a table: which instances each view shows, and who may see who watches it."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from consumers.profiles import PROFILES
from instances.access.rights import Rights
from instances.catalog import INSTANCES, NAMES
from instances.error_codes import Refusal

VIEWS_MAX: Final = 16
"""A browser has one socket for all its tabs, and shows few of them at a time."""

_WORD: Final = "[a-z][a-z0-9_-]{0,31}"
_NAME: Final = re.compile(f"{_WORD}(:{_WORD})?")


@dataclass(frozen=True, slots=True)
class View:
    """One page that is watched."""

    name: str
    """A kind, or a kind and a name: "overview", "instance:health"."""
    title: str
    instances: tuple[str, ...]
    """Which it shows."""
    whole: bool = True
    """Whether who watches it is told to those alone who survey all of them, or to whoever surveys any."""
    lets_in: Callable[[Iterable[bool]], bool] = all
    """Whether its page is for those who may do anything with all of them, or with any."""

    def opens_to(self, rights: Rights) -> bool:
        """Tell whether its page lets these rights in: only who can be there counts as being there."""
        return not self.whole or self.lets_in(rights.touches(name) for name in self.instances)

    def tells(self, rights: Rights) -> bool:
        """Tell whether these rights may see who watches it: those to whom the hub gives figures of what it shows."""
        surveyed = (rights.surveys(name) for name in self.instances)
        return all(surveyed) if self.whole else any(surveyed)


VIEWS: Final[dict[str, View]] = {}
"""By their names."""


def register(*views: View) -> None:
    """Add rows to the table, when the module that has them is imported."""
    for view in views:
        if view.name in VIEWS:
            raise RuntimeError(f"The view {view.name} is registered twice.")
        if not _NAME.fullmatch(view.name):
            raise RuntimeError(f"{view.name!r} is no name of a view, such as console:health.")
        if not view.instances or not set(view.instances) <= set(NAMES):
            raise RuntimeError(f"The view {view.name} shows one or more of the ten instances, by their own names.")
        VIEWS[view.name] = view


OVERVIEW: Final = View("overview", "Overview", NAMES, whole=False)
OF_INSTANCE: Final[dict[str, View]] = {
    spec.name: View(f"instance:{spec.name}", spec.title, (spec.name,)) for spec in INSTANCES
}
OF_CONSOLE: Final[dict[str, View]] = {
    # A console shows to each reader what is granted to them; who watches evidence is still nobody else's business.
    profile.name: View(f"console:{profile.name}", profile.title, profile.instances, lets_in=any)
    for profile in PROFILES.values()
}
register(OVERVIEW, *OF_INSTANCE.values(), *OF_CONSOLE.values())


def check_names(names: Sequence[str]) -> None:
    """Make sure that these can be names of views. Raises: Refusal, which says what would be right."""
    if len(names) > VIEWS_MAX:
        raise Refusal(
            "limit_exceeded", f"A connection looks at {VIEWS_MAX} views at most; these are {len(names):,}: name fewer."
        )
    for name in names:
        if not _NAME.fullmatch(name):
            raise Refusal(
                "bad_request",
                f"{name[:80]!r} is no name of a view: a kind, or a kind and a name joined by a colon, each of up to 32 "
                "of a-z 0-9 _ - and beginning with a letter, such as instance:health.",
            )
