"""The annotation of each bundled clip against a reading of a recording that holds it."""

from pathlib import Path

import numpy as np
import pytest

from app.audio.clip import Clip
from app.core.audio_format import SESSION_RATE_HZ, Samples
from app.dsp.pcm import concat, silence
from app.dsp.speech import STRETCH_GAP_MS, Segment, SpeechReader

ROOT = Path(__file__).parents[3]
PATHS = sorted([*(ROOT / "tests/audio").glob("*.wav"), *(ROOT / "resources/samples").glob("*.wav")])
FRAMES_PER_MS = SESSION_RATE_HZ // 1000


def decoded(path: Path) -> tuple[Samples, list[Segment]]:
    """Return a clip's frames and its speech as it is annotated, by its public questions."""
    clip = Clip(path)
    pieces: list[Samples] = []
    while len(piece := clip.take(2_400)):
        pieces.append(piece)
    samples = concat(pieces)
    found: list[Segment] = []
    end = clip.speech.end_before(len(samples))
    while end is not None:
        start = clip.speech.start_before(end, pause_ms=200)
        assert start is not None
        found.insert(0, Segment(start, end))
        end = clip.speech.end_before(start)
    return samples, found


def read(recording: Samples) -> list[Segment]:
    reader = SpeechReader()
    for first in range(0, len(recording), 60 * SESSION_RATE_HZ):
        reader.push(recording[first : first + 60 * SESSION_RATE_HZ])
    return reader.speech()


def moved(found: list[Segment], frames: int) -> list[Segment]:
    return [Segment(each.start + frames, each.end + frames) for each in found]


@pytest.mark.parametrize("path", PATHS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_recording_is_read_as_its_clip_is_annotated(path: Path) -> None:
    samples, annotated = decoded(path)

    for lead in (37, 60, 4_021):
        recording = concat((silence(lead), samples, silence(SESSION_RATE_HZ)))
        assert read(recording) == moved(annotated, lead)
    assert annotated


@pytest.mark.parametrize("seed", [1, 2])
def test_it_is_read_so_among_others_too(seed: int) -> None:
    rng = np.random.default_rng(seed)
    pieces: list[Samples] = []
    expected: list[Segment] = []
    at = 0
    for index in rng.permutation(len(PATHS)):
        gap = int(rng.integers(STRETCH_GAP_MS * FRAMES_PER_MS + 1, 3 * SESSION_RATE_HZ))
        samples, annotated = decoded(PATHS[index])
        pieces += [silence(gap), samples]
        expected += moved(annotated, at + gap)
        at += gap + len(samples)

    assert read(concat(pieces)) == expected
