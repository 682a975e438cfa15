"""Peers in memory that tell nothing about turns."""

import asyncio
import base64
from typing import Any

import numpy as np

from app.core.audio_format import Samples
from tests.support.session import EnergyVad, Peer, tone

PIECE_MS = 10
"""So finely the endless reply is cut: it answers at the next piece."""
SPEECH_EVENTS = "input_audio_buffer."


class Unannounced(EnergyVad):
    """Answers by audio alone: no speech events, no reply that begins, and none that ends.

    ``told`` are the turns, from 1, of which everything is told after all.
    """

    def __init__(
        self, silence_ms: int = 500, *, told: frozenset[int] = frozenset(), **answer: Any
    ) -> None:
        super().__init__(silence_ms, **answer)
        self._told = told
        self._under_way = 0

    def __call__(self, peer: Peer, message: dict[str, Any]) -> None:
        say = peer.say

        def some(kind: str, after_ms: float = 0.0, **fields: Any) -> None:
            if kind.startswith("session.") or kind == "response.output_audio.delta" or self._tells:
                say(kind, after_ms, **fields)

        peer.say = some  # type: ignore[method-assign]  # it keeps most to itself
        super().__call__(peer, message)
        peer.say = say  # type: ignore[method-assign]

    @property
    def _tells(self) -> bool:
        turn = self.turns + (1 if self._speaking else 0)
        return turn in self._told


class Stream(EnergyVad):
    """One endless reply at the pace of time: silence, and speech where it answers.

    It goes quiet ``yields_ms`` after the user begins to speak, and says nothing of all that.
    It is ``ahead_ms`` ahead of the time.
    """

    def __init__(
        self,
        silence_ms: int = 500,
        *,
        after_ms: float = 300,
        ms: int = 400,
        pauses_ms: int = 0,
        answers: bool = True,
        yields_ms: float = 100,
        ahead_ms: int = 0,
    ) -> None:
        super().__init__(silence_ms)
        self._after_ms = after_ms
        self._answers = answers
        self._yields_ms = yields_ms
        self._ahead_ms = ahead_ms
        self._speech = tone(ms)
        if pauses_ms:
            self._speech = np.concatenate([tone(ms), tone(pauses_ms, 0.0), tone(ms)])
        self._waiting: Samples = np.zeros(0, np.int16)
        self._task: asyncio.Task[None] | None = None

    def __call__(self, peer: Peer, message: dict[str, Any]) -> None:
        if self._task is None:
            self._task = asyncio.create_task(self._flow(peer))
        say = peer.say

        def some(kind: str, after_ms: float = 0.0, **fields: Any) -> None:
            if kind.startswith("session."):
                say(kind, after_ms, **fields)

        peer.say = some  # type: ignore[method-assign]  # it keeps most to itself
        super().__call__(peer, message)
        peer.say = say  # type: ignore[method-assign]

    def reply(self, peer: Peer, response: str) -> None:
        if self._answers:
            loop = asyncio.get_running_loop()
            loop.call_later(self._after_ms / 1e3, self._begin)

    def interrupted(self, peer: Peer) -> None:
        asyncio.get_running_loop().call_later(self._yields_ms / 1e3, self._fall_silent)

    def _begin(self) -> None:
        self._waiting = self._speech

    def _fall_silent(self) -> None:
        self._waiting = np.zeros(0, np.int16)

    async def _flow(self, peer: Peer) -> None:
        frames = PIECE_MS * 24
        at: dict[str, Any] = {
            "response_id": "endless",
            "item_id": "a",
            "output_index": 0,
            "content_index": 0,
        }
        lead = self._ahead_ms // PIECE_MS
        while not peer.closed:
            piece, self._waiting = self._waiting[:frames], self._waiting[frames:]
            whole = np.concatenate([piece, np.zeros(frames - len(piece), np.int16)])
            audio = base64.b64encode(whole.tobytes()).decode()
            peer.say("response.output_audio.delta", delta=audio, **at)
            lead -= 1
            await asyncio.sleep(0 if lead > 0 else PIECE_MS / 1e3)
