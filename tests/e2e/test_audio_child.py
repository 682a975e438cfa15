"""The audio child against a real sound server with virtual devices."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import numpy as np
import pytest

from app.audio.host import DeviceMicrophone, DeviceSpeaker
from app.audio.player import ReplyPlayer
from app.audio.supervisor import AudioChild
from app.core.audio_format import AudioBlock, PlayedBlock
from app.core.clock import MonotonicClock
from app.core.errors import DeviceError
from app.core.events import PlaybackFinished, PlaybackStarted, SessionEvent
from app.core.ids import ItemId, ResponseId
from app.core.ports import NoticeKind
from app.dsp.pcm import concat
from app.dsp.resample import resample
from tests.support.audio import babble
from tests.support.pieces import find_pieces
from tests.support.program import alive
from tests.support.sound_server import RATE_HZ, SoundServer, sound_server_installed, wait_until
from tests.support.waits import Waits

pytestmark = [
    pytest.mark.skipif(not sound_server_installed(), reason="needs PulseAudio's tools"),
    pytest.mark.realtime,
]

POLL_BUDGET_S = 0.25
"""A poll that waited for a sound server that hangs would take seconds."""
WAKING_NS = 1_000_000_000
"""The servers here are awake: none needs the time that a sleeping one is given."""


def least_share(*xruns: int) -> float:
    """Return how much of a sound must be found, told the xruns: each cuts two pieces or so."""
    return 0.5 if any(xruns) else 0.9


def say(figures: str) -> None:
    """Print measured figures; `pytest -s` shows them."""
    sys.stdout.write(f"\n{figures}\n")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[SoundServer]:
    with SoundServer() as running:
        use(running, monkeypatch)
        yield running


def use(server: SoundServer, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith(("PULSE_", "ALSA_")):
            monkeypatch.delenv(name)
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def child() -> AudioChild:
    return AudioChild(MonotonicClock())


class Pump:
    """Polls a microphone and a player as a session does, and keeps what they gave."""

    def __init__(self, microphone: DeviceMicrophone | None, speaker: DeviceSpeaker | None) -> None:
        self.microphone = microphone
        self.player = None if speaker is None else ReplyPlayer(speaker)
        self.captured: list[AudioBlock] = []
        self.played: list[PlayedBlock] = []
        self.events: list[SessionEvent] = []
        self.waits = Waits()

    def poll(self) -> None:
        with self.waits.watch():
            self._poll()

    def _poll(self) -> None:
        if self.microphone is not None:
            self.captured += self.microphone.poll()
        if self.player is not None:
            events, blocks = self.player.poll()
            self.events += events
            self.played += blocks

    def until(self, condition: Callable[[], bool]) -> None:
        def ask() -> bool:
            self.poll()
            return condition()

        wait_until(ask)

    def for_seconds(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        self.until(lambda: time.monotonic() >= end)


@pytest.fixture
def opened(server: SoundServer, child: AudioChild) -> Iterator[Pump]:
    microphone, speaker = DeviceMicrophone(None, child), DeviceSpeaker(None, child)
    with ExitStack() as stack:
        stack.callback(speaker.close)
        stack.callback(microphone.close)
        microphone.open()
        speaker.open()
        yield Pump(microphone, speaker)


def test_the_microphone_hears_what_is_said_into_it(opened: Pump, server: SoundServer) -> None:
    said = babble(2.0, rate_hz=RATE_HZ)
    opened.until(lambda: len(opened.captured) > 50)

    player = server.play(said)
    opened.until(lambda: player.poll() is not None)
    opened.for_seconds(0.5)

    heard = concat([block.samples for block in opened.captured])
    rate_hz = opened.captured[0].rate_hz
    found = find_pieces(resample(heard, rate_hz, RATE_HZ), said, RATE_HZ)
    assert opened.microphone is not None
    xruns = opened.microphone.health.xruns
    say(f"microphone: {found.share:.0%} found at {rate_hz} Hz, {xruns} xruns")
    assert found.share >= least_share(xruns)
    assert found.in_order


def test_a_reply_reaches_the_loudspeaker_whole(opened: Pump, server: SoundServer) -> None:
    reply, response, item = babble(2.0), ResponseId("r"), ItemId("i")
    recorder = server.record()
    opened.until(lambda: len(opened.played) > 50)

    assert opened.player is not None
    opened.player.play(response, item, reply)
    opened.player.end(response)
    opened.until(lambda: any(isinstance(e, PlaybackFinished) for e in opened.events))
    opened.for_seconds(0.3)

    xruns = opened.player.sink.health.xruns
    account = concat([block.samples for block in opened.played])
    found = find_pieces(server.recorded(recorder), resample(reply, 24_000, RATE_HZ), RATE_HZ)
    kept = find_pieces(account, reply, 24_000)
    say(f"loudspeaker: {found.share:.0%} found, account {kept.share:.0%}, {xruns} xruns")
    assert min(found.share, kept.share) >= least_share(xruns)
    assert found.in_order
    assert kept.in_order
    assert opened.player.played_ms(item) == pytest.approx(2000, abs=0.1)
    (started,) = (event for event in opened.events if isinstance(event, PlaybackStarted))
    (finished,) = (event for event in opened.events if isinstance(event, PlaybackFinished))
    lasted_ms = (finished.at_ns - started.at_ns) / 1e6
    assert lasted_ms > 1985
    assert xruns or lasted_ms < 2015


def test_both_streams_run_smoothly_and_know_their_instants(opened: Pump) -> None:
    assert opened.microphone is not None
    assert opened.player is not None
    clock = MonotonicClock()
    ages_ms = list[float]()

    def told_soon() -> bool:
        ages_ms.append((clock.now_ns() - opened.captured[-1].captured_ns) / 1e6)
        return ages_ms[-1] < 500

    opened.for_seconds(0.5)
    opened.captured.clear()
    opened.played.clear()
    opened.for_seconds(2.0)
    opened.until(told_soon)

    ahead_ms = (opened.played[-1].played_ns - clock.now_ns()) / 1e6
    steps = np.diff([block.captured_ns for block in opened.captured]) / 1e6
    mic, out = opened.microphone.health, opened.player.sink.health
    say(
        f"capture: step p50 {np.median(steps):.2f} p99 {np.percentile(steps, 99):.2f} ms, newest "
        f"block {ages_ms[-1]:.1f} ms old; output {ahead_ms:.1f} ms ahead; callback lag "
        f"{mic.callback_lag_ms:.1f} and {out.callback_lag_ms:.1f} ms; xruns {mic.xruns} and "
        f"{out.xruns}; longest wait in a poll {1e3 * opened.waits.longest_s:.2f} ms"
    )
    assert opened.player.sink.device_clock == "measured"
    assert np.median(steps) == pytest.approx(10, abs=0.5)
    assert [b.first_frame for b in opened.captured[1:]] == [
        b.first_frame + len(b.samples) for b in opened.captured[:-1]
    ]
    assert min(ages_ms) > 0


def test_a_flush_silences_the_loudspeaker_within_a_block(opened: Pump) -> None:
    assert opened.player is not None
    response, item = ResponseId("r"), ItemId("i")
    opened.until(lambda: len(opened.played) > 50)
    opened.player.play(response, item, babble(5.0))
    opened.until(lambda: any(isinstance(e, PlaybackStarted) for e in opened.events))
    opened.for_seconds(0.3)

    clock = MonotonicClock()
    began_ns = clock.now_ns()
    opened.poll()
    before = opened.player.played_ms(item)
    opened.player.flush(clock.now_ns())
    after = opened.player.played_ms(item)
    took_ms = (clock.now_ns() - began_ns) / 1e6
    opened.played.clear()
    opened.for_seconds(0.3)

    assert after - before <= 25 + took_ms
    assert sum(block.taken_frames for block in opened.played) <= 480 + 24 * took_ms
    assert opened.player.played_ms(item) == after


def test_a_killed_sound_server_is_survived(opened: Pump, server: SoundServer) -> None:
    assert opened.microphone is not None
    opened.until(lambda: len(opened.captured) > 50 and len(opened.played) > 50)

    server.kill()
    opened.until(lambda: opened.microphone is not None and opened.microphone.problem != "")
    lost_at = len(opened.captured)
    server.start()
    opened.until(lambda: runs_again(opened, lost_at))

    assert opened.microphone.health.restarts >= 1
    assert opened.microphone.problem == ""
    assert [b.first_frame for b in opened.captured[1:]] == [
        b.first_frame + len(b.samples) for b in opened.captured[:-1]
    ]
    lost, *_, back = opened.microphone.take_notices()
    assert (lost.kind, back.kind) == (NoticeKind.LOST, NoticeKind.BACK)
    assert opened.waits.longest_s < POLL_BUDGET_S


def runs_again(opened: Pump, lost_at: int) -> bool:
    """Whether both devices are back, and the microphone has been for a while."""
    assert opened.microphone is not None
    assert opened.player is not None
    away = opened.microphone.problem or opened.player.sink.problem
    return not away and len(opened.captured) > lost_at + 50


def test_a_hanging_sound_server_costs_the_child_its_life_and_nobody_waits(
    opened: Pump, server: SoundServer, child: AudioChild, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.audio.link.WAKING_NS", WAKING_NS)
    opened.until(lambda: len(opened.captured) > 50)
    opened.for_seconds(WAKING_NS / 1e9)
    first = child.process_ids

    server.hang()
    opened.until(lambda: not set(first) & set(child.process_ids))

    assert opened.microphone is not None
    assert opened.microphone.health.restarts >= 1
    assert opened.waits.longest_s < POLL_BUDGET_S


def test_without_a_sound_server_opening_ends_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch, child: AudioChild
) -> None:
    with SoundServer() as gone:
        use(gone, monkeypatch)
        gone.kill()

        with pytest.raises(DeviceError, match="there is no microphone") as caught:
            DeviceMicrophone(None, child).open()

    assert "file" in caught.value.hint
    assert child.process_ids == ()


def test_an_unknown_device_ends_in_one_sentence(server: SoundServer, child: AudioChild) -> None:
    with pytest.raises(DeviceError, match="there is no loudspeaker named 'Nobody'"):
        DeviceSpeaker("Nobody", child).open()

    assert child.process_ids == ()


OPENS_AND_WAITS = """
import sys
from app.audio.host import DeviceMicrophone
from app.audio.supervisor import AudioChild
from app.core.clock import MonotonicClock
child = AudioChild(MonotonicClock())
DeviceMicrophone(None, child).open()
print(*child.process_ids, "sounddevice" in sys.modules, flush=True)
sys.stdin.read()
"""


def test_the_child_ends_with_a_killed_engine_and_the_engine_has_no_portaudio(
    server: SoundServer,
) -> None:
    engine = subprocess.Popen(
        [sys.executable, "-c", OPENS_AND_WAITS], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert engine.stdout is not None
    assert engine.stdin is not None
    pid, loaded = engine.stdout.readline().split()

    engine.kill()
    engine.communicate()

    wait_until(lambda: not alive(int(pid)))
    assert loaded == b"False"
