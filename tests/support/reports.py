"""Reports of made-up but believable sessions, for tests and screenshots of the window."""

import math
from dataclasses import replace
from typing import Any

from app.core.calibration import CalibrationNote, EngineCalibration
from app.core.clock import Nanoseconds
from app.core.config import AuthScheme, Dialect, SessionSettings, Target
from app.core.events import SpeechEndMethod, TokenUsage
from app.core.ports import DeviceInfo
from app.core.records import (
    SCHEMA_VERSION,
    InterruptKind,
    SessionCounters,
    SessionRecord,
    TurnRecord,
    TurnStatus,
)
from app.session.messages import (
    ClientDelayReport,
    DevicesReport,
    EngineReport,
    EnvelopeReport,
    HealthReport,
    LiveState,
    MarkKind,
    MarkReport,
    MeterReport,
    SessionReport,
    Speaker,
    StateReport,
    TranscriptReport,
    TurnReport,
)

TURN_MS = 9_000.0
STEP_MS = 20.0

EXCHANGES = (
    (
        "What's the weather in Paris?",
        "It is sunny in Paris, about twenty degrees, with a light wind from the west.",
    ),
    ("And tomorrow?", "Tomorrow brings clouds in the morning and some rain after lunch."),
    (
        "Could you book me a table for two at eight?",
        "Of course. A table for two at eight o'clock; may I have your name for the reservation?",
    ),
    ("It's Zoë Müller.", "Thank you, Zoë. Your table is booked."),
    ("How many days until Christmas?", "There are thirty-four days until Christmas."),
)

JABRA = DeviceInfo(
    index=1,
    name="Jabra Evolve2 40",
    host_api="ALSA",
    input_channels=1,
    output_channels=2,
    default_rate_hz=48_000,
    is_default_input=True,
    is_default_output=True,
)
BUILT_IN = replace(
    JABRA,
    index=2,
    name="Built-in Audio Analog Stereo",
    is_default_input=False,
    is_default_output=False,
)
CALIBRATED = EngineCalibration(
    calibration_id="20261121-100000-cal",
    measured_utc="2026-11-21T10:00:00+00:00",
    turns=60,
    v2v_error_p50_ms=1.9,
    v2v_error_p95_ms=4.5,
    v2v_bias_ms=0.4,
    simulator_lateness_p95_ms=0.7,
    load_average=0.6,
    passed=True,
)
LOCAL = Target(
    provider="local",
    model=None,
    url="",
    dialect=Dialect.OPENAI_GA,
    auth=AuthScheme.BEARER,
    title="Embedded speech engine",
)


def devices(*found: DeviceInfo) -> DevicesReport:
    return DevicesReport(devices=found)


def session(state: str = "running", t0_ns: int = 0) -> SessionReport:
    record = SessionRecord(
        session_id="20261121-120000-abc",
        app_version="0.1.0",
        schema_version=SCHEMA_VERSION,
        state=state,
        t0_utc="2026-11-21T12:00:00Z",
        t0_ns=Nanoseconds(t0_ns),
        ended_utc=None,
        target=LOCAL,
        settings=SessionSettings(),
        input_name="Jabra Evolve2 40",
        output_name="Jabra Evolve2 40",
        connect=None,
        counters=SessionCounters(),
        turns_n=0,
        failed_n=0,
        machine={},
        calibration=CalibrationNote(engine=CALIBRATED),
    )
    return SessionReport(record=record, folder="/tmp/sessions/20261121-120000-abc")  # noqa: S108


def wobble(turn: int, reach: float) -> float:
    """A fixed, uneven sequence: no two neighbours alike, the same in every run."""
    return reach * (0.6 * math.sin(turn * 1.7) + 0.4 * math.sin(turn * 0.37 + 1) + 0.3)


def at_ns(ms: float) -> Nanoseconds:
    return Nanoseconds(round(ms * 1e6))


