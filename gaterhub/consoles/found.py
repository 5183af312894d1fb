"""Finding the console of a name, and what of it a reader may see."""

from collections.abc import Iterator
from dataclasses import dataclass

from consumers.profiles import EVERYTHING, Followed, granted
from gaterhub.consoles.layout import CONSOLES, Console
from gaterhub.consoles.models import OwnConsole
from instances.access.rights import READING, Rights, Verb
from instances.catalog import find
from instances.spec import InstanceSpec
from instances.topics import WILDCARD, Pattern


@dataclass(frozen=True, slots=True)
class Row:
    """What a console follows of one instance, as far as it is granted to the reader."""

    instance: str
    wanted: tuple[str, ...]
    """The console's patterns."""
    live: tuple[str, ...]
    """What may be followed of them."""
    kept: tuple[str, ...]
    """What is queried for them."""


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
    instances = dict.fromkeys(each.instance for each in wanted)
    rows = [_row(find(name), [each for each in wanted if each.instance == name], rights) for name in instances]
    return [row for row in rows if row.live or row.kept]


def not_shown(console: Console, rights: Rights) -> list[Followed]:
    """Return what of a console the reader may neither follow nor query any of."""
    return [
        each for each in console.profile.subscriptions if not any(granted([each], rights, verb) for verb in READING)
    ]


def _row(spec: InstanceSpec, wanted: list[Followed], rights: Rights) -> Row:
    live, kept = (
        tuple(each.pattern for each in granted(wanted, rights, verb)) for verb in (Verb.SUBSCRIBE, Verb.QUERY)
    )
    # Each query of evidence is on record: one for all patterns says as much, and leaves the trail readable.
    if spec.delivery.sealed and len(kept) > 1 and rights.covers(Verb.QUERY, spec.name, Pattern(WILDCARD)):
        kept = (WILDCARD,)
    return Row(spec.name, tuple(each.pattern for each in wanted), live, kept)
