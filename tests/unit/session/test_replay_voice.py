"""What a replay sounds like: at its place, at its speed, one side alone, and without a device."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.audio.null_sink import NullSpeaker
from app.core.audio_format import PlayedBlock, Samples
from app.core.clock import Nanoseconds
from app.core.errors import DeviceError
from app.session.messages import OutputKind, ProblemReport, Solo
from tests.support.replaying import Rig, loud, of
from tests.support.scores import AGENT_HZ, HEARD_S, SPOKEN_S, USER_HZ, write_score
from tests.support.session import LoopClock

RATE_HZ = 48_000


class Ear(NullSpeaker):
    """A loudspeaker that keeps what it played, by instant, and may break."""

    def __init__(self) -> None:
        super().__init__(LoopClock(), rate_hz=RATE_HZ)
        self.blocks: list[PlayedBlock] = []
        self.broken_after_s: float | None = None
        self.closed = False

    def poll(self) -> tuple[PlayedBlock, ...]:
        blocks = tuple(super().poll())
        if self.broken_after_s is not None and len(self.blocks) > self.broken_after_s * 100:
            return ()
        self.blocks += blocks
        return blocks

    def close(self) -> None:
        self.closed = True
        super().close()

    def between(self, start_s: float, end_s: float) -> Samples:
        """What it played between two instants of the loop's time."""
        played = [
            each.samples
            for each in self.blocks
            if start_s <= (each.played_ns - 1_000_000_000) / 1e9 < end_s
        ]
        return np.concatenate(played) if played else np.zeros(0, np.int16)


class Absent(NullSpeaker):
    """A loudspeaker that cannot be opened."""

    def open(self) -> None:
        raise DeviceError("the loudspeaker is in use", hint="Choose another one.")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_score(tmp_path_factory.mktemp("made") / "s1")


def pitch_of(samples: Samples) -> float:
    """The strongest frequency."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum) * RATE_HZ / len(samples))


def heard(folder: Path, seconds: float, **wish: Any) -> tuple[Ear, float, Rig]:
    """Replay for so long; return what was heard, when it began, and the rig."""
    rig = Rig(folder, make_sink=Ear, output=OutputKind.DEVICE)
    began: list[float] = []

    async def scenario(rig: Rig) -> None:
        began.append(rig.now_ms / 1e3)
        await rig.steer(playing=True, after_s=seconds, **wish)

    rig.run(scenario)
    return ear_of(rig), began[0], rig


def ear_of(rig: Rig) -> Ear:
    """The first loudspeaker that was made."""
    ear = rig.sinks[0]
    assert isinstance(ear, Ear)
    return ear


@pytest.mark.parametrize("speed", [0.5, 1.0, 1.5, 2.0])
def test_it_sounds_at_its_time_and_at_its_own_pitch(made: Path, speed: float) -> None:
    ear, began_s, rig = heard(made, 4.0 / speed, speed=speed)
    user = ear.between(began_s + 0.6 / speed, began_s + 1.4 / speed)
    agent = ear.between(began_s + 2.2 / speed, began_s + 2.9 / speed)
    pause = ear.between(began_s + 1.7 / speed, began_s + 1.9 / speed)

    assert pitch_of(user) == pytest.approx(USER_HZ, abs=6)
    assert pitch_of(agent) == pytest.approx(AGENT_HZ, abs=6)
    assert loud(user) == pytest.approx(8_000 / 32_768 / 2**0.5, rel=0.1)
    assert loud(pause) < 0.01
    assert rig.place.at_ms == pytest.approx(4_000, abs=110 * speed)


@pytest.mark.parametrize(
    ("solo", "user", "agent"), [(Solo.USER, True, False), (Solo.AGENT, False, True)]
)
def test_one_side_sounds_alone(made: Path, solo: Solo, user: bool, agent: bool) -> None:  # noqa: FBT001 - a table
    ear, began_s, rig = heard(made, 3.5, solo=solo)
    said = ear.between(began_s + SPOKEN_S[0] + 0.1, began_s + SPOKEN_S[1] - 0.1)
    answered = ear.between(began_s + HEARD_S[0] + 0.2, began_s + HEARD_S[1] - 0.1)

    assert (loud(said) > 0.1, loud(answered) > 0.1) == (user, agent)
    assert rig.place.solo is solo


def test_faster_than_words_are_understood_it_is_silent(made: Path) -> None:
    ear, began_s, rig = heard(made, 1.3, speed=8.0)

    assert loud(ear.between(began_s, began_s + 1.3)) == 0
    assert rig.place.at_ms == pytest.approx(1_300 * 8, abs=100 * 8)


def test_a_pause_falls_silent_and_gives_the_loudspeaker_back(made: Path) -> None:
    rig = Rig(made, make_sink=Ear, output=OutputKind.DEVICE)

    async def scenario(rig: Rig) -> None:
        await rig.steer(playing=True, after_s=1.0)
        await rig.steer(playing=False, after_s=0.5)
        now_s = rig.now_ms / 1e3
        assert loud(ear_of(rig).between(now_s - 0.35, now_s)) == 0
        assert not ear_of(rig).closed
        await rig.steer(seek_ms=2_100, after_s=4.0)
        assert ear_of(rig).closed
        await rig.steer(playing=True, after_s=0.5)
        assert len(rig.sinks) == 2

    rig.run(scenario)


def test_a_loudspeaker_that_does_not_open_is_told_once_and_done_without(made: Path) -> None:
    rig = Rig(made, make_sink=lambda: Absent(LoopClock()), output=OutputKind.DEVICE)

    async def scenario(rig: Rig) -> None:
        await rig.steer(playing=True, after_s=2.0)
        await rig.steer(playing=False)
        await rig.steer(playing=True, after_s=1.0)

    told = rig.run(scenario)
    problems = of(told, ProblemReport)

    assert [each.sentence for each in problems] == ["The loudspeaker is in use."]
    assert not problems[0].fatal
    assert rig.place.at_ms == pytest.approx(3_000, abs=150)


def test_a_loudspeaker_that_is_lost_leaves_the_timing_alone(made: Path) -> None:
    def broken() -> Ear:
        ear = Ear()
        ear.broken_after_s = 1.0
        return ear

    rig = Rig(made, make_sink=broken, output=OutputKind.DEVICE)

    async def scenario(rig: Rig) -> None:
        await rig.steer(playing=True, after_s=8.0)

    told = rig.run(scenario)

    assert len(of(told, ProblemReport)) == 1
    assert "stopped" in of(told, ProblemReport)[0].sentence
    assert rig.place.at_ms == pytest.approx(8_000, abs=100)


def test_a_loudspeaker_with_a_clock_of_its_own_is_followed(made: Path) -> None:
    class Fast(Ear):
        """Sounds each block a thousandth earlier than the one before would have it."""

        def poll(self) -> tuple[PlayedBlock, ...]:
            blocks = NullSpeaker.poll(self)
            fast = tuple(self._moved(each) for each in blocks)
            self.blocks += fast
            return fast

        def _moved(self, block: PlayedBlock) -> PlayedBlock:
            ahead_ns = round(block.first_frame / RATE_HZ * 1e9 * 0.02)
            return PlayedBlock(
                block.samples,
                block.rate_hz,
                Nanoseconds(block.played_ns - ahead_ns),
                block.first_frame,
                block.taken_frames,
            )

    rig = Rig(made, make_sink=Fast, output=OutputKind.DEVICE)

    async def scenario(rig: Rig) -> None:
        await rig.steer(playing=True, after_s=10.0)

    rig.run(scenario)

    assert rig.place.at_ms == pytest.approx(10_000 * 1.02, abs=100)
