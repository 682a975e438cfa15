"""Echo on a real sound server: what the loudspeaker plays is led back into the microphone."""

import asyncio
import os
import subprocess
from collections.abc import Iterator

import numpy as np
import pytest

from app.audio.host import DeviceMicrophone, DeviceSpeaker
from app.audio.player import ReplyPlayer
from app.audio.processing import WebRtcProcessor
from app.audio.supervisor import AudioChild
from app.core.audio_format import SESSION_RATE_HZ, Samples
from app.core.clock import MonotonicClock
from app.core.conduct import Processing
from app.core.ids import ItemId, ResponseId
from app.dsp.echo import EchoFigures
from app.dsp.pcm import mean_power
from app.session.capture import Framer
from app.session.echo_chain import VoiceChain
from tests.support.room import voice
from tests.support.sound_server import LIMIT_S, SoundServer, sound_server_installed

pytestmark = [
    pytest.mark.skipif(not sound_server_installed(), reason="needs PulseAudio's tools"),
    pytest.mark.realtime,
]

SECONDS = 3
ROOM_MS, ROOM_DB = 60, -20


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> Iterator[SoundServer]:
    """A server on which the microphone hears the loudspeaker, later and fainter."""
    with SoundServer() as server:
        for name in os.environ:
            if name.startswith(("PULSE_", "ALSA_")):
                monkeypatch.delenv(name)
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        lead_back()
        yield server


def pactl(*words: str) -> str:
    return subprocess.run(("pactl", *words), capture_output=True, text=True, check=True).stdout


def lead_back() -> None:
    pactl(
        "load-module", "module-loopback", "source=vspeaker.monitor", "sink=vmic_in",
        f"latency_msec={ROOM_MS}",
    )  # fmt: skip
    inputs = [line.split() for line in pactl("list", "short", "sink-inputs").splitlines()]
    back = next(words[0] for words in inputs if "module-loopback.c" in words)
    pactl("set-sink-input-volume", back, f"{ROOM_DB}dB")


class Rig:
    """A reply played, and the microphone cancelled, in real time."""

    def __init__(self) -> None:
        self.clock = MonotonicClock()
        child = AudioChild(self.clock)
        self.microphone, self.speaker = DeviceMicrophone(None, child), DeviceSpeaker(None, child)
        self.player = ReplyPlayer(self.speaker)
        self.chain = VoiceChain(watching=True, refresh=self.refresh)
        self.near: list[Samples] = []
        self.sent: list[Samples] = []
        self.figures: list[EchoFigures] = []

    def refresh(self) -> None:
        for block in self.player.poll()[1]:
            self.chain.play(block)

    async def run(self) -> None:
        await asyncio.to_thread(self.speaker.open)
        await asyncio.to_thread(self.microphone.open)
        cancelling = Processing(echo_cancellation=True)
        self.chain.use(cancelling, WebRtcProcessor(cancelling), self.clock.now_ns())
        try:
            self.player.play(ResponseId("r1"), ItemId("i1"), voice(SECONDS + 1.0))
            await self._hear()
        finally:
            await asyncio.to_thread(self.microphone.close)
            await asyncio.to_thread(self.speaker.close)

    async def _hear(self) -> None:
        framer: Framer | None = None
        while len(self.near) < SECONDS * 50:
            self.refresh()
            for block in self.microphone.poll():
                framer = framer or Framer(block.rate_hz)
                for at_ns, frame in framer.push(block):
                    self.near.append(frame)
                    self.sent.append(self.chain.pass_on(at_ns, frame)[1])
                    if len(self.near) % 50 == 0:
                        self.figures.append(self.chain.meter.measure(cancelling=True))
            await asyncio.sleep(0.01)


def erle_db(near: list[Samples], sent: list[Samples]) -> float:
    powers = [mean_power(np.concatenate(side)) for side in (near, sent)]
    return float(10 * np.log10((powers[0] + 1e-12) / (powers[1] + 1e-12)))


@pytest.mark.usefixtures("room")
def test_an_echo_through_real_devices_is_measured_and_cancelled() -> None:
    rig = Rig()

    asyncio.run(asyncio.wait_for(rig.run(), LIMIT_S))

    assert {len(frame) for frame in rig.near} == {SESSION_RATE_HZ // 50}
    delays = [figures.delay_ms for figures in rig.figures if figures.delay_ms is not None]
    couplings = [figures.coupling_db for figures in rig.figures if figures.coupling_db is not None]
    assert ROOM_MS - 30 < float(np.median(delays)) < ROOM_MS + 40
    assert float(np.median(couplings)) == pytest.approx(ROOM_DB, abs=4)
    seconds = [slice(at, at + 50) for at in range(50, SECONDS * 50, 50)]
    assert float(np.median([erle_db(rig.near[s], rig.sent[s]) for s in seconds])) > 12
