"""Definitions: who had the floor, interruptions, and what our own side adds."""

from typing import Final

from app.metrics.definitions_words import (
    A0,
    A_LAST,
    AUD,
    CANCEL,
    DECISION,
    DONE,
    ONSET,
    PLAY,
    SENT,
    SIL,
    U_OFF,
    VAD_ON,
    Row,
)

_YIELD = "the end of the agent's speech that it fell into"

# fmt: off
TAKING: Final[tuple[Row, ...]] = (
    (
        "premature", "Premature answer", "", U_OFF, AUD, "DAC", "voice-to-voice < 0",
        "A short latency without the share of these says nothing.", "T12",
    ),
    (
        "takeover", "Took the turn", "", AUD, SIL, "DAC",
        "sounded 1.0 s or longer, or more than 3 words",
        ("Shorter output counts as a backchannel. Wanted after a turn, unwanted in a pause. Of a"
         " reply that was cut off only its length counts: how many words were heard is not known."),
        "T11",
    ),
    (
        "fto_ms", "Floor transfer offset", "ms", U_OFF, AUD, "DAC", "audible - end of speech",
        "Negative is overlap, positive a gap; silences above 2 s are dead air.", "T17",
    ),
    (
        "overlap_ms", "Overlap", "ms", "both speak", "one falls silent", "DAC",
        "time in which this reply sounded while the user spoke",
        "The user's side is as good as the detector in speech_end_method.", "T16",
    ),
    (
        "self_interrupted", "Interrupted itself", "", VAD_ON, VAD_ON, "session",
        "the provider heard speech while the agent sounded and the user was silent",
        "By our own detector, which may miss a whisper. Use a headset or echo cancellation.",
        "T19",
    ),
    (
        "interrupt_kind", "Kind of interruption", "", ONSET, "the reply's end arrived", "session",
        "generation while the reply was still arriving, playback_only after it",
        "From the playhead: the reply's status may be completed long before it is heard.", "4.2",
    ),
    (
        "vad_on_latency_ms", "Barge-in detection", "ms", ONSET, VAD_ON, "session",
        "provider's onset - acoustic onset",
        "Noise or a slow start of the voice moves the onset.", "T1",
    ),
    (
        "local_on_latency_ms", "Barge-in detection by our own ears", "ms", ONSET, DECISION,
        "session", "decision - acoustic onset, where interrupt_cause is local",
        ("So much speech as local_speech_ms asks for is part of it, and the frame of 20 ms."
         " Before the provider's, or in its place."),
        "T1",
    ),
    (
        "handover_stop_ms", "Stop at the device", "ms", DECISION,
        "the block with the last frame of the reply was handed to the device", "session",
        "hand-over of the last block - decision",
        ("At most one block of the device. Negative where that block was with the device already"
         " when it was decided. What the ear gets is local_stop_ms."),
        "T2",
    ),
    (
        "local_stop_ms", "Local stop", "ms", DECISION, "silence of our playback at the loudspeaker",
        "DAC", "silent - decision",
        ("Ours, device buffer included; the provider stops later. The decision is the provider's"
         " onset, that of our own ears, or a hand's: see interrupt_cause."),
        "T2",
    ),
    (
        "yield_ms", "Yield latency", "ms", ONSET, _YIELD, "DAC", "audible end - acoustic onset",
        ("A pause of 200 ms ends the agent's speech; see resumed_ms. Negative where it had paused"
         " just then. Unknown where a hand stopped it first: that is no yielding."),
        "T3",
    ),
    (
        "server_stop_ms", "Server stop", "ms", ONSET, A_LAST, "session",
        "last audio - acoustic onset",
        "Unknown where all had arrived before the interruption: there was nothing to stop.", "T4",
    ),
    (
        "server_cancel_ms", "Server cancellation", "ms", VAD_ON,
        "the arrival of the cancelled reply's end", "session", "done(cancelled) - provider's onset",
        "A reply that was complete is never cancelled, however much of it was unheard.", "T4",
    ),
    (
        "cancel_last_audio_ms", "Audio after our cancel", "ms", CANCEL, A_LAST, "session",
        "last audio - cancel",
        "What was in flight continues; negative where nothing more came.", "L19",
    ),
    (
        "cancel_done_ms", "Cancellation confirmed", "ms", CANCEL,
        "the arrival of the cancelled reply's end", "session", "done(cancelled) - cancel",
        "Unknown where the reply was complete already.", "L19",
    ),
    (
        "overspeech_ms", "Overspeech", "ms", ONSET, SIL, "DAC",
        "time in which the agent sounded after the onset",
        "What the user takes for rudeness; speech that resumes later in the turn counts.", "T5",
    ),
    (
        "overspeech_words", "Words spoken over the user (estimate)", "", ONSET, SIL, "media",
        "words that ended after the onset, else words of the reply * overspeech / reply audio",
        ("Words lie where their pieces came among the reply's audio; where all came at once, or"
         " faster than speech, they are spread evenly over it. No provider times them."),
        "T5",
    ),
    (
        "missed_interrupt", "Missed interruption (no yield within 2.0 s)", "", ONSET, _YIELD, "DAC",
        "yield latency > 2.0 s",
        ("A reply that ends by itself within the window counts as yielded. Not of speech that is"
         " known to be no turn; unknown where a hand stopped the reply within the window."),
        "T8",
    ),
    (
        "false_interrupt", "False interruption (stopped within 1.0 s)", "", ONSET, _YIELD, "DAC",
        "yield latency <= 1.0 s after a stimulus that is no turn",
        ("Only where the class of the stimulus is known: backchannel, cough, side talk, noise."
         " Live speech has none, so a backchannel of a person is not told from a turn."),
        "T9",
    ),
    (
        "resumed_ms", "Time to resume", "ms", "the agent fell silent", "it was audible again",
        "DAC", "next onset of the agent in the turn - its yield",
        "Whether it goes on with the same words is not looked at; many never resume.", "T15",
    ),
    (
        "truncate_sent_ms", "Truncated at", "ms", "the item's first frame", "what was heard",
        "media", "audio_end_ms sent",
        "What the provider was told to remember.", "T6",
    ),
    (
        "wasted_audio_ms", "Audio received and never heard", "ms", A0, A_LAST, "media",
        "audio received - audio played, of each reply",
        "The larger the delivery speed, the more of it an interruption leaves behind.", "T6",
    ),
    (
        "wasted_tokens", "Audio tokens paid and never heard (estimate)", "", A0, DONE, "count",
        "audio tokens of each reply * share of its received audio that was not played",
        ("As the provider counts them, which may hold audio that it made and did not send;"
         " unknown unless every reply reports them."),
        "T6",
    ),
    (
        "truncate_err_ms", "Truncation error", "ms", "what was heard", "what we said was heard",
        "media", "truncated at - heard",
        "Whole milliseconds are sent, so a fraction is usual.", "T6",
    ),
)

