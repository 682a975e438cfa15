"""Spans of a session: names, ids, times and what they say."""

from pathlib import Path

import pytest

from app.core.exporting import SemConv
from app.core.privacy import PersonalData, Redaction
from tests.support.bundles import recorded
from tests.support.telemetry import MAIN, ZERO_UNIX_NS, a_session, attributes, named, told


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return a_session(tmp_path / "from")


def test_a_session_is_one_trace_of_turns_with_what_happened_in_them(
    folder: Path, tmp_path: Path
) -> None:
    spans, _ = told(tmp_path, folder)

    (session,) = named(spans, "vc.session")
    turns = named(spans, "invoke_agent")
    assert {span["traceId"] for span in spans} == {session["traceId"]}
    assert "parentSpanId" not in session
    assert {turn["parentSpanId"] for turn in turns} == {session["spanId"]}
    parents = {turn["spanId"]: attributes(turn)["vc.turn.id"] for turn in turns}
    where = [
        (span["name"], parents[span["parentSpanId"]])
        for span in spans
        if span.get("parentSpanId") in parents
    ]
    assert where == [
        ("user_speech", 1),
        ("user_speech", 2),
        ("realtime_inference simulated", 1),
        ("realtime_inference simulated", 2),
        ("realtime_inference simulated", 3),
        ("execute_tool find", 1),
    ]


def test_times_are_those_of_the_wall_clock(folder: Path, tmp_path: Path) -> None:
    spans, _ = told(tmp_path, folder)

    first = named(spans, "realtime_inference")[0]
    assert int(first["startTimeUnixNano"]) == ZERO_UNIX_NS + 2_500_000_000
    assert int(first["endTimeUnixNano"]) == ZERO_UNIX_NS + 2_900_000_000
    assert int(named(spans, "vc.session")[0]["startTimeUnixNano"]) == ZERO_UNIX_NS


def test_the_same_session_has_always_the_same_ids(folder: Path, tmp_path: Path) -> None:
    first, _ = told(tmp_path / "a", folder)
    second, _ = told(tmp_path / "b", folder, **MAIN)
    other, _ = told(tmp_path / "c", recorded(tmp_path / "d", session_id="other"))

    assert [span["spanId"] for span in first] == [span["spanId"] for span in second]
    assert len({span["spanId"] for span in first}) == len(first)
    assert other[0]["traceId"] != first[0]["traceId"]


def test_latencies_are_seconds_with_their_sign(folder: Path, tmp_path: Path) -> None:
    spans, _ = told(tmp_path, folder)
    first, second = map(attributes, named(spans, "invoke_agent")[:2])

    assert (first["vc.latency.v2v"], first["vc.latency.ttfa"]) == (0.7, 0.65)
    assert (first["vc.latency.endpointing"], first["vc.latency.ttft_ref"]) == (0.5, "stop")
    assert (second["vc.latency.v2v"], second["vc.interruption.yield"]) == (-0.02, 0.31)
    assert (second["vc.interruption.cause"], second["vc.interruption.heard"]) == ("server", 0.5)


@pytest.mark.parametrize(
    ("semconv", "own"),
    [
        (SemConv.RELEASED, ("vc.realtime_session.id", "vc.turn.end_reason", "vc.usage")),
        (
            SemConv.MAIN,
            (
                "gen_ai.realtime_session.id",
                "gen_ai.agent.invocation.end_reason",
                "gen_ai.usage",
            ),
        ),
    ],
)
def test_each_version_of_the_conventions_has_its_own_names(
    folder: Path, tmp_path: Path, semconv: SemConv, own: tuple[str, str, str]
) -> None:
    session, reason, usage = own
    spans, _ = told(tmp_path, folder, semconv=semconv)
    turns = [attributes(turn) for turn in named(spans, "invoke_agent")]

    assert {turn[session] for turn in turns} == {"sess_p"}
    assert {turn["gen_ai.conversation.id"] for turn in turns} == {"sess-1234567890"}
    assert [turn.get(reason) for turn in turns] == ["completed", "interrupted", None, "completed"]
    assert turns[0]["gen_ai.usage.input_tokens"] == 100
    assert turns[0]["gen_ai.usage.reasoning.output_tokens"] == 4
    assert turns[0][f"{usage}.audio.input_tokens"] == 70
    assert turns[0][f"{usage}.text.cache_read.input_tokens"] == 20


def test_an_interrupted_reply_carries_the_providers_reason(folder: Path, tmp_path: Path) -> None:
    spans, _ = told(tmp_path, folder)
    replies = [attributes(span) for span in named(spans, "realtime_inference")]

    assert [each["gen_ai.response.finish_reasons"] for each in replies] == [
        ["stop"], ["turn_detected"], ["error"]
    ]  # fmt: skip
    assert [each["vc.response.status"] for each in replies] == ["completed", "cancelled", "failed"]


def test_failures_are_errors_with_their_class(folder: Path, tmp_path: Path) -> None:
    spans, _ = told(tmp_path, folder, redaction=Redaction(personal=(PersonalData.EMAIL,)))

    wrong = {
        span["name"].split(" ")[0]: (attributes(span)["error.type"], span["status"]["message"])
        for span in spans
        if span["status"].get("code") == 2
    }
    assert wrong == {
        "invoke_agent": ("rate", "Too many requests of [redacted]"),
        "realtime_inference": ("rate_limit", "rate_limit"),
        "execute_tool": ("timeout", "timeout"),
    }


def test_only_a_reply_that_our_side_asked_for_has_a_time_to_its_first_chunk(
    folder: Path, tmp_path: Path
) -> None:
    spans, metrics = told(tmp_path, folder)
    name = "gen_ai.response.time_to_first_chunk"

    first = [attributes(span).get(name) for span in named(spans, "realtime_inference")]
    assert first == [None, 0.2, None]
    (metric,) = (m for m in metrics if m["name"].endswith("time_to_first_chunk"))
    assert metric["histogram"]["dataPoints"][0]["count"] == "1"


def test_the_users_speech_says_whose_bounds_it_has(folder: Path, tmp_path: Path) -> None:
    spans, _ = told(tmp_path, folder)

    speech = [
        (attributes(span)["vc.user_speech.source"], int(span["startTimeUnixNano"]) - ZERO_UNIX_NS)
        for span in named(spans, "user_speech")
    ]
    assert speech == [("server_vad", 1_200_000_000), ("acoustic", 5_000_000_000)]
