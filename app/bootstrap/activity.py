"""Ears of our own: the network that tells speech from everything else."""

from app.core.errors import WeightsError
from app.core.ports import VoiceActivity


def load_activity() -> VoiceActivity:
    """Return a network that hears speech, for one stream. Blocks while it is loaded.

    Raises:
        WeightsError: If it is not there, damaged, or its library does not load.
    """
    try:
        from app.inference.silero import SileroNetwork, SileroVad  # noqa: PLC0415
    except ImportError as exc:
        raise WeightsError(
            f"the library of the speech detector does not load: {exc}",
            hint="Run `vivavoce doctor`.",
        ) from exc
    from app.localengine.weights import SILERO, open_store  # noqa: PLC0415

    return SileroVad(SileroNetwork(open_store().verified(SILERO)))
