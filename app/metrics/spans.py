"""The stretch of time that a figure stands for: what is marked in the lanes, and played.

A span is in order even where the figure is negative: an answer before the end of speech spans
the overlap.

Source: the definitions, whose start and end these instants are.
"""

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from app.core.clock import Nanoseconds
from app.core.records import TurnRecord

Instant: TypeAlias = Callable[[TurnRecord], Nanoseconds | None]


def span_of(metric: str, turn: TurnRecord) -> tuple[Nanoseconds, Nanoseconds] | None:
    """Return where ``metric`` of ``turn`` lies, start first; None if that is not known.

    None too for a figure that is unknown, or that does not lie between two instants.
    """
    ends = SPANS.get(metric)
    if ends is None or getattr(turn, metric) is None:
        return None
    start, end = ends[0](turn), ends[1](turn)
    if start is None or end is None:
        return None
    return min(start, end), max(start, end)


def _at(column: str) -> Instant:
    """Return the instant in ``column``."""
    return lambda turn: getattr(turn, f"{column}_ns")


def _moved(start: Instant, *metrics: str, sign: int = 1) -> Instant:
    """Return the instant that lies the sum of ``metrics`` after ``start`` (-1: before)."""

    def read(turn: TurnRecord) -> Nanoseconds | None:
        at_ns = start(turn)
        values = [getattr(turn, metric) for metric in metrics]
        if at_ns is None or None in values:
            return None
        return Nanoseconds(at_ns + sign * round(sum(values) * 1e6))

    return read


def _or(*instants: Instant) -> Instant:
    """Return the first of ``instants`` that is known."""

    def read(turn: TurnRecord) -> Nanoseconds | None:
        known = (instant(turn) for instant in instants)
        return next((at_ns for at_ns in known if at_ns is not None), None)

    return read


def _reference(turn: TurnRecord) -> Nanoseconds | None:
    refs = {"stop": turn.vad_off_ns, "commit": turn.commit_ns, "create": turn.create_ns}
    return refs.get(turn.ttft_ref or "")


def _seen_or_audible(turn: TurnRecord) -> Nanoseconds | None:
    """Return the first audio; where it is not told, the audible frame less the device's part."""
    if turn.first_audio_ns is not None and turn.playout_wait_ms is not None:
        return turn.first_audio_ns
    if turn.audible_ns is None:
        return turn.first_audio_ns
    return Nanoseconds(turn.audible_ns - round((turn.device_out_ms or 0.0) * 1e6))


_U_ON, _U_OFF, _SENT = _at("u_on"), _at("u_off"), _at("sent")
_STOP, _COMMIT, _CREATE, _DECIDED = _at("vad_off"), _at("commit"), _at("create"), _at("decided")
_TOK1, _A0, _A_LAST, _PLAY = _at("tok1"), _at("first_audio"), _at("last_audio"), _at("playback")
_AUD, _SIL, _DONE = _at("audible"), _at("audible_end"), _at("done")
_CALLED, _ANSWERED = _at("tool_called"), _at("tool_result")
_ONSET, _FLUSH = _at("interrupted"), _at("flush")
_LEFT = _or(_SENT, _U_OFF)
_ASKED = _or(_DECIDED, _LEFT)
_HANDED = _moved(_PLAY, "device_out_ms", sign=-1)
_CANCEL = _or(
    _moved(_A_LAST, "cancel_last_audio_ms", sign=-1), _moved(_DONE, "cancel_done_ms", sign=-1)
)
_DECISION = _moved(_FLUSH, "local_stop_ms", sign=-1)
_YIELDED = _moved(_ONSET, "yield_ms")

