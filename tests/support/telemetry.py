"""A made-up session as telemetry, and its spans and metrics as plain values."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from app.core.clock import Nanoseconds
from app.core.config import SessionSettings
from app.core.events import BargeInCause, TokenUsage
from app.core.exporting import SemConv
from app.core.records import TurnStatus
from app.exports.otlp import write_otlp
from tests.support.bundles import job, line, recorded
from tests.support.collector import problem_of
from tests.support.recording import T0_NS, turn_record

ZERO_UNIX_NS = 1_795_256_430_500_000_000
"""2026-11-21T10:20:30.5 UTC, where the made-up session begins."""


def at(offset_ms: float) -> Nanoseconds:
    return Nanoseconds(T0_NS + round(offset_ms * 1e6))


USAGE = TokenUsage(
    input_total=100, output_total=40, input_text=30, input_audio=70, cached_total=20,
    cached_text=20, output_text=10, output_audio=30, output_reasoning=4,
)  # fmt: skip
ANSWERED = replace(
    turn_record(1, agent_transcript="Write to ann@example.org"),
    user_transcript="Who?",
    u_on_ns=at(1000), u_off_ns=at(2000), vad_on_ns=at(1200), vad_off_ns=at(2500),
    audible_ns=at(2700), audible_end_ns=at(4000), v2v_ms=700.0, ttfa_eos_ms=650.0,
    endpointing_ms=500.0, ttft_ms=120.0, ttft_ref="stop", usage=USAGE,
)  # fmt: skip
STOPPED = replace(
    turn_record(2), status=TurnStatus.INTERRUPTED, u_on_ns=at(5000), u_off_ns=at(5500),
    audible_ns=at(6000), audible_end_ns=at(6500), v2v_ms=-20.0, yield_ms=310.0, barge_in=True,
    heard_ms=500.0, interrupt_cause=BargeInCause.SERVER,
)  # fmt: skip
FAILED = replace(
    turn_record(3, agent_transcript=None), status=TurnStatus.ERROR, error_type="rate",
    error_message="Too many requests of ann@example.org", u_on_ns=at(8000), v2v_ms=None,
)  # fmt: skip
EXCLUDED = replace(turn_record(4), u_on_ns=at(9000), v2v_ms=9000.0, excluded_reason="clock_jump")
TURNS = (ANSWERED, STOPPED, FAILED, EXCLUDED)

FINISHED: Mapping[str, Any] = {
    "status": "completed", "reason": None, "error_code": None, "error_message": None,
    "usage": {"input_total": 100, "output_total": 40, "input_text": 30, "input_audio": 60},
}  # fmt: skip
JOURNAL = (
    line(2500, "ResponseStarted", response_id="r1"),
    line(2600, "ResponseText", response_id="r1", text="a"),
    line(2900, "ResponseFinished", response_id="r1", **FINISHED),
    line(3000, "ToolStarted", call_id="c1", name="find", arguments='{"q":1}', source="fixed"),
    line(3250, "ToolFinished", call_id="c1", outcome="timeout", output="", elapsed_ms=250.0),
    line(5400, "ResponseRequested"),
    line(5500, "ResponseStarted", response_id="r2"),
    line(5600, "ResponseAudio", response_id="r2", pcm={"bytes": 480}),
    line(
        6500,
        "ResponseFinished",
        response_id="r2",
        **{**FINISHED, "status": "cancelled", "reason": "turn_detected"},
    ),
    line(8000, "ResponseStarted", response_id="r3"),
    line(
        8100,
        "ResponseFinished",
        response_id="r3",
        **{**FINISHED, "status": "failed", "error_code": "rate_limit", "usage": None},
    ),
    line(9900, "ResponseStarted", response_id="never ended"),
)


def a_session(root: Path) -> Path:
    """Write four turns: answered, interrupted, failed and excluded; return the folder."""
    return recorded(
        root,
        turns=TURNS,
        journal=JOURNAL,
        settings=SessionSettings(instructions="Be kind to ann@example.org"),
        provider_session_id="sess_p",
    )


def told(out: Path, *folders: Path, **more: Any) -> tuple[list[Any], list[Any]]:
    """Write; return spans and metrics, flat."""
    exported = write_otlp(job(out / "otlp.jsonl", *folders, **more))
    traces, metrics = (
        [json.loads(each) for each in Path(file).read_text("utf-8").splitlines()]
        for file in exported.files
    )
    assert [problem_of("traces", each) for each in traces] == [None] * len(traces)
    assert [problem_of("metrics", each) for each in metrics] == [None] * len(metrics)
    spans = [
        s for t in traces for r in t["resourceSpans"] for x in r["scopeSpans"] for s in x["spans"]
    ]
    points = [
        m
        for t in metrics
        for r in t["resourceMetrics"]
        for x in r["scopeMetrics"]
        for m in x["metrics"]
    ]
    return spans, points


def attributes(span: Mapping[str, Any]) -> dict[str, Any]:
    """Return attributes as plain values; 64-bit integers are strings on the wire."""
    flat: dict[str, Any] = {}
    for pair in span["attributes"]:
        ((kind, value),) = pair["value"].items()
        if kind == "arrayValue":
            value = [each["stringValue"] for each in value["values"]]
        flat[pair["key"]] = int(value) if kind == "intValue" else value
    return flat


def named(spans: list[Any], name: str) -> list[Any]:
    return [span for span in spans if span["name"].split(" ")[0] == name]


MAIN = {"semconv": SemConv.MAIN}
