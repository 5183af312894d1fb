"""How far a long command is: a bar on a terminal, a line now and then elsewhere."""

import time
from collections.abc import Callable
from typing import Final, TextIO

BAR_COLUMNS: Final = 30
REDRAW_SECONDS: Final = 0.2
LINE_SECONDS: Final = 10.0
"""Between lines where there is no terminal, such as in a log."""


class ProgressBar:
    """Tells how many of a known number of things are done, and how fast."""

    def __init__(self, out: TextIO, noun: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._out = out
        self._noun = noun
        self._clock = clock
        self._on_terminal = out.isatty()
        self._label = ""
        self._began = self._told = 0.0
        self._first = 0
        self._width = 0

    def show(self, label: str, done: int, whole: int) -> None:
        """Tell that so many are done, unless something was told a moment ago; the last is always told."""
        now = self._clock()
        if label != self._label:
            self.end()
            self._label, self._began, self._first = label, now, done
            self._told = float("-inf")
        if done < whole and now - self._told < (REDRAW_SECONDS if self._on_terminal else LINE_SECONDS):
            return
        self._told = now
        text = self._text(done, whole, now - self._began)
        if self._on_terminal:
            self._out.write("\r" + text.ljust(self._width))
            self._width = len(text)
        else:
            self._out.write(text + "\n")
        self._out.flush()

    def end(self) -> None:
        """Leave the bar's line as it is, for what is written next."""
        if self._width:
            self._out.write("\n")
            self._out.flush()
            self._width = 0

    def _text(self, done: int, whole: int, seconds: float) -> str:
        share = done / whole if whole else 1.0
        rate = (done - self._first) / seconds if seconds > 0 else 0.0
        rest = f", {(whole - done) / rate:,.0f} s left" if rate and done < whole else ""
        filled = int(share * BAR_COLUMNS)
        bar = f" [{'#' * filled}{'-' * (BAR_COLUMNS - filled)}]" if self._on_terminal else ""
        return f"{self._label}{bar} {share:4.0%}  {done:,} of {whole:,} {self._noun}, {rate:,.0f}/s{rest}"