SPANS: Final[Mapping[str, tuple[Instant, Instant]]] = {
    "v2v_ms": (_U_OFF, _AUD),
    "fto_ms": (_U_OFF, _AUD),
    "v2v_line_ms": (_U_OFF, _moved(_U_OFF, "v2v_line_ms")),
    "v2v_ear_ms": (_U_OFF, _moved(_U_OFF, "v2v_ear_ms")),
    "tx_wait_ms": (_U_OFF, _SENT),
    "endpointing_ms": (_LEFT, _DECIDED),
    "server_response_ms": (_ASKED, _seen_or_audible),
    "leading_silence_ms": (_moved(_AUD, "leading_silence_ms", sign=-1), _AUD),
    "playout_wait_ms": (_A0, _moved(_A0, "playout_wait_ms")),
    "device_out_ms": (_HANDED, _PLAY),
    "ttft_ms": (_reference, _TOK1),
    "ttft_eos_ms": (_U_OFF, _TOK1),
    "ttft_stop_ms": (_STOP, _TOK1),
    "ttft_commit_ms": (_COMMIT, _TOK1),
    "ttft_create_ms": (_CREATE, _TOK1),
    "ttfa_eos_ms": (_U_OFF, _A0),
    "ttfa_stop_ms": (_STOP, _A0),
    "ttfa_commit_ms": (_COMMIT, _A0),
    "ttfa_create_ms": (_CREATE, _A0),
    "ttfaa_ms": (_reference, _moved(_A0, "leading_silence_ms")),
    "tts_lead_ms": (_moved(_A0, "tts_lead_ms", sign=-1), _A0),
    "done_ms": (_reference, _DONE),
    "endpoint_delay_ms": (_U_OFF, _STOP),
    "release_delay_ms": (_U_OFF, _COMMIT),
    "model_latency_ms": (_moved(_A0, "model_latency_ms", sign=-1), _A0),
    "user_first_transcript_ms": (_U_ON, _moved(_U_ON, "user_first_transcript_ms")),
    "user_final_transcript_ms": (_U_OFF, _at("user_final")),
    "transcript_lead_ms": (_AUD, _moved(_AUD, "transcript_lead_ms")),
    "transcript_end_lag_ms": (_SIL, _moved(_SIL, "transcript_end_lag_ms")),
    "tool_decide_ms": (_U_OFF, _CALLED),
    "tool_exec_ms": (_CALLED, _ANSWERED),
    "tool_resume_ms": (_ANSWERED, _at("tool_audible")),
    "tool_v2v_ms": (_U_OFF, _at("tool_audible")),
    "vad_on_latency_ms": (_ONSET, _moved(_ONSET, "vad_on_latency_ms")),
    "local_on_latency_ms": (_ONSET, _moved(_ONSET, "local_on_latency_ms")),
    "handover_stop_ms": (_DECISION, _moved(_DECISION, "handover_stop_ms")),
    "local_stop_ms": (_DECISION, _FLUSH),
    "yield_ms": (_ONSET, _YIELDED),
    "server_stop_ms": (_ONSET, _A_LAST),
    "server_cancel_ms": (
        _moved(_ONSET, "vad_on_latency_ms"),
        _moved(_ONSET, "vad_on_latency_ms", "server_cancel_ms"),
    ),
    "cancel_last_audio_ms": (_CANCEL, _A_LAST),
    "cancel_done_ms": (_CANCEL, _moved(_CANCEL, "cancel_done_ms")),
    "resumed_ms": (_YIELDED, _moved(_ONSET, "yield_ms", "resumed_ms")),
    "heard_ms": (_PLAY, _moved(_PLAY, "heard_ms")),
    "overspeech_ms": (_ONSET, _SIL),
    "tx_quantisation_ms": (_U_OFF, _moved(_U_OFF, "tx_quantisation_ms")),
    "tx_lateness_ms": (_moved(_SENT, "tx_lateness_ms", sign=-1), _SENT),
    "jitter_buffer_ms": (_A0, _moved(_A0, "jitter_buffer_ms")),
    "playout_rest_ms": (
        _moved(_A0, "jitter_buffer_ms"),
        _moved(_A0, "jitter_buffer_ms", "playout_rest_ms"),
    ),
}
"""Start and end of each figure that lies between two instants."""

NOT_BETWEEN_INSTANTS: Final = frozenset(
    {
        "audio_out_ms",
        "breakdown_residual_ms",
        "callback_lag_ms",
        "client_added_ms",
        "clock_jump_ms",
        "jitter_p95_ms",
        "jitter_smoothed_ms",
        "loop_lag_p99_ms",
        "overlap_ms",
        "required_prebuffer_ms",
        "rtt_ms",
        "stall_longest_ms",
        "stall_ms",
        "text_gap_max_ms",
        "text_gap_p50_ms",
        "text_gap_p95_ms",
        "truncate_err_ms",
        "truncate_sent_ms",
        "u_v2v_ms",
        "wasted_audio_ms",
    }
)
"""Sums, percentiles, errors and media positions: they have a size but no place."""
