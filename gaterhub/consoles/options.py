"""What may be set on a panel: one value each, with bounds that say what would be right."""

from dataclasses import dataclass
from typing import Any, Final

TEXT_MAX_CHARACTERS: Final = 200
TEXTS_MAX: Final = 50


class BadOption(ValueError):
    """A value that an option can't have; the message says what it can."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextOption:
    """A text, one of `choices` where there are any."""

    name: str
    help: str
    default: str = ""
    choices: tuple[str, ...] = ()

    def checked(self, value: object) -> str:
        """Return the value. Raises: BadOption."""
        if self.choices and value not in self.choices:
            raise BadOption(f"`{self.name}` is one of {', '.join(self.choices)}; this is {value!r:.60}.")
        if not isinstance(value, str) or len(value) > TEXT_MAX_CHARACTERS or not value.isprintable():
            raise BadOption(f"`{self.name}` is a printable text of up to {TEXT_MAX_CHARACTERS} characters.")
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberOption:
    """A whole number, or any, within bounds."""

    name: str
    help: str
    default: float
    least: float
    most: float
    whole: bool = True

    def checked(self, value: object) -> float:
        """Return the value. Raises: BadOption."""
        kind = "a whole number" if self.whole else "a number"
        allowed = (int,) if self.whole else (int, float)
        if type(value) not in allowed or not isinstance(value, int | float) or not self.least <= value <= self.most:
            raise BadOption(f"`{self.name}` is {kind} from {self.least:g} to {self.most:g}; this is {value!r:.60}.")
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class FlagOption:
    """Yes or no."""

    name: str
    help: str
    default: bool = False

    def checked(self, value: object) -> bool:
        """Return the value. Raises: BadOption."""
        if not isinstance(value, bool):
            raise BadOption(f"`{self.name}` is true or false; this is {value!r:.60}.")
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class TextsOption:
    """A list of texts."""

    name: str
    help: str
    default: tuple[str, ...] = ()

    def checked(self, value: object) -> list[str]:
        """Return the values. Raises: BadOption."""
        if not isinstance(value, list | tuple) or len(value) > TEXTS_MAX:
            raise BadOption(f"`{self.name}` is a list of up to {TEXTS_MAX} texts; this is {value!r:.60}.")
        for each in value:
            if not isinstance(each, str) or not 1 <= len(each) <= TEXT_MAX_CHARACTERS or not each.isprintable():
                raise BadOption(
                    f"`{self.name}` lists printable texts of 1 to {TEXT_MAX_CHARACTERS} characters; not {each!r:.60}."
                )
        return list(value)


Option = TextOption | NumberOption | FlagOption | TextsOption


def checked_options(options: tuple[Option, ...], said: object) -> dict[str, Any]:
    """Return the value of every option, its default where none is said. Raises: BadOption."""
    if not isinstance(said, dict):
        raise BadOption(f"`options` is an object of names and values; this is {said!r:.60}.")
    known = {option.name: option for option in options}
    for name in said:
        if name not in known:
            has = f"it has {', '.join(known)}" if known else "it has none"
            raise BadOption(f"{name!r:.60} is no option of this kind of panel; {has}.")
    return {
        name: option.checked(said[name]) if name in said else option.checked(option.default)
        for name, option in known.items()
    }
