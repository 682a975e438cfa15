"""Events of a journal as events again."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, Final, get_args, get_type_hints

import msgspec

from app.core.events import SessionEvent
from app.core.ports import ScoreLine
from app.session.speech_ends import SpeechEdge

LONGEST_AUDIO: Final = 16 << 20
"""Bytes of one piece of audio; no message of the wire holds more."""

SPEECH_EDGE: Final = "SpeechEdge"
"""The user's speech began or ended, as the turn lanes show it: fields of ``SpeechEdge``."""
TURN_OVER: Final = "TurnOver"
"""A turn was told: fields of ``TurnOver``."""


@dataclass(frozen=True, slots=True)
class TurnOver:
    """The turn of this number was over, and is a row of ``turns.csv``."""

    turn_id: int


Recalled = SessionEvent | SpeechEdge | TurnOver

_STAND_INS: Final[Mapping[Any, Any]] = MappingProxyType(
    {str: "", bytes: b"\0\0", tuple[Mapping[str, Any], ...]: (), Mapping[str, Any]: {}}
)
_KINDS: Final[Mapping[str, type[Any]]] = MappingProxyType(
    {kind.__name__: kind for kind in (*get_args(SessionEvent), SpeechEdge, TurnOver)}
)


def knows(name: str) -> bool:
    """Whether events of this name are told; others of the journal are no news."""
    return name in _KINDS


def recalled(line: ScoreLine, *, wordless: bool = False) -> Recalled | None:
    """Return the event, or None for one that is unknown or damaged.

    The journal counts audio instead of copying it; what comes back is as much silence.

    Args:
        line: Of the journal.
        wordless: Of a session of which only figures were kept: words that are missing are "",
            and audio of unknown length is one frame.
    """
    kind = _KINDS.get(line.name)
    if kind is None:
        return None
    try:
        if not wordless and b'"pcm"' not in line.fields:
            plain: Recalled = _decoder(line.name).decode(line.fields)
            return plain
        values = msgspec.json.decode(line.fields)
        if isinstance(values, dict) and "pcm" in values:
            values["pcm"] = _silent(values["pcm"])
        if wordless and isinstance(values, dict):
            values = {**_missing_words(line.name), **values}
        event: Recalled = msgspec.convert(values, kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, OverflowError):
        return None
    return event


@cache
def _decoder(name: str) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(_KINDS[name])


@cache
def _missing_words(name: str) -> Mapping[str, Any]:
    """Return what stands for each member that a session of figures does not keep."""
    hints = get_type_hints(_KINDS[name])
    return {name: _STAND_INS[hint] for name, hint in hints.items() if hint in _STAND_INS} | {
        name: None for name, hint in hints.items() if type(None) in get_args(hint)
    }


def _silent(counted: object) -> bytes | None:
    """Return as many bytes as were counted; None, which is refused, where that is no count."""
    count = counted.get("bytes") if isinstance(counted, dict) else None
    if type(count) is not int or not 0 <= count <= LONGEST_AUDIO:
        return None
    return bytes(count)
