"""No keyring, a locked one, one that is a plain file: a sentence, and never a file."""

import sys
from pathlib import Path

import pytest

from tests.support.keyring_daemon import (
    KeyringSession,
    Outcome,
    missing_tools,
    private_environment,
    run,
)

KEY = "sk-canary-Zx81-0123456789"
needs_bus = pytest.mark.skipif(bool(missing_tools()), reason="no session bus to test with")


def vivavoce(home: Path, *arguments: str, **extra: str) -> Outcome:
    command = [sys.executable, "-m", "app", *arguments]
    return run(command, {**private_environment(home), **extra}, stdin=KEY)


def assert_refused(said: Outcome, home: Path) -> None:
    assert said.code == 1
    assert said.out == ""
    assert "once" in said.err.splitlines()[-1]
    assert "Traceback" not in said.err
    assert KEY not in said.err
    leaked = [p for p in home.rglob("*") if p.is_file() and KEY.encode() in p.read_bytes()]
    assert leaked == []


def test_without_a_bus_the_key_is_refused_in_one_sentence(tmp_path: Path) -> None:
    said = vivavoce(tmp_path, "keys", "set", "openai", "--stdin")

    assert_refused(said, tmp_path)
    assert len(said.err.splitlines()) == 1
    assert "no secure keyring" in said.err


def test_without_a_keyring_nobody_is_asked_for_a_key(tmp_path: Path) -> None:
    said = vivavoce(tmp_path, "keys", "set", "openai")

    assert_refused(said, tmp_path)
    assert len(said.err.splitlines()) == 1
    assert said.err.startswith("There is no secure keyring on this system. Use the key once")


@pytest.mark.parametrize("backend", ["null.Keyring", "fail.Keyring"])
def test_a_backend_that_does_not_keep_keys_is_no_keyring(backend: str, tmp_path: Path) -> None:
    named = f"keyring.backends.{backend}"

    said = vivavoce(tmp_path, "keys", "set", "openai", "--stdin", PYTHON_KEYRING_BACKEND=named)

    assert_refused(said, tmp_path)


def test_a_backend_that_does_not_exist_is_no_keyring(tmp_path: Path) -> None:
    said = vivavoce(
        tmp_path, *("keys", "set", "openai", "--stdin"), PYTHON_KEYRING_BACKEND="nowhere.Keyring"
    )

    assert_refused(said, tmp_path)


@needs_bus
def test_a_locked_keyring_without_anybody_to_unlock_it_is_one_sentence(tmp_path: Path) -> None:
    said = KeyringSession(tmp_path, locked=True).vivavoce(
        "keys", "set", "openai", "--stdin", stdin=KEY
    )

    assert_refused(said, tmp_path)


def test_a_key_on_the_command_line_is_not_taken(tmp_path: Path) -> None:
    said = vivavoce(tmp_path, "keys", "set", "openai", KEY)

    assert said.code == 2
    assert list(tmp_path.rglob("*.json")) == []


def test_the_list_goes_on_without_a_keyring(tmp_path: Path) -> None:
    said = vivavoce(tmp_path, "keys", "list")

    assert said.code == 0
    assert "unknown" in said.out
    assert "no secure keyring" in said.err


def test_the_list_shows_the_environment_without_the_key(tmp_path: Path) -> None:
    said = vivavoce(tmp_path, "keys", "list", OPENAI_API_KEY=KEY)

    assert (said.code, said.err) == (0, "")
    assert "from environment" in said.out
    assert KEY not in said.out
