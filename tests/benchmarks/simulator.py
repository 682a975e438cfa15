"""How late the simulator itself is: the error of the ruler, which measurements subtract."""

import asyncio
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from websockets.asyncio.client import ClientConnection

from tests.support.serving import FRAME, Serving, append, dial, say, simulator, until, utterance

TURNS = 60
PACED_FRAMES = 12
TIMING = ("--first-token", "60", "--first-audio", "150", "--reply-ms", "400", "--pace", "1")
BUDGET_P95_MS = 50.0


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "sends.jsonl"
        with simulator(*TIMING, "--block", "40", "--log", str(log)) as server:
            asyncio.run(converse(server))
        rows = [json.loads(line) for line in log.read_text().splitlines()]
    worst = 0.0
    for event in ("token", "audio"):
        late_ms = [lateness_ms(row) for row in rows if row["event"] == event]
        first_ms = [lateness_ms(row) for row in rows if row["event"] == event and not row["index"]]
        print(f"first {event}: {quantiles(first_ms)}; all: {quantiles(late_ms)}")  # noqa: T201
        worst = max(worst, float(np.quantile(first_ms, 0.95)))
    return 0 if worst <= BUDGET_P95_MS else 1


async def converse(server: Serving) -> None:
    """Hold the turns; the end of each utterance is sent in real time, as a microphone would."""
    async with dial(server, compression=None) as socket:
        await until(socket, "session.created")
        for turn in range(TURNS):
            samples = utterance(speech_ms=200 + 7 * turn, silence_ms=220)
            head = len(samples) - PACED_FRAMES * FRAME
            await say(socket, samples[:head])
            await paced(socket, samples[head:])
            await until(socket, "response.done")


async def paced(socket: ClientConnection, samples: np.ndarray[Any, np.dtype[np.int16]]) -> None:
    begun = time.perf_counter()
    for number, at in enumerate(range(0, len(samples), FRAME)):
        await asyncio.sleep(max(begun + (number + 1) * 0.02 - time.perf_counter(), 0))
        await socket.send(append(samples[at : at + FRAME]))


def lateness_ms(row: dict[str, Any]) -> float:
    return float(row["sent_ns"] - row["nominal_ns"]) / 1e6


def quantiles(values: list[float]) -> str:
    middle, high = np.quantile(values, (0.5, 0.95))
    return f"P50 {middle:.2f} ms, P95 {high:.2f} ms, max {max(values):.2f} ms (n = {len(values)})"


if __name__ == "__main__":
    sys.exit(main())
