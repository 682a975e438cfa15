"""What ``vivavoce serve`` was asked to serve, as frozen values."""

from collections.abc import Mapping, Set as AbstractSet
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from app.core.errors import ConfigError

DEFAULT_REPLY: Final = "Hello, this is the simulator. Every delay that you hear is exact."
DEFAULT_TRANSCRIPT: Final = "What time is it?"

LONGEST_SESSION_S: Final = 3_600.0
"""As long as the real service lets a session be."""

EXIT_DONE: Final = 0
EXIT_REFUSED: Final = 2
"""Settings that cannot work, a port in use: one sentence on standard error says it."""

EXIT_WEIGHTS: Final = 3
"""Model files are missing or damaged."""


class Fault(StrEnum):
    """What the simulator does wrong in a turn."""

    ERROR = "error"
    CUT = "cut"
    CUT_MID_REPLY = "cut_mid_reply"
    UNFINISHED = "unfinished"
    MALFORMED = "malformed"
    UNKNOWN = "unknown"
    HUGE = "huge"
    SILENT = "silent"
    INCOMPLETE = "incomplete"
    LATE_DELTAS = "late_deltas"
    OVERLAPPING = "overlapping"
    NEVER_DONE = "never_done"
    NO_TRANSCRIPT = "no_transcript"
    NO_AUDIO = "no_audio"
    UNCREATED = "uncreated"


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatorSettings:
    """The simulator's timing and manners. Turns count replies of a session, from 1.

    Attributes:
        endpointing_extra_ms: Silence wanted beyond the session's own.
        first_token_ms: End of turn to the first token.
        first_audio_ms: End of turn to the first audio block.
        leading_silence_ms: Silence at the head of the reply's audio.
        block_ms: Audio in one delta.
        pace: Audio sent per second, in seconds; None sends it all at once.
        gaps_ms: Waiting after an audio block of that index, counted from 0.
        tokens_per_s: Words of the reply per second.
        replies: What it says, turn after turn, from the start again at the end.
        reply_ms: Length of the speech in a reply; None for 320 ms a word.
        level_dbfs: Peak of its speech.
        transcripts: What it heard, turn after turn, from the start again at the end.
        threshold_dbfs: Level above which a sample is speech.
        tool_turns: Turns answered by a function call, where the session has a tool.
        tool_name: The function; None for the session's first.
        tool_arguments: JSON text; None for values made from the tool's schema.
        parallel_tools: Calls in the response of a tool turn; each of the session's tools in
            its turn, or so often the named one.
        faults: What goes wrong, by turn.
        silent_ms: How long a silent turn says nothing.
        premature_ms: Onset of the user's speech to a false end of turn, whatever is still said;
            None waits for silence.
        detect_ms: Onset of speech into its reply until it notices; None not before the reply
            is over.
        stop_ms: From noticing until it stops.
        ignores_below_ms: Sound that begins while a reply sounds and is over before it is this
            long is no speech at all; longer sound is noticed this long after its onset.
        turn_events: Whether it tells of turns and responses. Without, one stream of audio deltas
            runs in real time from the session's start, with silence between answers.
        turns: Other values of some settings, turn after turn, from the start again at the end.
        session_s: Longest session: told as ``expires_at``, then ``session_expired`` and the end.
        cut_after_s: Start of a session to its connection being cut without a word, or None.
        cuts: Connections that are cut in all, for whichever reason; None for no limit.
        refuse_connects: Connections that are refused after each cut.
        log: JSON lines with the nominal and actual instant of each send, or None.
    """

    endpointing_extra_ms: float = 0.0
    first_token_ms: float = 120.0
    first_audio_ms: float = 250.0
    leading_silence_ms: float = 0.0
    block_ms: float = 100.0
    pace: float | None = None
    gaps_ms: Mapping[int, float] = field(default_factory=dict)
    tokens_per_s: float = 50.0
    replies: tuple[str, ...] = (DEFAULT_REPLY,)
    reply_ms: float | None = None
    level_dbfs: float = -12.0
    transcripts: tuple[str, ...] = (DEFAULT_TRANSCRIPT,)
    threshold_dbfs: float = -45.0
    tool_turns: frozenset[int] = frozenset()
    tool_name: str | None = None
    tool_arguments: str | None = None
    parallel_tools: int = 1
    faults: Mapping[int, Fault] = field(default_factory=dict)
    silent_ms: float = 30_000.0
    premature_ms: float | None = None
    detect_ms: float | None = 0.0
    stop_ms: float = 0.0
    ignores_below_ms: float = 0.0
    turn_events: bool = True
    turns: tuple[Mapping[str, Any], ...] = ()
    session_s: float = LONGEST_SESSION_S
    cut_after_s: float | None = None
    cuts: int | None = None
    refuse_connects: int = 0
    log: Path | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be simulated.

        Raises:
            ConfigError: Naming the setting and what it may be.
        """
        for name, (lowest, highest) in _RANGES.items():
            value = getattr(self, name)
            if value is not None and not lowest <= value <= highest:
                raise ConfigError(f"{name} must be between {lowest:g} and {highest:g}")
        if not self.transcripts or not self.replies or not all(map(str.strip, self.replies)):
            raise ConfigError("replies and transcripts must hold at least one text each")
        if not self.turn_events and (self.faults or self.tool_turns):
            raise ConfigError("faults and tool turns need turn events")
        for turn in range(1, len(self.turns) + 1):
            self.in_turn(turn)

    def in_turn(self, turn: int) -> "SimulatorSettings":
        """Return the settings of a turn, counted from 1."""
        if not self.turns:
            return self
        return replace(self, turns=(), **self.turns[(turn - 1) % len(self.turns)])

    @classmethod
    def parse(cls, table: Mapping[str, Any]) -> "SimulatorSettings":
        """Return the settings of a TOML table whose keys are the attributes' names.

        Raises:
            ConfigError: Naming the key that is unknown or has a bad value.
        """
        return cls(**_values(table, {one.name for one in fields(cls)}))


def _values(table: Mapping[str, Any], known: AbstractSet[str]) -> dict[str, Any]:
    unknown = sorted(set(table) - known)
    if unknown:
        raise ConfigError(
            f"unknown simulator setting {unknown[0]!r}",
            hint=f"Known are: {', '.join(sorted(known))}.",
        )
    values: dict[str, Any] = {}
    for name, value in table.items():
        try:
            values[name] = _READERS.get(name, float)(value)
        except (TypeError, ValueError, AttributeError) as exc:
            raise ConfigError(f"bad value for the simulator's {name}: {value!r}") from exc
    return values


def _texts(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(str(one) for one in value)


def _turns(value: Any) -> frozenset[int]:
    return frozenset(int(one) for one in value)


def _gaps(value: Any) -> dict[int, float]:
    return {int(index): float(gap) for index, gap in value.items()}


def _faults(value: Any) -> dict[int, Fault]:
    return {int(turn): Fault(fault) for turn, fault in value.items()}


def _detect(value: Any) -> float | None:
    return None if value == "never" else float(value)


def _whole(value: Any) -> int:
    if isinstance(value, float) and not value.is_integer():
        raise ValueError
    return int(value)


def _told(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _in_turns(value: Any) -> tuple[dict[str, Any], ...]:
    return tuple(_values(dict(one), _PER_TURN) for one in value)


_PER_TURN: Final = frozenset(
    {
        "first_token_ms",
        "first_audio_ms",
        "leading_silence_ms",
        "block_ms",
        "pace",
        "gaps_ms",
        "reply_ms",
        "premature_ms",
        "detect_ms",
        "stop_ms",
        "ignores_below_ms",
    }
)
"""What may differ from turn to turn."""

_SPAN_MS: Final = (0.0, 3_600_000.0)
_LEVEL_DBFS: Final = (-90.0, 0.0)
_COUNT: Final = (0, 1_000_000)
_RANGES: Final[Mapping[str, tuple[float, float]]] = {
    "endpointing_extra_ms": _SPAN_MS,
    "first_token_ms": _SPAN_MS,
    "first_audio_ms": _SPAN_MS,
    "leading_silence_ms": _SPAN_MS,
    "silent_ms": _SPAN_MS,
    "reply_ms": _SPAN_MS,
    "premature_ms": _SPAN_MS,
    "detect_ms": _SPAN_MS,
    "stop_ms": _SPAN_MS,
    "ignores_below_ms": _SPAN_MS,
    "parallel_tools": (1, 64),
    "session_s": (0.01, LONGEST_SESSION_S),
    "cut_after_s": (0.0, LONGEST_SESSION_S),
    "cuts": _COUNT,
    "refuse_connects": _COUNT,
    "block_ms": (1.0, 60_000.0),
    "tokens_per_s": (0.001, 1e6),
    "pace": (0.001, 1e6),
    "level_dbfs": _LEVEL_DBFS,
    "threshold_dbfs": _LEVEL_DBFS,
}
_READERS: Final[Mapping[str, Any]] = {
    "gaps_ms": _gaps,
    "replies": _texts,
    "transcripts": _texts,
    "tool_turns": _turns,
    "tool_name": str,
    "tool_arguments": str,
    "parallel_tools": _whole,
    "cuts": _whole,
    "refuse_connects": _whole,
    "faults": _faults,
    "detect_ms": _detect,
    "turn_events": _told,
    "turns": _in_turns,
    "log": Path,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeOptions:
    """What to serve and how.

    Attributes:
        port: 0 for a free one.
        token: The key clients must show; None makes a new one.
        tls: Serve ``https`` and ``wss`` with a certificate made for this run.
        end_with_stdin: End when standard input does, so that no child outlives its parent.
        simulator: Serve the simulator with these settings; None serves the embedded engine.
        llm_url: Base URL of an OpenAI-compatible chat server in the language model's place.
        llm_model: Its model's name, where it wants one.
        llm_gguf: A language model file in the built-in one's place.
        voice: A built-in voice's name, or the path of a Piper ``.onnx`` voice.
        beta: Speak the protocol's beta dialect, to every client.
    """

    port: int = 0
    token: str | None = field(default=None, repr=False)
    tls: bool = False
    end_with_stdin: bool = False
    simulator: SimulatorSettings | None = None
    llm_url: str | None = None
    llm_model: str | None = None
    llm_gguf: Path | None = None
    voice: str | None = None
    beta: bool = False
