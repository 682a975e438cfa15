"""What a session tells of its own upkeep, made up: devices, echo, guard, tools at work."""

from app.core.events import DeviceSide
from app.session.messages import (
    DeviceReport,
    EchoReport,
    EngineReport,
    GuardReport,
    GuardState,
    MarkKind,
    MarkReport,
    MicFault,
    MicFinding,
    MicReport,
    SpanKind,
    SpanReport,
)
from tests.support.reports import TURN_MS, health

GONE = DeviceReport(
    words="The microphone Jabra Evolve2 40 is gone.",
    side=DeviceSide.INPUT,
    name="Jabra Evolve2 40",
    lost=True,
    offer="Built-in Audio Analog Stereo",
)
HEARS_ITSELF = EchoReport(
    coupling_db=-32.0,
    delay_ms=84.0,
    erle_db=21.0,
    residual_dbfs=-61.0,
    self_triggers_n=2,
    offers_help=True,
)
QUIET = MicReport(
    findings=(
        MicFinding(
            fault=MicFault.TOO_QUIET,
            sentence="Your voice is very quiet: move closer, or raise the input level.",
            measured="-52 dBFS",
        ),
    ),
    examined_s=3.0,
)
SEEKING = GuardReport(
    state=GuardState.RECONNECTING,
    words="The server closed the connection (1006).",
    attempt=2,
    attempts=5,
    wait_s=4.0,
    stalls_n=1,
)


def upkeep_reports(turn_id: int) -> list[EngineReport]:
    """A device that went, an echo, a tool at work, a gap and a provider that said nothing."""
    start = turn_id * TURN_MS
    kinds = (
        (MarkKind.DEVICE_LOST, -3_000),
        (MarkKind.DEVICE_BACK, -1_100),
        (MarkKind.SELF_TRIGGERED, -6_000),
        (MarkKind.PROCESSING_CHANGED, -5_200),
        (MarkKind.TURNS_CONFIGURED, -400),
    )
    spans = (
        (SpanKind.GAP, -3_000, -1_100, "microphone"),
        (SpanKind.TOOL, -8_000, -6_400, "weather"),
        (SpanKind.TOOL, -7_600, -5_900, "book_table"),
        (SpanKind.USER_SPEECH, 0, 2_000, ""),
        (SpanKind.AGENT_GENERATED, -6_300, -2_100, ""),
        (SpanKind.AGENT_HEARD, -6_300, -4_500, ""),
        (SpanKind.INTERRUPTION, -4_500, -4_200, ""),
    )
    return [
        *(MarkReport(kind=kind, at_ms=start + at) for kind, at in kinds),
        *(
            SpanReport(kind=kind, start_ms=start + at, end_ms=start + end, words=words)
            for kind, at, end, words in spans
        ),
        GONE,
        HEARS_ITSELF,
        QUIET,
        GuardReport(state=GuardState.FINE, stalls_n=1, renewals_n=1),
        health((start + 3_600) / 1000, expires_in_s=200.0),
    ]
