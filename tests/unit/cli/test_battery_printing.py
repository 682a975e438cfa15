"""What a battery prints: its table, its JSON lines, its progress and its exit code."""

import io
import json
from dataclasses import replace
from typing import Any

import pytest

from app.cli.battery_printing import BatteryPrinter
from app.core.errors import ConfigError
from app.metrics.battery_outcomes import (
    BatteryRow,
    BatteryTrial,
    StimulusKind,
    SweepPoint,
    SweepResult,
)
from app.metrics.battery_table import battery_result
from app.session.messages import (
    BatteryReport,
    JobReport,
    LiveState,
    ProblemReport,
    StateReport,
    SweepReport,
)
from app.trials.battery_stimuli import load_stimuli

GOOD = BatteryTrial(
    stimulus="stop",
    kind=StimulusKind.INTERRUPTION,
    repeat=1,
    sounding=True,
    detected=True,
    yielded=True,
    detection_ms=151.23456,
    yield_ms=171.0,
    answered=True,
    wasted_audio_ms=1500.0,
    wasted_tokens=30.0,
)
NONE = BatteryTrial(
    stimulus="stop", kind=StimulusKind.INTERRUPTION, repeat=1, problem="Too\x1b short."
)
RESULT = battery_result([GOOD], model="m", seed=3, repeats=1, folders=("/s/1",))
POINT = SweepPoint(
    setting="server VAD 300 ms",
    n=12,
    failed_n=0,
    cut_off_n=3,
    rate=0.25,
    rate_low=0.0889,
    rate_high=0.5323,
    v2v_p50_ms=512.0,
    v2v_p95_ms=None,
    by_pause=((500.0, 6, 0), (1000.0, 6, 3)),
)
SWEEP = SweepResult(
    model="m", seed=0, points=(POINT,), delay_at_5_percent_ms=700.0, cut_off_at_300_ms=0.5
)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def printer(*, as_json: bool = False, err: io.StringIO | None = None) -> Any:
    out, told = io.StringIO(), err or io.StringIO()
    return BatteryPrinter(out, told, as_json=as_json), out, told


def shown(*reports: Any, as_json: bool = False, stopped: bool = False) -> tuple[int, str, str]:
    front, out, err = printer(as_json=as_json)
    for report in reports:
        front.take(report)
    return front.finish(stopped=stopped), out.getvalue(), err.getvalue()


