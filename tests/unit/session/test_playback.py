import asyncio
import math
from collections.abc import Callable, Coroutine, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.audio.null_sink import NullSpeaker
from app.core.audio_format import PlayedBlock, Samples
from app.core.errors import AppError, DeviceError, StoreError
from app.core.ports import StoredSession
from app.dsp.pcm import concat, silence
from app.session.messages import (
    EngineReport,
    OutputChoice,
    OutputKind,
    PlayingReport,
    PlaySpan,
    ProblemReport,
)
from app.session.playback import KNEE, SpanPlayer, mix
from app.session.replay import PlayStretch
from tests.support.audio import tone
from tests.support.clocks import run_virtual
from tests.support.session import LoopClock

SPEAKER = OutputChoice(kind=OutputKind.DEVICE)
NOBODY = OutputChoice(kind=OutputKind.NULL)


class Tape:
    """A reader with one recording of a tone at the user's side."""

    def __init__(self, user: Samples, agent: Samples | None = None) -> None:
        self.user = user
        self.agent = silence(len(user)) if agent is None else agent
        self.asked: list[tuple[Path, float, float | None]] = []

    def read(self, folder: Path) -> StoredSession:
        raise AssertionError(folder)

    def folders(self, root: str | None) -> Sequence[Path]:
        raise AssertionError(root)

    def audio(
        self, folder: Path, start_ms: float = 0.0, end_ms: float | None = None
    ) -> tuple[Samples, Samples]:
        self.asked.append((folder, start_ms, end_ms))
        if folder.name == "gone":
            raise StoreError("There is no recording.")
        assert end_ms is not None
        cut = slice(round(start_ms * 24), round(end_ms * 24))
        return self.user[cut], self.agent[cut]


class Speaker(NullSpeaker):
    """A loudspeaker that keeps what it played, and can fail."""

    def __init__(self, rate_hz: int = 24_000, *, fails: str = "") -> None:
        super().__init__(LoopClock(), rate_hz=rate_hz)
        self.fails = fails
        self.opened = self.closed = False
        self.heard: list[PlayedBlock] = []

    @property
    def problem(self) -> str:
        return "it was unplugged" if self.fails == "takes nothing" else ""

    def open(self) -> None:
        if self.fails == "does not open":
            raise DeviceError("the loudspeaker is busy")
        super().open()
        self.opened = True

    def write(self, samples: Samples) -> int:
        return 0 if self.fails == "takes nothing" else super().write(samples)

    def poll(self) -> Sequence[PlayedBlock]:
        if self.fails == "is lost" and len(self.heard) > 20:
            raise DeviceError("the sound device did not come back")
        blocks = super().poll()
        self.heard += blocks
        return blocks

    def close(self) -> None:
        super().close()
        self.closed = True


class Rig:
    def __init__(self, tape: Tape, *, rate_hz: int = 24_000, fails: str = "") -> None:
        self.tape = tape
        self.reports: list[EngineReport] = []
        self.speakers: list[Speaker] = []
        self._made = rate_hz, fails

    def play(
        self, start_ms: float | None, end_ms: float | None, output: OutputChoice = SPEAKER
    ) -> None:
        run_virtual(self.playing(start_ms, end_ms, output))

    async def playing(
        self,
        start_ms: float | None,
        end_ms: float | None,
        output: OutputChoice = SPEAKER,
        folder: str = "/s",
        *,
        telephone: bool = False,
    ) -> None:
        span = PlaySpan(
            folder=folder, start_ms=start_ms, end_ms=end_ms, output=output, telephone=telephone
        )
        await self.player(span, self.reports.append)

    @property
    def player(self) -> PlayStretch:
        return SpanPlayer(LoopClock(), self.tape, self._make, _aside)

    def _make(self, choice: OutputChoice) -> Speaker:
        self.speakers.append(Speaker(self._made[0], fails=self._made[1]))
        return self.speakers[-1]

    @property
    def positions(self) -> list[float]:
        return [r.at_ms for r in self.reports if isinstance(r, PlayingReport) if r.at_ms]

    @property
    def heard(self) -> Samples:
        return concat([block.samples[: block.taken_frames] for block in self.speakers[0].heard])


