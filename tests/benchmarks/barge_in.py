"""How soon a reply is silent once it is decided, and how true what the provider is told of it is.

Whole sessions in real time against a service in this process that delivers long replies at
once. Half of the replies are stopped by the stop key, half by the service's onset of speech, at
random instants. What the loudspeaker was given is counted beside the player's own account: the
last block with a frame of the reply tells when the device was given it, the frames in all
blocks how much was heard.

Must reach: 99 of 100 stops within one block of the device, and what the provider is told within
one device buffer of what the device was given.
Source: metrics specification, 4.2 (T2, T6). ``python -m tests.benchmarks.barge_in``
"""

import asyncio
import json
import os
import random
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from app.audio.host import DeviceSpeaker
from app.audio.null_sink import NullSpeaker
from app.audio.sources import SilentMicrophone
from app.audio.supervisor import AudioChild
from app.core.audio_format import PlayedBlock
from app.core.clock import Clock, MonotonicClock, Nanoseconds
from app.core.events import PlaybackFlushed
from app.core.ports import AudioSink
from app.session.live import LiveSession
from app.session.parts import OpenedInput
from app.session.running import Running
from tests.support.session import Peer, World, start
from tests.support.sound_server import SoundServer, sound_server_installed

STOPS = 200
REPLY_MS = 3000
SEED = 7
SETTLE_S = 0.12


@dataclass
class Ledger:
    """What the device was given, block by block."""

    blocks: list[PlayedBlock] = field(default_factory=list)

    def between(self, start_ns: int, end_ns: int) -> list[PlayedBlock]:
        return [
            block
            for block in self.blocks
            if start_ns <= block.played_ns < end_ns and block.taken_frames
        ]


def audited(sink: AudioSink, ledger: Ledger) -> AudioSink:
    """Let ``ledger`` see every block that the sink says it was given."""
    poll = sink.poll

    def seen() -> Sequence[PlayedBlock]:
        blocks = poll()
        ledger.blocks.extend(blocks)
        return blocks

    setattr(sink, "poll", seen)  # noqa: B010 - the device itself is what is measured
    return sink


class Service:
    """Answers each request at once and whole, and hears speech when it is told to."""

    def __init__(self) -> None:
        self.replies = 0

    def __call__(self, peer: Peer, message: dict[str, Any]) -> None:
        if message["type"] == "session.update":
            peer.say("session.updated", session={"id": "s1", **message["session"]})
        elif message["type"] == "response.create":
            self.replies += 1
            peer.answer(f"r{self.replies}", after_ms=0, ms=REPLY_MS)

    def hears(self, peer: Peer) -> None:
        item = f"u{self.replies}"
        peer.say("input_audio_buffer.speech_started", audio_start_ms=0, item_id=item)
        peer.say("input_audio_buffer.speech_stopped", 60, audio_end_ms=60, item_id=item)


def stop_many(clock: Clock, make_sink: Callable[[], AudioSink]) -> dict[str, Any]:
    """Hold a session and stop its replies; return the figures."""
    ledger, service = Ledger(), Service()
    world = World(Peer(service))
    setattr(world.peer, "clock", clock)  # noqa: B010 - it only dates what arrives
    sink = audited(make_sink(), ledger)
    parts = replace(
        world.parts(),
        clock=clock,
        make_input=lambda _: OpenedInput(source=SilentMicrophone(clock), script=None),
        make_output=lambda _: sink,
        wall_ns=clock.now_ns,
        aside=asyncio.to_thread,
    )
    session = LiveSession(parts, start(), world.reports.append)

    async def run() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(session.run())
            group.create_task(interrupt_all(session, world.peer, service, sink))

    asyncio.run(run())
    return figures(world, ledger, sink)


