"""The words of ``vivavoce compare``, and what it prints."""

import argparse
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.cli.compare import CompareOptions, ModelChoice, add_arguments, contestants_of, parse
from app.cli.comparison import ComparisonPrinter
from app.core.config import Dialect, Target, VadMode
from app.core.errors import ConfigError
from app.metrics.comparison import compare_sessions
from app.metrics.outcomes import Comparison
from app.session.messages import InputKind, JobReport, OutputKind
from app.trials.comparing_run import Block
from tests.support.comparing import failed, interleaved, session, turn
from tests.support.session import TARGET

MODELS = ("--model", "a", "--model", "b")


def options(*words: str) -> CompareOptions:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return parse(parser.parse_args(words))


# --- words ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        pytest.param([], "at least two models", id="nothing"),
        pytest.param(["--model", "a", "--input", "q"], "at least two models", id="one-model"),
        pytest.param(MODELS, "Nobody would speak", id="no-input"),
        pytest.param([*MODELS, "--input", "q", "--rounds", "0"], "--rounds", id="no-rounds"),
        pytest.param([*MODELS, "--input", "q", "--rounds", "1001"], "--rounds", id="many-rounds"),
        pytest.param([*MODELS, "--input", "q", "--silence-ms", "-1"], "--silence-ms", id="silence"),
        pytest.param([*MODELS, "--input", "q", "--reply-timeout", "nan"], "--reply-t", id="nan"),
        pytest.param(["--sessions", "x"], "A side", id="one-side"),
        pytest.param(["--against", "x"], "A side", id="other-side"),
        pytest.param([*MODELS, "--sessions", "x", "--against", "y"], "Both models", id="both"),
    ],
)
def test_words_that_cannot_work_are_refused(words: list[str], sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        options(*words)


def test_options_belong_to_the_model_before_them() -> None:
    chosen = options(
        "--model", "simulator", "--engine-option=--first-audio=100", "--engine-option=--block=20",
        "--model", "wss://host/v1", "--dialect", "xai", "--voice", "eve", "--model", "simulator",
        "--input", "q.wav", "r.wav", "--input", "s.wav", "--rounds", "3", "--vad", "semantic",
        "--out", "runs",
    )  # fmt: skip

    assert chosen.models == (
        ModelChoice(model="simulator", engine_arguments=("--first-audio=100", "--block=20")),
        ModelChoice(model="wss://host/v1", dialect=Dialect.XAI, voice="eve"),
        ModelChoice(model="simulator"),
    )
    assert chosen.models[0].name == "simulator --first-audio=100 --block=20"
    assert (chosen.inputs, chosen.rounds) == (("q.wav", "r.wav", "s.wav"), 3)
    assert chosen.settings.turn_detection.mode is VadMode.SEMANTIC
    assert chosen.out == str(Path("runs").absolute())


@pytest.mark.parametrize("word", ["--voice", "--engine-option", "--dialect"])
def test_an_option_before_any_model_is_refused(
    word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        options(word, "xai", "--model", "a")

    assert f"{word} belongs to a model: name it after its --model" in capsys.readouterr().err


def test_recorded_sessions_are_named_by_their_folders() -> None:
    chosen = options("--sessions", "x", "y", "--against", "/z")

    assert chosen.sessions == (Path("x").absolute(), Path("y").absolute())
    assert chosen.against == (Path("/z"),)
    assert (chosen.models, chosen.out) == ((), None)


def test_every_model_hears_the_same_and_a_key_is_asked_for_once_for_each_provider() -> None:
    chosen = options(
        "--model", "p:one", "--voice", "v", "--model", "p:two", "--model", "q:one",
        "--input", "q.wav", "--silence-ms", "200",
    )  # fmt: skip
    asked: list[str] = []

    def resolve(text: str, _dialect: Dialect) -> Target:
        provider, model = text.split(":")
        return replace(TARGET, provider=provider, model=model)

    def key(target: Target) -> str:
        asked.append(target.provider)
        return f"key of {target.provider}"

    found = contestants_of(chosen, resolve, lambda t: "w" if t.provider == "p" else None, key)

    assert asked == ["p", "q"]
    assert [each.start.key for each in found] == ["key of p", "key of p", "key of q"]
    assert [each.start.settings.voice for each in found] == ["v", None, None]
    assert found[0].start.settings.transcription_model == "w"
    assert {each.start.input.paths for each in found} == {("q.wav",)}
    assert {each.start.input.kind for each in found} == {InputKind.FILES}
    assert {each.start.output.kind for each in found} == {OutputKind.NULL}
    assert all(each.start.end_with_input for each in found)
    assert all(each.start.settings.turn_detection.silence_ms == 200 for each in found)
    assert "key of p" not in repr(found)


# --- results -------------------------------------------------------------------------------------


def made(turns: int = 5) -> Comparison:
    values = [500.0 + 7 * k for k in range(turns)]
    later = [each + 100 + k % 3 for k, each in enumerate(values)]
    return compare_sessions(*interleaved([values] * 4, [later] * 4), ("v2v_ms", "text_tps"))


def printed(comparison: Comparison, *, as_json: bool, **more: Any) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    ComparisonPrinter(out, err, as_json=as_json).show((comparison,), **more)
    return out.getvalue(), err.getvalue()


def test_people_get_a_table_verdicts_and_notes() -> None:
    out, err = printed(made(), as_json=False, error="B failed 3 times in a row.")

    lines = out.splitlines()
    assert lines[1:4] == ["A  a", "B  b", "   interleaved; differences are B less A"]
    assert lines[5].split()[:4] == ["metric", "side", "n", "P50"]
    first = next(line for line in lines if line.startswith("v2v_ms "))
    assert first.split()[1:] == ["A", "20", "514", "[507,", "521]", "528", "(rough)"]
    assert "text_tps: Not measured on both sides." in lines
    assert any(line.startswith("v2v_ms: b is 101 ms slower, 95 % interval") for line in lines)
    assert "Availability A: 20 of 20 turns, 95 % interval 83.9% to 100.0%" in lines
    assert "Difference of failures: p 1" in lines
    assert err == "B failed 3 times in a row.\n"


@pytest.mark.parametrize(
    ("turns", "cell"), [(4, "(n < 20)"), (15, "598 (at most 598)"), (20, "626 [619, 633]")]
)
def test_p95_is_shown_as_far_as_its_number_allows(turns: int, cell: str) -> None:
    out, _ = printed(made(turns), as_json=False)

    assert cell in out


def test_unknown_values_are_dashes_and_control_characters_are_not_obeyed() -> None:
    first = session("a\x1b[2J", turn(2, input_name=None))
    empty = compare_sessions([first], [session("b")], ("v2v_ms",))

    out, _ = printed(empty, as_json=False)

    assert "\x1b" not in out
    assert "Availability B: 0 of 0 turns" in out.splitlines()
    assert "Difference of failures" not in out


def test_json_is_a_line_for_each_metric_and_a_summary() -> None:
    block = Block(order_idx=0, round_idx=0, contestant=0, folder=Path("/s0"), cold=True)
    broken = replace(block, folder=None, problem="It broke.")

    out, err = printed(made(), as_json=True, blocks=(block, broken))

    speed, text, summary = map(json.loads, out.splitlines())
    assert (speed["type"], speed["metric"], speed["unit"], speed["pairs"]) == (
        "metric", "v2v_ms", "ms", 20,
    )  # fmt: skip
    assert speed["difference"] == pytest.approx(101)
    assert speed["first"]["n"] == speed["second"]["n"] == 20
    assert (text["metric"], text["difference"]) == ("text_tps", None)
    (account,) = summary["comparisons"]
    assert (account["first"], account["second"], account["design"]) == ("a", "b", "interleaved")
    assert account["availability"]["second_ok"] == 20
    assert account["verdicts"]["v2v_ms"] == speed["verdict"]
    assert (summary["type"], summary["failed_sessions"], summary["error"]) == ("summary", 1, None)
    assert [each["folder"] for each in summary["sessions"]] == ["/s0", None]
    assert err == ""


def test_failures_are_told() -> None:
    first = session("a", *(turn(k, 500.0) for k in range(2, 9)))
    second = session("b", *(failed(k) for k in range(2, 9)))

    out, _ = printed(compare_sessions([first], [second]), as_json=False)

    assert "Availability B: 0 of 7 turns, 95 % interval 0.0% to 35.4%" in out
    assert "Difference of failures: p 0.016" in out


def test_progress_and_notes_go_to_standard_error() -> None:
    out, err = io.StringIO(), io.StringIO()
    printer = ComparisonPrinter(out, err, as_json=True)

    printer.progress(JobReport(done=1, total=4, words="round 1 of 2: \x1b[2J"))
    printer.once("No such host.")
    printer.once("No such host.")
    printer.refuse(ConfigError("this cannot work", hint="Do that."))

    assert err.getvalue().splitlines() == [
        "[1/4] round 1 of 2:  [2J",
        "No such host.",
        "This cannot work. Do that.",
    ]
    assert json.loads(out.getvalue()) == {
        "type": "summary",
        "comparisons": [],
        "error": "This cannot work.",
    }


def test_a_refusal_for_people_prints_no_result() -> None:
    out = io.StringIO()

    ComparisonPrinter(out, io.StringIO(), as_json=False).refuse(ConfigError("no"))

    assert out.getvalue() == ""
