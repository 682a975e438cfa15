from pathlib import Path

import pytest

from app.audio.sources import (
    BLOCK_FRAMES,
    BLOCK_NS,
    MAX_UTTERANCES,
    ScriptedMicrophone,
    SilentMicrophone,
)
from app.core.audio_format import AudioBlock
from app.core.errors import DeviceError
from app.dsp.pcm import concat, silence
from tests.support.audio import SECOND, babble, ns, ramp, tone, write_wav
from tests.support.clocks import ManualClock


@pytest.fixture
def clock() -> ManualClock:
    clock = ManualClock()
    clock.advance_ms(1_000)
    return clock


def listen(microphone: ScriptedMicrophone, clock: ManualClock, ms: float) -> list[AudioBlock]:
    blocks: list[AudioBlock] = []
    for _ in range(round(ms / 10)):
        clock.advance_ms(10)
        blocks += microphone.poll()
    return blocks


def test_a_block_exists_only_when_its_last_sample_would(clock: ManualClock) -> None:
    microphone = SilentMicrophone(clock)
    assert microphone.poll() == ()
    assert microphone.next_ready_ns() is None

    microphone.open()
    clock.advance_ms(19.9)
    too_early = microphone.poll()
    ready_ns = microphone.next_ready_ns()
    clock.advance_ms(0.1)
    blocks = microphone.poll()

    assert too_early == ()
    assert ready_ns == ns(1_020)
    assert [(b.captured_ns, b.first_frame, b.rate_hz) for b in blocks] == [(ns(1_000), 0, 24_000)]
    assert blocks[0].samples.tolist() == [0] * BLOCK_FRAMES
    assert not blocks[0].samples.flags.writeable


def test_silence_has_no_speech_and_no_end(clock: ManualClock) -> None:
    microphone = SilentMicrophone(clock)
    microphone.open()

    assert microphone.name == "silence"
    assert not microphone.finished
    assert microphone.speech_end_before(clock.now_ns()) is None
    assert microphone.health.dropped_frames == 0


def test_a_closed_microphone_gives_nothing(clock: ManualClock) -> None:
    microphone = SilentMicrophone(clock)
    microphone.open()
    clock.advance_ms(100)

    microphone.close()
    microphone.close()

    assert microphone.poll() == ()


def test_after_a_stall_all_owed_blocks_come_in_order_ten_seconds_at_a_time(
    clock: ManualClock,
) -> None:
    microphone = SilentMicrophone(clock)
    microphone.open()
    clock.advance_ms(15_000)

    counts = [len(microphone.poll()) for _ in range(3)]

    assert counts == [500, 250, 0]
    assert microphone.health.dropped_frames == 0


def test_a_sleeping_machine_is_skipped_and_counted(clock: ManualClock) -> None:
    microphone = SilentMicrophone(clock)
    microphone.open()
    clock.advance_ms(3_600_000)

    blocks = microphone.poll()

    assert [b.first_frame for b in blocks] == [(3_600 * SECOND) - BLOCK_FRAMES]
    assert microphone.health.dropped_frames == 3_600 * SECOND - BLOCK_FRAMES
    assert microphone.health.restarts == 1


def test_a_script_is_silent_until_it_is_told_to_speak(tmp_path: Path, clock: ManualClock) -> None:
    said = ramp(1_000)
    microphone = ScriptedMicrophone([write_wav(tmp_path / "a.wav", said)], clock)
    microphone.open()
    states = [(microphone.remaining, microphone.speaking, microphone.finished)]

    names = [microphone.utterance_name]

    before = listen(microphone, clock, 30)
    assert microphone.speak_next()
    states.append((microphone.remaining, microphone.speaking, microphone.finished))
    after = listen(microphone, clock, 200)

    assert states == [(1, False, False), (0, True, False)]
    assert [*names, microphone.utterance_name] == [None, "a.wav"]
    assert (microphone.remaining, microphone.finished) == (0, True)
    assert not microphone.speak_next()
    heard = concat([b.samples for b in before + after]).tolist()
    assert heard[:960] == [0] * 960
    assert heard[960:1_960] == said.tolist()
    assert set(heard[1_960:]) == {0}


def test_blocks_follow_each_other_without_gap(tmp_path: Path, clock: ManualClock) -> None:
    microphone = ScriptedMicrophone([write_wav(tmp_path / "a.wav", tone(0.5))], clock)
    microphone.open()
    microphone.speak_next()

    blocks = listen(microphone, clock, 1_000)

    assert [b.first_frame for b in blocks] == [i * BLOCK_FRAMES for i in range(50)]
    assert [b.captured_ns - ns(1_000) for b in blocks] == [i * BLOCK_NS for i in range(50)]


def test_what_is_said_after_a_stall_is_not_backdated(tmp_path: Path, clock: ManualClock) -> None:
    microphone = ScriptedMicrophone([write_wav(tmp_path / "a.wav", ramp(480))], clock)
    microphone.open()
    clock.advance_ms(205)

    microphone.speak_next()
    blocks = listen(microphone, clock, 100)

    first = next(b for b in blocks if b.samples.any())
    assert first.captured_ns == ns(1_220)
    assert first.samples.tolist() == ramp(480).tolist()


