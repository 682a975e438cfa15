"""Why a figure of a turn is unknown, in one sentence for people. No gap without a reason.

Each metric names what it needs, in the order in which it is looked for; the first that is
missing is the reason.
"""

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from app.core.events import BargeInCause
from app.core.records import InterruptKind, TurnRecord, TurnStatus
from app.metrics.uncertainty import uncertainty_reason

Need: TypeAlias = Callable[[TurnRecord], str]
"""Says why it is missing, or ""."""

DEFAULT: Final = "what it needs was not reported in this turn"


def unknown_reason(metric: str, turn: TurnRecord) -> str:
    """Return why ``metric`` of ``turn`` is unknown, without a full stop; "" if it is known.

    Raises:
        AttributeError: If there is no such column.
    """
    if getattr(turn, metric) is not None:
        return ""
    said = (need(turn) for need in NEEDS.get(metric, ()))
    return next((reason for reason in said if reason), DEFAULT)


def _missing(column: str, sentence: str) -> Need:
    """Return a need for a column that has a value."""
    return lambda turn: "" if getattr(turn, column) is not None else sentence


# --- what is needed -----------------------------------------------------------------------------


def _user_end(turn: TurnRecord) -> str:
    if turn.u_off_ns is not None:
        return ""
    if turn.false_start:
        return "a false start: the user spoke on before an answer, and ended in the next turn"
    heard = (turn.u_on_ns, turn.vad_on_ns, turn.vad_off_ns, turn.commit_ns)
    if all(at is None for at in heard):
        return "nobody spoke in this turn: it was typed, or the agent began"
    return "the end of the user's speech was not found"


def _reply(turn: TurnRecord) -> str:
    if turn.tok1_ns is not None or turn.audible_ns is not None or turn.last_audio_ns is not None:
        return ""
    return "there was no reply"


def _audio(turn: TurnRecord) -> str:
    if turn.last_audio_ns is None and turn.audible_ns is None:
        return _reply(turn) or "the reply had no audio"
    return ""


def _first_audio(turn: TurnRecord) -> str:
    if turn.first_audio_ns is not None:
        return ""
    return (
        _audio(turn) or "the audio is one endless stream: which piece was first heard is not told"
    )


def _token(turn: TurnRecord) -> str:
    return "" if turn.tok1_ns is not None else _first_audio(turn)


def _audible(turn: TurnRecord) -> str:
    if turn.audible_ns is not None:
        return ""
    if turn.flush_ns is not None or turn.status is TurnStatus.INTERRUPTED:
        return "the reply was not heard: it was interrupted before it sounded"
    return _audio(turn) or "nothing of the reply was audible"


def _words(turn: TurnRecord) -> str:
    return (
        "" if turn.agent_transcript else _reply(turn) or "the provider sent no words of the reply"
    )


def _tool(turn: TurnRecord) -> str:
    return "" if turn.has_tool else "no tool was called in this turn"


def _interruption(turn: TurnRecord) -> str:
    if turn.interrupted_ns is not None:
        return ""
    if turn.flush_ns is not None:
        return "the reply was stopped by hand, not by speech"
    return "no interruption in this turn"


def _something_to_stop(turn: TurnRecord) -> str:
    if turn.interrupt_kind is InterruptKind.PLAYBACK_ONLY:
        return "the whole reply had arrived before the interruption"
    return ""


def _by_hand(turn: TurnRecord) -> str:
    if turn.interrupt_cause in (None, BargeInCause.SERVER, BargeInCause.LOCAL):
        return ""
    return "the reply was stopped by hand, not by speech"


def _no_turn(turn: TurnRecord) -> str:
    return "the speech was meant as no turn" if turn.interrupter_is_turn is False else ""


def _no_stream(turn: TurnRecord) -> str:
    told = turn.first_audio_ns is not None or turn.last_audio_ns is None
    return "" if told else "the reply's audio is one endless stream that holds silence"


def _several_pieces(turn: TurnRecord) -> str:
    return "the reply was a single piece, so it has no rate" if turn.chunks_n == 1 else ""


def _usage(turn: TurnRecord) -> str:
    return "" if turn.usage is not None else "the provider reported no token counts"


def _device(turn: TurnRecord) -> str:
    digital = turn.device_clock == "digital"
    return "there is no device: what would sound is recorded" if digital else ""


def _uncertain(turn: TurnRecord) -> str:
    return uncertainty_reason(turn.speech_end_method, turn.device_clock, turn.loop_lag_p99_ms)


