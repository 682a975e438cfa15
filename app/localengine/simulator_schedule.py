"""What the simulator says in a turn, and when: a pure function of its settings."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from app.core.audio_format import SESSION_RATE_HZ, Samples
from app.core.serving import Fault, SimulatorSettings
from app.localengine.ports import (
    ReplyAudio,
    ReplyCall,
    ReplyCut,
    ReplyFailed,
    ReplyIncomplete,
    ReplyPiece,
    ReplyRaw,
    ReplyRequest,
    ReplyText,
    ToolCall,
)

WORD_MS: Final = 320.0
HUGE_AUDIO_BYTES: Final = 10 * 1024 * 1024
MALFORMED: Final = '{"type":"response.output_audio.delta","delta":'
UNKNOWN: Final = (
    '{"type":"vendor.mood.changed","event_id":"event_unknown","mood":{"name":"curious"}}'
)
_FRAMES_PER_MS: Final = SESSION_RATE_HZ / 1000
_PITCH_HZ: Final = 220.0
_SYLLABLE_HZ: Final = 4
_SYLLABLE_FRAMES: Final = SESSION_RATE_HZ // _SYLLABLE_HZ
"""A syllable holds 55 whole periods of the pitch, so syllables join without a click."""

_PARTIALS: Final = ((1, 0.6), (2, 0.25), (3, 0.15))


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A piece of the reply, ``after_ms`` the end of the user's turn."""

    after_ms: float
    piece: ReplyPiece


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """A reply in time order. ``ends`` is False for one that never says that it is done."""

    pieces: Sequence[Due]
    ends: bool = True


def schedule(settings: SimulatorSettings, request: ReplyRequest) -> Schedule:
    """Return the reply to ``request``."""
    turn = request.turn_index + 1
    call = _call(settings, request) if turn in settings.tool_turns else None
    fault = settings.faults.get(turn)
    if call is not None:
        return Schedule(pieces=(Due(after_ms=settings.first_token_ms, piece=call),))
    if fault is None:
        return Schedule(pieces=_answer(settings, request))
    return _FAULTY[fault](settings, request)


def _answer(settings: SimulatorSettings, request: ReplyRequest) -> tuple[Due, ...]:
    words = _words(settings, request)
    texts = tuple(
        Due(
            after_ms=settings.first_token_ms + index * 1000 / settings.tokens_per_s,
            piece=ReplyText(text=word, tokens=1),
        )
        for index, word in enumerate(words)
    )
    audio = tuple(_audio(settings, request, len(words))) if request.spoken else ()
    return tuple(sorted((*texts, *audio), key=lambda due: due.after_ms))


def _words(settings: SimulatorSettings, request: ReplyRequest) -> list[str]:
    said = settings.replies[request.turn_index % len(settings.replies)].split()
    return [word if index == 0 else " " + word for index, word in enumerate(said)]


def _audio(settings: SimulatorSettings, request: ReplyRequest, words: int) -> Iterator[Due]:
    speech_ms = settings.reply_ms if settings.reply_ms is not None else words * WORD_MS
    lead = np.zeros(round(settings.leading_silence_ms * _FRAMES_PER_MS), np.int16)
    samples = np.concatenate((lead, speech(speech_ms / request.speed, settings.level_dbfs)))
    block = max(round(settings.block_ms * _FRAMES_PER_MS), 1)
    at_ms = settings.first_audio_ms
    for index, first in enumerate(range(0, len(samples), block)):
        piece = samples[first : first + block]
        yield Due(after_ms=at_ms, piece=ReplyAudio(samples=piece))
        if settings.pace is not None:
            at_ms += len(piece) / _FRAMES_PER_MS / settings.pace
        at_ms += settings.gaps_ms.get(index, 0.0)


def speech(span_ms: float, level_dbfs: float) -> Samples:
    """Return something like a voice: a tone with overtones, loud from its first millisecond.

    Its level moves in syllables, a quarter of a second each, and never comes near silence.
    """
    seconds = np.arange(_SYLLABLE_FRAMES) / SESSION_RATE_HZ
    voice = sum(
        weight * np.cos(2 * np.pi * _PITCH_HZ * number * seconds) for number, weight in _PARTIALS
    )
    swell = 0.6 + 0.4 * np.cos(2 * np.pi * _SYLLABLE_HZ * seconds)
    peak = 32767 * 10 ** (level_dbfs / 20)
    syllable = np.asarray(np.rint(peak * voice * swell), dtype=np.int16)
    return np.resize(syllable, round(span_ms * _FRAMES_PER_MS))


