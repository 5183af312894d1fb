"""Cells of CSV that no spreadsheet takes for a formula (OWASP, CSV injection)."""

import re
import unicodedata
from typing import Final

# After what a spreadsheet may take for a separator another cell begins. Full-width and small forms are taken for the
# plain signs by some, and so is what stands behind spaces or signs without a width.
_STARTERS: Final = frozenset("=+-@")
_SEPARATORS: Final = re.compile(r"([;\t\r\n]+)")
_UNSEEN: Final = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})
GUARD: Final = "'"
"""Set before what would be a formula: spreadsheets then take the cell for text."""


def guarded(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula, also where it splits at semicolons or tabs."""
    parts = _SEPARATORS.split(text)
    return "".join(GUARD + part if not at % 2 and _starts_a_formula(part) else part for at, part in enumerate(parts))


def _starts_a_formula(text: str) -> bool:
    for character in text:
        # A quote that is doubled in the file is none any more where it is split between.
        if character == '"' or unicodedata.category(character) in _UNSEEN:
            continue
        plain = unicodedata.normalize("NFKC", character).lstrip()
        return plain[:1] in _STARTERS or character in "\u2212\ufe63"
    return False
