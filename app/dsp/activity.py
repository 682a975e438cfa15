"""Speech of a live microphone, by energy over an adaptive noise floor.

A stand-in where neither an annotation nor a network exists: in noise it loses quiet endings
(-87 ms at 15 dB SNR), so records say ``SpeechEndMethod.ENERGY``.
"""

from collections import deque
from dataclasses import dataclass
from typing import Final

from app.core.audio_format import Samples
from app.dsp.pcm import concat, silence
from app.dsp.speech import BELOW_ACTIVE_DB, block_levels_dbfs

BLOCKS_PER_S: Final = 100
ENTER_DB: Final = 9.0
"""Over the noise floor, for speech to begin."""
STAY_DB: Final = 6.0
"""Over the noise floor, for speech to go on."""
QUIETEST_DBFS: Final = -60.0
"""Nothing under this is speech."""

_ONSET_BLOCKS = 3
_FLOOR_BLOCKS = 10  # the floor is the least mean level of any such stretch ...
_FLOOR_STRETCHES = 30  # ... of the last three seconds
_FLOOR_AT_FIRST_DBFS = -50.0


@dataclass(frozen=True, slots=True)
class SpeechEdge:
    """Speech began (``started``) or ended.

    Attributes:
        frame: Index of the first frame of speech, or of the first after it, counted from the
            first frame pushed: the acoustic position, not that of the detection.
    """

    started: bool
    frame: int


class SpeechActivity:
    """Finds where speech begins and ends. Not thread-safe; one owner.

    An onset is reported 30 ms after it, an end ``hangover_ms`` after it; pauses shorter than
    that are speech. A noise that sets in is called speech for at most three seconds.
    """

    def __init__(self, rate_hz: int, *, hangover_ms: int = 300) -> None:
        self._block = rate_hz // BLOCKS_PER_S
        self._hangover = max(hangover_ms * BLOCKS_PER_S // 1000, 1)
        self._rest = silence(0)
        self._blocks_done = 0
        self._floors = deque([_FLOOR_AT_FIRST_DBFS] * _FLOOR_STRETCHES, _FLOOR_STRETCHES)
        self._stretch: list[float] = []
        self._speaking = False
        self._run = 0
        self._loudest_db = QUIETEST_DBFS

    @property
    def speaking(self) -> bool:
        """Whether speech is under way, hangover included."""
        return self._speaking

    @property
    def noise_floor_dbfs(self) -> float:
        """The present estimate of the noise floor."""
        return min(self._floors)

    def push(self, samples: Samples) -> tuple[SpeechEdge, ...]:
        """Take frames in; return the edges that became known, oldest first."""
        pending = concat((self._rest, samples))
        edges = [self._take(float(level)) for level in block_levels_dbfs(pending, self._block)]
        whole = len(pending) // self._block * self._block
        self._rest = pending[whole:].copy()
        return tuple(edge for edge in edges if edge is not None)

    def _take(self, level_db: float) -> SpeechEdge | None:
        self._learn_floor(level_db)
        self._blocks_done += 1
        return self._inside(level_db) if self._speaking else self._outside(level_db)

    def _outside(self, level_db: float) -> SpeechEdge | None:
        threshold = max(self.noise_floor_dbfs + ENTER_DB, QUIETEST_DBFS)
        self._run = self._run + 1 if level_db > threshold else 0
        if self._run < _ONSET_BLOCKS:
            return None
        self._speaking, self._run, self._loudest_db = True, 0, level_db
        return SpeechEdge(started=True, frame=(self._blocks_done - _ONSET_BLOCKS) * self._block)

    def _inside(self, level_db: float) -> SpeechEdge | None:
        self._loudest_db = max(self._loudest_db, level_db)
        threshold = max(
            self.noise_floor_dbfs + STAY_DB, QUIETEST_DBFS, self._loudest_db - BELOW_ACTIVE_DB
        )
        self._run = 0 if level_db > threshold else self._run + 1
        if self._run < self._hangover:
            return None
        self._speaking, self._run = False, 0
        return SpeechEdge(started=False, frame=(self._blocks_done - self._hangover) * self._block)

    def _learn_floor(self, level_db: float) -> None:
        self._stretch.append(level_db)
        if len(self._stretch) == _FLOOR_BLOCKS:
            self._floors.append(sum(self._stretch) / _FLOOR_BLOCKS)
            self._stretch.clear()
