"""The measuring engine against a ruler: the simulator, whose every delay is exact.

``error = v2v - playout_wait - (quantisation + silence + delay + lead) - simulator's lateness``,
where the quantisation follows from the known last sample of each utterance. Apart from that
voice-to-voice is read from the recording itself, by its samples.

``python -m tests.benchmarks.calibrate [--window]``
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import wave
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from app.core.audio_format import SESSION_RATE_HZ
from app.metrics.statistics import quantile
from tests.benchmarks.stimuli import Stimulus, write_stimuli

SILENCE_MS = 100
DELAYS_MS = (50, 150, 300)
LEADS_MS = (0, 80, 200)
TURNS_EACH = 7
REPLY_MS = 400
LOUD = 1_000
SESSION_S = 120
TARGETS = {"v2v_error_abs_p50_ms": 5, "v2v_error_abs_p95_ms": 15, "client_added_abs_p95_ms": 60}
"""With the window open and drawing, on two cores that do little else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What the simulator is told: the delay of its first audio, and the silence at its head."""

    delay_ms: int
    lead_ms: int

    def engine_options(self, log: Path) -> list[str]:
        return [
            f"--first-token={self.delay_ms / 2}",
            f"--first-audio={self.delay_ms}",
            f"--leading-silence={self.lead_ms}",
            f"--reply-ms={REPLY_MS}",
            f"--log={log}",
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A session that was held: its rows by turn, the simulator's log and the recording."""

    rows: Sequence[Mapping[str, Any]]
    log: Sequence[Mapping[str, Any]]
    folder: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One turn; errors in ms, measured less true."""

    v2v_error: float
    recording_error: float | None
    endpointing_error: float
    lateness: float
    breakdown_residual: float
    client_added: float | None


Hold = Callable[[Condition, Sequence[Stimulus], Path], Held]


def hold_in_terminal(condition: Condition, stimuli: Sequence[Stimulus], work: Path) -> Held:
    """Hold a session with ``vivavoce talk``."""
    log = work / "simulator.jsonl"
    inputs = [f"--input={stimulus.path}" for stimulus in stimuli]
    options = [f"--engine-option={option}" for option in condition.engine_options(log)]
    command = [sys.executable, "-m", "app", "talk", "--model", "simulator", "--json"]
    command += [f"--silence-ms={SILENCE_MS}", f"--out={work}", *inputs, *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SESSION_S, check=False)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    if done.returncode:
        raise SystemExit(f"the session failed: {done.stderr.strip()}")
    summary = lines[-1]
    return Held(rows=lines[:-1], log=read_log(log), folder=Path(summary["session_dir"]))


def read_log(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def measure(condition: Condition, stimuli: Sequence[Stimulus], held: Held) -> list[Measured]:
    """Compare every turn with what it must have been."""
    if len(held.rows) != len(stimuli):
        raise SystemExit(f"{len(held.rows)} turns of {len(stimuli)} utterances in {held.folder}")
    read = read_recording(held.folder / "stereo.wav", len(stimuli))
    return [
        _turn(condition, stimulus, row, _lateness_ms(held.log, turn, condition), read[turn - 1])
        for turn, (stimulus, row) in enumerate(zip(stimuli, held.rows, strict=True), 1)
    ]


def _turn(
    condition: Condition,
    stimulus: Stimulus,
    row: Mapping[str, Any],
    lateness: float,
    read_v2v_ms: float | None,
) -> Measured:
    v2v, playout_wait = float(row["v2v_ms"]), float(row["playout_wait_ms"])
    settled = stimulus.quantisation_ms + SILENCE_MS
    true_ms = settled + condition.delay_ms + condition.lead_ms + lateness
    parts = ("tx_wait", "endpointing", "server_response", "leading_silence", "playout_wait")
    return Measured(
        v2v_error=v2v - playout_wait - true_ms,
        recording_error=None if read_v2v_ms is None else v2v - read_v2v_ms,
        endpointing_error=float(row["tx_wait_ms"]) + float(row["endpointing_ms"]) - settled,
        lateness=lateness,
        breakdown_residual=v2v - sum(float(row[f"{part}_ms"]) for part in parts),
        client_added=row["client_added_ms"],
    )


def _lateness_ms(log: Sequence[Mapping[str, Any]], turn: int, condition: Condition) -> float:
    """Return how late the simulator's first audio left it, from the audio that settled the turn."""
    mine = [line for line in log if line["turn"] == turn]
    settled = next(line["nominal_ns"] for line in mine if line["event"] == "asked")
    audio = next(line["sent_ns"] for line in mine if line["event"] == "audio")
    return float(audio - settled) / 1e6 - condition.delay_ms