def _call(settings: SimulatorSettings, request: ReplyRequest) -> ReplyCall | None:
    tools = [tool for tool in request.tools if tool.get("name")]
    name = settings.tool_name or (tools[0]["name"] if tools else None)
    tool = next((tool for tool in tools if tool["name"] == name), None)
    if name is None or tool is None or request.tool_choice == "none":
        return None
    arguments = settings.tool_arguments or json.dumps(_arguments(tool.get("parameters") or {}))
    call_id = f"call_sim{request.turn_index + 1:012d}"
    return ReplyCall(call=ToolCall(call_id=call_id, name=name, arguments=arguments))


_VALUES: Final[Mapping[str, Any]] = {
    "integer": 1,
    "number": 1.5,
    "boolean": True,
    "array": [],
    "object": {},
    "null": None,
}


def _arguments(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return a value for each required property: its name for a text, else a fixed one."""
    properties = schema.get("properties") or {}
    return {name: _value(name, properties.get(name) or {}) for name in schema.get("required") or ()}


def _value(name: str, schema: Mapping[str, Any]) -> Any:
    if schema.get("enum"):
        return schema["enum"][0]
    return _VALUES.get(str(schema.get("type")), name)


# --- faults ----------------------------------------------------------------------------------


def _error(settings: SimulatorSettings, request: ReplyRequest) -> Schedule:
    del request
    failed = ReplyFailed(code="server_error", message="The simulator was told to fail this turn.")
    return Schedule(pieces=(Due(after_ms=settings.first_token_ms, piece=failed),))


def _incomplete(settings: SimulatorSettings, request: ReplyRequest) -> Schedule:
    half = _half(settings, request)
    last = Due(after_ms=half[-1].after_ms, piece=ReplyIncomplete(reason="max_output_tokens"))
    return Schedule(pieces=(*half, last))


def _cut(settings: SimulatorSettings, request: ReplyRequest) -> Schedule:
    half = _half(settings, request)
    return Schedule(pieces=(*half, Due(after_ms=half[-1].after_ms, piece=ReplyCut())))


def _unfinished(settings: SimulatorSettings, request: ReplyRequest) -> Schedule:
    return Schedule(pieces=_half(settings, request), ends=False)


def _half(settings: SimulatorSettings, request: ReplyRequest) -> tuple[Due, ...]:
    whole = _answer(settings, request)
    return whole[: max(len(whole) // 2, 1)]


def _raw(message: str, settings: SimulatorSettings, request: ReplyRequest) -> Schedule:
    first = Due(after_ms=settings.first_token_ms, piece=ReplyRaw(message=message))
    return Schedule(pieces=(first, *_answer(settings, request)))


def _malformed(settings: SimulatorSettings, request: ReplyRequest) -> Schedule:
    return _raw(MALFORMED, settings, request)


def _unknown(settings: SimulatorSettings, request: ReplyRequest) -> Schedule:
    return _raw(UNKNOWN, settings, request)


def _huge(settings: SimulatorSettings, request: ReplyRequest) -> Schedule:
    """One delta of 10 MB of base64."""
    frames = HUGE_AUDIO_BYTES * 3 // 4 // 2
    piece = ReplyAudio(samples=speech(frames / _FRAMES_PER_MS, settings.level_dbfs))
    texts = [due for due in _answer(settings, request) if isinstance(due.piece, ReplyText)]
    audio = Due(after_ms=settings.first_audio_ms, piece=piece)
    return Schedule(pieces=tuple(sorted((*texts, audio), key=lambda due: due.after_ms)))


def _silent(settings: SimulatorSettings, request: ReplyRequest) -> Schedule:
    late = [
        Due(after_ms=due.after_ms + settings.silent_ms, piece=due.piece)
        for due in _answer(settings, request)
    ]
    return Schedule(pieces=tuple(late))


_FAULTY: Final = {
    Fault.ERROR: _error,
    Fault.CUT: _cut,
    Fault.UNFINISHED: _unfinished,
    Fault.MALFORMED: _malformed,
    Fault.UNKNOWN: _unknown,
    Fault.HUGE: _huge,
    Fault.SILENT: _silent,
    Fault.INCOMPLETE: _incomplete,
}
