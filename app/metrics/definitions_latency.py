"""Definitions: voice-to-voice, its parts, first token and first audio."""

from typing import Final

from app.metrics.definitions_words import (
    A0,
    AUD,
    COMMIT,
    CREATE,
    DECIDED,
    DONE,
    PLAY,
    REF,
    SENT,
    STOP,
    TOK1,
    U_OFF,
    Row,
)

# fmt: off
ROWS: Final[tuple[Row, ...]] = (
    (
        "v2v_ms", "Voice-to-voice latency", "ms", U_OFF, AUD, "DAC",
        "audible - end of speech",
        "Negative where the agent began before the user ended. First and tool turns apart.",
        "L1",
    ),
    (
        "v2v_line_ms", "Voice-to-voice latency at the line", "ms", U_OFF,
        "the first audible frame handed to the device", "session", "voice-to-voice - device output",
        "Comparable between machines: without this loudspeaker's own buffer.", "2.3",
    ),
    (
        "v2v_ear_ms", "Voice-to-voice latency at the ear", "ms", U_OFF,
        "the first audible sound at the microphone's place", "DAC",
        "voice-to-voice + residual of the device calibration",
        "What this user hears with this pair of devices; needs their calibration.", "2.3",
    ),
    (
        "u_v2v_ms", "Uncertainty of voice-to-voice", "ms", U_OFF, AUD, "DAC",
        ("root of the sum of squares of: end of speech, frame / sqrt(12), loop lag, callback lag,"
         " device, onset"),
        ("One standard deviation of one turn's absolute value. Differences between models under"
         " one set-up are known far better."),
        "2.5",
    ),
    (
        "tx_wait_ms", "Transmit wait", "ms", U_OFF, SENT, "session",
        "sent - end of speech",
        "Ours: the rest of a 20 ms frame, and the engine's own delay.",
        "3.1",
    ),
    (
        "endpointing_ms", "Endpointing delay", "ms", SENT, DECIDED, "session",
        "endpoint - sent",
        ("The provider's silence time and the way up. From the end of speech where the sending"
         " is not known; unknown where the provider reports no endpoint."),
        "L6, 3.1",
    ),
    (
        "server_response_ms", "Server response", "ms", DECIDED, A0, "session",
        "first audio - endpoint",
        ("Model, speech synthesis and the way down. Holds the endpointing too where the provider"
         " reports no endpoint, and all that follows up to the loudspeaker's buffer where the"
         " audio is one endless stream."),
        "L7, 3.1",
    ),
    (
        "leading_silence_ms", "Leading silence", "ms", "the reply's first frame", AUD, "media",
        "audio received before the first audible frame",
        ("What the voice says before it says something: another voice moves voice-to-voice by"
         " 200 ms at the same time to first audio."),
        "L4",
    ),
    (
        "playout_wait_ms", "Playout wait", "ms", A0, PLAY, "DAC",
        "first frame played - first audio - device output + stalls before anything was audible",
        "Ours: the jitter buffer and the resampler; and what ran dry in the leading silence.",
        "3.1",
    ),
    (
        "device_out_ms", "Device output buffer", "ms", "hand-over to the device", PLAY, "DAC",
        "output latency that the device states",
        "The device's, not ours and not the provider's; Bluetooth adds much.",
        "3.1",
    ),
    (
        "breakdown_residual_ms", "Residual of the breakdown", "ms", U_OFF, AUD, "DAC",
        "voice-to-voice - sum of its parts",
        ("A check, not a latency: media time against the device's time. Beyond 1 ms the turn is"
         " flagged and kept out of the latencies."),
        "3.1",
    ),
    (
        "ttft_ms", "Time to first token", "ms", REF, TOK1, "session",
        "first token - reference",
        "Its reference is in ttft_ref, its kind in ttft_modality; both must match to compare.",
        "L5",
    ),
    (
        "ttft_eos_ms", "Time to first token after the end of speech", "ms", U_OFF, TOK1,
        "session", "first token - end of speech",
        "Holds the endpointing.", "L5",
    ),
    (
        "ttft_stop_ms", "Time to first token after the endpoint", "ms", STOP, TOK1, "session",
        "first token - speech stopped",
        "Hides the endpointing.", "L5",
    ),
    (
        "ttft_commit_ms", "Time to first token after the commit", "ms", COMMIT, TOK1,
        "session", "first token - commit",
        "Hides the endpointing.", "L5",
    ),
    (
        "ttft_create_ms", "Time to first token after the request", "ms", CREATE, TOK1,
        "session", "first token - request",
        "From the announcement, where the provider began by itself, it hides even more.", "L5",
    ),
    (
        "ttfa_eos_ms", "Time to first audio after the end of speech", "ms", U_OFF, A0,
        "session", "first audio - end of speech",
        "The first audio may be silence; of an endless stream the piece first heard counts.",
        "L2",
    ),
    (
        "ttfa_stop_ms", "Time to first audio after the endpoint", "ms", STOP, A0, "session",
        "first audio - speech stopped",
        "What vendors quote; hides the endpointing.", "L2",
    ),
    (
        "ttfa_commit_ms", "Time to first audio after the commit", "ms", COMMIT, A0, "session",
        "first audio - commit",
        "Hides the endpointing.", "L2",
    ),
    (
        "ttfa_create_ms", "Time to first audio after the request", "ms", CREATE, A0, "session",
        "first audio - request",
        "From the announcement, where the provider began by itself, it hides even more.", "L2",
    ),
    (
        "ttfaa_ms", "Time to first audible audio", "ms", REF, "the first audible frame received",
        "media", "first audio - reference + leading silence",
        "Its reference is in ttft_ref.", "L3",
    ),
    (
        "tts_lead_ms", "Speech synthesis lead", "ms",
        "the arrival of the first words of the transcript", A0, "session",
        "first audio - first transcript delta",
        "Negative where the audio comes before its words; not the time that synthesis takes.",
        "12.2",
    ),
    (
        "done_ms", "Time to the end of the reply", "ms", REF, DONE, "session", "done - reference",
        "Delivery, not playing: audio comes faster than it sounds.", "12.2",
    ),
    (
        "endpoint_delay_ms", "End-of-turn delay", "ms", U_OFF, STOP, "session",
        "speech stopped - end of speech",
        ("With a semantic detector it depends on what was said; without its share of false"
         " cut-offs it says little."),
        "L6",
    ),
    (
        "release_delay_ms", "Release delay", "ms", U_OFF, "our commit", "session",
        "commit - end of speech",
        "The user's own: people let go of the key late. Not the model's.", "2.4",
    ),
    (
        "model_latency_ms", "Model latency (estimated)", "ms",
        "the last of speech-stopped, our commit and our request", A0, "session",
        "first audio - that - round trip of the last ping",
        "An estimate: the ping often ends at the provider's edge, not at the model.", "L7",
    ),
)
# fmt: on
