"""The first audible sample of a reply: where voice-to-voice ends.

Audible are three blocks of 10 ms in a row above the larger of -50 dBFS and the active level
- 35 dB; of the first of them, the first sample whose magnitude reaches -50 dBFS is meant.
"Not zero" would not do: codecs leave noise, and a breath or a click comes first.

Source: metrics specification, L4.
"""

from typing import Final

import numpy as np

from app.core.audio_format import Samples
from app.dsp.speech import BELOW_ACTIVE_DB, block_levels_dbfs, is_loud

BLOCKS_PER_S: Final = 100
ABSOLUTE_DBFS: Final = -50.0
BLOCKS_IN_A_ROW: Final = 3

_ACTIVE_RANGE_DB = 25.0


def first_audible_frame(samples: Samples, rate_hz: int) -> int | None:
    """Return the first loud frame of the first audible block, or None where all is silence.

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
    return _loud_from(samples, int(runs[0]) * block) if len(runs) else None


def _loud_from(samples: Samples, frame: int) -> int:
    """Return the first loud frame at or after ``frame``, where an audible block begins."""
    return frame + int(is_loud(samples[frame:], ABSOLUTE_DBFS).argmax())
