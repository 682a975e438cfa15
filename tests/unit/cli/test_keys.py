import argparse
import json
from dataclasses import replace

import pytest

from app.cli.keys import KeyOwner, KeyTools, add_arguments, ask_on_terminal, run
from app.core.errors import ConfigError
from tests.support.secrets import MemorySecrets, NoSecrets

KEY = "sk-canary-0123456789"
OWNERS = (KeyOwner("openai", "OpenAI Realtime", "OPENAI_API_KEY"), KeyOwner("custom", "Own", None))


def tools(secrets: MemorySecrets, typed: str = KEY) -> KeyTools:
    return KeyTools(
        owners=OWNERS,
        secrets=secrets,
        check=lambda: None,
        environment={},
        ask=lambda _prompt: typed,
        read=lambda most: typed[:most],
    )


def call(words: str, with_tools: KeyTools) -> int:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return run(parser.parse_args(words.split()), with_tools)


@pytest.mark.parametrize("words", ["set openai", "set openai --stdin"])
def test_a_key_is_taken_from_the_prompt_or_standard_input(
    words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    secrets = MemorySecrets()

    code = call(words, tools(secrets, KEY + "\n"))

    assert (code, secrets.keys) == (0, {"openai": KEY})
    assert KEY not in "".join(capsys.readouterr())


@pytest.mark.parametrize(
    ("words", "typed", "sentence"),
    [
        ("set nobody", KEY, "There is no such provider. Those that take a key: openai, custom."),
        ("set openai", "", "No key was given."),
        ("set openai", "sk-canary 0123", "Character 10 of the key"),
        ("remove openai", "", "The keyring has no key of OpenAI Realtime."),
    ],
)
def test_bad_input_is_one_sentence_and_a_code(
    words: str, typed: str, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = call(words, tools(MemorySecrets(), typed))

    out, err = capsys.readouterr()
    assert code == 1
    assert out == ""
    assert err.startswith(sentence)
    assert "canary" not in err


def test_without_a_keyring_nobody_is_asked_for_a_key(capsys: pytest.CaptureFixture[str]) -> None:
    asked: list[str] = []

    def ask(prompt: str) -> str:
        asked.append(prompt)
        return KEY

    without = NoSecrets()
    with_tools = replace(
        tools(MemorySecrets()), secrets=without, check=lambda: without.get("openai"), ask=ask
    )

    assert call("set openai", with_tools) == 1
    assert asked == []
    assert capsys.readouterr().err == "There is no secure keyring. Use the key once.\n"


def test_a_key_is_removed(capsys: pytest.CaptureFixture[str]) -> None:
    secrets = MemorySecrets({"openai": KEY})

    assert call("remove openai", tools(secrets)) == 0
    assert secrets.keys == {}
    assert "removed" in capsys.readouterr().err


def test_an_interrupted_prompt_stores_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted(_prompt: str) -> str:
        raise KeyboardInterrupt

    secrets = MemorySecrets()

    assert call("set openai", replace(tools(secrets), ask=interrupted)) == 1
    assert secrets.keys == {}
    assert "nothing was stored" in capsys.readouterr().err


def test_the_list_tells_origins_and_never_keys(capsys: pytest.CaptureFixture[str]) -> None:
    with_tools = replace(
        tools(MemorySecrets({"custom": "stored-canary"})), environment={"OPENAI_API_KEY": KEY}
    )

    assert call("list", with_tools) == 0

    out = capsys.readouterr().out
    assert [line.split()[0] for line in out.splitlines()] == ["openai", "custom"]
    assert "from environment" in out
    assert "in keyring" in out
    assert "canary" not in out


def test_the_list_in_json_is_one_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("list --json", tools(MemorySecrets())) == 0

    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert rows == [
        {"type": "key", "provider": "openai", "variable": "OPENAI_API_KEY", "origin": "not set"},
        {"type": "key", "provider": "custom", "variable": None, "origin": "not set"},
    ]


def test_without_a_keyring_the_list_still_tells_what_it_can(
    capsys: pytest.CaptureFixture[str],
) -> None:
    without = replace(
        tools(MemorySecrets()), secrets=NoSecrets(), environment={"OPENAI_API_KEY": KEY}
    )

    assert call("list", without) == 0

    out, err = capsys.readouterr()
    assert "from environment" in out.splitlines()[0]
    assert "unknown" in out.splitlines()[1]
    assert err == "There is no secure keyring. Use the key once.\n"


def test_without_a_terminal_the_prompt_says_how_to_pipe_a_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)

    with pytest.raises(ConfigError) as caught:
        ask_on_terminal("Key: ")

    assert "--stdin" in caught.value.hint
