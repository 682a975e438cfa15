"""How like two sounds are."""

import numpy as np
from numpy.typing import NDArray

EDGE = 0.1
"""Share of a sound, at either end, where a filter runs in or out; it is not judged."""


def snr_db(heard: NDArray[np.int16], meant: NDArray[np.int16]) -> float:
    """Return the level of ``meant`` above its difference from ``heard``, of one length."""
    edge = round(len(meant) * EDGE)
    inner = slice(edge, len(meant) - edge)
    signal = meant[inner].astype(float)
    error = heard[inner] - signal
    return float(10 * np.log10(np.dot(signal, signal) / max(np.dot(error, error), 1e-9)))
