from collections.abc import Callable
from pathlib import Path

import pytest

from app.cli.serve import options, parse, run
from app.core.errors import AppError, ConfigError, EngineError, WeightsError
from app.core.serving import EXIT_REFUSED, EXIT_WEIGHTS, Fault, ServeOptions, SimulatorSettings


def read(*words: str) -> ServeOptions:
    return options(parse(words))


def test_without_words_the_embedded_engine_is_served_on_a_free_port() -> None:
    assert read() == ServeOptions()


def test_the_engines_parts_can_be_replaced() -> None:
    served = read("--llm-url", "http://127.0.0.1:1234/v1", "--llm-model", "m", "--voice", "joe")

    assert (served.llm_url, served.llm_model, served.voice) == (
        "http://127.0.0.1:1234/v1",
        "m",
        "joe",
    )
    assert read("--llm-gguf", "a.gguf", "--port", "8123", "--tls").llm_gguf == Path("a.gguf")


def test_the_simulators_settings_are_words() -> None:
    served = read(
        *("--simulated", "--first-token", "5", "--pace", "1.5", "--gap", "2=30", "--gap", "4=9"),
        *("--reply", "One.", "--reply", "Two.", "--transcript", "Hi.", "--tool-at", "3"),
        *("--fault", "cut@7", "--log", "l.jsonl", "--tool-name", "book"),
    )

    assert served.simulator == SimulatorSettings(
        first_token_ms=5.0,
        pace=1.5,
        gaps_ms={2: 30.0, 4: 9.0},
        replies=("One.", "Two."),
        transcripts=("Hi.",),
        tool_turns=frozenset({3}),
        faults={7: Fault.CUT},
        log=Path("l.jsonl"),
        tool_name="book",
    )


def test_the_simulators_manners_are_words() -> None:
    served = read(
        *("--simulated", "--detect-ms", "never", "--stop-ms", "30", "--premature", "155"),
        "--no-turn-events",
    )

    assert served.simulator == SimulatorSettings(
        detect_ms=None, stop_ms=30.0, premature_ms=155.0, turn_events=False
    )
    prompt = read("--simulated", "--detect-ms", "150").simulator
    assert prompt is not None
    assert (prompt.detect_ms, prompt.turn_events) == (150.0, True)


def test_words_come_before_the_file(tmp_path: Path) -> None:
    file = tmp_path / "slow.toml"
    file.write_text("first_token_ms = 900\nfirst_audio_ms = 950\n")

    served = read("--simulated", "--simulator-file", str(file), "--first-token", "7")

    assert served.simulator is not None
    assert (served.simulator.first_token_ms, served.simulator.first_audio_ms) == (7.0, 950.0)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--first-token", "5"), "need --simulated"),
        (("--simulated", "--block", "0"), "block_ms must be between 1"),
        (("--token", "a b"), "printable ASCII"),
        (("--token", ""), "printable ASCII"),
        (("--token", "g\u00e4st"), "printable ASCII"),
        (("--simulated", "--simulator-file", "nowhere.toml"), "cannot read nowhere.toml"),
        (("--simulated", "--simulator-file", "."), "cannot read"),
    ],
)
def test_what_does_not_fit_together_is_said(words: tuple[str, ...], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        read(*words)


def test_a_file_that_is_no_toml_is_said(tmp_path: Path) -> None:
    file = tmp_path / "bad.toml"
    file.write_bytes(b"\xff\xfe")

    with pytest.raises(ConfigError, match="is not TOML"):
        read("--simulated", "--simulator-file", str(file))


@pytest.mark.parametrize(
    "words",
    [
        ("--port", "70000"),
        ("--port", "http"),
        ("--gap", "2"),
        ("--fault", "explode@1"),
        ("--fault", "cut"),
        ("--llm-url", "u", "--llm-gguf", "g"),
    ],
)
def test_words_that_mean_nothing_end_with_2(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(words)

    assert ended.value.code == 2
    assert capsys.readouterr().out == ""


def serves(served: ServeOptions, announce: Callable[[str], None]) -> int:
    announce('{"type":"ready"}')
    return 0


def test_only_the_ready_line_is_on_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(parse(()), serves) == 0
    assert capsys.readouterr() == ('{"type":"ready"}\n', "")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (EngineError("port 1 is in use", hint="Choose another."), EXIT_REFUSED),
        (WeightsError("piper is damaged", hint="Choose another."), EXIT_WEIGHTS),
    ],
)
def test_an_error_is_one_line_on_standard_error(
    error: AppError, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(served: ServeOptions, announce: Callable[[str], None]) -> int:
        raise error

    assert run(parse(()), fails) == code
    assert capsys.readouterr() == ("", f"{str(error).capitalize()}. Choose another.\n")


def test_what_is_done_to_sessions_is_told_in_words() -> None:
    words = "--simulated --beta --session-s 90 --cut-after 2.5 --cuts 1 --refuse-connects 3"
    chosen = options(parse([*words.split(), "--ignores-below", "400", "--parallel-tools", "2"]))

    assert chosen.beta
    assert chosen.simulator == SimulatorSettings(
        session_s=90,
        cut_after_s=2.5,
        cuts=1,
        refuse_connects=3,
        ignores_below_ms=400,
        parallel_tools=2,
    )
