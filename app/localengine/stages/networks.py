"""Opens ONNX networks the way every stage wants them: one thread, quiet, on the processor."""

from pathlib import Path

import onnxruntime

from app.core.errors import WeightsError


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
    except (RuntimeError, ValueError) as exc:  # onnxruntime's errors derive from these
        raise WeightsError(
            f"the network {path.name} cannot be loaded", hint="Run `vivavoce weights list`."
        ) from exc
