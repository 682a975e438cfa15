import json
from pathlib import Path

import pytest

from app.core.errors import WeightsError
from app.localengine.stages.espeak import LONGEST_TEXT, Phonemizer, speakable
from app.localengine.stages.kokoro import SYMBOLS, to_symbols
from app.localengine.stages.piper import PiperConfig

CONFIG = {
    "audio": {"sample_rate": 22050},
    "espeak": {"voice": "en-us"},
    "inference": {"noise_scale": 0.5},
    "phoneme_id_map": {"_": [0], "^": [1], "$": [2], "a": [10], "b": [11, 12]},
}


def config(tmp_path: Path, **changes: object) -> PiperConfig:
    path = tmp_path / "voice.onnx.json"
    path.write_text(json.dumps({**CONFIG, **changes}))
    return PiperConfig.read(path)


def test_a_voice_s_description_is_read_with_defaults(tmp_path: Path) -> None:
    read = config(tmp_path)

    assert (read.rate_hz, read.language, read.speakers) == (22050, "en-us", 1)
    assert read.scales == (0.5, 1.0, 0.8)


def test_phonemes_become_ids_with_pads_between_and_unknown_ones_left_out(tmp_path: Path) -> None:
    assert config(tmp_path).ids("ab?") == [1, 0, 10, 0, 11, 12, 0, 2]


@pytest.mark.parametrize(
    "changes",
    [{"audio": {}}, {"espeak": None}, {"phoneme_id_map": {"a": [1]}}, {"phoneme_id_map": 7}],
)
def test_what_describes_no_voice_is_refused(tmp_path: Path, changes: dict[str, object]) -> None:
    with pytest.raises(WeightsError, match="does not describe a Piper voice"):
        config(tmp_path, **changes)


def test_a_missing_description_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="does not describe"):
        PiperConfig.read(tmp_path / "none.onnx.json")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Hello,\n\tworld!", "Hello, world!"),
        ("*bold* `code` #tag", "bold code tag"),
        ("\x00\x1b[31mred", "31mred"),
        ("5 \u20ac or 10 %", "5 \u20ac or 10 %"),
        ("\U0001f600\u200d\ud800", ""),
        ("x" * 5000, "x" * LONGEST_TEXT),
    ],
    ids=["lines", "markup", "control", "currency", "emoji, joiner, half a pair", "long"],
)
def test_only_what_can_be_said_is_kept(text: str, said: str) -> None:
    assert speakable(text) == said


@pytest.fixture(scope="module")
def phonemizer() -> Phonemizer:
    return Phonemizer()


@pytest.mark.parametrize(
    ("text", "phonemes"),
    [("", ""), ("!!! ...", ""), ("Yes, no.", "j\u02c8\u025bs, n\u02c8o\u028a.")],
    ids=["empty", "only marks", "words"],
)
def test_text_becomes_phonemes_with_its_punctuation(
    phonemizer: Phonemizer, text: str, phonemes: str
) -> None:
    assert phonemizer.phonemes(text, "en-us") == phonemes


@pytest.mark.parametrize(
    ("text", "words"),
    [("2:00", "2 o'clock"), ("2:05", "2 oh 5"), ("12:45", "12 45")],
)
def test_numbers_with_points_and_colons_are_one_word(
    phonemizer: Phonemizer, text: str, words: str
) -> None:
    assert phonemizer.phonemes(text, "en-us") == phonemizer.phonemes(words, "en-us")


def test_a_point_inside_a_number_ends_nothing(phonemizer: Phonemizer) -> None:
    assert phonemizer.phonemes("It is 2.5. Yes.", "en-us").count(".") == 2


def test_an_unknown_language_falls_back_to_english(phonemizer: Phonemizer) -> None:
    assert phonemizer.phonemes("yes", "xx-none") == phonemizer.phonemes("yes", "en-us")


def test_symbols_of_kokoro_are_respelled_and_unknown_ones_left_out() -> None:
    spelled = to_symbols("\u02c8o\u028a d\u0292\u02d0 \u4e16", british=False)

    assert spelled == [SYMBOLS[c] for c in "\u02c8O \u02a4 "]
    assert len(set(SYMBOLS.values())) == len(SYMBOLS)
    assert (SYMBOLS[";"], SYMBOLS["a"], SYMBOLS["\u1d7b"]) == (1, 43, 177)


def test_british_vowels_differ() -> None:
    assert to_symbols("\u0259\u028a", british=True) == [SYMBOLS["Q"]]