def turn(turn_id: int, **changes: Any) -> TurnRecord:
    """A turn as the engine tells it: server VAD, answered, nothing odd."""
    start = turn_id * TURN_MS
    response = 318.0 + wobble(turn_id, 90)
    endpointing = 241.0 + wobble(turn_id + 3, 25)
    v2v = 9.0 + endpointing + response + 22.0 + 22.0
    end = start + 2_000
    stop, first_audio = end + 9 + endpointing, end + 9 + endpointing + response
    created = stop + 12
    record = TurnRecord(
        turn_id=turn_id,
        status=TurnStatus.OK,
        u_on_ns=at_ns(start),
        u_off_ns=at_ns(end),
        speech_end_method=SpeechEndMethod.ANNOTATED,
        sent_ns=at_ns(end + 9),
        vad_on_ns=at_ns(start + 60),
        vad_off_ns=at_ns(stop),
        create_ns=at_ns(created),
        decided_ns=at_ns(stop),
        tok1_ns=at_ns(first_audio - 30),
        first_audio_ns=at_ns(first_audio),
        last_audio_ns=at_ns(first_audio + 1_150),
        playback_ns=at_ns(first_audio + 22),
        audible_ns=at_ns(end + v2v),
        audible_end_ns=at_ns(end + v2v + 4_900),
        done_ns=at_ns(first_audio + 1_180),
        v2v_ms=v2v,
        v2v_line_ms=v2v,
        u_v2v_ms=6.4,
        tx_wait_ms=9.0,
        endpointing_ms=endpointing,
        server_response_ms=response,
        leading_silence_ms=22.0,
        playout_wait_ms=22.0,
        breakdown_residual_ms=0.0,
        ttft_ms=response - 30,
        ttft_ref="stop",
        ttft_modality="transcript",
        ttft_eos_ms=9 + endpointing + response - 30,
        ttft_stop_ms=response - 30,
        ttft_create_ms=response - 42,
        ttfa_eos_ms=9 + endpointing + response,
        ttfa_stop_ms=response,
        ttfa_create_ms=response - 12,
        ttfaa_ms=response + 22,
        done_ms=response + 1_180,
        endpoint_delay_ms=9 + endpointing,
        model_latency_ms=response - 42,
        user_final_transcript_ms=780.0 + wobble(turn_id, 60),
        transcript_lead_ms=-210.0 + wobble(turn_id, 30),
        audio_out_ms=4_900.0,
        chunks_n=25,
        required_prebuffer_ms=max(wobble(turn_id, 18), 0.0),
        stalls_n=0,
        stall_ms=0.0,
        jitter_p95_ms=7.0 + wobble(turn_id, 3),
        delivery_x=4.2 + wobble(turn_id, 1.4),
        text_tps=85.0 + wobble(turn_id, 20),
        total_tps=118.0 + wobble(turn_id, 20),
        audio_tokens_per_s=20.0,
        premature=False,
        takeover=True,
        fto_ms=v2v,
        usage=TokenUsage(output_text=24),
        client_added_ms=31.0 + wobble(turn_id, 4),
        tx_quantisation_ms=8.5 + wobble(turn_id, 4),
        tx_lateness_ms=0.5,
        jitter_buffer_ms=20.0,
        playout_rest_ms=2.0,
        rtt_ms=42.0,
        loop_lag_p99_ms=0.42,
        client_xruns=0,
        device_clock="measured",
    )
    return replace(record, **changes)


def said(
    entry_id: str, speaker: Speaker, at_ms: float, text: str, **changes: Any
) -> TranscriptReport:
    report = TranscriptReport(
        entry_id=entry_id, speaker=speaker, at_ms=at_ms, text=text, final=True
    )
    return replace(report, **changes)


def _speech(length: int, phase: float) -> tuple[float, ...]:
    return tuple(
        max(0.0, 0.35 * abs(math.sin(i * 0.21 + phase)) * abs(math.sin(i * 0.037 + phase)) + 0.02)
        for i in range(length)
    )


def envelope(start_ms: float, turn_id: int) -> EnvelopeReport:
    """One turn of 9 s: the user speaks for 2 s, the model answers after 0.6 s for 5 s."""
    silence = (0.003,)
    user = _speech(100, turn_id) + silence * 350
    model = silence * 130 + _speech(250, turn_id + 1.3) + silence * 70
    return EnvelopeReport(start_ms=start_ms, step_ms=STEP_MS, user=user, model=model)


