"""``vivavoce replay``: a recorded session again, at its own timing, without any network."""

import argparse
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TextIO

import msgspec

from app.cli.plain import json_line, plain
from app.core.errors import ConfigError
from app.core.turn_words import ended_words
from app.session.messages import (
    EngineReport,
    MarkReport,
    OutputChoice,
    OutputKind,
    ProblemReport,
    ReplayReport,
    Solo,
    SpanReport,
    Speaker,
    SteerReplay,
    TranscriptReport,
    TurnReport,
)
from app.session.replay_clock import FASTEST, SLOWEST

DEFAULT_DEVICE: Final = "default"
_SIXTY: Final = 60
_PARTS: Final = 2
"""Hours and minutes."""
_TOLD: Final = {
    TranscriptReport: "transcript",
    MarkReport: "mark",
    SpanReport: "span",
    TurnReport: "turn",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayOptions:
    """What ``replay`` was asked for.

    Attributes:
        session: A folder, an id or "latest".
        out: The folder of sessions, or None for the user's own.
        json: Only JSON on standard output, one object a line.
    """

    session: str
    out: str | None
    output: OutputChoice
    steer: SteerReplay
    json: bool


def _seconds(text: str) -> float:
    """Return the seconds of ``90``, ``1:30`` or ``0:01:30``.

    Raises:
        ValueError: If it is no number, or its parts are none.
    """
    *larger, last = text.split(":")
    if len(larger) > _PARTS or not all(part.isdecimal() for part in larger):
        raise ValueError(text)
    whole = 0
    for part in larger:
        whole = (whole + int(part)) * _SIXTY
    return whole + float(last)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command's options."""
    parser.add_argument("session", metavar="SESSION", help="a folder, an id or latest")
    parser.add_argument(
        "--speed",
        type=float,
        default=1.0,
        metavar="X",
        help=f"{SLOWEST:g} to {FASTEST:g}; faster than 2 is silent (default: 1)",
    )
    parser.add_argument(
        "--from",
        type=_seconds,
        default=0.0,
        dest="start",
        metavar="TIME",
        help="begin so long after the session's start: seconds, M:SS or H:MM:SS",
    )
    parser.add_argument(
        "--solo",
        choices=[solo.value for solo in Solo],
        default=Solo.BOTH.value,
        help="which side sounds (default: both)",
    )
    parser.add_argument(
        "--output",
        "--speaker",
        nargs="?",
        const=DEFAULT_DEVICE,
        metavar="NAME",
        help="let it be heard, by a loudspeaker of `vivavoce devices`",
    )
    parser.add_argument("--out", metavar="DIR", help="the folder of recorded sessions")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")


def parse(arguments: argparse.Namespace) -> ReplayOptions:
    """Return the options.

    Raises:
        ConfigError: If one is outside of what is possible.
    """
    if not SLOWEST <= arguments.speed <= FASTEST:
        raise ConfigError(
            f"A replay runs at {SLOWEST:g} to {FASTEST:g} times its own speed.",
            hint="Give another --speed.",
        )
    if not math.isfinite(arguments.start) or arguments.start < 0:
        raise ConfigError("--from is no time in a session.", hint="Give seconds, from 0 on.")
    return ReplayOptions(
        session=arguments.session,
        out=arguments.out,
        output=_output(arguments.output),
        steer=SteerReplay(
            seek_ms=arguments.start * 1e3,
            speed=arguments.speed,
            solo=Solo(arguments.solo),
            playing=True,
        ),
        json=arguments.json,
    )


def _output(name: str | None) -> OutputChoice:
    if name is None:
        return OutputChoice(kind=OutputKind.NULL)
    return OutputChoice(kind=OutputKind.DEVICE, device=None if name == DEFAULT_DEVICE else name)


class ReplayPrinter:
    """Prints a replay as it goes. Standard output holds what was said, standard error the rest.

    Args:
        out: Standard output.
        err: Standard error.
        over: Is called once, when it has come to its end or cannot go on.
        as_json: Each transcript, mark, span and turn as a JSON line, in session time.

    Attributes:
        failed: It could not be shown.
    """

    def __init__(
        self, out: TextIO, err: TextIO, over: Callable[[], None], *, as_json: bool
    ) -> None:
        self._out = out
        self._err = err
        self._over = over
        self._as_json = as_json
        self._shown: set[str] = set()
        self._played = False
        self.failed = False

    def take(self, report: EngineReport) -> None:
        """Print what ``report`` says, if it is worth a line."""
        match report:
            case ReplayReport():
                self._follow(report)
            case ProblemReport():
                self._note(f"{report.sentence} {report.hint}".strip())
            case TranscriptReport() | MarkReport() | SpanReport() | TurnReport():
                self._tell(report)
            case _:
                pass

    def _follow(self, report: ReplayReport) -> None:
        for sentence in report.odd:
            self._note(f"Note: {sentence}.")
        if not report.folder:
            self.failed = True
            self._over()
        elif self._played and not report.playing:
            self._over()
        self._played = self._played or report.playing

    def _tell(self, report: TranscriptReport | MarkReport | SpanReport | TurnReport) -> None:
        if self._as_json:
            fields: dict[str, Any] = msgspec.to_builtins(report)
            self._print(json_line({"type": _TOLD[type(report)], **fields}))
        elif isinstance(report, TranscriptReport):
            self._words(report)
        elif isinstance(report, TurnReport):
            self._turn(report)

    def _words(self, report: TranscriptReport) -> None:
        if not report.final or report.entry_id in self._shown:
            return
        self._shown.add(report.entry_id)
        who = "You  " if report.speaker is Speaker.USER else "Model"
        self._print(f"{clock_words(report.at_ms)}  {who}  {plain(report.text)}")

    def _turn(self, report: TurnReport) -> None:
        turn = report.record
        told = "" if turn.v2v_ms is None else f"voice to voice {turn.v2v_ms:.0f} ms"
        ended = plain(ended_words(turn))
        status = f"[{ended}]" if ended else ""
        words = "  ".join(part for part in (told, status) if part)
        if words:
            self._print(f"{'':17}{words}")

    def _print(self, line: str) -> None:
        print(line, file=self._out, flush=True)

    def _note(self, text: str) -> None:
        print(plain(text), file=self._err, flush=True)


def clock_words(at_ms: float) -> str:
    """Return a session time as ``m:ss.s``, or ``h:mm:ss.s`` from an hour on."""
    tenths = round(at_ms / 100)
    minutes, rest = divmod(max(tenths, 0), 600)
    hours, minutes = divmod(minutes, 60)
    seconds = f"{rest // 10:02}.{rest % 10}"
    return f"{hours}:{minutes:02}:{seconds}" if hours else f"{minutes:>2}:{seconds}"