def test_one_utterance_is_said_at_a_time_and_none_before_opening(
    tmp_path: Path, clock: ManualClock
) -> None:
    paths = [write_wav(tmp_path / name, tone(0.1)) for name in ("a.wav", "b.wav")]
    microphone = ScriptedMicrophone(paths, clock)

    assert not microphone.speak_next()
    microphone.open()
    assert microphone.speak_next()
    assert not microphone.speak_next()
    listen(microphone, clock, 200)
    assert microphone.speak_next()
    listen(microphone, clock, 200)

    assert microphone.utterance_name == "b.wav"
    assert microphone.finished


def test_speech_ends_and_starts_where_the_file_says(tmp_path: Path, clock: ManualClock) -> None:
    said = concat((silence(SECOND // 2), babble(1.0), silence(SECOND // 2)))
    paths = [write_wav(tmp_path / name, said) for name in ("a.wav", "b.wav")]
    microphone = ScriptedMicrophone(paths, clock)
    microphone.open()
    microphone.speak_next()

    listen(microphone, clock, 3_000)

    assert microphone.speech_end_before(ns(1_400)) is None
    assert microphone.speech_start_before(ns(1_400)) is None
    assert microphone.speech_end_before(ns(4_000)) == pytest.approx(ns(2_500), abs=ns(10))
    assert microphone.speech_start_before(ns(4_000)) == pytest.approx(ns(1_500), abs=ns(10))

    microphone.speak_next()
    listen(microphone, clock, 300)
    assert microphone.speech_end_before(clock.now_ns()) == pytest.approx(ns(2_500), abs=ns(10))

    listen(microphone, clock, 2_000)
    assert microphone.speech_end_before(clock.now_ns()) == pytest.approx(ns(5_500), abs=ns(10))
    assert microphone.speech_start_before(clock.now_ns()) == pytest.approx(ns(4_500), abs=ns(10))


def test_annotations_stay_right_over_a_sleep(tmp_path: Path, clock: ManualClock) -> None:
    said = concat((babble(1.0), silence(SECOND)))
    microphone = ScriptedMicrophone([write_wav(tmp_path / "a.wav", said)], clock)
    microphone.open()
    microphone.speak_next()
    listen(microphone, clock, 500)

    clock.advance_ms(60_000)
    blocks = listen(microphone, clock, 3_000)

    last = next(b for b in reversed(blocks) if b.samples.any())
    end_ns = microphone.speech_end_before(clock.now_ns())
    assert end_ns is not None
    assert abs(end_ns - last.captured_ns) <= BLOCK_NS


def test_a_script_needs_files_and_not_too_many(tmp_path: Path, clock: ManualClock) -> None:
    with pytest.raises(DeviceError, match="no file to speak"):
        ScriptedMicrophone([], clock).open()
    with pytest.raises(DeviceError, match="too many"):
        ScriptedMicrophone([tmp_path / "a.wav"] * (MAX_UTTERANCES + 1), clock).open()


def test_every_file_is_checked_before_the_first_is_spoken(
    tmp_path: Path, clock: ManualClock
) -> None:
    good = write_wav(tmp_path / "a.wav", tone(0.1))

    with pytest.raises(DeviceError, match=r"no file .*missing\.wav"):
        ScriptedMicrophone([good, tmp_path / "missing.wav"], clock).open()


def test_a_file_that_vanishes_is_told_when_it_is_its_turn(
    tmp_path: Path, clock: ManualClock
) -> None:
    paths = [write_wav(tmp_path / name, tone(0.1)) for name in ("a.wav", "b.wav")]
    microphone = ScriptedMicrophone(paths, clock)
    microphone.open()
    microphone.speak_next()
    paths[1].unlink()
    listen(microphone, clock, 300)

    with pytest.raises(DeviceError, match="there is no file"):
        microphone.speak_next()

    assert microphone.finished


def test_odd_files_are_named_once(tmp_path: Path, clock: ManualClock) -> None:
    path = write_wav(tmp_path / "a.wav", tone(0.2))
    path.write_bytes(path.read_bytes()[:4_844])
    microphone = ScriptedMicrophone([path], clock)
    microphone.open()
    microphone.speak_next()

    listen(microphone, clock, 500)

    assert len(microphone.warnings) == 1
    assert "cut short" in microphone.warnings[0]


@pytest.mark.parametrize(
    ("count", "name"), [(2, "0.wav, 1.wav"), (5, "0.wav, 1.wav, 2.wav and 2 more")]
)
def test_a_script_is_named_by_its_files(clock: ManualClock, count: int, name: str) -> None:
    assert ScriptedMicrophone([Path(f"{i}.wav") for i in range(count)], clock).name == name


def test_closing_in_the_middle_leaves_no_file_open(tmp_path: Path, clock: ManualClock) -> None:
    microphone = ScriptedMicrophone([write_wav(tmp_path / "a.wav", tone(60.0))], clock)
    microphone.open()
    microphone.speak_next()
    listen(microphone, clock, 50)

    microphone.close()
    microphone.close()

    assert microphone.poll() == ()
    assert not microphone.speak_next()


def test_what_needs_no_device_has_the_clocks_own_instants() -> None:
    source = SilentMicrophone(ManualClock())

    assert source.device_clock == "digital"
    assert source.callback_lag_ms(ns(0)) is None
