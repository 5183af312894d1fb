"""Who watches what in this process: kept as clients say it, so that asking doesn't go through all connections."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

import msgspec
from msgspec import Raw

from consumers.connection import Connection
from consumers.presence.gathering import Gathering
from consumers.presence.people import PEOPLE_MOST, Person, by_arrival
from consumers.views import VIEWS, check_names
from instances.access.rights import Rights
from instances.event import now_ms
from instances.turns import Turns

_write: Final = msgspec.json.Encoder().encode


class Look(NamedTuple):
    """One connection's at one view."""

    since_ms: int
    tabs: int


class Index:
    """One of each hub, on its loop."""

    def __init__(self, turns: Turns, clock: Callable[[], int] = now_ms) -> None:
        self.gathering = Gathering()
        """What all processes said together."""
        self._turns = turns
        self._clock = clock
        self._views: dict[str, dict[int, dict[Connection, Look]]] = {}
        """Of each view that somebody watches, each account's connections."""
        self._said: dict[str, Raw] = {}
        """Of each view, what is answered to the others, until something changes there."""

    def look(self, connection: Connection, names: Sequence[str], rights: Rights) -> dict[str, Any]:
        """Have a connection watch these views instead of those before, and return what it is told. Raises: Refusal.

        A name that stands there twice is open in two tabs. What isn't in the table, or doesn't open to these rights, is
        passed over: one tab's page must not keep those of the others from being counted.
        """
        check_names(names)
        counted = [name for name in names if (view := VIEWS.get(name)) is not None and view.opens_to(rights)]
        self._put(connection, counted)
        passed_over = [name for name in names if name not in counted]
        return {"views": counted, **({"passed_over": passed_over} if passed_over else {})}

    def review(self, connection: Connection, rights: Rights) -> None:
        """Have a connection whose rights have changed watch only what still opens to it."""
        if connection.views:
            self.look(connection, connection.views, rights)

    def leave(self, connection: Connection) -> None:
        """Forget a connection; a second time changes nothing."""
        self._put(connection, ())

    async def tell(self, body: bytes) -> bytes:
        """Answer the question of another process, or of this one: everybody who is here."""
        said: dict[str, Raw] = {}
        for name in list(self._views):
            if name not in self._said:
                await self._turns.take()
            # Whoever was there may have left while others had their turn.
            if name in self._views:
                said[name] = self._said_of(name)
        return _write({"views": said})

    def _said_of(self, name: str) -> Raw:
        known = self._said.get(name)
        if known is None:
            known = self._said[name] = Raw(_write(_people(self._views[name])))
        return known

    def _put(self, connection: Connection, names: Sequence[str]) -> None:
        before, connection.views = set(connection.views), tuple(names)
        origin = connection.origin
        # Programs say what they look at for the inspector alone: presence is of people.
        if origin is None or origin.principal.kind != "user":
            return
        tabs, now, account = Counter(names), self._clock(), origin.principal.id
        for name in before - tabs.keys():
            accounts = self._views[name]
            del accounts[account][connection]
            if not accounts[account]:
                del accounts[account]
            if not accounts:
                del self._views[name]
        for name, count in tabs.items():
            looks = self._views.setdefault(name, {}).setdefault(account, {})
            looks[connection] = Look(looks[connection].since_ms if connection in looks else now, count)
        for name in before | tabs.keys():
            self._said.pop(name, None)


def _people(accounts: dict[int, dict[Connection, Look]]) -> list[Person]:
    people = [
        Person(
            id,
            next(iter(looks)).principal,
            min(look.since_ms for look in looks.values()),
            sum(look.tabs for look in looks.values()),
        )
        for id, looks in accounts.items()
    ]
    return sorted(people, key=by_arrival)[:PEOPLE_MOST]
