"""Silero VAD: a small recurrent network that says how likely a frame is speech.

Source: silero-vad v5 (MIT), 16 kHz, 512 samples a step with 64 samples of context.
"""

from pathlib import Path
from typing import Protocol

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as failures

from app.core.errors import WeightsError

FRAME_SAMPLES = 512
RATE_HZ = 16_000
_CONTEXT = 64
_STATE_SHAPE = (2, 1, 128)
_LOAD_ERRORS: tuple[type[Exception], ...] = (
    failures.Fail,
    failures.InvalidGraph,
    failures.InvalidProtobuf,
    failures.NoSuchFile,
    failures.RuntimeException,
    RuntimeError,
)


class VadNetwork(Protocol):
    """One step of a recurrent detector."""

    def step(
        self, samples: NDArray[np.float32], state: NDArray[np.float32]
    ) -> tuple[float, NDArray[np.float32]]:
        """Run one step on (1, 576) samples; return the probability and the next state."""
        ...


class SileroNetwork:
    """The network, loaded once; any number of streams run on it, from any thread.

    Args:
        path: The ONNX file.

    Raises:
        WeightsError: If the file is not such a network.
    """

    def __init__(self, path: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 4
        try:
            self._session = onnxruntime.InferenceSession(
                str(path), options, providers=["CPUExecutionProvider"]
            )
        except _LOAD_ERRORS as exc:
            raise WeightsError(
                f"the speech detector {path.name} cannot be loaded",
                hint="Run `vivavoce weights fetch`.",
            ) from exc
        self._rate = np.array(RATE_HZ, dtype=np.int64)

    def step(
        self, samples: NDArray[np.float32], state: NDArray[np.float32]
    ) -> tuple[float, NDArray[np.float32]]:
        """Run one step on (1, 576) samples; return the probability and the next state."""
        feeds = {"input": samples, "state": state, "sr": self._rate}
        output, state = self._session.run(None, feeds)
        return float(output[0, 0]), state


class SileroVad:
    """One stream's detector: a ``VoiceActivity``. Not for two threads at once."""

    def __init__(self, network: VadNetwork) -> None:
        self._network = network
        self._state: NDArray[np.float32] = np.zeros(_STATE_SHAPE, dtype=np.float32)
        self._samples: NDArray[np.float32] = np.zeros((1, _CONTEXT + FRAME_SAMPLES), np.float32)

    def reset(self) -> None:
        """Forget all context."""
        self._state = np.zeros(_STATE_SHAPE, dtype=np.float32)
        self._samples[:] = 0.0

    def probability(self, frame: NDArray[np.float32]) -> float:
        """Return the speech probability of ``frame``, shape (512,), range [-1, 1).

        Raises:
            ValueError: If ``frame`` has another length.
        """
        if frame.shape != (FRAME_SAMPLES,):
            raise ValueError(f"a frame has {FRAME_SAMPLES} samples, not {frame.shape}")
        self._samples[0, :_CONTEXT] = self._samples[0, -_CONTEXT:]
        self._samples[0, _CONTEXT:] = frame
        probability, self._state = self._network.step(self._samples, self._state)
        return probability
