"""Embedded engine on real recordings: first audio after the endpoint, stalls, word errors.

``python -m tests.benchmarks.engine [FOLDER [SILENCE_MS ...]]``; the folder is one like tests/audio.
"""

import asyncio
import json
import os
import re
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import jiwer
import numpy as np
from whisper_normalizer.english import EnglishTextNormalizer

from app.localengine.engine import EmbeddedEngine
from app.localengine.ports import (
    LISTENING_RATE_HZ,
    DetectorSettings,
    Message,
    ReplyAudio,
    ReplyRequest,
    Role,
    SpeechMark,
    Utterance,
    Waveform,
)
from tests.support.clips import AUDIO, Clip, read_clips
from tests.support.engines import open_real_engine

SILENCES_MS = (200, 350, 500)
WHOLE_REPLIES_MS = 500
"""Replies are heard to their end at this silence only; at the others their start is enough."""
PIECE = LISTENING_RATE_HZ // 50
PREROLL = 15
LEAD_S, TAIL_S = 0.4, 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One endpoint of a clip and what followed it."""

    first_audio_ms: float | None
    stalls: int
    final_ms: float
    words: str


def padded(clip: Clip) -> Waveform:
    """Return the clip in a quiet room: noise at -80 dBFS before, under and after it."""
    noise = np.random.default_rng(1)
    before = np.zeros(int(LEAD_S * LISTENING_RATE_HZ), dtype=np.float32)
    after = np.zeros(int(TAIL_S * LISTENING_RATE_HZ), dtype=np.float32)
    sound: Waveform = np.concatenate((before, clip.waveform(), after))
    sound += noise.normal(0, 1e-4, len(sound)).astype(np.float32)
    return sound


def asked(words: str) -> ReplyRequest:
    return ReplyRequest(messages=[Message(role=Role.USER, text=words)])


async def answer_turn(
    engine: EmbeddedEngine, utterance: Utterance, ended: float, *, whole: bool
) -> Turn:
    words = await utterance.finish()
    final_ms = 1000 * (time.perf_counter() - ended)
    request = asked(words)
    first: float | None = None
    frames = stalls = 0
    pieces = engine.reply(request)
    async for piece in pieces:
        if not isinstance(piece, ReplyAudio):
            continue
        now = time.perf_counter()
        first = first or now
        stalls += frames > 0 and now > first + frames / 24_000
        frames += len(piece.samples)
        if not whole:
            break
    await pieces.aclose()
    delay = None if first is None else 1000 * (first - ended)
    return Turn(first_audio_ms=delay, stalls=stalls, final_ms=final_ms, words=words)


async def run_clip(engine: EmbeddedEngine, clip: Clip, silence_ms: int) -> list[Turn]:
    """Feed a clip in real time; answer after each endpoint, with the clip's time stopped."""
    detector = engine.detector()
    detector.configure(DetectorSettings(silence_ms=silence_ms))
    sound = padded(clip)
    pieces = [sound[at : at + PIECE] for at in range(0, len(sound), PIECE)]
    utterance: Utterance | None = None
    turns: list[Turn] = []
    due = time.perf_counter()
    for number, piece in enumerate(pieces):
        due += len(piece) / LISTENING_RATE_HZ
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        marks: Sequence[SpeechMark] = detector.feed(piece)
        if any(mark.started for mark in marks):
            utterance = engine.listen(lambda _: None, asked)
            utterance.feed(np.concatenate(pieces[max(0, number - PREROLL) : number]), speech=True)
        if utterance is not None:
            utterance.feed(piece, speech=True)
        if utterance is not None and any(not mark.started for mark in marks):
            whole = silence_ms == WHOLE_REPLIES_MS
            turns.append(await answer_turn(engine, utterance, time.perf_counter(), whole=whole))
            utterance, due = None, time.perf_counter()
    return turns


def normal(text: str) -> str:
    """Whisper's normaliser, then every digit on its own."""
    plain = str(EnglishTextNormalizer()(text))
    return " ".join(re.sub(r"(\d)", r" \1 ", re.sub(r"[$£€]", "", plain)).split())


def word_error_rate(pairs: Sequence[tuple[str, str]]) -> float | None:
    """Pooled over all pairs of (said, heard)."""
    if not pairs:
        return None
    return float(jiwer.wer([normal(a) for a, _ in pairs], [normal(b) for _, b in pairs]))


async def measure(folder: Path, silences_ms: Sequence[int]) -> dict[str, object]:
    clips = [c for c in read_clips(folder) if c.language == "en" and c.transcript]
    engine = await open_real_engine()
    figures: dict[str, object] = {"clips": len(clips)}
    try:
        for silence_ms in silences_ms:
            heard = {clip: await run_clip(engine, clip, silence_ms) for clip in clips}
            turns = [turn for rows in heard.values() for turn in rows]
            delays = sorted(t.first_audio_ms for t in turns if t.first_audio_ms is not None)
            figures[f"silence_{silence_ms}"] = {
                "turns": len(turns),
                "first_audio_p50_ms": round(statistics.median(delays), 1),
                "first_audio_p90_ms": round(delays[int(0.9 * (len(delays) - 1))], 1),
                "final_words_p50_ms": round(statistics.median(t.final_ms for t in turns), 1),
                "stalls": sum(t.stalls for t in turns),
                "load_average": round(os.getloadavg()[0], 2),
            }
            if silence_ms == WHOLE_REPLIES_MS:
                figures |= errors(heard)
    finally:
        await engine.close()
    return figures


def errors(heard: dict[Clip, list[Turn]]) -> dict[str, object]:
    said = {c: " ".join(turn.words for turn in turns) for c, turns in heard.items()}
    clean = [
        (c.transcript, words)
        for c, words in said.items()
        if c.human and c.condition.startswith("clean")
    ]
    rows = {c.name: [c.transcript, words] for c, words in said.items()}
    return {
        "wer_clean_human": word_error_rate(clean),
        "wer_all": word_error_rate([(c.transcript, words) for c, words in said.items()]),
        "heard": {n: row for n, row in rows.items() if normal(row[0]) != normal(row[1])},
    }


def run(folder: Path = AUDIO, silences_ms: Sequence[int] = SILENCES_MS) -> dict[str, object]:
    """Measure and return the figures."""
    return asyncio.run(measure(folder, silences_ms))


if __name__ == "__main__":
    chosen = Path(sys.argv[1]) if len(sys.argv) > 1 else AUDIO
    figures = run(chosen, tuple(map(int, sys.argv[2:])) or SILENCES_MS)
    print(json.dumps(figures, indent=1, ensure_ascii=False))  # noqa: T201
