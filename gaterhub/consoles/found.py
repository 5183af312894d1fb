"""Finding the console of a name, and what of it a reader may see."""

from collections.abc import Iterator
from dataclasses import dataclass

from consumers.profiles import EVERYTHING, Followed, granted
from gaterhub.consoles.layout import CONSOLES, Console
from gaterhub.consoles.models import OwnConsole
from instances.access.rights import READING, Rights, Verb


@dataclass(frozen=True, slots=True)
class Row:
    """One subscription of a console, as far as it is granted to the reader."""

    followed: Followed
    live: tuple[Followed, ...]
    """What may be followed of it."""
    kept: tuple[Followed, ...]
    """What may be queried of it."""


def find_console(name: str, rights: Rights) -> Console | None:
    """Return the console, if the reader may see anything of it; None where there is none, or none for them."""
    console = CONSOLES.get(name)
    if console is None:
        own = OwnConsole.objects.filter(name=name).first()
        console = own.console if own is not None else None
    return console if console is not None and is_open(console, rights) else None


def consoles_for(rights: Rights) -> Iterator[Console]:
    """Give the consoles of which the reader may see anything, the hub's own first."""
    own = (each.console for each in OwnConsole.objects.order_by("title"))
    return (console for console in (*CONSOLES.values(), *own) if is_open(console, rights))


def is_open(console: Console, rights: Rights) -> bool:
    return any(granted(console.profile.subscriptions, rights, verb) for verb in READING)


def rows_for(console: Console, rights: Rights, *, everything: bool = False) -> list[Row]:
    """Return what the reader's page follows; or, for a story across the hub, everything that they may read."""
    wanted = EVERYTHING if everything else console.profile.subscriptions
    rows = [Row(each, granted([each], rights, Verb.SUBSCRIBE), granted([each], rights, Verb.QUERY)) for each in wanted]
    return [row for row in rows if row.live or row.kept]
