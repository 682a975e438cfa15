"""Cost of reading a 200 ms audio delta: our codec beside the typed parse of the openai package.

``python -m tests.benchmarks.codec``
"""

import base64
import json
import os
import sys
import time
from collections.abc import Callable

import numpy as np
from openai._models import construct_type
from openai.types.realtime import RealtimeServerEvent

from app.core.clock import Nanoseconds
from app.core.config import SessionSettings
from app.dsp.pcm import to_bytes
from app.protocols.openai_realtime.client import OpenAIRealtimeClient

ROUNDS, PER_ROUND = 30, 50
FRAMES = 4_800
BOUND_US = 50.0


def audio_delta() -> str:
    noise = np.random.default_rng(0).normal(0, 3000, FRAMES).astype(np.int16)
    return json.dumps(
        {
            "type": "response.output_audio.delta",
            "event_id": "event_1",
            "response_id": "resp_1",
            "item_id": "item_1",
            "output_index": 0,
            "content_index": 0,
            "delta": base64.b64encode(to_bytes(noise)).decode(),
        }
    )


def opened_codec() -> OpenAIRealtimeClient:
    codec = OpenAIRealtimeClient(SessionSettings())
    session = {"type": "realtime", "id": "sess_1", "model": "m"}
    for kind in ("session.created", "session.updated"):
        message = {"type": kind, "event_id": kind, "session": session}
        codec.receive_message(json.dumps(message), Nanoseconds(0))
    response = {"id": "resp_1", "status": "in_progress", "output": []}
    created = {"type": "response.created", "event_id": "c", "response": response}
    codec.receive_message(json.dumps(created), Nanoseconds(1))
    codec.events_received()
    codec.messages_to_send()
    return codec


def typed_parse(message: str) -> None:
    """Read a message as ``AsyncRealtimeConnection.parse_event`` does."""
    construct_type(value=json.loads(message), type_=RealtimeServerEvent)


def best_us(call: Callable[[], object]) -> float:
    """Return the fastest round's mean, which other load disturbs least."""
    means = []
    for _ in range(ROUNDS):
        before = time.perf_counter_ns()
        for _ in range(PER_ROUND):
            call()
        means.append((time.perf_counter_ns() - before) / PER_ROUND / 1e3)
    return min(means)


def run() -> dict[str, float]:
    """Measure and return the figures."""
    codec, message = opened_codec(), audio_delta()

    def ours() -> None:
        codec.receive_message(message, Nanoseconds(2))
        (event,) = codec.events_received()
        assert len(event.pcm) == 2 * FRAMES  # type: ignore[union-attr]  # is ResponseAudio

    ours()
    ours_us, typed_us = best_us(ours), best_us(lambda: typed_parse(message))
    return {
        "our_receive_message_us": round(ours_us, 1),
        "bound_us": BOUND_US,
        "openai_typed_parse_us": round(typed_us, 1),
        "openai_over_ours": round(typed_us / ours_us, 1),
        "message_bytes": len(message),
        "load_average": round(os.getloadavg()[0], 2),
    }


def main() -> int:
    figures = run()
    print(json.dumps(figures, indent=1))  # noqa: T201
    return 0 if figures["our_receive_message_us"] <= BOUND_US else 1


if __name__ == "__main__":
    sys.exit(main())
