"""Definitions: the stream of the reply, its rates, words and tools."""

from typing import Final

from app.metrics.definitions_words import (
    A0,
    A_LAST,
    ANSWERED,
    AUD,
    CALLED,
    DONE,
    PLAY,
    REF,
    SIL,
    TOK1,
    U_OFF,
    U_ON,
    Row,
)

_GAP = ("one delta of words", "the next of the same reply")
_OWN_XRUNS = "Between the first and the last audible frame; our device's own xruns are apart."
_PER_CHUNK = "Between pieces, not between tokens: one piece may hold many."

# fmt: off
ROWS: Final[tuple[Row, ...]] = (
    (
        "user_first_transcript_ms", "Time to the user's first words", "ms", U_ON,
        "the arrival of the first interim transcript", "session", "first interim - onset of speech",
        "Unknown where the provider sends final transcripts only.", "L15",
    ),
    (
        "user_final_transcript_ms", "Time to the user's final transcript", "ms", U_OFF,
        "the arrival of the final transcript", "session", "final transcript - end of speech",
        "Often made by another model, beside the one that answers.", "L15",
    ),
    (
        "transcript_lead_ms", "Transcript against sound, start", "ms", AUD,
        "the arrival of the first words of the transcript", "DAC", "first words - audible",
        "Negative where the words lead, which is usual: captions must wait for the sound.", "L14",
    ),
    (
        "transcript_end_lag_ms", "Transcript against sound, end", "ms", SIL,
        "the arrival of the whole transcript", "DAC", "transcript complete - audible end",
        "Negative where the words lead; of an interrupted reply they are more than was heard.",
        "L14",
    ),
    (
        "tool_decide_ms", "Tool decision", "ms", U_OFF, CALLED, "session", "call - end of speech",
        "Holds the endpointing.", "L18",
    ),
    (
        "tool_exec_ms", "Tool execution", "ms", CALLED, ANSWERED,
        "session", "time in which at least one call waited for its result",
        "Ours, not the model's. Of several rounds, what lies between them is not in it.", "L18",
    ),
    (
        "tool_resume_ms", "Resumption after a tool", "ms", ANSWERED,
        "the first audible frame after it", "DAC", "audible after result - result sent",
        "The model's second thought, and its voice.", "L18",
    ),
    (
        "tool_v2v_ms", "Voice-to-voice with a tool", "ms", U_OFF,
        "the first audible frame after the result", "DAC", "audible after result - end of speech",
        "Holds the tool's own time.", "L18",
    ),
    (
        "tool_lead_in", "Spoke before the tool", "", AUD, CALLED, "session",
        "audible < call complete",
        "A filler makes the wait shorter to the ear, not in fact.", "L18",
    ),
    (
        "audio_out_ms", "Reply audio", "ms", "the first frame received", "the last", "media",
        "frames received / rate",
        "Received, not heard: see heard_ms.", "12.2",
    ),
    (
        "chunks_n", "Audio pieces", "", "the first", "the last", "count",
        "pieces of audio received",
        "A provider's packing, not a quality.", "12.2",
    ),
    (
        "required_prebuffer_ms", "Required prebuffer", "ms", A0, "the start that never stalls",
        "session", "max over pieces of (arrival - first arrival) - audio before",
        "The provider's and the network's; does not depend on our player.", "L9",
    ),
    (
        "stalls_n", "Stalls", "", AUD, SIL, "DAC",
        "times the playback ran dry while the reply sounded", _OWN_XRUNS, "L10",
    ),
    (
        "stall_ms", "Stalled time", "ms", AUD, SIL, "DAC", "sum of the stalls", _OWN_XRUNS, "L10",
    ),
    (
        "stall_longest_ms", "Longest stall", "ms", "the playback ran dry", "it went on", "DAC",
        "max of the stalls", _OWN_XRUNS, "L10",
    ),
    (
        "stall_ratio", "Stall ratio", "", AUD, SIL, "DAC", "stalled time / reply audio",
        "Of the audio received, not of that heard.", "L10",
    ),
    (
        "jitter_p95_ms", "Delivery jitter, 95th percentile", "ms", "one piece", "the next",
        "session", "magnitude of the change of (arrival - first arrival) - audio before",
        "Early pieces count too: of a reply that comes in one burst it is the length of a piece.",
        "L8",
    ),
    (
        "jitter_smoothed_ms", "Delivery jitter, smoothed", "ms", A0, A_LAST, "session",
        "j += (magnitude of the change - j) / 16, as RFC 3550",
        "Starts at 0, so that short replies show little of it.", "L8",
    ),
    (
        "delivery_x", "Delivery speed", "x", A0, A_LAST, "session",
        "audio received / time of receiving",
        "1 is real time; unknown for a reply in one piece; hides the model behind the network.",
        "L11",
    ),
    (
        "text_tps", "Text throughput", "tokens/s", "the first delta of words", "the last",
        "session", "(tokens - 1) / (last - first)",
        "Tokens are those of the usage report, else deltas are counted. Audio tokens never.",
        "L12",
    ),
    (
        "total_tps", "Total throughput", "tokens/s", TOK1, DONE, "session",
        "output tokens / (done - first token), replies together",
        "Text and audio tokens together: never compare it with text throughput.", "L12",
    ),
    (
        "e2e_tps", "End-to-end throughput", "tokens/s", REF, DONE, "session",
        "output tokens / (done - reference)",
        "Its reference is in ttft_ref; holds the wait for the first token, and tools.", "L12",
    ),
    (
        "audio_tokens_per_s", "Audio tokens a second of audio", "tokens/s",
        "the reply's first frame", "its last frame", "media",
        "audio tokens of the usage report / audio received",
        "A constant of the codec, 20 for OpenAI; far off it, report or audio is incomplete.",
        "L12",
    ),
    (
        "text_gap_p50_ms", "Gap between words, median", "ms", *_GAP, "session",
        "median of the gaps between deltas of words", _PER_CHUNK, "L13",
    ),
    (
        "text_gap_p95_ms", "Gap between words, 95th percentile", "ms", *_GAP, "session",
        "95th percentile of the gaps between deltas of words", _PER_CHUNK, "L13",
    ),
    (
        "text_gap_max_ms", "Gap between words, longest", "ms", *_GAP, "session",
        "max of the gaps between deltas of words", _PER_CHUNK, "L13",
    ),
    (
        "heard_ms", "Heard", "ms", "the reply's first frame", "the last one played", "DAC",
        "frames played of the reply that was cut off, else of all replies",
        f"From {PLAY}, leading silence included; at most one device block more still sounds.",
        "T6",
    ),
)
# fmt: on
