"""The first audible sample of a reply: where voice-to-voice ends.

Audible are three blocks of 10 ms in a row above the larger of -50 dBFS and the active level
- 35 dB. "Not zero" would not do: codecs leave noise, and a breath or a click comes first.
"""

from typing import Final

import numpy as np

from app.core.audio_format import Samples
from app.dsp.pcm import concat, silence
from app.dsp.speech import BELOW_ACTIVE_DB, block_levels_dbfs

BLOCKS_PER_S: Final = 100
ABSOLUTE_DBFS: Final = -50.0
BLOCKS_IN_A_ROW: Final = 3

_ACTIVE_RANGE_DB = 25.0


def first_audible_frame(samples: Samples, rate_hz: int) -> int | None:
    """Return the first frame of the first audible block, or None where all is silence.

    The active level is that of the blocks within 25 dB of the loudest of the whole clip.
    """
    block = rate_hz // BLOCKS_PER_S
    levels = block_levels_dbfs(samples, block)
    if len(levels) < BLOCKS_IN_A_ROW:
        return None
    loud = levels[levels > levels.max() - _ACTIVE_RANGE_DB]
    active_db = float(10 * np.log10(np.mean(10 ** (loud / 10))))
    above = levels > max(ABSOLUTE_DBFS, active_db - BELOW_ACTIVE_DB)
    runs = np.flatnonzero(above[:-2] & above[1:-1] & above[2:])
    return int(runs[0]) * block if len(runs) else None


class AudibleOnset:
    """Finds the first audible frame of a stream. Not thread-safe; one owner.

    The active level is the loudest block so far. The answer is that of
    ``first_audible_frame`` for a lead-in under -50 dBFS; a louder hiss before louder speech
    is called audible here, because what follows is not known yet.
    """

    def __init__(self, rate_hz: int) -> None:
        self._block = rate_hz // BLOCKS_PER_S
        self._rest = silence(0)
        self._blocks_done = 0
        self._in_a_row = 0
        self._loudest_db = ABSOLUTE_DBFS
        self._found: int | None = None

    @property
    def found(self) -> int | None:
        """The first audible frame, counted from the first pushed; None until it is known."""
        return self._found

    def push(self, samples: Samples) -> int | None:
        """Take frames in; return the first audible frame's index once, when it is found.

        It is known 30 ms of audio after it began.
        """
        if self._found is not None:
            return None
        pending = concat((self._rest, samples))
        whole = len(pending) // self._block * self._block
        levels = block_levels_dbfs(pending, self._block)
        if any(self._completes_a_run(float(level)) for level in levels):
            self._found = (self._blocks_done - BLOCKS_IN_A_ROW) * self._block
        self._rest = pending[whole:].copy()
        return self._found

    def _completes_a_run(self, level_db: float) -> bool:
        self._loudest_db = max(self._loudest_db, level_db)
        threshold = max(ABSOLUTE_DBFS, self._loudest_db - BELOW_ACTIVE_DB)
        self._in_a_row = self._in_a_row + 1 if level_db > threshold else 0
        self._blocks_done += 1
        return self._in_a_row == BLOCKS_IN_A_ROW
