"""The words of ``vivavoce talk``, and what it prints."""

import argparse
import io
import json
from decimal import Decimal
from typing import Any

import pytest

from app.cli.conversation import ConversationPrinter
from app.cli.talk import TalkOptions, add_arguments, parse, start_of
from app.core.clock import Nanoseconds
from app.core.config import Dialect, SessionSettings, Target, VadMode
from app.core.errors import ConfigError
from app.core.money import Budget, Cost, CostStatus
from app.core.records import SCHEMA_VERSION, SessionCounters, SessionRecord, TurnRecord, TurnStatus
from app.core.rows import TURN_COLUMNS
from app.session.messages import (
    CostReport,
    InputKind,
    LiveState,
    OutputKind,
    ProblemReport,
    Remedy,
    SessionReport,
    Speaker,
    StateReport,
    TranscriptReport,
    TurnReport,
)
from tests.support.session import TARGET


def options(*words: str) -> TalkOptions:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return parse(parser.parse_args(words))


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        pytest.param([], "Nobody would speak", id="no-user"),
        pytest.param(["--input", "a.wav", "--mic"], "Both files and a microphone", id="two-users"),
        pytest.param(["--mic", "--reply-timeout", "0"], "--reply-timeout", id="no-time"),
        pytest.param(["--mic", "--reply-timeout", "nan"], "--reply-timeout", id="nan"),
        pytest.param(["--mic", "--silence-ms", "-1"], "--silence-ms", id="negative-silence"),
    ],
)
def test_words_that_cannot_work_are_refused(words: list[str], sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        options(*words)


def test_files_are_spoken_one_after_the_other_and_end_the_session() -> None:
    chosen = options("--input", "a.wav", "--input", "b.wav", "--vad", "manual")
    start = start_of(chosen, lambda _text, _dialect: TARGET, lambda _: "whisper", lambda _: "key")

    assert start.input.kind is InputKind.FILES
    assert start.input.paths == ("a.wav", "b.wav")
    assert start.output.kind is OutputKind.NULL
    assert start.end_with_input
    assert start.settings.turn_detection.mode is VadMode.MANUAL
    assert start.settings.transcription_model == "whisper"
    assert start.key == "key"


def test_a_microphone_keeps_the_session_open() -> None:
    chosen = options(
        "--mic", "USB", "--speaker", "--model", "ws://127.0.0.1:1", "--silence-ms", "0"
    )
    asked: list[tuple[str, Dialect]] = []

    def resolve(text: str, dialect: Dialect) -> Target:
        asked.append((text, dialect))
        return TARGET

    start = start_of(chosen, resolve, lambda _: None, lambda _: None)

    assert asked == [("ws://127.0.0.1:1", Dialect.OPENAI_GA)]
    assert (start.input.kind, start.input.device) == (InputKind.DEVICE, "USB")
    assert (start.output.kind, start.output.device) == (OutputKind.DEVICE, None)
    assert not start.end_with_input
    assert start.settings.turn_detection.silence_ms == 0


RECORD = SessionRecord(
    session_id="s1",
    app_version="0",
    schema_version=SCHEMA_VERSION,
    state="complete",
    t0_utc="2026-11-21T12:00:00+00:00",
    t0_ns=Nanoseconds(0),
    ended_utc=None,
    target=TARGET,
    settings=SessionSettings(),
    input_name="a.wav",
    output_name="null",
    connect=None,
    counters=SessionCounters(),
    turns_n=1,
    failed_n=0,
    machine={},
)


def printed(*, as_json: bool, problem: ProblemReport | None = None) -> tuple[str, str, int]:
    out, err = io.StringIO(), io.StringIO()
    printer = ConversationPrinter(out, err, as_json=as_json)
    printer.take(StateReport(state=LiveState.CONNECTING, detail="dns"))
    printer.take(SessionReport(record=RECORD, folder="/tmp/s1"))  # noqa: S108 - only a name
    for final in (False, True, True):
        printer.take(
            TranscriptReport(
                entry_id="u1",
                speaker=Speaker.USER,
                at_ms=0,
                text="What \x1b[31mis\n it?",
                final=final,
            )
        )
    printer.take(TurnReport(record=TurnRecord(turn_id=1, status=TurnStatus.OK, v2v_ms=812.4)))
    printer.take(TurnReport(record=TurnRecord(turn_id=2, status=TurnStatus.TIMEOUT)))
    failed = printer.finish(problem)
    return out.getvalue(), err.getvalue(), failed


def test_json_is_one_object_a_line_with_every_column_and_a_summary_last() -> None:
    out, err, failed = printed(as_json=True)

    rows: list[dict[str, Any]] = [json.loads(line) for line in out.splitlines()]
    assert [row["type"] for row in rows] == ["turn", "turn", "summary"]
    assert tuple(rows[0]) == ("type", *TURN_COLUMNS)
    assert rows[0]["v2v_ms"] == 812.4
    assert rows[0]["ttft_ms"] is None
    assert rows[2]["turns"] == 2
    assert rows[2]["failed"] == failed == 1
    assert rows[2]["session_dir"] == "/tmp/s1"  # noqa: S108
    assert rows[2]["v2v_p50_ms"] == 812.4
    assert rows[2]["error"] == "Turn 2 failed: timeout."
    assert err.startswith("connecting: dns\nTurn 2 failed: timeout. What the model sent")


def test_text_shows_words_once_and_no_control_characters() -> None:
    out, _err, _failed = printed(as_json=False)

    assert out.splitlines()[0] == "You    What  [31mis  it?"
    assert "\x1b" not in out
    assert "voice to voice 812 ms  first token \N{EN DASH}" in out
    assert "\n2 turns, 1 failed, voice to voice 812 ms\n" in out
    assert "[timeout]" in out


def test_what_it_cost_is_told_at_the_end() -> None:
    cost = Cost(usd=Decimal("0.0352"), status=CostStatus.PARTIAL)
    told: list[str] = []
    for as_json in (True, False):
        out = io.StringIO()
        printer = ConversationPrinter(out, io.StringIO(), as_json=as_json)
        printer.take(SessionReport(record=RECORD, folder="/tmp/s1"))  # noqa: S108 - only a name
        printer.take(CostReport(total=Cost(usd=None, status=CostStatus.UNPRICED), elapsed_s=1))
        printer.take(CostReport(total=cost, elapsed_s=2))
        printer.finish(None)
        told.append(out.getvalue())

    summary = json.loads(told[0])
    assert (summary["cost_usd"], summary["cost_status"]) == ("0.0352", "partial")
    assert "\nCost at least $0.0352\n" in told[1]


def test_a_refusal_is_a_sentence_and_in_json_a_summary_too() -> None:
    out, err = io.StringIO(), io.StringIO()

    ConversationPrinter(out, err, as_json=True).refuse(ConfigError("No.", hint="Say yes."))

    summary = json.loads(out.getvalue())
    assert (summary["type"], summary["turns"], summary["error"]) == ("summary", 0, "No.")
    assert err.getvalue() == "No. Say yes.\n"


def test_what_calls_for_no_remedy_is_told_and_is_no_error() -> None:
    out, err = io.StringIO(), io.StringIO()
    printer = ConversationPrinter(out, err, as_json=True)

    printer.take(ProblemReport(sentence="a.wav is cut short.", hint="It is used."))
    printer.finish(None)

    assert json.loads(out.getvalue())["error"] is None
    assert err.getvalue() == "a.wav is cut short. It is used.\n"


def test_a_problem_is_told_once_and_the_first_is_the_error() -> None:
    out, err = io.StringIO(), io.StringIO()
    printer = ConversationPrinter(out, err, as_json=True)

    for sentence in ("One.", "Two.", "One."):
        printer.take(ProblemReport(sentence=sentence, hint="", remedy=Remedy.RETRY))
    printer.finish(None)

    assert json.loads(out.getvalue())["error"] == "One."
    assert err.getvalue() == "One.\nTwo.\n"


def test_a_turn_that_ended_with_its_connection_leaves_the_telling_to_the_session() -> None:
    out, err = io.StringIO(), io.StringIO()
    printer = ConversationPrinter(out, err, as_json=True)
    record = TurnRecord(turn_id=1, status=TurnStatus.ERROR, error_type="connection_lost")

    printer.take(TurnReport(record=record))

    assert err.getvalue() == ""


def test_the_last_line_has_a_median_only_where_there_are_enough_turns() -> None:
    def last_lines(*values: float | None) -> str:
        out = io.StringIO()
        printer = ConversationPrinter(out, io.StringIO(), as_json=False)
        printer.take(SessionReport(record=RECORD, folder="f"))
        for n, value in enumerate(values, 2):
            record = TurnRecord(turn_id=n, status=TurnStatus.OK, v2v_ms=value)
            printer.take(TurnReport(record=record))
        printer.finish(None)
        return out.getvalue()

    assert "voice to voice \N{EN DASH}\n" in last_lines(None)
    assert "voice to voice 500, 700 ms\n" in last_lines(500.0, 700.0, None)
    assert "voice to voice P50 700 ms (n 5)\n" in last_lines(500.0, 600.0, 700.0, 800.0, 900.0)


def test_a_budget_goes_with_the_session() -> None:
    chosen = options("--mic", "--budget-usd", "2", "--warn-usd", "1")
    start = start_of(chosen, lambda _text, _dialect: TARGET, lambda _: None, lambda _: None)

    assert start.budget == Budget(warn_usd=Decimal(1), stop_usd=Decimal(2))