_STOP = _missing("vad_off_ns", "the provider reports no end of speech")
_COMMIT = _missing("commit_ns", "nothing was committed in this turn")
_CREATE = _missing("create_ns", "no reply was asked for or announced")
_REF = _missing("ttft_ref", "the provider reports no end of speech, no commit and no reply begun")
_DONE = _missing("done_ns", "the provider never said that the reply was done")
_SENT = _missing("sent_ns", "when the end of speech was sent is not known")
_PLAYED = _missing("playback_ns", "nothing of the reply was played")
_SILENT = _missing("audible_end_ns", "the reply was still sounding")
_DECIDED = _missing("decided_ns", "the provider reports no end of the user's turn")
_DEVICE_OUT = _missing("device_out_ms", "the device does not state its output latency")
_RTT = _missing("rtt_ms", "no ping was answered before this turn")
_ONSET = _missing("vad_on_latency_ms", "the provider reported no onset of the interrupting speech")
_CALLED = _missing("tool_called_ns", "no tool was called in this turn")
_ANSWERED = _missing("tool_result_ns", "the tool's result was not sent")
_FLUSHED = _missing("flush_ns", "our playback was not stopped")
_TX = _missing("tx_wait_ms", "when the end of speech was sent is not known")
_PLAYOUT = _missing("playout_wait_ms", "the way from the socket to the loudspeaker was not seen")


def _always(sentence: str) -> Need:
    return lambda _turn: sentence


_BY_HAND = _always("the turn was not ended by hand")
_NO_CANCEL = _always("we sent no cancel, or nothing answered it")
_V2V: Final = (_user_end, _audible)
_TEXT_RATE: Final = (_words, _always("the words came at once, so they have no rate"))
_TEXT_GAP: Final = (_words, _always("the words came in one piece"))
_TOKENS: Final = (_reply, _usage, _DONE, _always("the token counts are incomplete"))
_CALIBRATION: Final = _always("this pair of devices was not calibrated")

