"""Peers and readers for tests of interruptions."""

import base64
from typing import Any

import numpy as np

from app.core.events import PlaybackFlushed
from tests.support.session import Peer, World, tone
from tests.unit.session.test_user_actions import Obliging

TRUNCATE, DELETE = "conversation.item.truncate", "conversation.item.delete"


def commands(world: World, kind: str) -> list[dict[str, Any]]:
    return [message for message in world.peer.sent if message["type"] == kind]


def flushes(world: World) -> list[PlaybackFlushed]:
    events = world.store.recording.events
    return [fields for _, fields in events if isinstance(fields, PlaybackFlushed)]


def heard_ms(world: World) -> float:
    """Length of what was recorded of the agent up to its last sound."""
    agent = np.concatenate([samples for _, samples in world.store.recording.agent])
    return float(np.flatnonzero(np.abs(agent.astype(np.int32)) > 100)[-1]) / 24


class Items(Obliging):
    """Answers by a reply of its own making, ``done`` or still running."""

    def __init__(self, *items: tuple[str, int], done: bool, text: bool = False) -> None:
        super().__init__()
        self._items = items
        self._done = done
        self._text = text

    def __call__(self, peer: Peer, message: dict[str, Any]) -> None:
        if message["type"] == "response.create":
            self.replies = 1
            self._reply(peer)
        elif message["type"] != "response.cancel":
            super().__call__(peer, message)
        else:
            done = {"id": "r1", "status": "cancelled", "output": []}
            peer.say("response.done", 20, response=done)

    def _reply(self, peer: Peer) -> None:
        peer.say("response.created", response={"id": "r1", "status": "in_progress"})
        for index, (item, ms) in enumerate(self._items):
            at: dict[str, Any] = {"response_id": "r1", "item_id": item}
            at |= {"output_index": index, "content_index": 0}
            if self._text:
                peer.say("response.output_text.delta", delta="Written.", **at)
                continue
            peer.say("response.output_audio_transcript.delta", delta="Some words. ", **at)
            if ms:
                peer.say("response.output_audio.delta", delta=pcm(ms), **at)
        if self._done:
            peer.say("response.done", response={"id": "r1", "status": "completed", "output": []})


def pcm(ms: int) -> str:
    return base64.b64encode(tone(ms).tobytes()).decode()
