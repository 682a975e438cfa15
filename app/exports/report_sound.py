"""The turns' sound inside a report: short MP3 files as data URIs, within a budget."""

import base64
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from app.core.audio_format import SESSION_RATE_HZ, Samples
from app.core.errors import StoreError
from app.core.ports import SessionReader

MOST_S: Final = 120.0
"""Of one turn; what follows is left out, and said."""
_BITS_PER_S: Final = 32_000
_LEVEL: Final = 0.85
"""libsndfile's compression level at which 24 kHz mono comes to 32 kbit/s."""
_BYTES_PER_S: Final = _BITS_PER_S / 8 * 4 / 3
_OVERHEAD: Final = 1_200
"""An MP3's first frames and the URI around them."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A turn's sound in session time, s."""

    turn_id: int
    start_s: float
    end_s: float

    @property
    def bytes_n(self) -> int:
        """About how much of the report it takes."""
        return round((self.end_s - self.start_s) * _BYTES_PER_S) + _OVERHEAD


def within_budget(
    sessions: Sequence[Sequence[Stretch]], most_bytes: int
) -> Sequence[Sequence[Stretch]]:
    """Return what is kept: short sessions whole, of the longest the first turns.

    Every session gets an even part of what those shorter than it leave.
    """
    sizes = [sum(each.bytes_n for each in session) for session in sessions]
    kept: list[Sequence[Stretch]] = [()] * len(sessions)
    left = most_bytes
    order = sorted(range(len(sessions)), key=lambda place: (sizes[place], place))
    for done, place in enumerate(order):
        allowed = left // (len(sessions) - done)
        kept[place] = _first(sessions[place], allowed)
        left -= sum(each.bytes_n for each in kept[place])
    return kept


def _first(stretches: Sequence[Stretch], most_bytes: int) -> Sequence[Stretch]:
    total = 0
    for place, each in enumerate(stretches):
        total += each.bytes_n
        if total > most_bytes:
            return stretches[:place]
    return stretches


class SoundOf:
    """Encodes turns' sound when the page asks for it, one at a time.

    Args:
        kept: By session and turn; of others there is none.
        check: Is called before each, and may raise to break off.
    """

    def __init__(
        self,
        reader: SessionReader,
        kept: Mapping[tuple[Path, int], Stretch],
        check: Callable[[], None],
    ) -> None:
        self._check = check
        self._reader = reader
        self._kept = kept
        self.failed_n = 0

    def uri(self, folder: Path, turn_id: int) -> str:
        """Return a data URI, or "" where there is no sound."""
        stretch = self._kept.get((folder, turn_id))
        if stretch is None:
            return ""
        self._check()
        try:
            user, agent = self._reader.audio(folder, stretch.start_s * 1000, stretch.end_s * 1000)
        except StoreError:
            self.failed_n += 1
            return ""
        if not len(user):
            return ""
        return f"data:audio/mpeg;base64,{base64.b64encode(mp3(mixed(user, agent))).decode()}"


def mixed(user: Samples, agent: Samples) -> Samples:
    """Return both sides as one, without a sum that overflows."""
    total = user.astype(np.int32) + agent.astype(np.int32)
    clipped: Samples = np.clip(total, -32_768, 32_767).astype(np.int16)
    return clipped


def mp3(samples: Samples) -> bytes:
    """Return mono samples at 24 kHz as an MP3 file of 32 kbit/s."""
    import soundfile  # noqa: PLC0415 - a library of its own, and most exports need none

    file = io.BytesIO()
    with soundfile.SoundFile(
        file,
        "w",
        SESSION_RATE_HZ,
        1,
        format="MP3",
        subtype="MPEG_LAYER_III",
        compression_level=_LEVEL,
        bitrate_mode="CONSTANT",
    ) as sound:
        sound.write(samples)
    return file.getvalue()
