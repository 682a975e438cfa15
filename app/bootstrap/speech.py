"""The embedded speech engine's object graph, and the keeper of its weights."""

import argparse
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from app.cli import serve as serve_front, weights as weights_front
from app.core.clock import MonotonicClock
from app.core.errors import EngineError
from app.core.ports import VoiceActivity
from app.core.serving import ServeOptions
from app.localengine.ports import SpeechEngine
from app.localengine.serve import serve_blocking
from app.localengine.weights import open_store, weight_keeper


def serve(arguments: Sequence[str]) -> int:
    """Serve the embedded engine, or the simulator, until told to end."""
    parsed = serve_front.parse(arguments)
    clock = MonotonicClock()

    def run(options: ServeOptions, announce: Callable[[str], None]) -> int:
        return serve_blocking(options, _make_engine, announce, clock)

    return serve_front.run(parsed, run)


async def _make_engine(options: ServeOptions) -> SpeechEngine:
    # The simulator must not load a network: these imports are for the embedded engine alone.
    try:
        from app.localengine.loading import EngineChoice, open_engine  # noqa: PLC0415
    except ImportError as exc:
        raise EngineError(
            f"The speech engine's libraries do not load: {exc}.",
            hint="Run `vivavoce doctor`; on Debian and Ubuntu libgomp1 may be missing.",
        ) from exc
    gguf = None if options.llm_gguf is None else str(options.llm_gguf)
    choice = EngineChoice(
        llm=options.llm_url or gguf, llm_model=options.llm_model, voice=options.voice
    )
    return await open_engine(open_store(), _load_vad, choice)


def _load_vad(path: Path) -> Callable[[], VoiceActivity]:
    from app.inference.silero import SileroNetwork, SileroVad  # noqa: PLC0415

    return partial(SileroVad, SileroNetwork(path))


def weights(arguments: Sequence[str]) -> int:
    """Fetch or list the weights."""
    keeper = weight_keeper()
    parser = argparse.ArgumentParser(prog="vivavoce weights", description=weights_front.__doc__)
    weights_front.add_arguments(parser, keeper.sets)
    return weights_front.run(parser.parse_args(arguments), keeper)
