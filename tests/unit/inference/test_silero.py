import numpy as np
import pytest
from numpy.typing import NDArray

from app.core.errors import WeightsError
from app.inference.silero import FRAME_SAMPLES, SileroNetwork, SileroVad


class CountingNetwork:
    """Says the mean of its input; the state counts steps."""

    def __init__(self) -> None:
        self.inputs: list[NDArray[np.float32]] = []
        self.states: list[float] = []

    def step(
        self, samples: NDArray[np.float32], state: NDArray[np.float32]
    ) -> tuple[float, NDArray[np.float32]]:
        self.inputs.append(samples.copy())
        self.states.append(float(state[0, 0, 0]))
        return float(samples.mean()), state + 1


def frame(value: float) -> NDArray[np.float32]:
    return np.full(FRAME_SAMPLES, value, dtype=np.float32)


def test_each_step_sees_the_end_of_the_frame_before() -> None:
    network = CountingNetwork()
    vad = SileroVad(network)

    vad.probability(frame(0.5))
    vad.probability(frame(0.25))

    first, second = network.inputs
    assert first.shape == second.shape == (1, 576)
    assert first[0, :64].tolist() == [0.0] * 64
    assert second[0, :64].tolist() == [0.5] * 64
    assert second[0, 64:].tolist() == [0.25] * 512


def test_the_state_is_carried_and_a_reset_forgets_it() -> None:
    network = CountingNetwork()
    vad = SileroVad(network)

    vad.probability(frame(0.5))
    vad.probability(frame(0.5))
    vad.reset()
    vad.probability(frame(0.5))

    assert network.states == [0.0, 1.0, 0.0]
    assert network.inputs[2][0, 0] == 0.0


def test_streams_do_not_disturb_each_other() -> None:
    network = CountingNetwork()
    one, other = SileroVad(network), SileroVad(network)

    one.probability(frame(0.5))
    other.probability(frame(0.5))

    assert network.states == [0.0, 0.0]


def test_a_frame_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="512 samples"):
        SileroVad(CountingNetwork()).probability(np.zeros(480, dtype=np.float32))


def test_a_file_that_is_no_network_is_said(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("vad") / "silero_vad.onnx"
    path.write_bytes(b"not a network")

    with pytest.raises(WeightsError, match=r"silero_vad\.onnx cannot be loaded"):
        SileroNetwork(path)
