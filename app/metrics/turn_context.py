"""What the events of a turn do not say: the session's own knowledge, handed over once."""

from dataclasses import dataclass

from app.core.clock import Nanoseconds
from app.core.records import TurnStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnContext:
    """What a turn's own events do not say. Unknown is None.

    Speech that interrupts a reply opens the next turn: its events are not of this turn's
    timeline, so what is known of it stands here. It may be given of every turn that another
    one followed: whether it was an interruption is decided from the playhead.

    Attributes:
        turn_id: Its number in the session, from 1.
        is_first_turn: Whether it is the session's first.
        status: How the session says it ended, e.g. TIMEOUT; None to read it from the reply.
        error_type: What went wrong, for machines.
        error_message: What went wrong, for people.
        input_name: What spoke.
        ref_text: What was said, where that is known beforehand.
        interrupted_by_ns: Acoustic onset of the next user speech, by our own detector or the
            script's annotation; None where nobody spoke, or by hand.
        interrupter_vad_on_ns: Arrival of the provider's onset of that speech.
        interrupter_off_ns: Acoustic end of that speech, as far as it is known by now.
        interrupter_name: What was spoken into the reply, where that is known beforehand.
        interrupter_is_turn: Whether that speech was meant to take the floor (False: a
            backchannel, a cough, side talk ...); None where the stimulus has no class.
        user_was_silent: Whether our own detector heard no user at ``interrupter_vad_on_ns``;
            None where it cannot tell.
        continuous_stream: Whether the provider sends one endless reply that holds silence.
        stream_before_ms: Audio of that reply that had been received before this turn's first
            piece of it.
        leading_silence_ms: Silence at the head of the reply's audio as received; it wins over
            what the playback says. None takes the playback's.
        device_out_ms: What the device's own output buffer holds.
        device_residual_ms: What the calibration of this pair of devices adds for an ear.
        device_residual_iqr_ms: Interquartile range of that calibration.
        tx_quantisation_ms: From the end of speech to the end of the frame that holds it.
        frame_ms: Length of the frames that were sent.
        rtt_ms: Round trip of the last ping before the turn ended.
        loop_lag_p99_ms: Lateness of the engine's loop in this turn.
        callback_lag_ms: Largest lateness of the device's callbacks in this turn.
        client_xruns: Xruns of our own devices in this turn.
        clock_jump_ms: Largest jump of the wall clock against the session clock in this turn;
            None takes those of its events.
        device_clock: "measured", "assumed" or "digital".
    """

    turn_id: int
    is_first_turn: bool = False
    status: TurnStatus | None = None
    error_type: str | None = None
    error_message: str | None = None
    input_name: str | None = None
    ref_text: str | None = None
    interrupted_by_ns: Nanoseconds | None = None
    interrupter_vad_on_ns: Nanoseconds | None = None
    interrupter_off_ns: Nanoseconds | None = None
    interrupter_name: str | None = None
    interrupter_is_turn: bool | None = None
    user_was_silent: bool | None = None
    continuous_stream: bool = False
    stream_before_ms: float = 0.0
    leading_silence_ms: float | None = None
    device_out_ms: float | None = None
    device_residual_ms: float | None = None
    device_residual_iqr_ms: float | None = None
    tx_quantisation_ms: float | None = None
    frame_ms: float = 20.0
    rtt_ms: float | None = None
    loop_lag_p99_ms: float | None = None
    callback_lag_ms: float | None = None
    client_xruns: int | None = None
    clock_jump_ms: float | None = None
    device_clock: str | None = None
