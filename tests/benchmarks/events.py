"""What the engine's loop pays per event: a 200 ms audio delta, and a session of very many events.

``python -m tests.benchmarks.events [EVENTS]``; a million takes some minutes. The first figure
is all that happens between two reads of the socket, the real recorder included; the second
shows that an event late in a session costs what one early in it costs.
"""

import asyncio
import base64
import gc
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from app.core.clock import MonotonicClock, Nanoseconds
from app.core.errors import ConnectionEndedError
from app.core.ports import Recording
from app.core.wire import WireMessage
from app.session.account import Account, new_record
from app.session.line import Line
from app.session.messages import EngineReport
from app.session.reporter import Reporter
from app.session.running import Running
from app.session.stage import Stage
from app.store.recorder import FolderStore
from tests.support.clocks import run_virtual
from tests.support.memory import MemoryRecording
from tests.support.session import Peer, World, start, tone

EVENTS = 100_000
TEXTS, PIECES = 20, 20
SHARE = 10
"""The first and the last tenth of a session are compared."""


class Forgetful(MemoryRecording):
    """A recording that counts and keeps nothing."""

    def user_audio(self, at_ns: Nanoseconds, samples: Any) -> None:
        """Forget it."""

    def agent_audio(self, at_ns: Nanoseconds, samples: Any) -> None:
        """Forget it."""

    def wire(self, direction: str, at_ns: Nanoseconds, raw: WireMessage) -> None:
        """Forget it."""

    def event(self, at_ns: Nanoseconds, name: str, fields: object) -> None:
        """Forget it."""

    def turn(self, record: object) -> None:
        """Forget it."""


@dataclass
class Script(Peer):
    """A peer that plays messages, and notes when each was asked for and how the last one went."""

    messages: Iterator[tuple[float, str]] = field(default_factory=lambda: iter(()))
    spent_ns: list[int] = field(default_factory=list)
    _given_ns: int | None = None

    async def receive(self) -> tuple[WireMessage, Nanoseconds]:
        if self._given_ns is not None:
            self.spent_ns.append(time.perf_counter_ns() - self._given_ns)
        pause_s, message = next(self.messages, (0.0, ""))
        if pause_s:
            await asyncio.sleep(pause_s)
        if not message:
            raise ConnectionEndedError("over", code=1000, reason="", clean=True)
        at_ns = self.clock.now_ns()
        self._given_ns = time.perf_counter_ns()
        return message, at_ns


def stage(peer: Peer, recording: Recording) -> Stage:
    """Return a session at work on ``peer``, whose last report alone is kept."""
    parts = World(peer).parts()
    begin = start()
    reports: list[EngineReport] = []
    opened, sink = parts.make_input(begin.input), parts.make_output(begin.output)
    sink.open()

    def report(told: EngineReport) -> None:
        reports[:] = [told]

    return Stage(
        parts=parts,
        start=begin,
        line=Line(peer, parts.make_codec(begin.settings, begin.target.dialect), begin.settings),
        make_codec=parts.make_codec,
        reopen=lambda: parts.connector.connect(begin.target, None),
        opened=opened,
        player=parts.make_player(sink),
        recording=recording,
        account=Account(new_record(parts, begin, "silence", sink.name)),
        reporter=Reporter(report),
        report=report,
    )


def opening() -> Iterator[tuple[float, str]]:
    session = {"type": "realtime", "id": "s", "model": "m"}
    for kind in ("session.created", "session.updated"):
        yield 0.0, json.dumps({"type": kind, "event_id": kind, "session": session})


def message(kind: str, **fields: Any) -> str:
    return json.dumps({"type": kind, "event_id": "e", **fields})


def one_long_reply(count: int) -> Iterator[tuple[float, str]]:
    """A reply of ``count`` deltas of 200 ms."""
    yield from opening()
    yield 0.0, message("response.created", response={"id": "r", "status": "in_progress"})
    noise = np.random.default_rng(0).normal(0, 3000, 4_800).astype(np.int16)
    audio = base64.b64encode(noise.tobytes()).decode()
    at = {"response_id": "r", "item_id": "i", "output_index": 0, "content_index": 0}
    for _ in range(count):
        yield 0.0, message("response.output_audio.delta", delta=audio, **at)