CLIENT: Final[tuple[Row, ...]] = (
    (
        "client_added_ms", "Client-added latency", "ms", "sample captured, audio arrived",
        "sample sent, audio played", "DAC", "transmit wait + playout wait",
        "All that is ours, without the device's buffers.", "3.1",
    ),
    (
        "tx_quantisation_ms", "Frame quantisation", "ms", U_OFF,
        "the end of the frame that holds it", "media", "end of the frame - end of speech",
        "Not avoidable with frames; 10 ms on average with frames of 20 ms.", "2.4",
    ),
    (
        "tx_lateness_ms", "Transmit lateness", "ms", "the end of the frame with the end of speech",
        SENT, "session", "transmit wait - frame quantisation",
        "The capture device's and this program's delay.", "2.4",
    ),
    (
        "jitter_buffer_ms", "Jitter buffer", "ms", A0,
        "enough audio had arrived to begin playing", "session",
        "arrival that filled the buffer's depth - first audio",
        "The wait that the buffer costs, not its depth: a burst fills it at once.", "3.1",
    ),
    (
        "playout_rest_ms", "Rest of the playout wait", "ms",
        "enough audio had arrived to begin playing", PLAY, "DAC", "playout wait - jitter buffer",
        "Resampling, hand-over to the device's process, and stalls before anything was audible.",
        "3.1",
    ),
    (
        "rtt_ms", "Round trip", "ms", "WebSocket ping sent", "its pong read", "session",
        "pong - ping, the last one before the turn ended",
        "Often ends at the provider's edge: a lower bound of the network's share.", "2.2",
    ),
    (
        "loop_lag_p99_ms", "Loop lag, 99th percentile", "ms", "the instant asked for",
        "the instant woken", "session", "lateness of a timer of 50 ms",
        "Above 10 ms the turn is limited by this machine.", "2.2",
    ),
    (
        "callback_lag_ms", "Callback lag", "ms", "when the device's callback was due",
        "when it ran", "session", "largest lateness of the device's callbacks in the turn",
        "Above 10 ms the turn is limited by this machine.", "2.3",
    ),
    (
        "clock_jump_ms", "Clock jump", "ms", "the session clock", "the wall clock", "session",
        "largest change of their difference in the turn",
        "A suspended or corrected computer: spans across it are no latencies.", "2.1",
    ),
    (
        "client_xruns", "Device xruns", "", "the turn's start", "its end", "count",
        "overflows and underflows that our devices reported",
        "A turn with one is excluded from the latencies and counted.", "2.3",
    ),
)
# fmt: on