async def interrupt_all(
    session: LiveSession, peer: Peer, service: Service, sink: AudioSink
) -> None:
    while session.running is None:  # noqa: ASYNC110 - real time
        await asyncio.sleep(0.01)
    running, dice = session.running, random.Random(SEED)  # noqa: S311 - a seed for repeats
    for index in range(STOPS):
        await running.say("Go on.")
        while not sink.queued_frames:  # noqa: ASYNC110 - real time
            await asyncio.sleep(0.005)
        await asyncio.sleep(0.1 + 0.2 * dice.random())
        await stop_one(running, peer, service, by_key=index % 2 == 0)
        await asyncio.sleep(SETTLE_S)
    session.end("Done.")


async def stop_one(running: Running, peer: Peer, service: Service, *, by_key: bool) -> None:
    if by_key:
        await running.interrupt()
    else:
        service.hears(peer)


def figures(world: World, ledger: Ledger, sink: AudioSink) -> dict[str, Any]:
    events = world.store.recording.events
    flushed = [event for _, event in events if isinstance(event, PlaybackFlushed)]
    told = {
        message["item_id"]: message["audio_end_ms"]
        for message in world.peer.sent
        if message["type"] == "conversation.item.truncate"
    }
    out_ns = round((sink.device_out_ms or 0.0) * 1e6)
    rows = []
    before_ns = 0
    for event in flushed:
        end_ns = event.at_ns + round(SETTLE_S * 0.9e9) + out_ns
        given = ledger.between(before_ns, end_ns)
        rows.append(row(event, given, out_ns, told))
        before_ns = end_ns
    block = ledger.blocks[-1]
    return summary([each for each in rows if each], 1000 * len(block.samples) / block.rate_hz)


def row(
    event: PlaybackFlushed, given: list[PlayedBlock], out_ns: int, told: dict[str, int]
) -> dict[str, float]:
    """Return one stop's figures, ms; nothing of a reply that had not begun to sound."""
    said = told.get(str(event.item_id))
    if not given or said is None or event.handed_end_ns is None:
        return {}
    heard_ms = sum(block.taken_frames / block.rate_hz for block in given) * 1000
    last = given[-1]
    handed_ns = Nanoseconds(last.played_ns - out_ns) if last.handed_ns is None else last.handed_ns
    return {
        "account": (event.handed_end_ns - event.at_ns) / 1e6,
        "device": (handed_ns - event.at_ns) / 1e6,
        "account_error": (event.handed_end_ns - handed_ns) / 1e6,
        "error": said - heard_ms,
    }


def summary(rows: list[dict[str, float]], block_ms: float) -> dict[str, Any]:
    def at(name: str, q: float, *, magnitude: bool = False) -> float:
        values = np.array([each[name] for each in rows])
        return round(float(np.percentile(np.abs(values) if magnitude else values, q)), 2)

    return {
        "stops": len(rows),
        "block_ms": round(block_ms, 2),
        "handover_stop_ms_p50_p99": [at("account", 50), at("account", 99)],
        "handover_seen_ms_p50_p99": [at("device", 50), at("device", 99)],
        "handover_account_error_ms_max": at("account_error", 100, magnitude=True),
        "truncation_error_ms_p50_p99": [at("error", 50), at("error", 99, magnitude=True)],
        "passed": len(rows) >= STOPS * 0.95
        and at("device", 99) <= block_ms
        and at("error", 99, magnitude=True) <= block_ms,
    }


def main() -> int:
    clock = MonotonicClock()
    table = {"null sink": stop_many(clock, lambda: NullSpeaker(clock))}
    if sound_server_installed():
        with ExitStack() as stack:
            server = stack.enter_context(SoundServer())
            os.environ.update(server.environment)
            table["PulseAudio null sink"] = stop_many(
                clock, lambda: DeviceSpeaker(None, AudioChild(clock))
            )
    good = all(each["passed"] for each in table.values())
    load = round(os.getloadavg()[0], 2)
    print(json.dumps({"sinks": table, "load_average": load, "passed": good}, indent=1))  # noqa: T201
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