NEEDS: Final[Mapping[str, tuple[Need, ...]]] = {
    "v2v_ms": _V2V,
    "fto_ms": _V2V,
    "premature": _V2V,
    "breakdown_residual_ms": _V2V,
    "v2v_line_ms": (*_V2V, _DEVICE_OUT),
    "v2v_ear_ms": (*_V2V, _device, _CALIBRATION),
    "u_v2v_ms": (*_V2V, _uncertain),
    "tx_wait_ms": (_user_end, _SENT),
    "endpointing_ms": (_user_end, _DECIDED),
    "server_response_ms": (_first_audio, _DECIDED),
    "leading_silence_ms": (_audible, _first_audio),
    "playout_wait_ms": (_first_audio, _PLAYED),
    "device_out_ms": (
        _audio,
        _PLAYED,
        _device,
        _always("the device does not state its output latency"),
    ),
    "ttft_ms": (_token, _REF),
    "ttft_eos_ms": (_token, _user_end),
    "ttft_stop_ms": (_token, _STOP),
    "ttft_commit_ms": (_token, _COMMIT),
    "ttft_create_ms": (_token, _CREATE),
    "ttfa_eos_ms": (_first_audio, _user_end),
    "ttfa_stop_ms": (_first_audio, _STOP),
    "ttfa_commit_ms": (_first_audio, _COMMIT),
    "ttfa_create_ms": (_first_audio, _CREATE),
    "ttfaa_ms": (_first_audio, _REF, _audible),
    "tts_lead_ms": (_first_audio, _words, _always("the words were written, not spoken")),
    "done_ms": (_DONE, _REF),
    "endpoint_delay_ms": (_user_end, _STOP),
    "release_delay_ms": (_user_end, _BY_HAND),
    "model_latency_ms": (_first_audio, _REF, _RTT),
    "user_first_transcript_ms": (_user_end, _always("the provider sent no interim transcript")),
    "user_final_transcript_ms": (
        _missing("user_final_ns", "the provider sent no transcript of the user"),
        _user_end,
    ),
    "transcript_lead_ms": (_audible, _words, _always("the words were written, not spoken")),
    "transcript_end_lag_ms": (
        _audible,
        _SILENT,
        _words,
        _always("the provider did not say that the transcript was complete"),
    ),
    "tool_decide_ms": (_CALLED, _user_end),
    "tool_exec_ms": (_CALLED, _ANSWERED, _always("not every call was answered")),
    "tool_resume_ms": (_CALLED, _ANSWERED, _always("nothing was audible after the tool")),
    "tool_v2v_ms": (
        _CALLED,
        _ANSWERED,
        _user_end,
        _always("nothing was audible after the tool"),
    ),
    "tool_lead_in": (_tool,),
    "audio_out_ms": (_audio,),
    "chunks_n": (_audio,),
    "required_prebuffer_ms": (_audio,),
    "stalls_n": (_audio, _PLAYED),
    "stall_ms": (_audio, _PLAYED),
    "stall_longest_ms": (_audio, _PLAYED),
    "stall_ratio": (_audio, _PLAYED),
    "jitter_p95_ms": (_audio, _several_pieces),
    "jitter_smoothed_ms": (_audio, _several_pieces),
    "delivery_x": (_audio, _several_pieces, _always("all pieces came at one instant")),
    "text_tps": _TEXT_RATE,
    "total_tps": _TOKENS,
    "e2e_tps": (*_TOKENS[:3], _REF, _TOKENS[3]),
    "audio_tokens_per_s": (_audio, *_TOKENS),
    "text_gap_p50_ms": _TEXT_GAP,
    "text_gap_p95_ms": _TEXT_GAP,
    "text_gap_max_ms": _TEXT_GAP,
    "takeover": (_audible, _SILENT),
    "overlap_ms": (_audible, _SILENT, _user_end),
    "self_interrupted": (
        _audible,
        _always("the provider reported no onset while the agent sounded, or none we could check"),
    ),
    "interrupt_kind": (_interruption, _DONE),
    "vad_on_latency_ms": (_interruption, _ONSET),
    "local_on_latency_ms": (
        _interruption,
        _always("our own ears did not stop it; the provider, a hand or nobody did"),
    ),
    "handover_stop_ms": (
        _FLUSHED,
        _audible,
        _always("when the device was given the last of it is not known"),
    ),
    "local_stop_ms": (
        _FLUSHED,
        _audible,
        _always("the device does not tell when it fell silent"),
    ),
    "yield_ms": (_interruption, _audible, _by_hand, _SILENT),
    "server_stop_ms": (
        _interruption,
        _audio,
        _something_to_stop,
        _always("no more audio came after the interruption"),
    ),
    "server_cancel_ms": (
        _interruption,
        _ONSET,
        _something_to_stop,
        _always("the provider did not cancel the reply"),
    ),
    "cancel_last_audio_ms": (_NO_CANCEL,),
    "cancel_done_ms": (_NO_CANCEL,),
    "overspeech_ms": (_interruption, _SILENT),
    "overspeech_words": (_interruption, _audible, _words, _SILENT),
    "missed_interrupt": (_interruption, _no_turn, _audible, _by_hand, _SILENT),
    "wasted_audio_ms": (_audio, _no_stream, _always("a reply was still sounding")),
    "wasted_tokens": (
        _audio,
        _no_stream,
        _usage,
        _always("a reply was still sounding, or did not report its audio tokens"),
    ),
    "false_interrupt": (
        _interruption,
        _audible,
        _always("whether the speech was meant as a turn is not known, or it was"),
    ),
    "resumed_ms": (
        _interruption,
        _audible,
        _by_hand,
        _always("the agent did not resume in this turn"),
    ),
    "heard_ms": (_audio, _DONE, _always("the reply was still sounding")),
    "truncate_sent_ms": (
        _interruption,
        _audible,
        _always("the provider was not told what was heard"),
    ),
    "truncate_err_ms": (
        _interruption,
        _audible,
        _always("the provider was not told what was heard"),
    ),
    "client_added_ms": (_user_end, _SENT, _first_audio, _PLAYED, _PLAYOUT),
    "tx_quantisation_ms": (_user_end, _TX, _always("the grid of the frames is not known")),
    "tx_lateness_ms": (_user_end, _TX, _always("the grid of the frames is not known")),
    "jitter_buffer_ms": (
        _first_audio,
        _PLAYED,
        _always("the playback does not tell how much it waited for"),
    ),
    "playout_rest_ms": (
        _first_audio,
        _PLAYED,
        _always("the playback does not tell how much it waited for"),
    ),
    "rtt_ms": (_always("no ping was answered before this turn ended"),),
    "loop_lag_p99_ms": (_always("the turn was too short to sample it"),),
    "callback_lag_ms": (_device, _always("no device with callbacks is in use")),
    "clock_jump_ms": (_always("the clock did not jump"),),
    "client_xruns": (_always("the devices do not count them"),),
}
