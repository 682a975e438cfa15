"""What the user of a recorded session said, for another model to hear."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from app.core.audio_format import SESSION_RATE_HZ
from app.core.errors import ConfigError
from app.core.ports import StoredSession
from app.core.records import TurnRecord
from app.dsp.speech import Segment
from app.metrics.comparison_pairs import said_as

MARGIN_MS: Final = 250.0
"""Sound kept on either side of a turn's speech, as far as no other turn's is in it."""
NOTICED_MS: Final = 600.0
"""Where only the provider's onset is known, the speech began at most so long before it."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A stretch of the user's channel, in frames at 24 kHz, and what it is called."""

    name: str
    first: int
    end: int


def turn_cuts(stored: StoredSession, frames: int, heard: Sequence[Segment] = ()) -> list[Cut]:
    """Return each turn's speech with a margin; without such turns, each stretch of speech.

    Args:
        stored: The session.
        frames: Length of its sound.
        heard: Where speech was found in the user's channel: of use only where no turn tells.

    Raises:
        ConfigError: If nobody speaks in it.
    """
    spoken = _spoken(stored, frames) or [
        Cut(f"turn {number}", each.start, each.end) for number, each in enumerate(heard, 1)
    ]
    if not spoken:
        raise ConfigError(
            "Nobody speaks in the recorded session.", hint="Choose a session with spoken turns."
        )
    margin = _frames(MARGIN_MS)
    bounds = [0, *(_middle(one, other) for one, other in itertools.pairwise(spoken)), frames]
    return [
        Cut(cut.name, max(cut.first - margin, low), min(cut.end + margin, high))
        for cut, low, high in zip(spoken, bounds, bounds[1:], strict=False)
    ]


def whole_cuts(stored: StoredSession, frames: int, heard: Sequence[Segment] = ()) -> list[Cut]:
    """Return the whole channel, cut half-way between the turns' speech.

    Raises:
        ConfigError: As ``turn_cuts``.
    """
    cuts = turn_cuts(stored, frames, heard)
    inner = [_middle(one, other) for one, other in itertools.pairwise(cuts)]
    bounds = [0, *inner, frames]
    return [
        Cut(cut.name, first, end)
        for cut, first, end in zip(cuts, bounds, bounds[1:], strict=False)
        if end > first
    ]


def tells_speech(stored: StoredSession, frames: int) -> bool:
    """Whether the turns say where the user speaks."""
    return bool(_spoken(stored, frames))


def _spoken(stored: StoredSession, frames: int) -> list[Cut]:
    """Return the turns' speech in order of time, apart and within the recording."""
    found: list[Cut] = []
    for turn in stored.turns:
        bounds = _bounds_ns(turn)
        if bounds is None:
            continue
        first, end = (_frame(instant - stored.record.t0_ns) for instant in bounds)
        first = max(first, found[-1].end if found else 0)
        if first < min(end, frames):
            found.append(Cut(said_as(turn), first, min(end, frames)))
    return found


def _bounds_ns(turn: TurnRecord) -> tuple[int, int] | None:
    """Return where a turn's speech begins and ends, by our own ears, else by the provider's."""
    onset_ns: int | None = turn.u_on_ns
    if onset_ns is None and turn.vad_on_ns is not None:
        onset_ns = turn.vad_on_ns - round(NOTICED_MS * 1e6)
    ends = (turn.u_off_ns, turn.vad_off_ns, turn.commit_ns)
    end_ns = next((end for end in ends if end is not None), None)
    if onset_ns is None or end_ns is None:
        return None
    return int(onset_ns), int(end_ns)


def _middle(one: Cut, other: Cut) -> int:
    return (one.end + max(other.first, one.end)) // 2


def _frames(span_ms: float) -> int:
    return round(span_ms * SESSION_RATE_HZ / 1000)


def _frame(span_ns: int) -> int:
    return span_ns * SESSION_RATE_HZ // 1_000_000_000
