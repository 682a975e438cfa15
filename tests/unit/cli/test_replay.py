"""``vivavoce replay``: its options, and what it prints."""

import argparse
import io
import json

import pytest

from app.cli.replay import ReplayPrinter, add_arguments, clock_words, parse
from app.cli.rerun_options import add_rerun_options, rerun_of
from app.core.errors import ConfigError
from app.session.messages import (
    HealthReport,
    InputKind,
    MarkKind,
    MarkReport,
    OutputKind,
    ProblemReport,
    ReplayReport,
    RerunTiming,
    Solo,
    Speaker,
    TranscriptReport,
    TurnReport,
)
from tests.support.scores import turn_of


def asked(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return parser.parse_args(["latest", *words])


def test_without_options_it_runs_from_the_start_in_silence() -> None:
    options = parse(asked())

    assert options.session == "latest"
    assert options.output.kind is OutputKind.NULL
    assert (options.steer.seek_ms, options.steer.speed, options.steer.solo) == (0, 1, Solo.BOTH)
    assert options.steer.playing


def test_with_options() -> None:
    options = parse(
        asked("--speed", "2", "--from", "61.5", "--solo", "agent", "--output", "Jabra", "--json")
    )

    assert (options.steer.seek_ms, options.steer.speed) == (61_500, 2)
    assert (options.steer.solo, options.json) == (Solo.AGENT, True)
    assert (options.output.kind, options.output.device) == (OutputKind.DEVICE, "Jabra")
    assert parse(asked("--output")).output.device is None


@pytest.mark.parametrize(
    "words", [("--speed", "9"), ("--speed", "nan"), ("--from", "-1"), ("--from", "inf")]
)
def test_what_is_not_possible_is_refused(words: tuple[str, str]) -> None:
    with pytest.raises(ConfigError):
        parse(asked(*words))


@pytest.mark.parametrize(
    ("at_ms", "words"),
    [(0, " 0:00.0"), (59_960, " 1:00.0"), (754_321, "12:34.3"), (3_723_400, "1:02:03.4")],
)
def test_times_are_told_by_the_clock(at_ms: float, words: str) -> None:
    assert clock_words(at_ms) == words


class Printed:
    """A printer and what it wrote."""

    def __init__(self, *, as_json: bool = False) -> None:
        self.out, self.err, self.overs = io.StringIO(), io.StringIO(), 0
        self.printer = ReplayPrinter(self.out, self.err, self._over, as_json=as_json)

    def _over(self) -> None:
        self.overs += 1


def said(text: str, *, final: bool = True, speaker: Speaker = Speaker.USER) -> TranscriptReport:
    return TranscriptReport(entry_id="e1", speaker=speaker, at_ms=1_234, text=text, final=final)


def test_final_words_are_printed_once_with_their_time() -> None:
    shown = Printed()
    for report in (said("Wh", final=False), said("What\x1b[31m?"), said("What\x1b[31m?")):
        shown.printer.take(report)
    shown.printer.take(TurnReport(record=turn_of(1)))
    shown.printer.take(HealthReport(elapsed_s=1.0))

    first, second = shown.out.getvalue().splitlines()
    assert first.startswith(" 0:01.2  You    What")
    assert "\x1b" not in first
    assert second.strip() == "voice to voice 500 ms"


def test_as_json_everything_is_a_line_in_session_time() -> None:
    shown = Printed(as_json=True)
    shown.printer.take(said("Wh", final=False))
    shown.printer.take(MarkReport(kind=MarkKind.VAD_ON, at_ms=12.5))
    shown.printer.take(TurnReport(record=turn_of(2)))

    rows = [json.loads(line) for line in shown.out.getvalue().splitlines()]
    assert [row["type"] for row in rows] == ["transcript", "mark", "turn"]
    assert (rows[1]["kind"], rows[1]["at_ms"], rows[2]["record"]["turn_id"]) == ("vad_on", 12.5, 2)


def test_it_is_over_when_it_stands_after_it_has_played() -> None:
    shown = Printed()
    shown.printer.take(ReplayReport(folder="/s/1", odd=("there is no sound",)))
    assert shown.overs == 0
    shown.printer.take(ReplayReport(folder="/s/1", playing=True))
    shown.printer.take(ReplayReport(folder="/s/1", at_ms=9.0))

    assert (shown.overs, shown.printer.failed) == (1, False)
    assert shown.err.getvalue() == "Note: there is no sound.\n"


def test_what_cannot_be_shown_has_failed() -> None:
    shown = Printed()
    shown.printer.take(ProblemReport(sentence="It is damaged.", hint="Try another."))
    shown.printer.take(ReplayReport(folder=""))

    assert (shown.overs, shown.printer.failed) == (1, True)
    assert shown.err.getvalue() == "It is damaged. Try another.\n"


# --- a recorded session as the user of another ---------------------------------------------


def user(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--input", action="append", default=[])
    parser.add_argument("--mic")
    parser.add_argument("--vad", default="server")
    add_rerun_options(parser.add_argument_group("the user"))
    return parser.parse_args(words)


def test_a_recorded_session_stands_for_the_user() -> None:
    choice = rerun_of(user("--rerun", "latest", "--rerun-timing", "recorded"))

    assert choice is not None
    assert (choice.kind, choice.session) == (InputKind.SESSION, "latest")
    assert choice.timing is RerunTiming.RECORDED
    assert rerun_of(user()) is None


@pytest.mark.parametrize(
    "words",
    [
        ("--rerun", "a", "--input", "b.wav"),
        ("--rerun", "a", "--mic", "x"),
        ("--rerun", "a", "--rerun-timing", "recorded", "--vad", "manual"),
    ],
)
def test_who_speaks_must_be_clear(words: tuple[str, ...]) -> None:
    with pytest.raises(ConfigError):
        rerun_of(user(*words))


@pytest.mark.parametrize(
    ("words", "seconds"),
    [("90", 90.0), ("1:30", 90.0), ("1:02:03.5", 3723.5), ("0:00", 0.0)],
)
def test_a_time_is_seconds_or_what_a_clock_shows(words: str, seconds: float) -> None:
    assert parse(asked("--from", words)).steer.seek_ms == seconds * 1000


@pytest.mark.parametrize("words", ["", ":", "1:", "x:30", "-1:30", "1:2:3:4", "1e9999:1"])
def test_a_time_that_is_none_is_refused(words: str) -> None:
    with pytest.raises((ConfigError, SystemExit)):
        parse(asked(f"--from={words}"))
