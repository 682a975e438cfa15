"""What happened to a session beside its turns, from its events; no word of them is shown."""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

EVENTS_FILE: Final = "events.jsonl"
WORDS: Final[Mapping[str, str]] = MappingProxyType({
    "ConnectionLost": "connection closed",
    "ConnectionRenewed": "session went on in a new connection",
    "StallNoticed": "provider fell silent after a turn",
    "ProviderErrorReported": "provider reported an error",
    "SelfTriggered": "provider took the agent's voice for the user's",
    "ClockJumped": "clock jumped",
})  # fmt: skip
MOST_MARKS: Final = 500
_LONGEST_LINE: Final = 1 << 20
_NAMES: Final = tuple(f'"{name}"'.encode() for name in WORDS)
_HEAD: Final = 400
"""An event's name stands within so many bytes of its line."""


def marks_of(folder: Path, t0_ns: int) -> tuple[tuple[float, str], ...]:
    """Return instants in session time, s, and what happened then; () where there are none.

    A file that is missing, damaged or still being written gives what can be read of it.
    """
    path = folder / EVENTS_FILE
    found: list[tuple[float, str]] = []
    if not path.is_file():  # a named pipe would be waited for
        return ()
    try:
        with path.open("rb") as file:
            while len(found) < MOST_MARKS and (line := file.readline(_LONGEST_LINE)):
                mark = _mark(line, t0_ns)
                found += [] if mark is None else [mark]
    except OSError:
        pass
    return tuple(found)


def _mark(line: bytes, t0_ns: int) -> tuple[float, str] | None:
    head = line[:_HEAD]
    if b'"event"' not in head or not any(name in head for name in _NAMES):
        return None
    try:
        told = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return _known(told, t0_ns) if isinstance(told, dict) else None


def _known(told: Mapping[str, object], t0_ns: int) -> tuple[float, str] | None:
    name, at_ns, about = told.get("event"), told.get("t_ns"), told.get("fields")
    if not isinstance(name, str) or type(at_ns) is not int:
        return None
    expected = name == "ConnectionLost" and isinstance(about, dict) and about.get("clean") is True
    words = WORDS.get(name)
    at_s = (at_ns - t0_ns) / 1e9
    if words is None or expected or not math.isfinite(at_s) or at_s < 0:
        return None
    return at_s, words
