"""Speech of a live microphone, by energy over an adaptive noise floor.

A stand-in where neither an annotation nor a network exists: in noise it loses quiet endings
(-87 ms at 15 dB SNR), so records say ``SpeechEndMethod.ENERGY``.
"""

from collections import deque
from dataclasses import dataclass
from typing import Final

from app.core.audio_format import Samples
from app.dsp.pcm import concat, silence
from app.dsp.speech import BELOW_ACTIVE_DB, block_levels_dbfs, loud_bounds

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
            first frame pushed: the acoustic position, not that of the detection. Inside the
            outermost blocks it is that of the first or last sample that reaches the threshold.
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
        self._start = self._end = 0
        self._loudest_db = QUIETEST_DBFS

    @property
    def speaking(self) -> bool:
        """Whether speech is under way, hangover included."""
        return self._speaking

    @property
    def heard_frames(self) -> int:
        """Frames from the onset of the speech under way to the last loud one; 0 in silence."""
        return self._end - self._start if self._speaking else 0

    @property
    def noise_floor_dbfs(self) -> float:
        """The present estimate of the noise floor."""
        return min(self._floors)

    def push(self, samples: Samples) -> tuple[SpeechEdge, ...]:
        """Take frames in; return the edges that became known, oldest first."""
        pending = concat((self._rest, samples))
        levels = block_levels_dbfs(pending, self._block)
        whole = len(pending) // self._block * self._block
        blocks = pending[:whole].reshape(-1, self._block)
        edges = [self._take(float(db), block) for db, block in zip(levels, blocks, strict=True)]
        self._rest = pending[whole:].copy()
        return tuple(edge for edge in edges if edge is not None)

    def _take(self, level_db: float, block: Samples) -> SpeechEdge | None:
        self._learn_floor(level_db)
        edge = (self._inside if self._speaking else self._outside)(level_db, block)
        self._blocks_done += 1
        return edge

    def _outside(self, level_db: float, block: Samples) -> SpeechEdge | None:
        threshold = max(self.noise_floor_dbfs + ENTER_DB, QUIETEST_DBFS)
        if level_db <= threshold:
            self._run = 0
            return None
        first, self._end = self._loud(block, threshold)
        self._start = self._start if self._run else first
        self._run += 1
        if self._run < _ONSET_BLOCKS:
            return None
        self._speaking, self._run, self._loudest_db = True, 0, level_db
        return SpeechEdge(started=True, frame=self._start)

    def _inside(self, level_db: float, block: Samples) -> SpeechEdge | None:
        self._loudest_db = max(self._loudest_db, level_db)
        threshold = max(
            self.noise_floor_dbfs + STAY_DB, QUIETEST_DBFS, self._loudest_db - BELOW_ACTIVE_DB
        )
        if level_db > threshold:
            self._run, self._end = 0, self._loud(block, threshold)[1]
            return None
        self._run += 1
        if self._run < self._hangover:
            return None
        self._speaking, self._run = False, 0
        return SpeechEdge(started=False, frame=self._end)

    def _loud(self, block: Samples, threshold_db: float) -> tuple[int, int]:
        """Return the first loud frame of the block after those done, and that after its last."""
        (first,), (last,) = loud_bounds(block, self._block, threshold_db)
        before = self._blocks_done * self._block
        return before + int(first), before + int(last)

    def _learn_floor(self, level_db: float) -> None:
        self._stretch.append(level_db)
        if len(self._stretch) == _FLOOR_BLOCKS:
            self._floors.append(sum(self._stretch) / _FLOOR_BLOCKS)
            self._stretch.clear()
