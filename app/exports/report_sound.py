"""The turns' sound inside a report: short MP3 files as data URIs, within a budget."""

import base64
import os
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self, TypeAlias

import numpy as np

from app.core.audio_format import SESSION_RATE_HZ, Samples
from app.core.errors import StoreError
from app.core.ports import SessionReader
from app.dsp.resample import resample

MOST_S: Final = 120.0
"""Of one turn; what follows is left out, and said."""
RATE_HZ: Final = 16_000
"""Of the MP3: at 32 kbit/s the encoder keeps nothing above 8.3 kHz of a higher rate either."""
_BITS_PER_S: Final = 32_000
_QUALITY: Final = 5
"""LAME's effort, 0 most to 9 least: at 3 it takes a quarter longer, and speech sounds the same."""
_BYTES_PER_S: Final = _BITS_PER_S / 8 * 4 / 3
_OVERHEAD: Final = 1_200
"""An MP3's first frames and the URI around them."""
_MOST_AT_ONCE: Final = 4

_Turn: TypeAlias = tuple[Path, int]
"""A session's folder and a turn's id."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A turn's sound in session time, s; ``cut`` where it goes on after ``MOST_S``."""

    turn_id: int
    start_s: float
    end_s: float
    cut: bool = False

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
    """Encodes turns' sound when the page asks for it, and meanwhile that of the next ones.

    A context manager: what nobody has asked for is dropped at its end. One thread.

    Args:
        kept: By session and turn, in the page's order; of others there is none.
        check: Is called before each, and may raise to break off.
    """

    def __init__(
        self, reader: SessionReader, kept: Mapping[_Turn, Stretch], check: Callable[[], None]
    ) -> None:
        self._check = check
        self._reader = reader
        self._kept = kept
        self._next = deque(kept)
        self._threads_n = min(os.cpu_count() or 1, _MOST_AT_ONCE)
        self._threads = ThreadPoolExecutor(self._threads_n, "report-sound")
        self._begun: dict[_Turn, Future[str] | None] = {}
        self.failed_n = 0

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, *_: object) -> None:
        """Wait for those that are being encoded; the others are never begun."""
        self._threads.shutdown(cancel_futures=True)

    def uri(self, folder: Path, turn_id: int) -> str:
        """Return a data URI, or "" where there is no sound."""
        turn = (folder, turn_id)
        if turn not in self._kept:
            return ""
        self._check()
        if turn not in self._begun:
            self._begin(turn)
        self._begin_more()
        encoded = self._begun.pop(turn)
        return "" if encoded is None else encoded.result()

    def _begin_more(self) -> None:
        """Keep every thread at work; no more sound than that is held at once."""
        while self._next and len(self._begun) <= self._threads_n:
            self._begin(self._next[0])

    def _begin(self, turn: _Turn) -> None:
        with suppress(ValueError):  # asked for once more
            self._next.remove(turn)
        stretch = self._kept[turn]
        start_ms, end_ms = stretch.start_s * 1000, stretch.end_s * 1000
        self._begun[turn] = None
        try:
            user, agent = self._reader.audio(turn[0], start_ms, end_ms)
        except StoreError:
            self.failed_n += 1
            return
        if len(user):
            self._begun[turn] = self._threads.submit(_uri, user, agent)


def _uri(user: Samples, agent: Samples) -> str:
    return f"data:audio/mpeg;base64,{base64.b64encode(mp3(mixed(user, agent))).decode()}"


def mixed(user: Samples, agent: Samples) -> Samples:
    """Return both sides as one, without a sum that overflows."""
    total = user.astype(np.int32) + agent.astype(np.int32)
    clipped: Samples = np.clip(total, -32_768, 32_767).astype(np.int16)
    return clipped


def mp3(samples: Samples) -> bytes:
    """Return mono samples at 24 kHz as an MP3 file at RATE_HZ of 32 kbit/s."""
    import lameenc  # noqa: PLC0415 - a library of its own, and most exports need none

    encoder = lameenc.Encoder()
    encoder.set_in_sample_rate(RATE_HZ)
    encoder.set_channels(1)
    encoder.set_bit_rate(_BITS_PER_S // 1000)
    encoder.set_quality(_QUALITY)
    encoder.silence()
    at_rate = resample(samples, SESSION_RATE_HZ, RATE_HZ)
    return bytes(encoder.encode(at_rate.tobytes()) + encoder.flush())
