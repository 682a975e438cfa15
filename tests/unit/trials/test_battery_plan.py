"""The order, the positions and the files of a battery."""

import json
import wave
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.core.config import SessionSettings
from app.core.errors import ConfigError, StoreError
from app.dsp.speech import block_levels_dbfs, speech_segments
from app.metrics.battery_outcomes import StimulusKind
from app.session.messages import InputKind
from app.trials.battery_plan import CUT_MS, INSTRUCTIONS, blocks, plan, session_of
from app.trials.battery_stimuli import Sound, load_stimuli, write_with_pause
from tests.support.battery import Batteries

STIMULI = load_stimuli()


def frames(path: Path) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    with wave.open(str(path)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), np.int16)


def all_sounds() -> list[Sound]:
    halves = [half for pair in STIMULI.halves for half in pair]
    return [STIMULI.prompt, *(each.sound for each in STIMULI.stimuli), *halves]


# --- the sounds ----------------------------------------------------------------------------------


def test_there_are_the_nine_of_the_specification() -> None:
    assert {each.name: each.kind.value for each in STIMULI.stimuli} == {
        "correction": "interruption",
        "stop": "interruption",
        "question": "interruption",
        "mm-hm": "backchannel",
        "right-right": "backchannel",
        "cough": "noise",
        "door": "noise",
        "side-talk": "side_talk",
        "television": "background",
    }
    assert [each.name for each in STIMULI.stimuli if each.kind.takes_floor] == [
        "correction",
        "stop",
        "question",
    ]
    assert len(STIMULI.halves) == 3


@pytest.mark.parametrize("sound", all_sounds(), ids=lambda sound: sound.name)
def test_each_sounds_from_its_first_frame_to_its_last_without_a_pause(sound: Sound) -> None:
    found = speech_segments(frames(sound.path), 24_000)

    (only,) = found
    assert only.start == 0
    assert only.end == sound.frames


@pytest.mark.parametrize("sound", all_sounds(), ids=lambda sound: sound.name)
def test_each_has_its_level(sound: Sound) -> None:
    levels = block_levels_dbfs(frames(sound.path)[: sound.frames], 240)
    active = 10 * np.log10(np.mean(10 ** (levels[levels > levels.max() - 20] / 10)))

    assert active == pytest.approx(-30 if sound.name == "television" else -20, abs=1.5)
    assert np.abs(frames(sound.path).astype(int)).max() < 32_000


def test_all_of_them_are_small() -> None:
    folder = STIMULI.prompt.path.parent

    assert sum(path.stat().st_size for path in folder.iterdir()) < 1_200_000
    assert (folder / "NOTICE.txt").is_file()
    entries = json.loads((folder / "manifest.json").read_text())["stimuli"]
    assert all(entry["licence"] for entry in entries)


def test_stimuli_are_found_by_name() -> None:
    assert [each.name for each in STIMULI.named(("cough", "stop"))] == ["stop", "cough"]
    assert STIMULI.named(()) == STIMULI.stimuli
    with pytest.raises(ConfigError, match="no stimulus called 'sneeze'"):
        STIMULI.named(("stop", "sneeze"))


def copied(folder: Path) -> Path:
    for path in STIMULI.prompt.path.parent.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    return folder


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("manifest.json", b"{"),
        ("manifest.json", b"[]"),
        ("manifest.json", b'{"stimuli": [{"name": "prompt"}]}'),
        ("stop.wav", b""),
        ("stop.wav", b"RIFF0000WAVE"),
    ],
)
def test_damaged_sounds_are_one_sentence(tmp_path: Path, name: str, text: bytes) -> None:
    (copied(tmp_path) / name).write_bytes(text)

    with pytest.raises(ConfigError, match="are damaged"):
        load_stimuli(tmp_path)


