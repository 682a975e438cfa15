"""What is stored, shown and exported: sessions, turns, connections."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from app.core.audio_format import StreamHealth
from app.core.clock import Nanoseconds
from app.core.config import SessionSettings, Target
from app.core.events import SpeechEndMethod, TokenUsage

SCHEMA_VERSION = "1.0.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectTiming:
    """How long each stage of opening the connection took, ms; None where there was none.

    Attributes:
        tls_upgrade_ms: TLS handshake and HTTP upgrade together, which arrive as one.
        created_ms: Upgrade done until the provider's first session event.
        ready_ms: That until our configuration was accepted.
        cold: True for the first connection of this process.
    """

    dns_ms: float | None = None
    tcp_ms: float | None = None
    tls_upgrade_ms: float | None = None
    created_ms: float | None = None
    ready_ms: float | None = None
    cold: bool = True


class TurnStatus(StrEnum):
    """How a turn ended."""

    OK = "ok"
    INTERRUPTED = "interrupted"
    CANCELLED = "cancelled"
    TIMEOUT = "timeout"
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnRecord:
    """One user-to-agent exchange: a row of ``turns.csv``. Unknown is None, never zero.

    Names, reference points and formulas stand in ``app.metrics.definitions``. All ``_ms``
    are milliseconds; ``_ns`` are instants on the session clock.
    """

    turn_id: int
    status: TurnStatus
    error_type: str | None = None
    error_message: str | None = None
    input_name: str | None = None
    is_first_turn: bool = False
    has_tool: bool = False
    barge_in: bool = False
    # instants, for the lanes and for `sessions verify`
    u_on_ns: Nanoseconds | None = None
    u_off_ns: Nanoseconds | None = None
    speech_end_method: SpeechEndMethod = SpeechEndMethod.NONE
    vad_on_ns: Nanoseconds | None = None
    vad_off_ns: Nanoseconds | None = None
    first_audio_ns: Nanoseconds | None = None
    audible_ns: Nanoseconds | None = None
    done_ns: Nanoseconds | None = None
    # the additive breakdown
    v2v_ms: float | None = None
    tx_wait_ms: float | None = None
    endpointing_ms: float | None = None
    server_response_ms: float | None = None
    leading_silence_ms: float | None = None
    playout_wait_ms: float | None = None
    device_out_ms: float | None = None
    # first token and first audio, each with its reference point
    ttft_ms: float | None = None
    ttft_ref: str | None = None
    ttft_eos_ms: float | None = None
    ttft_stop_ms: float | None = None
    ttft_commit_ms: float | None = None
    ttft_create_ms: float | None = None
    ttft_modality: str | None = None
    ttfa_eos_ms: float | None = None
    ttfa_stop_ms: float | None = None
    ttfa_commit_ms: float | None = None
    ttfa_create_ms: float | None = None
    ttfaa_ms: float | None = None
    done_ms: float | None = None
    user_final_transcript_ms: float | None = None
    tool_exec_ms: float | None = None
    tool_v2v_ms: float | None = None
    # the stream of the reply
    audio_out_ms: float | None = None
    chunks_n: int | None = None
    required_prebuffer_ms: float | None = None
    stalls_n: int | None = None
    stall_ms: float | None = None
    jitter_p95_ms: float | None = None
    delivery_x: float | None = None
    text_tps: float | None = None
    # interruption
    vad_on_latency_ms: float | None = None
    local_stop_ms: float | None = None
    heard_ms: float | None = None
    truncate_sent_ms: int | None = None
    # words
    ref_text: str | None = None
    user_transcript: str | None = None
    agent_transcript: str | None = None
    # money
    usage: TokenUsage | None = None
    # health of the measurement
    client_added_ms: float | None = None
    rtt_ms: float | None = None
    loop_lag_p99_ms: float | None = None
    client_xruns: int | None = None
    device_clock: str | None = None
    excluded_reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionCounters:
    """What was lost or odd in a session; every bounded queue reports here."""

    unknown_messages: int = 0
    protocol_errors: int = 0
    provider_errors: int = 0
    dropped_capture_frames: int = 0
    dropped_playback_frames: int = 0
    dropped_journal_lines: int = 0
    dropped_reports: int = 0
    capture: StreamHealth = field(default_factory=StreamHealth)
    playback: StreamHealth = field(default_factory=StreamHealth)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRecord:
    """What ``session.json`` says.

    Attributes:
        state: "running", "complete", "interrupted" (its process was killed) or "failed" (it
            never got as far as a conversation).
        engine_arguments: Options that the server we started was given.
    """

    session_id: str
    app_version: str
    schema_version: str
    state: str
    t0_utc: str
    t0_ns: Nanoseconds
    ended_utc: str | None
    target: Target
    settings: SessionSettings
    input_name: str
    output_name: str
    connect: ConnectTiming | None
    counters: SessionCounters
    turns_n: int
    failed_n: int
    machine: Mapping[str, Any]
    engine_arguments: tuple[str, ...] = ()
    reply_timeout_s: float | None = None
    end_reason: str | None = None
    provider_session_id: str | None = None
    effective_settings: Mapping[str, Any] | None = None