async def _aside(work: Callable[[], None]) -> None:
    """Take 3 ms, so that polls fall between the beginnings of blocks."""
    await asyncio.sleep(0.003)
    work()


@pytest.mark.parametrize("rate_hz", [24_000, 48_000])
def test_a_stretch_is_played_whole_at_the_rate_of_the_loudspeaker(rate_hz: int) -> None:
    rig = Rig(Tape(tone(3.0)), rate_hz=rate_hz)

    rig.play(500, 2_000)

    assert len(rig.heard) == rate_hz * 3 // 2
    assert np.abs(rig.heard[rate_hz // 10 : rate_hz]).max() == pytest.approx(8_192, abs=40)
    assert rig.speakers[0].closed


def test_the_position_follows_the_dac_ten_times_a_second() -> None:
    rig = Rig(Tape(tone(3.0)))

    rig.play(1_000, 2_000)

    steps = [later - earlier for earlier, later in pairwise(rig.positions)]
    last = rig.reports[-1]
    assert [at_ms % 10 for at_ms in rig.positions[1:-1]] == pytest.approx([3.0] * 10, abs=0.05)
    assert len(rig.positions) == pytest.approx(11, abs=1)
    assert steps[:-1] == pytest.approx([100.0] * len(steps[:-1]), abs=30)
    assert last == PlayingReport(at_ms=2_000.0, start_ms=1_000.0, end_ms=2_000.0)


def test_it_lasts_as_long_as_it_sounds() -> None:
    rig = Rig(Tape(tone(3.0)))

    async def timed() -> float:
        began = asyncio.get_running_loop().time()
        await rig.playing(0, 2_500)
        return asyncio.get_running_loop().time() - began

    assert run_virtual(timed()) == pytest.approx(2.5, abs=0.06)


def test_without_a_loudspeaker_it_goes_on_silently_and_says_so_once() -> None:
    rig = Rig(Tape(tone(1.0)))
    player = rig.player
    span = PlaySpan(folder="/s", start_ms=0, end_ms=300, output=NOBODY)

    async def twice() -> None:
        await player(span, rig.reports.append)
        await player(span, rig.reports.append)

    run_virtual(twice())

    told = [r for r in rig.reports if isinstance(r, ProblemReport)]
    assert [r.sentence.split(":")[0] for r in told] == ["There is no loudspeaker"]
    assert rig.positions[-1] == 300
    assert len(rig.speakers) == 2


@pytest.mark.parametrize(
    ("start_ms", "end_ms"),
    [
        pytest.param(500, 500, id="empty"),
        pytest.param(800, 200, id="backwards"),
        pytest.param(math.nan, 200, id="no-number"),
        pytest.param(0, math.inf, id="endless"),
        pytest.param(None, 200, id="no-number-from-the-pipe"),
        pytest.param(0, None, id="endless-from-the-pipe"),
        pytest.param(90_000, 91_000, id="beyond-the-recording"),
        pytest.param(-900, -100, id="before-it"),
    ],
)
def test_a_stretch_that_is_none_ends_in_one_sentence(start_ms: float, end_ms: float) -> None:
    rig = Rig(Tape(tone(1.0)))

    with pytest.raises(StoreError, match="There is no"):
        rig.play(start_ms, end_ms)

    assert rig.speakers == []


def test_more_than_ten_minutes_are_not_asked_for() -> None:
    rig = Rig(Tape(silence(24)))

    rig.play(-5, 3_600_000)

    assert rig.tape.asked == [(Path("/s"), 0.0, 600_000.0)]


def test_a_recording_that_cannot_be_read_opens_no_loudspeaker() -> None:
    rig = Rig(Tape(tone(1.0)))

    with pytest.raises(StoreError, match="no recording"):
        run_virtual(rig.playing(0, 100, folder="gone"))

    assert rig.speakers == []


@pytest.mark.parametrize(
    ("fails", "words"),
    [
        ("does not open", "is busy"),
        ("takes nothing", "no loudspeaker stopped: it was unplugged"),
        ("is lost", "did not come back"),
    ],
)
def test_a_loudspeaker_that_fails_ends_it_and_is_closed(fails: str, words: str) -> None:
    rig = Rig(Tape(tone(3.0)), fails=fails)

    with pytest.raises(AppError, match=words):
        rig.play(0, 3_000)

    assert rig.speakers[0].closed


@pytest.mark.parametrize("after_s", [0.0, 0.005, 0.5])
def test_cancelling_closes_the_loudspeaker(after_s: float) -> None:
    rig = Rig(Tape(tone(3.0)))

    async def cancelled() -> None:
        task = asyncio.create_task(rig.playing(0, 3_000))
        await asyncio.sleep(after_s)
        task.cancel()
        await asyncio.wait({task})
        assert task.cancelled()

    run_virtual(cancelled())

    assert all(speaker.closed for speaker in rig.speakers)
    assert len(rig.speakers) == (after_s > 0)


def test_a_cancellation_while_the_device_opens_waits_for_it_and_closes_it() -> None:
    rig = Rig(Tape(tone(3.0)))
    gate: list[asyncio.Event] = []

    async def slow(work: Callable[[], None]) -> None:
        if rig.speakers and not rig.speakers[0].opened:
            await gate[0].wait()
        work()

    async def cancelled() -> list[bool]:
        gate.append(asyncio.Event())
        player = SpanPlayer(LoopClock(), rig.tape, rig._make, slow)
        span = PlaySpan(folder="/s", start_ms=0, end_ms=100, output=SPEAKER)
        work: Coroutine[Any, Any, None] = player(span, rig.reports.append)
        task = asyncio.create_task(work)
        await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.sleep(0.01)
        before = [task.done(), rig.speakers[0].closed]
        gate[0].set()
        await asyncio.wait({task})
        return [*before, task.cancelled(), rig.speakers[0].opened, rig.speakers[0].closed]

    assert run_virtual(cancelled()) == [False, False, True, True, True]


def test_both_sides_are_heard_limited_and_faded() -> None:
    loud = np.full(2_400, 26_000, np.int16)
    quiet = np.full(2_400, 1_000, np.int16)

    apart, together, negative = mix(quiet, silence(2_400)), mix(loud, loud), mix(-loud, -loud)

    assert apart[1_200] == 1_000
    assert KNEE * 32_768 < together[1_200] <= 32_767
    assert abs(int(together[1_200]) + int(negative[1_200])) <= 1
    assert (apart[0], apart[-1]) == (4, 4)
    assert np.all(np.diff(together[:120].astype(int)) > 0)


@pytest.mark.parametrize("frames", [0, 1, 2, 5])
def test_the_shortest_stretches_are_mixed_too(frames: int) -> None:
    assert len(mix(silence(frames), silence(frames))) == frames


@pytest.mark.parametrize("pitch_hz", [1_000, 5_000])
def test_a_stretch_may_be_heard_as_a_telephone_would_carry_it(pitch_hz: int) -> None:
    at = np.arange(24_000) / 24_000
    rig = Rig(Tape((8_000 * np.sin(2 * np.pi * pitch_hz * at)).astype(np.int16)), rate_hz=48_000)

    run_virtual(rig.playing(0, 1_000, telephone=True))

    level = np.abs(rig.heard[10_000:40_000]).max()
    assert len(rig.heard) == 48_000
    assert level == pytest.approx(8_000, rel=0.05) if pitch_hz == 1_000 else level < 20
