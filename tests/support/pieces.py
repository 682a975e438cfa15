"""A sound found again piece by piece: a gap in it costs the pieces that it cuts, and no more.

A machine that is kept from running for a moment loses sound, and shifts all that comes later.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.core.audio_format import Samples

PIECE_S = 0.1
SAME = 0.95
"""Correlation from which a piece is the one that was looked for."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Where a piece of a sound was found.

    Attributes:
        at: Its first frame in the sound that it is a piece of.
        lag: How many frames later it is in what was searched.
        likeness: The normalised correlation there, 1.0 at best.
    """

    at: int
    lag: int
    likeness: float


@dataclass(frozen=True, slots=True)
class Found:
    """All pieces of a sound, each at its best place."""

    pieces: tuple[Piece, ...]

    @property
    def same(self) -> tuple[Piece, ...]:
        """The pieces that were found."""
        return tuple(piece for piece in self.pieces if piece.likeness > SAME)

    @property
    def share(self) -> float:
        """How much of the sound was found, from 0.0 to 1.0."""
        return len(self.same) / len(self.pieces)

    @property
    def in_order(self) -> bool:
        """Whether what was found comes in the order of the sound."""
        places = [piece.at + piece.lag for piece in self.same]
        return places == sorted(places)


def find_pieces(found: Samples, wanted: Samples, rate_hz: int) -> Found:
    """Look for each tenth of a second of ``wanted`` anywhere in ``found``, both at ``rate_hz``."""
    frames = round(PIECE_S * rate_hz)
    heard, sought = found.astype(np.float64), wanted.astype(np.float64)
    size = 1 << (len(heard) + frames).bit_length()
    spectrum = np.fft.rfft(heard, size)
    squares = np.concatenate(((0.0,), np.cumsum(heard * heard)))
    energies = squares[frames:] - squares[:-frames]
    return Found(
        tuple(
            _best(spectrum, size, energies, sought[at : at + frames], at)
            for at in range(0, len(sought) - frames + 1, frames)
        )
    )


def _best(
    spectrum: NDArray[np.complex128],
    size: int,
    energies: NDArray[np.float64],
    piece: NDArray[np.float64],
    at: int,
) -> Piece:
    product = np.fft.irfft(spectrum * np.conj(np.fft.rfft(piece, size)), size)[: len(energies)]
    likeness = product / np.sqrt(np.maximum(energies, 1.0) * (piece @ piece))
    place = int(np.argmax(likeness))
    return Piece(at=at, lag=place - at, likeness=float(likeness[place]))
