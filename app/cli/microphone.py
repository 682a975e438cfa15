"""``vivavoce microphone``: listen to a microphone, say what is wrong with it, play it back."""

import argparse
from dataclasses import asdict
from typing import Final, TextIO

from app.cli.plain import json_line, plain
from app.core.errors import ConfigError
from app.session.messages import (
    EngineReport,
    InputChoice,
    InputKind,
    JobReport,
    MicReport,
    OutputChoice,
    OutputKind,
    StartMicTest,
)

SHORTEST_S: Final = 1.0
LONGEST_S: Final = 30.0
_UNKNOWN: Final = "\N{EN DASH}"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command's options."""
    parser.add_argument(
        "--input", metavar="NAME", help="the microphone, or a part of its name (default: yours)"
    )
    parser.add_argument(
        "--seconds",
        type=float,
        default=StartMicTest(input=InputChoice(kind=InputKind.DEVICE)).seconds,
        metavar="S",
        help="how long to listen (default: %(default)s)",
    )
    parser.add_argument("--play-back", action="store_true", help="play what was heard")
    parser.add_argument(
        "--output", metavar="NAME", help="the loudspeaker of --play-back (default: yours)"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object")


def request_of(arguments: argparse.Namespace) -> StartMicTest:
    """Return what is asked for.

    Raises:
        ConfigError: If the time cannot work.
    """
    if not SHORTEST_S <= arguments.seconds <= LONGEST_S:
        raise ConfigError(f"--seconds must be between {SHORTEST_S:g} and {LONGEST_S:g}.")
    output = OutputChoice(kind=OutputKind.DEVICE, device=arguments.output)
    return StartMicTest(
        input=InputChoice(kind=InputKind.DEVICE, device=arguments.input),
        play_back=output if arguments.play_back else None,
        seconds=arguments.seconds,
    )


class MicPrinter:
    """Prints what to do, then what was found."""

    def __init__(self, out: TextIO, progress: TextIO, *, as_json: bool) -> None:
        self._out = out
        self._progress = progress
        self._as_json = as_json
        self._said = ""

    def take(self, report: EngineReport) -> None:
        """Print a report of the test."""
        match report:
            case JobReport(words=words) if words and words != self._said:
                self._said = words
                print(words, file=self._progress, flush=True)
            case MicReport():
                self._found(report)
            case _:
                pass

    def _found(self, report: MicReport) -> None:
        if self._as_json:
            print(json_line(asdict(report)), file=self._out, flush=True)
            return
        for finding in report.findings:
            measured = f" ({finding.measured})" if finding.measured else ""
            print(plain(f"{finding.sentence}{measured}"), file=self._out)
        if not report.findings:
            print("Nothing is wrong with the microphone.", file=self._out)
        if report.examined_s:
            print(_figures(report), file=self._out, flush=True)


def _figures(report: MicReport) -> str:
    figures = (
        ("speech", report.level_dbfs, "dBFS", 1.0),
        ("noise", report.noise_dbfs, "dBFS", 1.0),
        ("peak", report.peak_dbfs, "dBFS", 1.0),
        ("bandwidth", report.bandwidth_hz, "kHz", 1e-3),
        ("rate", report.rate_hz, "kHz", 1e-3),
    )
    return ", ".join(
        f"{name} {_UNKNOWN if value is None else format(value * scale, '.1f')} {unit}"
        for name, value, unit, scale in figures
    )
