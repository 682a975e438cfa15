"""Five minutes of an assistant that speaks in a room with an open microphone.

``python -m tests.benchmarks.echo [SECONDS]``. The room (``tests.support.room``): sound returns
60 ms later and 20 dB fainter, through an impulse response of 200 ms, from a loudspeaker that
clips softly; the microphone's noise is at -65 dBFS. The provider takes any sample over -45 dBFS
for speech, as the simulator does. Sessions run in virtual time; costs are CPU time.
It fails where the assistant interrupts itself with cancellation on, or where processing takes
more than 3 % of a core.
"""

import asyncio
import json
import os
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from app.audio.processing import WebRtcProcessor
from app.core.audio_format import PlayedBlock, Samples
from app.core.clock import MonotonicClock, Nanoseconds
from app.core.conduct import Processing
from app.core.events import SelfTriggered
from app.dsp.pcm import rms_dbfs
from app.session.echo_chain import VoiceChain
from app.session.messages import EchoReport
from app.session.monitor import LoopLag
from tests.support.clocks import run_virtual
from tests.support.room import BLOCK, EchoRoom, RoomTalk, SelfInterrupting, voice

SECONDS = 300.0
SHARE = 0.03
LAG_S = 8.0
ANSWER_S = 4.0
"""Onsets so long after the user's are the user's."""

CANCELLING = Processing(echo_cancellation=True)
WITH_NOISE = replace(CANCELLING, noise_suppression=True, high_pass=True)
ALL = replace(WITH_NOISE, auto_gain=True)
KINDS = {
    "nothing": Processing(),
    "echo": CANCELLING,
    "echo, noise, high-pass": WITH_NOISE,
    "all, gain too": ALL,
    "half-duplex": Processing(half_duplex=True),
}


def main() -> int:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    sessions = {name: session(kind, seconds) for name, kind in KINDS.items()}
    costs = {name: cost(kind) for name, kind in KINDS.items()}
    good = all(sessions[name]["interrupted_itself"] == 0 for name in list(KINDS)[1:3])
    good &= all(each["share_of_a_core"] <= SHARE for each in costs.values())
    report = {
        "sessions": sessions,
        "costs": costs,
        "double_talk": {name: double_talk(KINDS[name]) for name in list(KINDS)[1:4]},
        "loop_lag_ms": {name: asyncio.run(lag(KINDS[name])) for name in list(KINDS)[:3]},
        "seconds": seconds,
        "load_average": round(os.getloadavg()[0], 2),
        "passed": good,
    }
    print(json.dumps(report, indent=1))  # noqa: T201
    return 0 if good else 1


def session(processing: Processing, seconds: float) -> dict[str, Any]:
    """Hold a session in which somebody interrupts now and then; return what came of it."""
    user = voice(1.5, active_dbfs=-26.0, first=4)[5300:]
    starts = [at + 10.0 for at in range(20, int(seconds) - 10, 40)]
    room = EchoRoom(user=[(at, user) for at in starts])
    talk = RoomTalk(room, SelfInterrupting(voice(30.0)), processing)
    run_virtual(talk.run(seconds))
    onsets = talk.peer.onsets_s
    own = [at for at in onsets if not any(0 <= at - start < ANSWER_S for start in starts)]
    heard = [min((at - s for at in onsets if 0 <= at - s < 1.0), default=None) for s in starts]
    reports = talk.world.of(EchoReport)
    return {
        "interrupted_itself": len(own),
        "told_so": len(talk.events(SelfTriggered)),
        "interruptions_by_the_user": len(starts),
        "of_them_heard": sum(at is not None for at in heard),
        "erle_db": spread([r.erle_db for r in reports]),
        "residual_dbfs": spread([r.residual_dbfs for r in reports]),
        "coupling_db": spread([r.coupling_db for r in reports]),
        "delay_ms": spread([r.delay_ms for r in reports]),
    }


