"""A progress bar for commands that take their time, on a terminal alone."""

from typing import Final, TextIO

_WIDTH: Final = 40


class ProgressBar:
    """Draws over its own line; where nobody watches, as in a log, it writes nothing."""

    def __init__(self, what: str, out: TextIO) -> None:
        self._what = what
        self._out = out
        self._watched = out.isatty()
        self._drawn = ""

    def tell(self, done: int, total: int) -> None:
        """Show how many are done, and of how many."""
        if not self._watched:
            return
        share = done / total if total else 1.0
        filled = round(_WIDTH * share)
        drawn = f"{self._what} [{'#' * filled}{'.' * (_WIDTH - filled)}] {int(100 * share):3d}% {done:,} of {total:,}"
        if drawn != self._drawn:
            self._out.write(f"\r{drawn}")
            self._out.flush()
            self._drawn = drawn

    def close(self) -> None:
        """Leave the line to what is written next."""
        if self._drawn:
            self._out.write("\n")
