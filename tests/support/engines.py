"""The embedded engine with its real weights, as bootstrap puts it together."""

from collections.abc import Callable
from pathlib import Path

from app.core.ports import VoiceActivity
from app.inference.silero import SileroNetwork, SileroVad
from app.localengine.engine import EmbeddedEngine
from app.localengine.loading import EngineChoice, open_engine
from app.localengine.weights import open_store


def load_vad(path: Path) -> Callable[[], VoiceActivity]:
    network = SileroNetwork(path)
    return lambda: SileroVad(network)


async def open_real_engine(choice: EngineChoice | None = None) -> EmbeddedEngine:
    return await open_engine(open_store(), load_vad, choice)
