"""How far a longer piece of work is, in a terminal."""

from typing import Final, TextIO

from app.cli.plain import plain
from app.session.messages import JobReport, ProblemReport

_CLEAR: Final = "\r\x1b[K"


class ProgressLine:
    """Shows progress: on a terminal in one line, else each new step once; and problems."""

    def __init__(self, err: TextIO) -> None:
        self._err = err
        self._line = err.isatty()
        self._last = ""

    def step(self, report: JobReport) -> None:
        """Show a step, unless it is the one that is shown."""
        if report.words == self._last:
            return
        self._last = report.words
        text = plain(f"[{report.done}/{report.total}] {report.words}")
        self._err.write(f"{_CLEAR}{text}" if self._line else text + "\n")
        self._err.flush()

    def problem(self, report: ProblemReport) -> None:
        """Print what went wrong, on a line of its own."""
        self.end()
        print(plain(f"{report.sentence} {report.hint}".strip()), file=self._err)

    def end(self) -> None:
        """Take the line away: something else is printed now."""
        if self._line and self._last:
            self._err.write(_CLEAR)
            self._err.flush()
        self._last = ""
