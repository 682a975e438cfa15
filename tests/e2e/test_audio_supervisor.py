"""The life of the audio child, with a child that needs no sound card."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from app.audio.host import DeviceMicrophone, DeviceSpeaker
from app.audio.supervisor import AudioChild
from app.core.audio_format import AudioBlock, PlayedBlock
from app.core.clock import MonotonicClock
from app.core.errors import DeviceError
from app.core.ports import DeviceNotice, NoticeKind
from app.dsp.pcm import concat
from tests.support.audio import ramp
from tests.support.sound_server import wait_until
from tests.support.waits import Waits

WAKING_NS = 800_000_000
"""The child of the tests is awake at once."""
POLL_BUDGET_S = 0.25
FAKE = (sys.executable, "-m", "tests.support.fake_audio_child")

pytestmark = pytest.mark.realtime


@pytest.fixture
def awake(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no stream have the time to wake that a sleeping sound server needs."""
    monkeypatch.setattr("app.audio.link.WAKING_NS", WAKING_NS)


@pytest.fixture
def make() -> Iterator[Callable[[str], tuple[AudioChild, DeviceMicrophone, DeviceSpeaker]]]:
    opened: list[tuple[AudioChild, DeviceMicrophone, DeviceSpeaker]] = []

    def make(mode: str) -> tuple[AudioChild, DeviceMicrophone, DeviceSpeaker]:
        child = AudioChild(MonotonicClock(), (*FAKE, mode))
        opened.append((child, DeviceMicrophone("fake", child), DeviceSpeaker(None, child)))
        return opened[-1]

    yield make
    for child, microphone, speaker in opened:
        microphone.close()
        speaker.close()
        assert child.process_ids == ()
    assert list(children()) == []


Make = Callable[[str], tuple[AudioChild, DeviceMicrophone, DeviceSpeaker]]


def children() -> Iterator[int]:
    """Processes of ours, zombies among them."""
    yield from (
        int(pid)
        for task in Path("/proc/self/task").iterdir()
        for pid in (task / "children").read_text().split()
    )


def test_each_device_has_a_process_of_its_own(make: Make) -> None:
    child, microphone, speaker = make("runs")

    microphone.open()
    speaker.open()
    microphone.open()

    held = {microphone.process_id, speaker.process_id}
    assert len(held) == 2
    assert held == set(child.process_ids)
    assert (microphone.name, speaker.name) == ("fake", "default")
    assert speaker.rate_hz == 48_000
    microphone.close()
    assert list(child.process_ids) == [speaker.process_id]
    speaker.close()
    assert child.process_ids == ()


def test_blocks_come_in_order_with_instants_of_the_past(make: Make) -> None:
    _, microphone, _ = make("runs")
    microphone.open()
    blocks: list[AudioBlock] = []
    ages_ms = list[float]()

    def some_and_soon() -> bool:
        blocks.extend(microphone.poll())
        ages_ms.extend((MonotonicClock().now_ns() - each.captured_ns) / 1e6 for each in blocks[-1:])
        return len(blocks) >= 30 and ages_ms[-1] < 500

    wait_until(some_and_soon)

    assert [b.first_frame for b in blocks] == [480 * i for i in range(len(blocks))]
    assert min(ages_ms) >= 20
    assert microphone.health.xruns == 0
    assert microphone.problem == ""
    assert not microphone.finished
    assert microphone.next_ready_ns() is None
    assert microphone.speech_end_before(blocks[-1].captured_ns) is None


def test_what_is_written_is_what_is_played(make: Make) -> None:
    _, _, speaker = make("runs")
    speaker.open()
    played: list[PlayedBlock] = []

    assert speaker.write(ramp(10_000)) == 10_000

    def all_of_it() -> bool:
        played.extend(speaker.poll())
        return sum(b.taken_frames for b in played) >= 10_000

    wait_until(all_of_it)
    frames = concat([b.samples[: b.taken_frames] for b in played])
    assert frames.tolist() == ramp(10_000).tolist()
    assert speaker.queued_frames == 0
    wait_until(lambda: bool(speaker.poll()) and speaker.device_clock == "measured")


def test_a_name_beyond_all_reason_is_refused_at_once_and_the_present_device_stays() -> None:
    child = AudioChild(MonotonicClock(), (*FAKE, "runs"))
    nameless, microphone = DeviceMicrophone("x" * 5_000_000, child), DeviceMicrophone("f", child)

    with pytest.raises(DeviceError, match="at most 1000 characters"):
        nameless.open()
    microphone.open()
    microphone.switch("x" * 5_000_000)
    notices: list[DeviceNotice] = []

    def told() -> bool:
        microphone.poll()
        notices.extend(microphone.take_notices())
        return bool(notices)

    wait_until(told)
    assert [each.kind for each in notices] == [NoticeKind.REFUSED]
    assert microphone.problem == ""
    microphone.close()
    assert list(children()) == []


def test_a_full_queue_refuses_and_counts(make: Make) -> None:
    _, _, speaker = make("runs")
    speaker.open()

    fits = speaker.write(ramp(48_000))

    assert 24_000 <= fits < 30_000
    assert speaker.health.dropped_frames == 48_000 - fits


@pytest.mark.parametrize(
    ("mode", "sentence"),
    [
        ("refuses", "there is no microphone"),
        ("dies", "the audio process ended: the roof is on fire"),
    ],
)
def test_a_device_that_does_not_open_ends_in_one_sentence(
    make: Make, mode: str, sentence: str
) -> None:
    child, microphone, _ = make(mode)

    with pytest.raises(DeviceError, match=sentence) as caught:
        microphone.open()

    assert caught.value.hint
    assert child.process_ids == ()
    assert not microphone.poll()