def rows(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_the_table_has_a_line_for_each_stimulus_and_each_kind() -> None:
    code, out, _ = shown(BatteryReport(RESULT, complete=True))

    lines = out.splitlines()
    assert code == 0
    assert lines[0].split() == [
        *("stimulus", "n", "failed", "noticed", "stopped", "answered", "rate", "95", "%"),
        *("selectivity", "detection", "P50", "yield", "P50", "P95", "truncation"),
    ]
    assert lines[1].split()[:6] == ["stop", "1", "0", "1", "1", "1"]
    assert lines[2].startswith("= interruption")
    assert lines[4] == "1.5 s of audio made and never heard, 30 audio tokens"
    assert lines[5] == "Rates over fewer than 10 trials are not shown: interruption."


def test_figures_are_rounded_for_people() -> None:
    row = BatteryRow(
        stimulus="cough",
        kind=StimulusKind.NOISE,
        n=10,
        failed_n=0,
        detected_n=None,
        stopped_n=3,
        rate=0.3,
        rate_low=0.108,
        rate_high=0.603,
        selectivity=0.7,
        yield_p50_ms=171.4,
    )

    _, out, _ = shown(BatteryReport(replace(RESULT, rows=(row,)), complete=True))

    dash = "\N{EN DASH}"
    words = ["cough", "10", "0", dash, "3", dash, "30", "%", "11", "to", "60", "%", "70", "%"]
    assert out.splitlines()[1].split() == [*words, dash, "171", dash, dash]


def test_what_is_not_known_to_be_wasted_is_not_told() -> None:
    result = replace(RESULT, wasted_audio_ms=None)
    tokenless = replace(RESULT, wasted_tokens=None)

    assert "never heard" not in shown(BatteryReport(result, complete=True))[1]
    assert (
        "1.5 s of audio made and never heard\n" in shown(BatteryReport(tokenless, complete=True))[1]
    )


def test_json_lines_are_trials_rows_and_a_summary() -> None:
    code, out, _ = shown(BatteryReport(RESULT, complete=True), as_json=True)

    lines = rows(out)
    assert code == 0
    assert [line["type"] for line in lines] == ["trial", "row", "row", "summary"]
    assert (lines[0]["detection_ms"], lines[0]["kind"]) == (151.235, "interruption")
    summary = lines[-1]
    assert (summary["model"], summary["seed"], summary["folders"]) == ("m", 3, ["/s/1"])
    assert (summary["complete"], summary["error"]) == (True, None)


@pytest.mark.parametrize(
    ("trials", "complete", "code"),
    [
        ([GOOD], True, 0),
        ([NONE, GOOD], True, 0),
        ([NONE, NONE], True, 1),
        ([GOOD, replace(NONE, repeat=2)], True, 1),
        ([GOOD], False, 1),
    ],
    ids=["all", "at the second try", "none", "one missing", "given up"],
)
def test_the_exit_code_says_whether_every_trial_was_held(
    trials: list[BatteryTrial], code: int, *, complete: bool
) -> None:
    result = battery_result(trials, model="m", seed=3, repeats=1, folders=())

    assert shown(BatteryReport(result, complete=complete))[0] == code


def test_without_a_result_nothing_is_printed() -> None:
    assert shown() == (1, "", "")


def test_what_was_broken_off_shows_what_it_has() -> None:
    code, out, err = shown(BatteryReport(RESULT, complete=False), stopped=True)

    assert code == 1
    assert "stop" in out
    assert err == "Stopped. What was held is shown; its recordings are kept.\n"


# --- the sweep -----------------------------------------------------------------------------------


def test_a_sweep_has_a_line_for_each_setting_and_a_column_for_each_pause() -> None:
    code, out, _ = shown(SweepReport(SWEEP, complete=True))

    lines = out.splitlines()
    assert code == 0
    assert lines[0].endswith("v2v P50  P95  500 ms  1000 ms")
    assert lines[1].startswith("server VAD 300 ms  12       0        3  25 %  9 to 53 %")
    assert lines[1].split()[-4:] == ["512", "\N{EN DASH}", "0/6", "3/6"]
    assert lines[3] == ("Delay at 5 % cut off: 700 ms; cut off at a delay of 300 ms: 50 %")


def test_a_pause_that_a_setting_has_not_reached_is_a_dash() -> None:
    early = replace(POINT, by_pause=((500.0, 1, 0),))

    _, out, _ = shown(SweepReport(replace(SWEEP, points=(POINT, early)), complete=True))

    assert out.splitlines()[2].split()[-2:] == ["0/1", "\N{EN DASH}"]


@pytest.mark.parametrize(
    ("failed_n", "complete", "code"), [(0, True, 0), (1, True, 1), (0, False, 1)]
)
def test_a_sweep_with_failed_stimuli_is_not_whole(
    failed_n: int, code: int, *, complete: bool
) -> None:
    result = replace(SWEEP, points=(replace(POINT, failed_n=failed_n),))

    assert shown(SweepReport(result, complete=complete))[0] == code


def test_the_json_of_a_sweep_is_points_and_a_summary() -> None:
    _, out, _ = shown(SweepReport(SWEEP, complete=True), as_json=True)

    point, summary = rows(out)
    assert (point["type"], point["by_pause"]) == ("point", [[500.0, 6, 0], [1000.0, 6, 3]])
    assert (summary["type"], summary["delay_at_5_percent_ms"]) == ("summary", 700.0)


# --- on the way ----------------------------------------------------------------------------------


def job(done: int) -> JobReport:
    return JobReport(done=done, total=5, words=f"trial {done + 1}")


def test_progress_is_a_line_for_each_step_and_nothing_that_drives_a_terminal() -> None:
    _, out, err = shown(
        job(0),
        job(0),
        ProblemReport(sentence="It was cut\x1b[2J.", hint="Again."),
        StateReport(state=LiveState.LISTENING),
        job(1),
    )

    assert err == "[0/5] trial 1\nIt was cut [2J. Again.\n[1/5] trial 2\n"
    assert out == ""


def test_on_a_terminal_progress_is_one_line() -> None:
    front, _, err = printer(err=Terminal())
    front.take(job(0))
    front.take(job(1))
    front.finish()

    assert err.getvalue() == "\r\x1b[K[0/5] trial 1\r\x1b[K[1/5] trial 2\r\x1b[K"


@pytest.mark.parametrize("as_json", [False, True])
def test_a_refusal_is_one_sentence_and_in_json_a_summary_too(*, as_json: bool) -> None:
    front, out, err = printer(as_json=as_json)

    front.refuse(ConfigError("there is no such model", hint="See `vivavoce models`."))

    told = "There is no such model. See `vivavoce models`."
    assert err.getvalue() == told + "\n"
    assert rows(out.getvalue()) == (
        [{"type": "summary", "complete": False, "error": told}] if as_json else []
    )


def test_the_sounds_can_be_listed() -> None:
    front, out, _ = printer()
    front.stimuli(load_stimuli())
    as_json, lines, _ = printer(as_json=True)
    as_json.stimuli(load_stimuli())

    assert len(out.getvalue().splitlines()) == 10
    assert "television" in out.getvalue()
    first = rows(lines.getvalue())[0]
    assert (first["type"], first["name"], first["takes_floor"]) == ("stimulus", "correction", True)
