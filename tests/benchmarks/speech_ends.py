"""How well ends and beginnings of speech are found: annotator, network and energy.

The annotator is held against speech that is cut off into digital silence, whose end is known
to the sample; it fails past a median of 5 ms or a 95th percentile of the magnitude of 25 ms.
The detectors of a live microphone are held against the annotation of the same clips, followed
by digital silence or lying in noise. A late end is positive.

Source: metrics specification, 2.4 and 15.8. ``python -m tests.benchmarks.speech_ends``
"""

import json
import os
import sys
import time
from collections.abc import Callable

import numpy as np

from app.bootstrap.activity import load_activity
from app.core.audio_format import SESSION_RATE_HZ, Samples
from app.core.clock import Nanoseconds
from app.core.errors import WeightsError
from app.core.ports import VoiceActivity
from app.dsp.pcm import concat, from_float, silence, to_float
from app.dsp.resample import resample
from app.dsp.speech import speech_bounds
from app.session.speech_detectors import EnergyDetector, SpeechDetector, VoiceDetector
from tests.support.clips import Clip, read_clips

BIAS_MS, P95_MS = 5.0, 25.0
CUTS = 3
PADDING_MS = 1000
SNRS_DB = (None, 25, 15, 5)
FRAME = SESSION_RATE_HZ // 50
MISSED_MS = 1000.0
"""An edge that is further off is none of this clip's end."""


def main() -> int:
    clips = [clip for clip in read_clips() if clip.transcript and "clean" in clip.condition]
    annotator = [error for index, clip in enumerate(clips) for error in cut_errors(clip, index)]
    table = {"annotator, cut off into digital silence": figures(annotator, 0)}
    for name, make in detectors().items():
        for snr_db in SNRS_DB:
            table |= rows(name, make, clips, snr_db)
    good = abs(float(np.median(annotator))) <= BIAS_MS
    good &= float(np.percentile(np.abs(annotator), 95)) <= P95_MS
    report = {
        "table_ms": table,
        "network_ms_per_32_ms": inference_ms(),
        "clips": len(clips),
        "load_average": round(os.getloadavg()[0], 2),
        "passed": good,
    }
    print(json.dumps(report, indent=1))  # noqa: T201
    return 0 if good else 1


def raw(clip: Clip) -> Samples:
    """Return the clip at 24 kHz."""
    return resample(from_float(clip.waveform()), 16_000, SESSION_RATE_HZ)


def annotated(clip: Clip) -> tuple[Samples, float, float]:
    """Return the speech alone, a second of silence around it, and where it begins and ends, ms.

    The annotation is of the clip as it is: its own noise is no speech.
    """
    samples = raw(clip)
    bounds = speech_bounds(samples, SESSION_RATE_HZ)
    assert bounds is not None
    pad = silence(PADDING_MS * SESSION_RATE_HZ // 1000)
    span_ms = (bounds.end - bounds.start) * 1000 / SESSION_RATE_HZ
    speech = concat((pad, samples[bounds.start : bounds.end], pad))
    return speech, float(PADDING_MS), PADDING_MS + span_ms


def cut_errors(clip: Clip, seed: int) -> list[float]:
    """Cut the clip off at loud samples; return how late the annotator finds each cut, ms."""
    samples = raw(clip)
    loud = np.flatnonzero(np.abs(samples.astype(np.int32)) > np.abs(samples).max() // 4)
    picks = np.random.default_rng(seed).choice(loud[len(loud) // 4 :], CUTS, replace=False)
    return [_cut_error(samples, int(cut) + 1) for cut in picks]


def _cut_error(samples: Samples, cut: int) -> float:
    found = speech_bounds(concat((samples[:cut], silence(SESSION_RATE_HZ))), SESSION_RATE_HZ)
    assert found is not None
    return (found.end - cut) * 1000 / SESSION_RATE_HZ


def detectors() -> dict[str, Callable[[], SpeechDetector]]:
    """Return what there is; without its weights the network is left out."""
    try:
        activity = load_activity()
    except WeightsError as error:
        print(f"without the network: {error.sentence}", file=sys.stderr)  # noqa: T201
        return {"energy": EnergyDetector}

    def network() -> SpeechDetector:
        activity.reset()
        return VoiceDetector(activity)

    return {"silero": network, "energy": EnergyDetector}


def rows(
    name: str, make: Callable[[], SpeechDetector], clips: list[Clip], snr_db: int | None
) -> dict[str, dict[str, float | int | None]]:
    """Return both edges' rows of one detector in one condition."""
    ends: list[float | None] = []
    starts: list[float | None] = []
    for seed, clip in enumerate(clips):
        clean, start_ms, end_ms = annotated(clip)
        edges = found_ms(make(), noisy(clean, snr_db, seed))
        starts.append(nearest(edges[True], start_ms))
        ends.append(nearest(edges[False], end_ms))
    condition = "clean" if snr_db is None else f"{snr_db} dB SNR"
    return {
        f"{name}, {edge}, {condition}": figures([e for e in errors if e is not None], len(errors))
        for edge, errors in (("ends", ends), ("beginnings", starts))
    }


def noisy(clean: Samples, snr_db: int | None, seed: int) -> Samples:
    """Return ``clean`` in white noise so far under its active level."""
    if snr_db is None:
        return clean
    voice = to_float(clean)
    active = voice[np.abs(voice) > np.abs(voice).max() / 30]
    level = float(np.sqrt(np.mean(active.astype(np.float64) ** 2))) * 10 ** (-snr_db / 20)
    hiss = np.random.default_rng(seed).standard_normal(len(voice)) * level
    return from_float(np.clip(voice + hiss.astype(np.float32), -1.0, 0.9999))


def found_ms(detector: SpeechDetector, samples: Samples) -> dict[bool, list[float]]:
    """Return the instants of beginnings (True) and ends that a detector finds, ms."""
    found: dict[bool, list[float]] = {True: [], False: []}
    for start in range(0, len(samples), FRAME):
        at_ns = Nanoseconds(start * 1_000_000_000 // SESSION_RATE_HZ)
        for edge in detector.feed(at_ns, samples[start : start + FRAME]):
            found[edge.started].append(edge.at_ns / 1e6)
    return found


def nearest(found: list[float], truth_ms: float) -> float | None:
    """Return the error of the nearest edge, or None if none is near."""
    errors = [each - truth_ms for each in found if abs(each - truth_ms) < MISSED_MS]
    return min(errors, key=abs, default=None)


def figures(errors: list[float], of: int) -> dict[str, float | int | None]:
    """Return median, spread and how many were found at all."""
    if not errors:
        return {"bias": None, "p5": None, "p95": None, "n": 0, "missed": of}
    low, middle, high = (round(float(v), 1) for v in np.percentile(errors, [5, 50, 95]))
    missed = max(of - len(errors), 0)
    return {"bias": middle, "p5": low, "p95": high, "n": len(errors), "missed": missed}


def inference_ms() -> dict[str, float] | None:
    """Return what one step of the network costs here, or None without it."""
    try:
        activity: VoiceActivity = load_activity()
    except WeightsError:
        return None
    frame = (np.random.default_rng(0).standard_normal(512) * 0.05).astype(np.float32)
    spent: list[float] = []
    for _ in range(500):
        before = time.perf_counter_ns()
        activity.probability(frame)
        spent.append((time.perf_counter_ns() - before) / 1e6)
    p50, p95 = np.percentile(spent, [50, 95])
    return {"p50": round(float(p50), 3), "p95": round(float(p95), 3)}


if __name__ == "__main__":
    sys.exit(main())
