"""A live user of a session in virtual time: what they say is known by no annotation."""

import asyncio
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.audio.null_sink import NullSpeaker
from app.audio.sources import ScriptedMicrophone
from app.session.live import LiveSession
from app.session.messages import InputChoice, InputKind
from app.session.parts import OpenedInput
from tests.support.clocks import run_virtual
from tests.support.session import LoopClock, World, start


class LoudIsSpeech:
    """A network that calls a hop speech by its level."""

    def reset(self) -> None:
        """Nothing is kept."""

    def probability(self, frame: NDArray[np.float32]) -> float:
        return 0.9 if float(np.abs(frame).max()) > 0.2 else 0.01


class Card(ScriptedMicrophone):
    """What seems a sound card: it speaks a file by itself and says nothing about it."""

    def open(self) -> None:
        super().open()
        self.speak_next()

    def speech_end_before(self, at_ns: object) -> None:
        del at_ns


def speak_live(world: World, path: Path, *, seconds: float = 8.0) -> None:
    """Hold a session of so many seconds in which somebody speaks ``path``."""
    clock = LoopClock()

    def make_input(_: InputChoice) -> OpenedInput:
        return OpenedInput(source=Card([path], clock), script=None)

    parts = replace(world.parts(), make_input=make_input, make_output=lambda _: NullSpeaker(clock))
    begin = replace(start(), input=InputChoice(kind=InputKind.DEVICE))

    async def run() -> None:
        session = LiveSession(parts, begin, world.reports.append)
        asyncio.get_running_loop().call_later(seconds, session.end, "Done.")
        await session.run()

    run_virtual(run())
