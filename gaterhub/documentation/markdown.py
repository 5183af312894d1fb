"""The few pieces of Markdown that pages are made of."""

from collections.abc import Iterable, Sequence


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return the lines of a table."""
    return [_row(heads), "|" + "---|" * len(heads), *(_row([in_cell(cell) for cell in row]) for row in rows)]


def in_cell(text: str) -> str:
    """Return text that no reader of a table takes for its borders."""
    return " ".join(text.split()).replace("|", "\\|")


def fenced(language: str, text: str) -> list[str]:
    """Return the lines of a block of code, with a blank line after it."""
    return [f"```{language}", *text.splitlines(), "```", ""]


def code(text: object) -> str:
    """Return it as code within a sentence."""
    return f"`{text}`"


def _row(cells: Sequence[str]) -> str:
    # An empty cell has one space, not two.
    return "|" + "|".join(f" {cell} " if cell else " " for cell in cells) + "|"