def read_recording(path: Path, turns: int) -> list[float | None]:
    """Return each turn's voice-to-voice in ms as the samples of the recording have it."""
    with wave.open(str(path)) as file:
        stereo = np.frombuffer(file.readframes(file.getnframes()), np.int16).reshape(-1, 2)
    ends = _runs(stereo[:, 0])[1]
    starts = _runs(stereo[:, 1])[0]
    if len(ends) != turns:
        raise SystemExit(f"{path} holds {len(ends)} utterances of {turns}")
    after = [starts[starts > end] for end in ends]
    return [
        float(later[0] - end) * 1000 / SESSION_RATE_HZ if len(later) else None
        for end, later in zip(ends, after, strict=True)
    ]


def _runs(samples: np.ndarray[Any, np.dtype[np.int16]]) -> tuple[Any, Any]:
    """Return the first frames and the frames after the last of what is loud without a pause."""
    loud = np.flatnonzero(np.abs(samples.astype(np.int32)) > LOUD)
    gaps = np.flatnonzero(np.diff(loud) > SESSION_RATE_HZ // 10)
    return loud[np.r_[0, gaps + 1]], loud[np.r_[gaps, len(loud) - 1]] + 1


def figures(turns: Sequence[Measured]) -> dict[str, object]:
    """Return what the turns come to."""
    return {
        "turns": len(turns),
        "v2v_error_ms": spread([turn.v2v_error for turn in turns]),
        "endpointing_error_ms": spread([turn.endpointing_error for turn in turns]),
        "v2v_less_recording_ms": spread(
            [turn.recording_error for turn in turns if turn.recording_error is not None]
        ),
        "simulator_lateness_ms": spread([turn.lateness for turn in turns]),
        "client_added_ms": spread(
            [turn.client_added for turn in turns if turn.client_added is not None]
        ),
        "breakdown_residual_max_ms": max(abs(turn.breakdown_residual) for turn in turns),
        "load_average": round(os.getloadavg()[0], 2),
    }


def spread(values: Sequence[float]) -> dict[str, float | None]:
    """Return the median with its sign, and percentiles of the magnitude."""
    sizes = [abs(value) for value in values]
    named = {
        "median": quantile(values, 0.5),
        "abs_p50": quantile(sizes, 0.5),
        "abs_p95": quantile(sizes, 0.95),
        "abs_max": max(sizes, default=None),
    }
    return {name: None if value is None else round(value, 2) for name, value in named.items()}


def run(hold: Hold = hold_in_terminal, *, turns_each: int = TURNS_EACH) -> dict[str, object]:
    """Measure over every condition and return the figures."""
    measured: list[Measured] = []
    with tempfile.TemporaryDirectory(prefix="vivavoce-calibrate-") as temporary:
        for number, (delay_ms, lead_ms) in enumerate(product(DELAYS_MS, LEADS_MS)):
            work = Path(temporary) / str(number)
            work.mkdir()
            condition = Condition(delay_ms=delay_ms, lead_ms=lead_ms)
            stimuli = write_stimuli(work, turns_each, seed=number)
            measured += measure(condition, stimuli, hold(condition, stimuli, work))
    return figures(measured) | {"targets": TARGETS}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns-each", type=int, default=TURNS_EACH)
    print(json.dumps(run(turns_each=parser.parse_args().turns_each), indent=1))  # noqa: T201