def test_a_sound_system_that_does_not_answer_is_given_up() -> None:
    child = AudioChild(MonotonicClock(), (*FAKE, "deaf"), open_deadline_s=1.0)

    with pytest.raises(DeviceError, match="does not answer"):
        DeviceMicrophone(None, child).open()

    assert child.process_ids == ()
    assert list(children()) == []


def test_a_killed_child_is_replaced_and_what_was_queued_plays_on(make: Make) -> None:
    child, microphone, speaker = make("runs")
    microphone.open()
    speaker.open()
    captured: list[AudioBlock] = []
    played: list[PlayedBlock] = []

    def poll() -> None:
        captured.extend(microphone.poll())
        played.extend(speaker.poll())

    def some() -> bool:
        poll()
        return len(captured) > 10

    wait_until(some)
    speaker.write(ramp(20_000))
    for pid in child.process_ids:
        os.kill(pid, signal.SIGKILL)
    before = len(captured)

    def again() -> bool:
        poll()
        enough = sum(b.taken_frames - b.unheard_frames for b in played) >= 20_000
        return len(captured) > before + 20 and enough

    wait_until(again)

    frames = concat([b.samples[: b.taken_frames] for b in played])
    assert [f for f in frames.tolist() if f][-100:] == ramp(20_000).tolist()[-100:]
    assert min(microphone.health.restarts, speaker.health.restarts) >= 1
    assert microphone.problem == ""
    assert all(b.first_frame == a.first_frame + len(a.samples) for a, b in pairwise(captured))
    assert sum(len(b.samples) for b in captured if not b.samples.any()) > 4_800


@pytest.mark.usefixtures("awake")
def test_callbacks_that_stop_cost_the_child_its_life(make: Make) -> None:
    _, microphone, _ = make("stops")
    microphone.open()
    waits = Waits()

    def replaced() -> bool:
        with waits.watch():
            microphone.poll()
        return microphone.health.restarts >= 1

    wait_until(replaced)

    assert waits.longest_s < POLL_BUDGET_S


@pytest.mark.usefixtures("awake")
def test_a_device_that_stays_away_is_asked_for_again_and_counted_once(
    make: Make, tmp_path: Path
) -> None:
    child, microphone, _ = make(f"once:{tmp_path / 'was-here'}")
    microphone.open()
    pids = set(children())

    def tried_again() -> bool:
        microphone.poll()
        pids.update(children())
        return len(pids) >= 4

    wait_until(tried_again)

    assert microphone.health.restarts == 1
    assert microphone.problem == "there is no microphone"
    assert child.process_ids == ()
    assert [n.kind for n in microphone.take_notices()] == [NoticeKind.LOST]


def test_a_child_that_floods_its_stderr_does_not_hang_or_fill_memory(make: Make) -> None:
    _, microphone, _ = make("noisy")

    microphone.open()

    assert microphone.problem == ""


@pytest.mark.usefixtures("awake")
def test_a_stream_that_spins_and_floods_its_stderr_is_ended(make: Make) -> None:
    child, _, speaker = make("spins")
    speaker.open()
    (first,) = child.process_ids

    def replaced() -> bool:
        speaker.poll()
        return speaker.health.restarts >= 1 and not cpu_ticks(first)

    wait_until(replaced)

    assert NoticeKind.LOST in [notice.kind for notice in speaker.take_notices()]


def cpu_ticks(pid: int) -> int:
    """Return what a process has used so far; 0 when it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("ascii").rsplit(")", 1)[1].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return 0 if fields[0] == "Z" else int(fields[11]) + int(fields[12])


def test_a_device_that_stays_away_is_stood_in_for_until_it_is_back(
    make: Make, tmp_path: Path
) -> None:
    child, microphone, _ = make("runs")
    plugged = tmp_path / "headset"
    microphone.switch(str(plugged))  # a folder of its name stands for its absence
    microphone.open()
    plugged.mkdir()
    os.kill(child.process_ids[0], signal.SIGKILL)

    def stood_in() -> bool:
        microphone.poll()
        return microphone.standing_in

    wait_until(stood_in)
    stand_in = microphone.name
    plugged.rmdir()
    microphone.switch(microphone.chosen)

    def returned() -> bool:
        microphone.poll()
        return not microphone.standing_in

    wait_until(returned)

    assert stand_in == "fake"
    assert (microphone.name, microphone.chosen) == (str(plugged), str(plugged))
    assert microphone.health.restarts == 1


def test_another_device_is_opened_beside_the_present_one_which_stays_if_it_fails(
    make: Make,
) -> None:
    child, microphone, speaker = make("runs")
    microphone.open()
    speaker.open()
    other = speaker.process_id
    kinds: list[NoticeKind] = []
    captured: list[AudioBlock] = []

    def until(kind: NoticeKind) -> None:
        def told() -> bool:
            captured.extend(microphone.poll())
            speaker.poll()
            kinds.extend(notice.kind for notice in microphone.take_notices())
            return kind in kinds

        wait_until(told)

    microphone.switch("nobody")
    until(NoticeKind.REFUSED)
    before = microphone.name
    microphone.switch("nobody")
    microphone.switch("jabra")
    until(NoticeKind.SWITCHED)

    assert (before, microphone.name) == ("fake", "jabra")
    assert kinds == [NoticeKind.REFUSED, NoticeKind.SWITCHED]
    assert speaker.process_id == other
    assert microphone.process_id in child.process_ids
    assert all(b.first_frame == a.first_frame + len(a.samples) for a, b in pairwise(captured))
    assert microphone.health.restarts == 0
