"""One exchange, as it is stored, shown and exported."""

from dataclasses import dataclass
from enum import StrEnum

from app.core.clock import Nanoseconds
from app.core.events import BargeInCause, SpeechEndMethod, TokenUsage


class TurnStatus(StrEnum):
    """How a turn ended."""

    OK = "ok"
    INTERRUPTED = "interrupted"
    CANCELLED = "cancelled"
    TIMEOUT = "timeout"
    ERROR = "error"


class ClientLimit(StrEnum):
    """Why our own side may have spoilt a turn's figures."""

    XRUN = "xrun"
    LOOP_LAG = "loop_lag"
    CALLBACK_LAG = "callback_lag"
    CLOCK_JUMP = "clock_jump"
    DEVICE_CLOCK = "device_clock"


class InterruptKind(StrEnum):
    """What the user interrupted."""

    GENERATION = "generation"
    PLAYBACK_ONLY = "playback_only"


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
    reply_status: str | None = None
    reply_reason: str | None = None
    input_name: str | None = None
    is_first_turn: bool = False
    has_tool: bool = False
    barge_in: bool = False
    false_start: bool | None = None
    # instants: the ends of every span that a figure stands for
    u_on_ns: Nanoseconds | None = None
    u_off_ns: Nanoseconds | None = None
    speech_end_method: SpeechEndMethod = SpeechEndMethod.NONE
    sent_ns: Nanoseconds | None = None
    vad_on_ns: Nanoseconds | None = None
    vad_off_ns: Nanoseconds | None = None
    commit_ns: Nanoseconds | None = None
    create_ns: Nanoseconds | None = None
    decided_ns: Nanoseconds | None = None
    tok1_ns: Nanoseconds | None = None
    first_audio_ns: Nanoseconds | None = None
    last_audio_ns: Nanoseconds | None = None
    playback_ns: Nanoseconds | None = None
    audible_ns: Nanoseconds | None = None
    audible_end_ns: Nanoseconds | None = None
    done_ns: Nanoseconds | None = None
    user_final_ns: Nanoseconds | None = None
    tool_called_ns: Nanoseconds | None = None
    tool_result_ns: Nanoseconds | None = None
    tool_audible_ns: Nanoseconds | None = None
    interrupted_ns: Nanoseconds | None = None
    flush_ns: Nanoseconds | None = None
    # voice to voice and its additive breakdown
    v2v_ms: float | None = None
    v2v_line_ms: float | None = None
    v2v_ear_ms: float | None = None
    u_v2v_ms: float | None = None
    tx_wait_ms: float | None = None
    endpointing_ms: float | None = None
    server_response_ms: float | None = None
    leading_silence_ms: float | None = None
    playout_wait_ms: float | None = None
    device_out_ms: float | None = None
    breakdown_residual_ms: float | None = None
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
    tts_lead_ms: float | None = None
    done_ms: float | None = None
    # the end of the user's turn, and the model without the network
    endpoint_delay_ms: float | None = None
    release_delay_ms: float | None = None
    model_latency_ms: float | None = None
    # words
    user_first_transcript_ms: float | None = None
    user_final_transcript_ms: float | None = None
    transcript_lead_ms: float | None = None
    transcript_end_lag_ms: float | None = None
    # tools
    tool_decide_ms: float | None = None
    tool_exec_ms: float | None = None
    tool_resume_ms: float | None = None
    tool_v2v_ms: float | None = None
    tool_lead_in: bool | None = None
    # the stream of the reply
    audio_out_ms: float | None = None
    chunks_n: int | None = None
    required_prebuffer_ms: float | None = None
    stalls_n: int | None = None
    stall_ms: float | None = None
    stall_longest_ms: float | None = None
    stall_ratio: float | None = None
    jitter_p95_ms: float | None = None
    jitter_smoothed_ms: float | None = None
    delivery_x: float | None = None
    text_tps: float | None = None
    total_tps: float | None = None
    e2e_tps: float | None = None
    audio_tokens_per_s: float | None = None
    text_gap_p50_ms: float | None = None
    text_gap_p95_ms: float | None = None
    text_gap_max_ms: float | None = None
    # turn-taking
    premature: bool | None = None
    takeover: bool | None = None
    fto_ms: float | None = None
    overlap_ms: float | None = None
    self_interrupted: bool | None = None
    # interruption
    interrupt_kind: InterruptKind | None = None
    interrupt_cause: BargeInCause | None = None
    interrupter_name: str | None = None
    interrupter_is_turn: bool | None = None
    handover_stop_ms: float | None = None
    wasted_audio_ms: float | None = None
    wasted_tokens: float | None = None
    vad_on_latency_ms: float | None = None
    local_on_latency_ms: float | None = None
    local_stop_ms: float | None = None
    yield_ms: float | None = None
    server_stop_ms: float | None = None
    server_cancel_ms: float | None = None
    cancel_last_audio_ms: float | None = None
    cancel_done_ms: float | None = None
    overspeech_ms: float | None = None
    overspeech_words: float | None = None
    missed_interrupt: bool | None = None
    false_interrupt: bool | None = None
    resumed_ms: float | None = None
    heard_ms: float | None = None
    truncate_sent_ms: int | None = None
    truncate_err_ms: float | None = None
    ref_text: str | None = None
    user_transcript: str | None = None
    agent_transcript: str | None = None
    # money
    usage: TokenUsage | None = None
    transcription_text_in: int | None = None
    transcription_audio_in: int | None = None
    transcription_out: int | None = None
    transcription_s: float | None = None
    session_s: float | None = None
    characters: int | None = None
    text_messages: int | None = None
    # what our own side adds, and the health of the measurement
    client_added_ms: float | None = None
    tx_quantisation_ms: float | None = None
    tx_lateness_ms: float | None = None
    jitter_buffer_ms: float | None = None
    playout_rest_ms: float | None = None
    rtt_ms: float | None = None
    loop_lag_p99_ms: float | None = None
    callback_lag_ms: float | None = None
    client_xruns: int | None = None
    clock_jump_ms: float | None = None
    device_clock: str | None = None
    client_limited: str | None = None
    excluded_reason: str | None = None
