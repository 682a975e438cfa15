"""What each column of a turn means: the text on hover and in the legend of an export.

The rows are the product's promise. A number without a row here is not shown.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricDefinition:
    """A measured column.

    Attributes:
        id: The column's name in ``TurnRecord``.
        name: The field's word for it.
        unit: "ms", "x", "tokens/s" or "".
        start: The instant it is measured from, for people.
        end: The instant it is measured to.
        clock: Whose time: "session", "DAC" (mapped to it), "media" (samples) or "count".
        formula: One line.
        pitfalls: What it must not be mistaken for.
        source: Row of the metrics specification.
    """

    id: str
    name: str
    unit: str
    start: str
    end: str
    clock: str
    formula: str
    pitfalls: str
    source: str

    @property
    def hover(self) -> str:
        """One paragraph for the window."""
        return f"{self.name}: {self.formula}. From {self.start} to {self.end}. {self.pitfalls}"


_U_OFF = "the acoustic end of the user's speech"
_SENT = "the user's last frame handed to the socket"
_DECIDED = "the provider's endpoint, else the commit, else our request"
_STOP = "the arrival of the provider's speech-stopped"
_COMMIT = "our commit, else the arrival of the provider's"
_CREATE = "our request for the reply, else the arrival of its announcement"
_REF = "the reference named in ttft_ref: stop, else commit, else create"
_TOK1 = "the first non-empty delta of any kind"
_A0 = "the arrival of the first reply audio"
_PLAY = "its first frame at the loudspeaker"
_AUD = "the first audible frame at the loudspeaker"

# fmt: off
_ROWS: Final = (
    # id, name, unit, start, end, clock, formula, pitfalls, source
    (
        "v2v_ms", "Voice-to-voice latency", "ms", _U_OFF, _AUD, "DAC",
        "audible - end of speech",
        "Negative where the agent began before the user ended. First and tool turns apart.",
        "L1",
    ),
    (
        "tx_wait_ms", "Transmit wait", "ms", _U_OFF, _SENT, "session",
        "sent - end of speech",
        "Ours: the rest of a 20 ms frame, and the engine's own delay.",
        "3.1",
    ),
    (
        "endpointing_ms", "Endpointing delay", "ms", _SENT, _DECIDED, "session",
        "endpoint - sent",
        ("The provider's silence time and the way up. From the end of speech where the sending"
        " is not known; unknown where the provider reports no endpoint."),
        "L6, 3.1",
    ),
    (
        "server_response_ms", "Server response", "ms", _DECIDED, _A0, "session",
        "first audio - endpoint",
        ("Model, speech synthesis and the way down. Holds the endpointing too where the"
        " provider reports no endpoint."),
        "L7, 3.1",
    ),
    (
        "leading_silence_ms", "Leading silence", "ms", "the reply's first frame", _AUD, "media",
        "audible - first frame",
        ("What the voice says before it says something: another voice moves voice-to-voice by"
        " 200 ms at the same time to first audio."),
        "L4",
    ),
    (
        "playout_wait_ms", "Playout wait", "ms", _A0, _PLAY, "DAC",
        "first frame played - first audio - device buffer",
        "Ours: the jitter buffer and the resampler.",
        "3.1",
    ),
    (
        "device_out_ms", "Device output buffer", "ms", "hand-over to the device", _PLAY, "DAC",
        "output latency that the device states",
        "The device's, not ours and not the provider's; Bluetooth adds much.",
        "3.1",
    ),
    (
        "ttft_ms", "Time to first token", "ms", _REF, _TOK1, "session",
        "first token - reference",
        "Its reference is in ttft_ref, its kind in ttft_modality; both must match to compare.",
        "L5",
    ),
    (
        "ttft_eos_ms", "Time to first token after the end of speech", "ms", _U_OFF, _TOK1,
        "session", "first token - end of speech",
        "Holds the endpointing.", "L5",
    ),
    (
        "ttft_stop_ms", "Time to first token after the endpoint", "ms", _STOP, _TOK1, "session",
        "first token - speech stopped",
        "Hides the endpointing.", "L5",
    ),
    (
        "ttft_commit_ms", "Time to first token after the commit", "ms", _COMMIT, _TOK1,
        "session", "first token - commit",
        "Hides the endpointing.", "L5",
    ),
    (
        "ttft_create_ms", "Time to first token after the request", "ms", _CREATE, _TOK1,
        "session", "first token - request",
        "From the announcement, where the provider began by itself, it hides even more.", "L5",
    ),
    (
        "ttfa_eos_ms", "Time to first audio after the end of speech", "ms", _U_OFF, _A0,
        "session", "first audio - end of speech",
        "The first audio may be silence.", "L2",
    ),
    (
        "ttfa_stop_ms", "Time to first audio after the endpoint", "ms", _STOP, _A0, "session",
        "first audio - speech stopped",
        "What vendors quote; hides the endpointing.", "L2",
    ),
    (
        "ttfa_commit_ms", "Time to first audio after the commit", "ms", _COMMIT, _A0, "session",
        "first audio - commit",
        "Hides the endpointing.", "L2",
    ),
    (
        "ttfa_create_ms", "Time to first audio after the request", "ms", _CREATE, _A0, "session",
        "first audio - request",
        "From the announcement, where the provider began by itself, it hides even more.", "L2",
    ),
    (
        "ttfaa_ms", "Time to first audible audio", "ms", _REF, "the first audible frame received",
        "media", "first audio - reference + leading silence",
        "Its reference is in ttft_ref.", "L3",
    ),
    (
        "done_ms", "Time to the end of the reply", "ms", _REF,
        "the arrival of the last reply's end", "session", "done - reference",
        "Delivery, not playing: audio comes faster than it sounds.", "1",
    ),
    (
        "user_final_transcript_ms", "Time to the user's final transcript", "ms", _U_OFF,
        "the arrival of the final transcript", "session", "final transcript - end of speech",
        "Often made by another model, beside the one that answers.", "L15",
    ),
    (
        "tool_exec_ms", "Tool execution", "ms", "the call complete", "our last result sent",
        "session", "result sent - call",
        "Ours, not the model's.", "L18",
    ),
    (
        "tool_v2v_ms", "Voice-to-voice with a tool", "ms", _U_OFF,
        "the first audible frame after the result", "DAC", "audible after result - end of speech",
        "Holds the tool's own time.", "L18",
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
        "required_prebuffer_ms", "Required prebuffer", "ms", _A0, "the start that never stalls",
        "session", "max over pieces of (arrival - first arrival) - audio before",
        "The provider's and the network's; does not depend on our player.", "L9",
    ),
    (
        "stalls_n", "Stalls", "", _PLAY, "the last", "DAC",
        "times the playback ran dry inside a reply",
        "Our device's own xruns are counted apart.", "L10",
    ),
    (
        "stall_ms", "Stalled time", "ms", _PLAY, "the last", "DAC",
        "sum of the stalls",
        "Our device's own xruns are counted apart.", "L10",
    ),
    (
        "jitter_p95_ms", "Delivery jitter, 95th percentile", "ms", "one piece", "the next",
        "session", "change of (arrival - first arrival) - audio before",
        "Not the gaps between arrivals, which bursts make meaningless.", "L8",
    ),
    (
        "delivery_x", "Delivery speed", "x", _A0, "the arrival of the last", "session",
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
        "vad_on_latency_ms", "Onset detection", "ms", "acoustic onset of the user's speech",
        "the provider's onset arrived", "session", "vad_on - u_on",
        "Noise or a slow start of the voice moves the onset.", "4",
    ),
    (
        "local_stop_ms", "Local stop", "ms", "the onset of the interrupting speech",
        "our playback emptied", "session", "flush - onset",
        "Ours; the provider stops later.", "4",
    ),
    (
        "heard_ms", "Heard", "ms", "the reply's first frame", "the interruption", "DAC",
        "frames played before the flush",
        "At most one device block more still sounds.", "4",
    ),
    (
        "truncate_sent_ms", "Truncated at", "ms", "the item's first frame", "what was heard",
        "media", "audio_end_ms sent",
        "What the provider was told to remember.", "4",
    ),
    (
        "client_added_ms", "Client-added latency", "ms", "sample captured, audio arrived",
        "sample sent, audio played", "DAC", "transmit wait + playout wait",
        "All that is ours, without the device's buffers.", "3.1",
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
        "client_xruns", "Device xruns", "", "the turn's start", "its end", "count",
        "overflows and underflows that our devices reported",
        "A turn with one is excluded from the latencies and counted.", "2.3",
    ),
)
# fmt: on

_FIELDS = ("id", "name", "unit", "start", "end", "clock", "formula", "pitfalls", "source")

DEFINITIONS: Final[Mapping[str, MetricDefinition]] = MappingProxyType(
    {row[0]: MetricDefinition(**dict(zip(_FIELDS, row, strict=True))) for row in _ROWS}
)
"""By column name, in the order of the columns for people."""

BREAKDOWN: Final = (
    "tx_wait_ms",
    "endpointing_ms",
    "server_response_ms",
    "playout_wait_ms",
    "leading_silence_ms",
    "device_out_ms",
)
"""The parts of voice-to-voice, in the order in which they happen."""
