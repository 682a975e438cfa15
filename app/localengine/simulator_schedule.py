"""What the simulator says in a turn where all goes well, and when."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from app.core.audio_format import SESSION_RATE_HZ, Samples
from app.core.serving import SimulatorSettings
from app.localengine.ports import ReplyAudio, ReplyPiece, ReplyRequest, ReplyText

WORD_MS: Final = 320.0
FRAMES_PER_MS: Final = SESSION_RATE_HZ / 1000
_PITCH_HZ: Final = 220.0
_SYLLABLE_HZ: Final = 4
_SYLLABLE_FRAMES: Final = SESSION_RATE_HZ // _SYLLABLE_HZ
"""A syllable holds 55 whole periods of the pitch, so syllables join without a click."""

_PARTIALS: Final = ((1, 0.6), (2, 0.25), (3, 0.15))


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A piece of the reply, ``after_ms`` the end of the user's turn."""

    after_ms: float
    piece: ReplyPiece


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """A reply in time order. ``ends`` is False for one that never says that it is done."""

    pieces: Sequence[Due]
    ends: bool = True


def answer(settings: SimulatorSettings, request: ReplyRequest) -> tuple[Due, ...]:
    """Return words and audio in time order; a written reply has no audio."""
    words = _words(settings, request)
    texts = tuple(
        Due(
            after_ms=settings.first_token_ms + index * 1000 / settings.tokens_per_s,
            piece=ReplyText(text=word, tokens=1),
        )
        for index, word in enumerate(words)
    )
    audio = tuple(_audio(settings, request, len(words))) if request.spoken else ()
    return tuple(sorted((*texts, *audio), key=lambda due: due.after_ms))


def _words(settings: SimulatorSettings, request: ReplyRequest) -> list[str]:
    said = settings.replies[request.turn_index % len(settings.replies)].split()
    return [word if index == 0 else " " + word for index, word in enumerate(said)]


def _audio(settings: SimulatorSettings, request: ReplyRequest, words: int) -> Iterator[Due]:
    speech_ms = settings.reply_ms if settings.reply_ms is not None else words * WORD_MS
    lead = np.zeros(round(settings.leading_silence_ms * FRAMES_PER_MS), np.int16)
    samples = np.concatenate((lead, speech(speech_ms / request.speed, settings.level_dbfs)))
    block = max(round(settings.block_ms * FRAMES_PER_MS), 1)
    at_ms = settings.first_audio_ms
    for index, first in enumerate(range(0, len(samples), block)):
        piece = samples[first : first + block]
        yield Due(after_ms=at_ms, piece=ReplyAudio(samples=piece))
        if settings.pace is not None:
            at_ms += len(piece) / FRAMES_PER_MS / settings.pace
        at_ms += settings.gaps_ms.get(index, 0.0)


def speech(span_ms: float, level_dbfs: float) -> Samples:
    """Return something like a voice: a tone with overtones, loud from its first millisecond.

    Its level moves in syllables, a quarter of a second each, and never comes near silence.
    """
    seconds = np.arange(_SYLLABLE_FRAMES) / SESSION_RATE_HZ
    voice = sum(
        weight * np.cos(2 * np.pi * _PITCH_HZ * number * seconds) for number, weight in _PARTIALS
    )
    swell = 0.6 + 0.4 * np.cos(2 * np.pi * _SYLLABLE_HZ * seconds)
    peak = 32767 * 10 ** (level_dbfs / 20)
    syllable = np.asarray(np.rint(peak * voice * swell), dtype=np.int16)
    return np.resize(syllable, round(span_ms * FRAMES_PER_MS))
