"""Every metric of a turn under its topic, in the order in which people look for it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from app.metrics.definitions import DEFINITIONS

OTHER: Final = "Other"

TOPICS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "Latency": (
            "v2v_ms",
            "v2v_line_ms",
            "v2v_ear_ms",
            "u_v2v_ms",
            "tx_wait_ms",
            "endpointing_ms",
            "server_response_ms",
            "leading_silence_ms",
            "playout_wait_ms",
            "device_out_ms",
            "breakdown_residual_ms",
            "endpoint_delay_ms",
            "release_delay_ms",
            "model_latency_ms",
            "tts_lead_ms",
            "done_ms",
        ),
        "First token, first audio": (
            "ttft_ms",
            "ttft_ref",
            "ttft_modality",
            "ttft_eos_ms",
            "ttft_stop_ms",
            "ttft_commit_ms",
            "ttft_create_ms",
            "ttfa_eos_ms",
            "ttfa_stop_ms",
            "ttfa_commit_ms",
            "ttfa_create_ms",
            "ttfaa_ms",
        ),
        "Tokens": (
            "text_tps",
            "total_tps",
            "e2e_tps",
            "audio_tokens_per_s",
            "text_gap_p50_ms",
            "text_gap_p95_ms",
            "text_gap_max_ms",
        ),
        "Stream": (
            "audio_out_ms",
            "chunks_n",
            "required_prebuffer_ms",
            "stalls_n",
            "stall_ms",
            "stall_longest_ms",
            "stall_ratio",
            "jitter_p95_ms",
            "jitter_smoothed_ms",
            "delivery_x",
        ),
        "Turn-taking": (
            "fto_ms",
            "overlap_ms",
            "premature",
            "takeover",
            "self_interrupted",
            "interrupt_kind",
            "interrupt_cause",
            "interrupter_name",
            "interrupter_is_turn",
            "local_on_latency_ms",
            "vad_on_latency_ms",
            "handover_stop_ms",
            "local_stop_ms",
            "yield_ms",
            "server_stop_ms",
            "server_cancel_ms",
            "cancel_last_audio_ms",
            "cancel_done_ms",
            "overspeech_ms",
            "overspeech_words",
            "missed_interrupt",
            "false_interrupt",
            "resumed_ms",
            "heard_ms",
            "truncate_sent_ms",
            "truncate_err_ms",
            "wasted_audio_ms",
            "wasted_tokens",
        ),
        "Tools": (
            "tool_decide_ms",
            "tool_exec_ms",
            "tool_resume_ms",
            "tool_v2v_ms",
            "tool_lead_in",
        ),
        "Words": (
            "user_first_transcript_ms",
            "user_final_transcript_ms",
            "transcript_lead_ms",
            "transcript_end_lag_ms",
        ),
        "What we add": (
            "client_added_ms",
            "tx_quantisation_ms",
            "tx_lateness_ms",
            "jitter_buffer_ms",
            "playout_rest_ms",
        ),
        "Health": (
            "rtt_ms",
            "loop_lag_p99_ms",
            "callback_lag_ms",
            "client_xruns",
            "clock_jump_ms",
            "device_clock",
            "client_limited",
        ),
    }
)


def grouped() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the defined metrics by topic; what has no topic comes last."""
    listed = {metric for metrics in TOPICS.values() for metric in metrics}
    found = [
        (topic, tuple(metric for metric in metrics if metric in DEFINITIONS))
        for topic, metrics in TOPICS.items()
    ]
    left = tuple(metric for metric in DEFINITIONS if metric not in listed)
    return tuple((topic, metrics) for topic, metrics in [*found, (OTHER, left)] if metrics)