def test_a_sound_of_another_rate_is_damaged(tmp_path: Path) -> None:
    with wave.open(str(copied(tmp_path) / "stop.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(bytes(32_000))

    with pytest.raises(ConfigError, match="are damaged"):
        load_stimuli(tmp_path)


@pytest.mark.parametrize("pause_ms", [50.0, 333.3, 500.0, 2000.0])
def test_a_pause_is_digital_silence_of_exactly_its_length(tmp_path: Path, pause_ms: float) -> None:
    first, second = STIMULI.halves[0]

    said = frames(write_with_pause(first, second, pause_ms, tmp_path / "a.wav"))

    pause = round(pause_ms * 24)
    assert len(said) == first.frames + pause + second.frames + 1440
    assert not said[first.frames : first.frames + pause].any()
    assert said[first.frames - 1] != 0
    assert said[first.frames + pause] != 0
    bounds = speech_segments(said, 24_000)
    assert bounds[0].start == 0
    assert bounds[-1].end == first.frames + pause + second.frames


def test_a_pause_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be written"):
        write_with_pause(*STIMULI.halves[0], 500.0, tmp_path / "none" / "a.wav")


# --- the plan ------------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_plan() -> None:
    one = plan(STIMULI.stimuli, repeats=5, seed=7)

    assert one == plan(STIMULI.stimuli, repeats=5, seed=7)
    assert one != plan(STIMULI.stimuli, repeats=5, seed=8)
    assert len(one) == 45
    assert {(t.stimulus.name, t.repeat) for t in one} == {
        (each.name, repeat) for each in STIMULI.stimuli for repeat in range(1, 6)
    }


def test_positions_are_spread_over_the_jitter() -> None:
    positions = [t.position_ms for t in plan(STIMULI.stimuli, repeats=20, seed=1)]

    assert min(positions) >= 1500
    assert max(positions) <= 1900
    assert max(positions) - min(positions) > 350


@pytest.mark.parametrize(("repeats", "seed"), [(0, 0), (101, 0), (1, -1)])
def test_what_cannot_be_planned_is_refused(repeats: int, seed: int) -> None:
    with pytest.raises(ConfigError):
        plan(STIMULI.stimuli, repeats=repeats, seed=seed)


@pytest.mark.parametrize(
    ("count", "sizes"), [(0, []), (1, [1]), (12, [12]), (13, [6, 7]), (45, [11, 11, 11, 12])]
)
def test_sessions_are_about_as_long_as_each_other(count: int, sizes: list[int]) -> None:
    trials = plan(STIMULI.stimuli, repeats=5, seed=1)[:count]

    assert [len(block) for block in blocks(trials)] == sizes
    assert [trial for block in blocks(trials) for trial in block] == list(trials)


def test_a_session_speaks_prompt_and_stimulus_by_turns(tmp_path: Path) -> None:
    start = Batteries(tmp_path).start()
    trials = plan(STIMULI.named(("stop", "cough")), repeats=1, seed=1)

    session = session_of(start, STIMULI.prompt, trials, tmp_path)

    names = [Path(path).name for path in session.input.paths]
    assert names == ["00-prompt.wav", "00-stop.wav", "01-prompt.wav", "01-cough.wav"]
    assert all(Path(path).is_file() for path in session.input.paths)
    assert session.input.kind is InputKind.FILES
    assert session.input.cues_ms == (None, trials[0].position_ms, None, trials[1].position_ms)
    assert session.input.cuts_ms == (None, CUT_MS, None, CUT_MS)
    assert session.input.takes_floor == (True, True, True, False)
    assert session.end_with_input
    assert session.settings.instructions == INSTRUCTIONS


def test_the_users_own_instructions_are_kept(tmp_path: Path) -> None:
    start = replace(Batteries(tmp_path).start(), settings=SessionSettings(instructions="Be Bob."))

    session = session_of(start, STIMULI.prompt, (), tmp_path)

    assert session.settings.instructions == f"Be Bob.\n{INSTRUCTIONS}"


def test_kinds_say_who_takes_the_floor() -> None:
    assert [kind for kind in StimulusKind if kind.takes_floor] == [StimulusKind.INTERRUPTION]
