"""No display, no sound device, speech models that are missing or damaged."""

from collections.abc import Callable
from pathlib import Path

import pytest

from app.localengine.weights import SILERO, open_store, weight_keeper
from tests.support.program import Ended, assert_whole, inside, run, spoken

FETCH = "Run `vivavoce weights fetch`."


def has_sound_card() -> bool:
    return any(Path("/proc/asound").glob("card[0-9]*"))


@pytest.mark.parametrize(
    ("start", "words", "display", "told"),
    [
        (run, (), {}, "There is no display"),
        (inside, (), {"DISPLAY": ":59997"}, "The display :59997 does not answer"),
        (inside, ("--out", "DIR"), {"DISPLAY": "far"}, "The display far does not answer"),
    ],
)
def test_without_a_display_that_answers_the_terminal_says_so_and_goes_on(
    start: Callable[..., Ended],
    words: tuple[str, ...],
    display: dict[str, str],
    told: str,
    tmp_path: Path,
) -> None:
    where = [str(tmp_path / "out") if word == "DIR" else word for word in words]

    ended = start(tmp_path, *where, env={"VIVAVOCE_WEIGHTS": str(tmp_path / "none"), **display})

    lines = ended.err.splitlines()
    assert ended.code == 1
    assert lines[0] == (f"{told}, so this session runs in the terminal on bundled recordings.")
    assert lines[-1] == f"The speech model file {SILERO} is missing. {FETCH}"


@pytest.mark.skipif(has_sound_card(), reason="this machine has a sound card")
def test_without_a_sound_device_a_microphone_is_a_sentence(tmp_path: Path) -> None:
    env = {"PULSE_SERVER": "unix:/nowhere"}

    ended = inside(tmp_path, "talk", "--model", "simulator", "--mic", "--json", env=env)

    assert ended.code == 1
    assert ended.err.splitlines()[-1] == (
        "There is no microphone. Connect one, choose another, or use a file and no loudspeaker."
    )
    assert ended.summary["error"] == "There is no microphone."
    assert_whole(ended.folder, state="failed", turns=0)


@pytest.fixture
def flipped(tmp_path: Path) -> Path:
    """A folder of weights in which one bit of one file is wrong."""
    weight_keeper().fetch(["default"], print)
    store = open_store()
    folder = tmp_path / "weights"
    for file in store.lock.files:
        if file.weight_set == "default":
            (folder / file.target).parent.mkdir(parents=True, exist_ok=True)
            (folder / file.target).symlink_to(store.path(file.target).absolute())
    damaged = bytearray(store.path(SILERO).read_bytes())
    damaged[len(damaged) // 2] ^= 1
    (folder / SILERO).unlink()
    (folder / SILERO).write_bytes(damaged)
    return folder


def test_a_flipped_bit_in_a_model_file_is_named_with_what_to_do(
    flipped: Path, tmp_path: Path
) -> None:
    said = str(spoken(tmp_path / "said.wav"))

    ended = inside(
        tmp_path,
        *("talk", "--model", "local", "--input", said, "--json"),
        env={"VIVAVOCE_WEIGHTS": str(flipped)},
    )

    assert_says(ended, f"The speech model file {SILERO} is damaged. {FETCH}")
    assert not (tmp_path / "sessions").exists()


def assert_says(ended: Ended, line: str) -> None:
    assert ended.code == 1
    assert ended.err.splitlines()[-1] == line
    assert line.startswith(ended.summary["error"])
