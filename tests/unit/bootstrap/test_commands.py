"""How the program's first word is taken, in this process."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from app import bootstrap
from app.bootstrap import INTERRUPTED, USAGE_ERROR, listings, main, window
from app.bootstrap.known import CUSTOM_KEY_VARIABLE, catalogue, key_variables
from app.core.errors import ConfigError, EngineError
from app.providers.catalogue import Catalogue


@pytest.mark.parametrize(
    ("words", "passed_on"),
    [
        ([], []),
        (["window", "--out", "DIR"], ["--out", "DIR"]),
        (["--out", "DIR"], ["--out", "DIR"]),
        (["--out=DIR"], ["--out=DIR"]),
        (["my sessions.vivavoce"], ["my sessions.vivavoce"]),
    ],
)
def test_without_a_command_the_window_opens(
    words: list[str], passed_on: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Sequence[str]] = []

    def open_window(arguments: Sequence[str]) -> int:
        opened.append(arguments)
        return 0

    monkeypatch.setattr(window, "open_window", open_window)

    assert main(words) == 0
    assert opened == [passed_on]


@pytest.mark.parametrize("word", ["--help", "-h", "--version"])
def test_help_and_version_open_no_window(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([word]) == 0
    assert "vivavoce" in capsys.readouterr().out


def test_an_interrupted_window_ends_like_any_command(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_arguments: Sequence[str]) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(window, "open_window", interrupted)

    assert main([]) == INTERRUPTED


@pytest.mark.parametrize("command", ["models", "keys"])
def test_a_damaged_catalogue_is_one_sentence(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def damaged() -> Catalogue:
        raise ConfigError("the catalogue is damaged", hint="Install the program anew.")

    monkeypatch.setattr(listings, "catalogue", damaged)
    words = [command, "list"] if command == "keys" else [command]

    assert main(words) == USAGE_ERROR
    assert capsys.readouterr().err == "The catalogue is damaged. Install the program anew.\n"


@pytest.mark.parametrize("command", ["weights", "devices", "sessions"])
def test_an_error_of_ours_is_one_sentence_in_every_command(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(_arguments: Sequence[str]) -> int:
        raise EngineError("it did not start")

    monkeypatch.setitem(bootstrap._COMMANDS, command, lambda: fails)

    assert main([command]) == USAGE_ERROR
    assert capsys.readouterr().err == "It did not start.\n"


@pytest.mark.parametrize("words", [[], ["x"], ["-1"], ["0", "1"], ["9" * 30]])
def test_an_engine_without_its_pipe_is_one_sentence(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["engine", *words]) == USAGE_ERROR
    assert capsys.readouterr().err.startswith("The engine needs the window")


def test_an_engine_whose_pipe_is_a_file_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with (tmp_path / "file").open("w") as file:
        assert main(["engine", str(file.fileno())]) == USAGE_ERROR

    assert len(capsys.readouterr().err.splitlines()) == 1


def test_the_keys_of_all_providers_stay_out_of_children() -> None:
    names = key_variables(catalogue())

    assert CUSTOM_KEY_VARIABLE in names
    assert {"OPENAI_API_KEY"} <= set(names)
    assert len(names) == len(set(names))
