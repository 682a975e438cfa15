"""Opens ONNX networks the way every stage wants them: one thread, quiet, on the processor."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as failures

from app.core.errors import EngineError, WeightsError

NETWORK_ERRORS: tuple[type[Exception], ...] = (
    failures.Fail,
    failures.InvalidArgument,
    failures.InvalidGraph,
    failures.InvalidProtobuf,
    failures.NoSuchFile,
    failures.NotImplemented,
    failures.RuntimeException,
    RuntimeError,
    ValueError,
)
"""What onnxruntime raises; its errors have no common base."""


def open_network(path: Path) -> onnxruntime.InferenceSession:
    """Load a network. Runs may come from any thread.

    Raises:
        WeightsError: If the file is not a network that this runtime can run.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except NETWORK_ERRORS as exc:
        raise WeightsError(
            f"the network {path.name} cannot be loaded", hint="Run `vivavoce weights list`."
        ) from exc


def run_network(
    network: onnxruntime.InferenceSession, feeds: Mapping[str, NDArray[Any]]
) -> NDArray[np.float32]:
    """Return the first output.

    Raises:
        EngineError: If the network cannot run on this input.
    """
    try:
        output: NDArray[np.float32] = network.run(None, dict(feeds))[0]
    except NETWORK_ERRORS as exc:
        raise EngineError("a network of the speech engine failed on its input") from exc
    return output
