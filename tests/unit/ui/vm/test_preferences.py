import json
from dataclasses import replace
from pathlib import Path

import pytest

from app.core.config import AuthScheme, Dialect, VadMode
from app.core.errors import StoreError
from app.session.messages import InputKind, OutputKind
from app.ui.vm.preferences import Preferences, PreferencesFile, ThemeChoice, parse

OTHER = Preferences(
    model_id="openai:gpt-realtime-2.1",
    endpoint_url="wss://host/v1/realtime",
    endpoint_model="m",
    endpoint_dialect=Dialect.OPENAI_BETA,
    endpoint_auth=AuthScheme.NONE,
    input_kind=InputKind.FILES,
    input_device="Jabra",
    input_paths=("a.wav", "b.wav"),
    output_kind=OutputKind.NULL,
    output_device="Jabra",
    vad_mode=VadMode.MANUAL,
    silence_ms=350,
    eagerness="low",
    voices=(("openai", "marin"),),
    instructions="Be brief.",
    transcribe_input=False,
    theme=ThemeChoice.DARK,
    geometry="AAAA",
    layout="BBBB",
)


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    file = PreferencesFile(tmp_path / "below" / "settings.json")

    file.save(OTHER)

    assert file.load() == OTHER
    assert [each.name for each in (tmp_path / "below").iterdir()] == ["settings.json"]


def test_a_first_start_has_the_embedded_engine_and_500_ms(tmp_path: Path) -> None:
    loaded = PreferencesFile(tmp_path / "settings.json").load()

    assert (loaded.model_id, loaded.silence_ms) == ("local", 500)


@pytest.mark.parametrize(
    "wrong",
    [
        {"silence_ms": 99},
        {"silence_ms": "500"},
        {"endpoint_dialect": "klingon"},
        {"input_kind": None},
        {"theme": ["dark"]},
        {"input_paths": "a.wav"},
        {"input_paths": [1]},
        {"voices": {}},
        {"voices": [["a"]]},
        {"transcribe_input": "yes"},
        {"model_id": 7},
        {"eagerness": "furious"},
        {"key": "sk-secret"},
    ],
)
def test_a_wrong_value_has_its_default(wrong: dict[str, object]) -> None:
    assert parse(wrong) == Preferences()


def test_a_table_that_is_none_gives_the_defaults() -> None:
    assert parse(["local"]) == Preferences()


def test_a_wrong_value_does_not_spoil_its_neighbours() -> None:
    parsed = parse({"silence_ms": -1, "instructions": "x" * 40_000, "input_device": None})

    assert parsed == Preferences(instructions="x" * 32_000)


def test_a_damaged_file_is_kept_beside(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text('{"model_id": ')

    assert PreferencesFile(path).load() == Preferences()
    assert (tmp_path / "settings.json.damaged").read_text() == '{"model_id": '


def test_a_file_that_is_no_text_gives_the_defaults(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_bytes(b"\xff\xfe\x00")

    assert PreferencesFile(path).load() == Preferences()


def test_a_damaged_file_that_cannot_be_kept_gives_the_defaults(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text("{")
    (tmp_path / "settings.json.damaged").mkdir()

    assert PreferencesFile(path).load() == Preferences()


def test_a_file_that_cannot_be_written_says_where(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(StoreError, match=r"file/settings\.json"):
        PreferencesFile(tmp_path / "file" / "settings.json").save(OTHER)


def test_the_file_never_holds_a_key(tmp_path: Path) -> None:
    PreferencesFile(tmp_path / "settings.json").save(OTHER)

    names = json.loads((tmp_path / "settings.json").read_text())
    assert not any("key" in name or "secret" in name or "token" in name for name in names)


def test_each_model_has_its_own_voice() -> None:
    kept = replace(Preferences(), voices=Preferences().voices_with("a", "marin"))
    kept = replace(kept, voices=kept.voices_with("b", "ash"))

    assert (kept.voice("a"), kept.voice("b"), kept.voice("c")) == ("marin", "ash", None)
    assert kept.voices_with("a", None) == (("b", "ash"),)