def marks(turn_id: int) -> list[EngineReport]:
    start = turn_id * TURN_MS
    plan = (
        (MarkKind.VAD_ON, 60),
        (MarkKind.VAD_OFF, 2_250),
        (MarkKind.RESPONSE_CREATED, 2_262),
        (MarkKind.FIRST_TOKEN, 2_538),
        (MarkKind.FIRST_AUDIO, 2_568),
        (MarkKind.AUDIBLE, 2_612),
        (MarkKind.RESPONSE_DONE, 4_900),
    )
    return [MarkReport(kind=kind, at_ms=start + offset) for kind, offset in plan]


# What a long session holds beside the usual turns.
ODDITIES: dict[int, dict[str, Any]] = {
    1: {"is_first_turn": True},
    31: {"client_limited": "loop_lag", "loop_lag_p99_ms": 14.0},
    52: {"client_limited": "xrun", "client_xruns": 1, "excluded_reason": "xrun"},
    77: {
        "status": TurnStatus.TIMEOUT,
        "error_type": "timeout",
        "error_message": "no reply within 30 s",
        "v2v_ms": None,
        "ttft_ms": None,
        "ttfa_stop_ms": None,
    },
    120: {
        "status": TurnStatus.INTERRUPTED,
        "interrupt_kind": InterruptKind.GENERATION,
        "yield_ms": 310.0,
        "overspeech_ms": 290.0,
    },
}


def one_turn(turn_id: int) -> list[EngineReport]:
    """Everything that a finished turn reports."""
    start = turn_id * TURN_MS
    question, answer = EXCHANGES[turn_id % len(EXCHANGES)]
    return [
        said(f"u{turn_id}", Speaker.USER, start, question),
        said(f"m{turn_id}", Speaker.MODEL, start + 2_600, answer),
        envelope(start, turn_id),
        *marks(turn_id),
        TurnReport(record=turn(turn_id, **ODDITIES.get(turn_id, {}))),
    ]


def health(elapsed_s: float, **changes: Any) -> HealthReport:
    report = HealthReport(
        elapsed_s=elapsed_s,
        loop_lag_p99_ms=0.42,
        callback_lag_ms=1.3,
        client_added_p95_ms=34.2,
        client=ClientDelayReport(
            p50_ms=31.0,
            p95_ms=34.2,
            quantisation_ms=8.5,
            sending_ms=0.5,
            buffer_ms=20.0,
            playing_ms=2.0,
        ),
        u_v2v_ms=6.4,
        rtt_ms=42.0,
        recording=True,
    )
    return replace(report, **changes)


def conversation(turns: int) -> list[EngineReport]:
    """A session of ``turns`` finished turns that now listens."""
    reports: list[EngineReport] = [
        StateReport(state=LiveState.CONNECTING, detail="TLS"),
        session(),
        StateReport(state=LiveState.LISTENING),
    ]
    for turn_id in range(1, turns + 1):
        reports += one_turn(turn_id)
    reports.append(health(turns * TURN_MS / 1000 + 9))
    return reports


def mid_turn(turn_id: int) -> list[EngineReport]:
    """The model is being spoken to and answers; the reply before was interrupted."""
    start = turn_id * TURN_MS
    before = f"m{turn_id - 1}"
    return [
        said(
            before,
            Speaker.MODEL,
            start - TURN_MS + 2_600,
            "Let me tell you a long story about a lighthouse keeper and her",
            interrupted=True,
            heard_ms=1_800.0,
            total_ms=4_200.0,
        ),
        MarkReport(kind=MarkKind.BARGE_IN, at_ms=start - 2_000),
        said(f"u{turn_id}", Speaker.USER, start, "Stop, please. What time is it?"),
        said(f"m{turn_id}", Speaker.MODEL, start + 2_600, "It is twelve minutes", final=False),
        EnvelopeReport(
            start_ms=start,
            step_ms=STEP_MS,
            user=_speech(100, 2.0) + (0.003,) * 80,
            model=(0.003,) * 130 + _speech(50, 0.5),
        ),
        *marks(turn_id)[:-1],
        StateReport(state=LiveState.MODEL_SPEAKS),
        MeterReport(
            input_rms_dbfs=-52.0,
            input_peak_dbfs=-40.0,
            output_rms_dbfs=-21.0,
            output_peak_dbfs=-9.0,
        ),
        health((start + 3_600) / 1000),
    ]
