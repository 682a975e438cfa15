"""How far into its words a reply was heard, as well as the provider lets it be known.

No provider of this protocol times its words. What is known is how much of the reply's audio had
arrived when each piece of words came. Two rules follow from the order of both:

- words before their sound (the usual order): a piece begins at the audio that had arrived
  before it, the first at the start, and lasts until the next piece begins;
- words after their sound: a piece ends at the audio that had arrived before it. So it is where
  the audio before the first piece is long enough to have held its words.

Pieces that came faster than anybody speaks say nothing about where they sound: they are one piece
with what follows them, or with what they follow.

Inside a piece, and where all words came at once, characters are spread evenly over the audio.
Words whose audio is still to come take as long as ``SPOKEN_CHARS_PER_S`` says. The position is
taken back to the end of a word. It is as uncertain as a piece is long, and too late by the lead
where a provider sends words further ahead of their sound than one piece.

Source: metrics specification, T5 and T6; wire order, protocol facts, 1.5.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, NamedTuple

SPOKEN_CHARS_PER_S: Final = 15.0
"""150 words a minute at six characters a word, spaces included."""


FASTEST_CHARS_PER_S: Final = 30.0
"""Twice that: nobody speaks faster."""


@dataclass(frozen=True, slots=True)
class Said:
    """A piece of words that came when ``after_ms`` of the reply's audio had arrived."""

    text: str
    after_ms: float


class _Stretch(NamedTuple):
    """Characters of the text, laid over the audio."""

    chars: int
    start_ms: float
    end_ms: float


def aligned(said: Sequence[Said], audio_ms: float) -> bool:
    """Return whether words and audio came in turns, so that more than their ends is known."""
    pieces = _pieces(said)
    return len(pieces) > 1 and any(0 < piece.after_ms < audio_ms for piece in pieces)


def heard_chars(said: Sequence[Said], *, audio_ms: float, heard_ms: float, complete: bool) -> int:
    """Return how many characters of the joined pieces were heard, up to the end of a word.

    Args:
        said: The pieces, in the order in which they came.
        audio_ms: The reply's audio so far.
        heard_ms: How much of it was played.
        complete: No more audio comes.
    """
    text = "".join(piece.text for piece in said)
    if heard_ms <= 0:
        return 0
    if complete and heard_ms >= audio_ms:
        return len(text)
    position = 0.0
    for stretch in _stretches(said, audio_ms, complete=complete):
        length = stretch.end_ms - stretch.start_ms
        share = (heard_ms - stretch.start_ms) / length if length > 0 else 1.0
        position += stretch.chars * min(max(share, 0.0), 1.0)
    return word_end(text, int(position))


def lasting_ms(text: str, audio_ms: float, *, complete: bool) -> float:
    """Return how long words last that came with ``audio_ms`` of audio, whole or not."""
    return _end_ms(len(text), 0.0, audio_ms, complete=complete)


def word_end(text: str, position: int) -> int:
    """Return the end of the last word of ``text`` that is whole at ``position``."""
    if position >= len(text):
        return len(text)
    head = text[:position]
    inside = not text[position].isspace() and bool(head) and not head[-1].isspace()
    if inside:
        head = head[: -len(head.split()[-1])]
    return len(head.rstrip())


def heard_words(
    said: Sequence[Said], *, audio_ms: float, start_ms: float, end_ms: float, complete: bool
) -> int:
    """Return how many words ended between two positions of the reply's audio."""
    text = "".join(piece.text for piece in said)
    first, last = (
        heard_chars(said, audio_ms=audio_ms, heard_ms=at_ms, complete=complete)
        for at_ms in (start_ms, end_ms)
    )
    return len(text[:last].split()) - len(text[:first].split())


def _stretches(said: Sequence[Said], audio_ms: float, *, complete: bool) -> list[_Stretch]:
    pieces = _pieces(said)
    if not aligned(said, audio_ms):
        chars = sum(len(piece.text) for piece in pieces)
        return [_Stretch(chars, 0.0, _end_ms(chars, 0.0, audio_ms, complete=complete))]
    last = pieces[-1]
    places = [piece.after_ms for piece in pieces]
    if _sound_first(pieces):
        bounds = [0.0, *places]
    else:
        end_ms = _end_ms(len(last.text), last.after_ms, audio_ms, complete=complete)
        bounds = [0.0, *places[1:], end_ms]
    return [
        _Stretch(len(piece.text), start, end)
        for piece, (start, end) in zip(pieces, pairwise(bounds), strict=True)
    ]


def _pieces(said: Sequence[Said]) -> list[Said]:
    """Return the pieces that say where they sound: each with the time that it takes to speak."""
    pieces = _together([piece for piece in said if piece.text])
    return _after_sound(pieces) if pieces and _sound_first(pieces) else _before_sound(pieces)


def _sound_first(pieces: Sequence[Said]) -> bool:
    """Whether the audio before the first piece is long enough to have held its words."""
    return _speakable(pieces[0], pieces[0].after_ms)


def _speakable(piece: Said, length_ms: float) -> bool:
    return length_ms * FASTEST_CHARS_PER_S / 1000 >= len(piece.text)


def _before_sound(pieces: Sequence[Said]) -> list[Said]:
    """Return the pieces, each that does not last long enough as one with the next."""
    spaced: list[Said] = []
    for piece in pieces:
        if spaced and not _speakable(spaced[-1], piece.after_ms - spaced[-1].after_ms):
            spaced[-1] = Said(spaced[-1].text + piece.text, spaced[-1].after_ms)
        else:
            spaced.append(piece)
    return spaced


def _after_sound(pieces: Sequence[Said]) -> list[Said]:
    """Return the pieces, each that has not lasted long enough as one with the one before."""
    spaced = [pieces[0]]
    for piece in pieces[1:]:
        if _speakable(piece, piece.after_ms - spaced[-1].after_ms):
            spaced.append(piece)
        else:
            spaced[-1] = Said(spaced[-1].text + piece.text, piece.after_ms)
    return spaced


def _together(pieces: Sequence[Said]) -> list[Said]:
    """Return the pieces, those that came at one position of the audio as one."""
    joined: list[Said] = []
    for piece in pieces:
        if joined and joined[-1].after_ms == piece.after_ms:
            joined[-1] = Said(joined[-1].text + piece.text, piece.after_ms)
        else:
            joined.append(piece)
    return joined


def _end_ms(chars: int, start_ms: float, audio_ms: float, *, complete: bool) -> float:
    """Return where words end whose audio may not have arrived whole."""
    if complete:
        return audio_ms
    return max(audio_ms, start_ms + chars * 1000 / SPOKEN_CHARS_PER_S)