def spread(values: Sequence[float | None]) -> dict[str, float] | None:
    known = sorted(value for value in values if value is not None)
    if not known:
        return None
    p5, p95 = np.percentile(known, [5, 95])
    middle = statistics.median(known)
    return {name: round(float(v), 1) for name, v in (("p5", p5), ("p50", middle), ("p95", p95))}


def chain_of(processing: Processing) -> VoiceChain:
    chain = VoiceChain(watching=True, refresh=lambda: None)
    processor = WebRtcProcessor(processing) if processing.filters else None
    chain.use(processing, processor, Nanoseconds(0))
    return chain


def cost(processing: Processing, seconds: float = 30.0) -> dict[str, Any]:
    """Return what the microphone's way costs, the far end and the measuring included."""
    far, room = voice(seconds), EchoRoom()
    steps = range(0, len(far) - BLOCK + 1, BLOCK)
    near = np.concatenate([room.pass_block(far[at : at + BLOCK], 0.0) for at in steps])
    chain, spent_ns, measures_ms = chain_of(processing), 0, []
    for index in range(len(near) // 480):
        at_ns, place = index * 20_000_000, index * 480
        before = time.process_time_ns()
        for half in (0, BLOCK):
            block = far[place + half : place + half + BLOCK]
            instant = Nanoseconds(at_ns + half * 1_000_000_000 // 24_000)
            chain.play(PlayedBlock(block, 24_000, instant, place + half, BLOCK))
        chain.pass_on(Nanoseconds(at_ns), near[place : place + 480])
        if index % 50 == 49:
            begun = time.process_time_ns()
            chain.meter.measure(cancelling=True)
            measures_ms.append((time.process_time_ns() - begun) / 1e6)
        spent_ns += time.process_time_ns() - before
    return {
        "us_per_10_ms": round(spent_ns / len(steps) / 1e3, 1),
        "share_of_a_core": round(spent_ns / 1e9 / seconds, 4),
        "of_which_measuring_ms_per_s": round(statistics.median(measures_ms), 2),
        "added_delay_ms": round(chain.late_ns / 1e6, 2),
    }


def double_talk(processing: Processing) -> dict[str, float]:
    """Return how much of somebody is left who speaks into a reply, at the echo's level + 17 dB."""
    far = voice(30.0)
    user = voice(30.0, active_dbfs=-26.0, first=4)
    room = EchoRoom(user=[(10.0, user)])
    processor, out = WebRtcProcessor(processing), []
    for at in range(0, len(far) - BLOCK + 1, BLOCK):
        played = far[at : at + BLOCK]
        out.append(processor.process(room.pass_block(played, at / 24_000), played))
    late = processor.delay_frames
    heard = np.concatenate(out)[12 * 24_000 + late :]
    said = user[2 * 24_000 :][: len(heard)]
    kept = float(np.corrcoef(said.astype(np.float64), heard[: len(said)])[0, 1])
    return {"correlation": round(kept, 3), "level_db": round(_level(heard) - _level(said), 1)}


def _level(samples: Samples) -> float:
    level = rms_dbfs(samples)
    assert level is not None
    return level


async def lag(processing: Processing) -> dict[str, float | None]:
    """Return by how much a loop wakes too late that does this in real time."""
    clock, chain = MonotonicClock(), chain_of(processing)
    sampler = LoopLag(clock)
    sampling = asyncio.create_task(sampler.run())
    far, began_ns = voice(LAG_S), clock.now_ns()
    for index in range(int(LAG_S * 50)):
        at_ns, place = Nanoseconds(began_ns + index * 20_000_000), index * 480
        chain.play(PlayedBlock(far[place : place + 480], 24_000, at_ns, place, 480))
        chain.pass_on(at_ns, far[place : place + 480])
        if index % 50 == 49:
            chain.meter.measure(cancelling=True)
        await asyncio.sleep(max((at_ns + 20_000_000 - clock.now_ns()) / 1e9, 0))
    sampling.cancel()
    return {"p99": sampler.p99_ms}


if __name__ == "__main__":
    sys.exit(main())