def many_turns(events: int) -> Iterator[tuple[float, str]]:
    """Turns of 47 events each, one a second, up to ``events``."""
    yield from opening()
    piece = base64.b64encode(tone(20).tobytes()).decode()
    for turn in range(events // (TEXTS + PIECES + 7)):
        at = {"item_id": f"u{turn}"}
        yield 0.0, message("input_audio_buffer.speech_started", audio_start_ms=1, **at)
        yield 0.0, message("input_audio_buffer.speech_stopped", audio_end_ms=1, **at)
        yield 0.0, message("input_audio_buffer.committed", previous_item_id=None, **at)
        kind = "conversation.item.input_audio_transcription.completed"
        yield 0.0, message(kind, content_index=0, transcript="A question.", **at)
        yield from reply(f"r{turn}", piece)


def reply(name: str, piece: str) -> Iterator[tuple[float, str]]:
    at = {"response_id": name, "item_id": f"a-{name}", "output_index": 0, "content_index": 0}
    yield 0.0, message("response.created", response={"id": name, "status": "in_progress"})
    for _ in range(TEXTS):
        yield 0.0, message("response.output_audio_transcript.delta", delta="word ", **at)
    for _ in range(PIECES):
        yield 0.0, message("response.output_audio.delta", delta=piece, **at)
    yield 0.0, message("response.output_audio.done", **at)
    done = {"id": name, "status": "completed", "output": []}
    yield 0.0, message("response.done", response=done)
    yield 1.0, message("rate_limits.updated", rate_limits=[])


async def play(running: Running, names: set[str]) -> None:
    """Run some of a session's tasks until the peer has no more messages."""
    async with asyncio.TaskGroup() as group:
        tasks = []
        for name, work in running.work():
            if name in names:
                tasks.append(group.create_task(_until_over(work), name=name))
            else:
                work.close()
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()


async def _until_over(work: Any) -> None:
    try:
        await work
    except ConnectionEndedError:
        return


def audio_delta() -> dict[str, float]:
    """Return what a 200 ms delta costs, with the real recorder writing."""
    count = 2_000
    peer = Script(lambda _peer, _message: None, messages=one_long_reply(count))

    async def run(folder: str) -> None:
        waiting = stage(peer, Forgetful())
        account = waiting.account.record
        recording = FolderStore(Path(folder), MonotonicClock(), ()).begin(account)
        running = Running(replace(waiting, recording=recording))
        await play(running, {"receive"})
        running.close()
        await asyncio.to_thread(recording.close, account)

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(run(folder))
    spent_us = np.array(peer.spent_ns[3:]) / 1e3
    rounds = spent_us[: len(spent_us) // 50 * 50].reshape(-1, 50).mean(axis=1)
    return {
        "best_round_us": round(float(rounds.min()), 1),
        "p50_us": round(float(np.percentile(spent_us, 50)), 1),
        "p95_us": round(float(np.percentile(spent_us, 95)), 1),
        "first_tenth_p50_us": round(float(np.median(spent_us[: count // SHARE])), 1),
        "last_tenth_p50_us": round(float(np.median(spent_us[-count // SHARE :])), 1),
    }


def long_session(events: int) -> dict[str, float | int]:
    """Return what an event costs early and late in a session, playback included."""
    peer = Script(lambda _peer, _message: None, messages=many_turns(events))

    async def run() -> None:
        await play(Running(stage(peer, Forgetful())), {"receive", "playback"})

    begun = time.process_time()
    gc.collect()
    gc.disable()  # as a live session does; it collects the young between turns
    run_virtual(run())
    gc.enable()
    took = time.process_time() - begun
    spent_us = np.array(peer.spent_ns) / 1e3
    share = len(spent_us) // SHARE
    return {
        "events": len(spent_us),
        "mean_us_first_tenth": round(float(np.mean(spent_us[:share])), 1),
        "mean_us_last_tenth": round(float(np.mean(spent_us[-share:])), 1),
        "p50_us_first_tenth": round(float(np.median(spent_us[:share])), 1),
        "p50_us_last_tenth": round(float(np.median(spent_us[-share:])), 1),
        "cpu_s": round(took, 1),
    }


def main() -> int:
    events = int(sys.argv[1]) if len(sys.argv) > 1 else EVENTS
    report = {
        "audio_delta_200_ms": audio_delta(),
        "long_session": long_session(events),
        "load_average": round(os.getloadavg()[0], 2),
    }
    print(json.dumps(report, indent=1))  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
