"""``vivavoce microphone``: what is asked for, and what is printed."""

import argparse
import io
import json

import pytest

from app.cli.microphone import MicPrinter, add_arguments, request_of
from app.core.errors import ConfigError
from app.session.messages import (
    InputChoice,
    InputKind,
    JobReport,
    MicFault,
    MicFinding,
    MicReport,
    OutputChoice,
    OutputKind,
    StartMicTest,
)

FINDING = MicFinding(
    fault=MicFault.TOO_QUIET, sentence="Too quiet: come nearer.", measured="-51 dBFS"
)


def asked(*words: str) -> StartMicTest:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return request_of(parser.parse_args(words))


def printed(*reports: JobReport | MicReport, as_json: bool = False) -> tuple[str, str]:
    out, progress = io.StringIO(), io.StringIO()
    printer = MicPrinter(out, progress, as_json=as_json)
    for report in reports:
        printer.take(report)
    return out.getvalue(), progress.getvalue()


@pytest.mark.parametrize(
    ("words", "request_"),
    [
        ((), StartMicTest(input=InputChoice(kind=InputKind.DEVICE))),
        (
            ("--input", "Jabra", "--seconds", "2.5"),
            StartMicTest(input=InputChoice(kind=InputKind.DEVICE, device="Jabra"), seconds=2.5),
        ),
        (
            ("--play-back", "--output", "Bar"),
            StartMicTest(
                input=InputChoice(kind=InputKind.DEVICE),
                play_back=OutputChoice(kind=OutputKind.DEVICE, device="Bar"),
            ),
        ),
        (("--output", "Bar"), StartMicTest(input=InputChoice(kind=InputKind.DEVICE))),
    ],
)
def test_options_make_the_request(words: tuple[str, ...], request_: StartMicTest) -> None:
    assert asked(*words) == request_


@pytest.mark.parametrize("seconds", ["0", "-1", "31", "nan", "inf"])
def test_a_time_that_cannot_work_is_refused(seconds: str) -> None:
    with pytest.raises(ConfigError, match="--seconds must be between 1 and 30"):
        asked("--seconds", seconds)


def test_findings_come_with_their_figures() -> None:
    report = MicReport(findings=(FINDING,), examined_s=4.0, level_dbfs=-51.0, rate_hz=48_000.0)

    out, progress = printed(
        JobReport(done=0, total=4, words="Say it"),
        JobReport(done=1, total=4, words="Say it"),
        report,
    )

    assert progress == "Say it\n"
    assert out.splitlines() == [
        "Too quiet: come nearer. (-51 dBFS)",
        (
            "speech -51.0 dBFS, noise \N{EN DASH} dBFS, peak \N{EN DASH} dBFS, "
            "bandwidth \N{EN DASH} kHz, rate 48.0 kHz"
        ),
    ]


def test_nothing_found_is_said_and_a_device_that_does_not_open_has_no_figures() -> None:
    good, _ = printed(MicReport(findings=(), examined_s=4.0, level_dbfs=-20.0))
    shut, _ = printed(MicReport(findings=(FINDING,), examined_s=0.0))

    assert good.startswith("Nothing is wrong with the microphone.\nspeech -20.0 dBFS")
    assert shut == "Too quiet: come nearer. (-51 dBFS)\n"


def test_a_hostile_device_name_cannot_move_the_cursor() -> None:
    bad = MicFinding(fault=MicFault.MISSING, sentence="No \x1b[2Jmicrophone.")

    out, _ = printed(MicReport(findings=(bad,), examined_s=0.0))

    assert "\x1b" not in out


def test_json_is_one_object_with_everything() -> None:
    out, _ = printed(MicReport(findings=(FINDING,), examined_s=4.0), as_json=True)

    assert json.loads(out)["findings"][0]["fault"] == "too_quiet"
    assert json.loads(out)["noise_dbfs"] is None
