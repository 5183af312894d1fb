"""Which subscribers' patterns match a topic: in time that hardly grows with the number of patterns."""

from collections.abc import Callable, Hashable
from typing import Final, Generic, TypeVar

from instances.topics import SEPARATOR, WILDCARD, Pattern

S = TypeVar("S", bound=Hashable)
T = TypeVar("T")

CACHED_TOPICS_MAX: Final = 20_000
"""Looked up again without a walk; beyond, the cache begins anew."""


class _Node(Generic[S]):
    """A place after some segments. Subscribers are counted, because one may hold a pattern twice."""

    __slots__ = ("children", "ending", "rest", "star")

    def __init__(self) -> None:
        self.children: dict[str, _Node[S]] = {}
        self.star: _Node[S] | None = None
        self.ending: dict[S, int] = {}
        """Whose pattern ends here."""
        self.rest: dict[S, int] = {}
        """Whose pattern ends with a star after here: one more segment or any number."""

    @property
    def empty(self) -> bool:
        return not (self.children or self.star or self.ending or self.rest)


class Trie(Generic[S]):
    """Patterns by their segments."""

    def __init__(self) -> None:
        self._root: _Node[S] = _Node()

    def add(self, pattern: Pattern, subscriber: S) -> None:
        node = self._root
        *before, last = pattern.segments
        for segment in before:
            node = self._step(node, segment)
        if last == WILDCARD:
            held = node.rest
        else:
            held = self._step(node, last).ending
        held[subscriber] = held.get(subscriber, 0) + 1

    def remove(self, pattern: Pattern, subscriber: S) -> None:
        """Take back one `add`. Raises: KeyError where there was none."""
        node = self._root
        path: list[tuple[_Node[S], str]] = []
        *before, last = pattern.segments
        for segment in before if last == WILDCARD else pattern.segments:
            path.append((node, segment))
            following = node.star if segment == WILDCARD else node.children.get(segment)
            if following is None:
                raise KeyError(pattern.text)
            node = following
        held = node.rest if last == WILDCARD else node.ending
        if held[subscriber] == 1:
            del held[subscriber]
        else:
            held[subscriber] -= 1
        for parent, segment in reversed(path):
            child = parent.star if segment == WILDCARD else parent.children[segment]
            if child is None or not child.empty:
                return
            if segment == WILDCARD:
                parent.star = None
            else:
                del parent.children[segment]

    def match(self, topic: str) -> tuple[S, ...]:
        """Return the subscribers whose patterns match, each once."""
        found: dict[S, int] = {}
        nodes = [self._root]
        for segment in topic.split(SEPARATOR):
            following = []
            for node in nodes:
                if node.rest:
                    found.update(node.rest)
                child = node.children.get(segment)
                if child is not None:
                    following.append(child)
                if node.star is not None:
                    following.append(node.star)
            if not following:
                return tuple(found)
            nodes = following
        for node in nodes:
            if node.ending:
                found.update(node.ending)
        return tuple(found)

    @staticmethod
    def _step(node: _Node[S], segment: str) -> _Node[S]:
        if segment == WILDCARD:
            if node.star is None:
                node.star = _Node()
            return node.star
        child = node.children.get(segment)
        if child is None:
            child = node.children[segment] = _Node()
        return child


class Matcher(Generic[S, T]):
    """A trie that remembers what it found for a topic until a pattern comes or goes.

    `arrange` makes of the subscribers found what `match` returns; it is asked once for each set of them.
    """

    def __init__(self, arrange: Callable[[tuple[S, ...]], T]) -> None:
        self._trie: Trie[S] = Trie()
        self._arrange = arrange
        self._found: dict[str, T] = {}
        self._alike: dict[tuple[S, ...], T] = {}

    def add(self, pattern: Pattern, subscriber: S) -> None:
        self._trie.add(pattern, subscriber)
        self._forget()

    def remove(self, pattern: Pattern, subscriber: S) -> None:
        self._trie.remove(pattern, subscriber)
        self._forget()

    def match(self, topic: str) -> T:
        """Return the subscribers whose patterns match, arranged; topics with the same ones get the very same object."""
        try:
            return self._found[topic]
        except KeyError:
            pass
        if len(self._found) >= CACHED_TOPICS_MAX:
            self._forget()
        matched = self._trie.match(topic)
        arranged = self._alike.get(matched)
        if arranged is None:
            arranged = self._alike[matched] = self._arrange(matched)
        self._found[topic] = arranged
        return arranged

    def _forget(self) -> None:
        self._found.clear()
        self._alike.clear()
