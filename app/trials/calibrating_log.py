"""What the simulator says it did, and what our own player did to an endless stream."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from app.core.clock import Nanoseconds
from app.core.errors import EngineError

_NS_PER_MS: Final = 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """One line: something that was due at ``nominal_ns`` and happened at ``sent_ns``."""

    event: str
    turn: int
    index: int
    nominal_ns: Nanoseconds
    sent_ns: Nanoseconds
    frames: int | None

    @property
    def lateness_ms(self) -> float:
        """How late it was."""
        return (self.sent_ns - self.nominal_ns) / _NS_PER_MS


class SimulatorLog:
    """The lines of one session's simulator, by turn."""

    def __init__(self, sends: Iterable[Send]) -> None:
        self._sends = tuple(sends)

    @classmethod
    def read(cls, path: Path) -> "SimulatorLog":
        """Return the log in ``path``; without a whole line of a kind, that kind is not known.

        Raises:
            EngineError: If it is no such log.
        """
        try:
            lines = path.read_text("utf-8").splitlines()
            return cls(_send(json.loads(line)) for line in lines)
        except (OSError, ValueError, KeyError, TypeError) as exc:
            raise EngineError(
                "The simulator's log cannot be read.", hint="Calibrate again."
            ) from exc

    def first(self, turn: int, event: str) -> Send | None:
        """Return the first line of a kind in a turn."""
        return next(iter(self.all(turn, event)), None)

    def all(self, turn: int, event: str) -> Sequence[Send]:
        """Return the lines of a kind in a turn, in order."""
        return [send for send in self._sends if send.turn == turn and send.event == event]

    def every(self, event: str) -> Sequence[Send]:
        """Return the lines of a kind, in order, whatever their turn."""
        return [send for send in self._sends if send.event == event]

    def latenesses_ms(self) -> Sequence[float]:
        """Return how late each first token and first audio was."""
        kinds = {"token", "audio"}
        return [send.lateness_ms for send in self._sends if send.event in kinds and not send.index]


def _send(row: Mapping[str, Any]) -> Send:
    return Send(
        event=row["event"],
        turn=row["turn"],
        index=row["index"],
        nominal_ns=Nanoseconds(row["nominal_ns"]),
        sent_ns=Nanoseconds(row["sent_ns"]),
        frames=row["frames"],
    )


class StreamDelay:
    """By how much our player is behind the arrival of a stream that never ends.

    Such a stream begins to play once; what it waited then, and every time that it ran dry
    since, delays all that follows. Read from the session's journal.

    Args:
        first_ns: Arrival of the stream's first audio, or None; ``played_ns``: its playback.
        stalls: When the player ran dry and for how long, ms.
    """

    def __init__(
        self,
        first_ns: int | None,
        played_ns: int | None,
        stalls: Sequence[tuple[int, float]] = (),
    ) -> None:
        self._first_ns = first_ns
        self._played_ns = played_ns
        self._stalls = tuple(stalls)

    @classmethod
    def read(cls, journal: Path) -> "StreamDelay":
        """Return what a session's ``events.jsonl`` says.

        Raises:
            EngineError: If it cannot be read.
        """
        found: dict[str, list[Mapping[str, Any]]] = {}
        try:
            for line in journal.read_text("utf-8").splitlines():
                row = json.loads(line)
                found.setdefault(row.get("event", ""), []).append(row.get("fields", {}))
            first, played = (
                found[name][0]["at_ns"] if name in found else None
                for name in ("ResponseAudio", "PlaybackStarted")
            )
            stalled = found.get("PlaybackStalled", ())
            return cls(first, played, [(one["at_ns"], one["stall_ms"]) for one in stalled])
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as exc:
            raise EngineError(
                "The session's journal cannot be read.", hint="Calibrate again."
            ) from exc

    def before_ms(self, at_ns: int | None) -> float | None:
        """Return the delay of what was heard at ``at_ns``; None where it is not known."""
        if at_ns is None or self._first_ns is None or self._played_ns is None:
            return None
        stalled = sum(span_ms for dry_ns, span_ms in self._stalls if dry_ns < at_ns)
        return (self._played_ns - self._first_ns) / _NS_PER_MS + stalled
