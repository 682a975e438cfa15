"""How the measurement itself is doing, and what the meters and lanes show."""

import asyncio
from collections import deque

import numpy as np

from app.core.audio_format import SESSION_RATE_HZ, Samples
from app.core.clock import Clock, Nanoseconds, ms
from app.core.records import TurnRecord
from app.dsp.pcm import peak_dbfs, rms_dbfs
from app.session.messages import ClientDelayReport, EnvelopeReport, MeterReport

LAG_PERIOD_S = 0.05
STEP_MS = 20.0
_STEP_NS = 20_000_000
_LAGS_KEPT = 12_000
_MINUTE_NS = 60_000_000_000


class LoopLag:
    """Samples by how much the loop wakes too late. Readings cover the last ten minutes."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lags: deque[tuple[Nanoseconds, float]] = deque(maxlen=_LAGS_KEPT)

    async def run(self) -> None:
        """Sample until cancelled."""
        while True:
            before = self._clock.now_ns()
            await asyncio.sleep(LAG_PERIOD_S)
            now = self._clock.now_ns()
            late = ms(Nanoseconds(now - before)) - LAG_PERIOD_S * 1e3
            self._lags.append((now, max(late, 0.0)))

    @property
    def p99_ms(self) -> float | None:
        """99th percentile of the last minute, or None before the first sample."""
        return self.p99_since_ms(Nanoseconds(self._clock.now_ns() - _MINUTE_NS))

    def p99_since_ms(self, since_ns: Nanoseconds) -> float | None:
        """99th percentile from an instant until now, or None without a sample."""
        lags: list[float] = []
        for at_ns, lag in reversed(self._lags):
            if at_ns < since_ns:
                break
            lags.append(lag)
        return _p99(lags)


def _p99(values: list[float]) -> float | None:
    return float(np.percentile(values, 99, method="higher")) if values else None


class ClientDelays:
    """How long our own side held audio back, turn by turn, and what of it was what."""

    def __init__(self) -> None:
        self._values_ms: deque[float] = deque(maxlen=500)
        self._newest: TurnRecord | None = None

    def add(self, turn: TurnRecord) -> None:
        """Take a finished turn; one of which it is not known changes nothing."""
        if turn.client_added_ms is not None:
            self._values_ms.append(turn.client_added_ms)
            self._newest = turn

    @property
    def p95_ms(self) -> float | None:
        """Nearest-rank 95th percentile, or None without a value."""
        return self._quantile(95)

    @property
    def report(self) -> ClientDelayReport | None:
        """Both quantiles and the newest turn's parts, or None without a turn."""
        newest = self._newest
        if newest is None:
            return None
        return ClientDelayReport(
            p50_ms=self._quantile(50),
            p95_ms=self._quantile(95),
            quantisation_ms=newest.tx_quantisation_ms,
            sending_ms=newest.tx_lateness_ms,
            buffer_ms=newest.jitter_buffer_ms,
            playing_ms=newest.playout_rest_ms,
        )

    def _quantile(self, percent: int) -> float | None:
        values = list(self._values_ms)
        return float(np.percentile(values, percent, method="higher")) if values else None


class Meters:
    """Levels of both sides since they were last read; the latest reading wins."""

    def __init__(self) -> None:
        self._input: list[Samples] = []
        self._output: list[Samples] = []

    def add_input(self, samples: Samples) -> None:
        """Take what the microphone gave."""
        self._input = [*self._input[-10:], samples]

    def add_output(self, samples: Samples) -> None:
        """Take what the loudspeaker was given."""
        self._output = [*self._output[-10:], samples]

    def take(self) -> MeterReport | None:
        """Return the levels since the last call, or None if no audio came."""
        if not self._input and not self._output:
            return None
        heard, played = _joined(self._input), _joined(self._output)
        self._input, self._output = [], []
        return MeterReport(
            input_rms_dbfs=rms_dbfs(heard),
            input_peak_dbfs=peak_dbfs(heard),
            output_rms_dbfs=rms_dbfs(played),
            output_peak_dbfs=peak_dbfs(played),
        )


def _joined(blocks: list[Samples]) -> Samples:
    return np.concatenate(blocks) if blocks else np.zeros(0, np.int16)


class Envelopes:
    """Peaks of both sides on the session's time, one value a step of 20 ms."""

    def __init__(self, t0_ns: Nanoseconds) -> None:
        self._t0_ns = t0_ns
        self._next_step = 0
        self._user: dict[int, float] = {}
        self._model: dict[int, float] = {}

    def add_user(self, at_ns: Nanoseconds, samples: Samples) -> None:
        """Take 24 kHz audio of the user whose first frame is at ``at_ns``."""
        self._add(self._user, at_ns, samples)

    def add_model(self, at_ns: Nanoseconds, samples: Samples) -> None:
        """Take 24 kHz audio of the model whose first frame is at ``at_ns``."""
        self._add(self._model, at_ns, samples)

    def take(self, now_ns: Nanoseconds) -> EnvelopeReport | None:
        """Return the steps that lie 200 ms or more back and were not yet told."""
        end = (now_ns - self._t0_ns) // _STEP_NS - 10
        if end <= self._next_step:
            return None
        steps = range(self._next_step, end)
        report = EnvelopeReport(
            start_ms=self._next_step * STEP_MS,
            step_ms=STEP_MS,
            user=tuple(round(self._user.pop(step, 0.0), 4) for step in steps),
            model=tuple(round(self._model.pop(step, 0.0), 4) for step in steps),
        )
        self._next_step = end
        return report

    def _add(self, side: dict[int, float], at_ns: Nanoseconds, samples: Samples) -> None:
        frames = SESSION_RATE_HZ * _STEP_NS // 1_000_000_000
        for start in range(0, len(samples), frames):
            offset = start * 1_000_000_000 // SESSION_RATE_HZ
            step = (at_ns - self._t0_ns + offset) // _STEP_NS
            if step < self._next_step:
                continue
            piece = samples[start : start + frames].astype(np.int32)
            side[step] = max(side.get(step, 0.0), float(np.abs(piece).max()) / 32768)
