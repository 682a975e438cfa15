import pytest

from app.core.errors import ConfigError, SecretStoreError
from app.core.keys import LONGEST_KEY, FoundKey, KeyOrigin, checked_key, find_key
from tests.support.secrets import MemorySecrets, NoSecrets


@pytest.mark.parametrize(
    ("raw", "key"),
    [("sk-abc", "sk-abc"), ("  sk-abc\r\n", "sk-abc"), ("!~", "!~"), ("k" * LONGEST_KEY,) * 2],
    ids=["plain", "with a line end", "printable ends", "longest"],
)
def test_a_key_loses_only_the_blanks_around_it(raw: str, key: str) -> None:
    assert checked_key(raw) == key


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ("", "No key was given"),
        (" \n\t", "No key was given"),
        ("k" * (LONGEST_KEY + 1), "4097 characters"),
        ("sk-a b", "Character 5"),
        ("sk-\x00", "Character 4"),
        ("sk-é", "Character 4"),
        ("sk-a\nsk-b", "Character 5"),
    ],
)
def test_what_cannot_be_a_key_is_refused_without_repeating_it(raw: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words) as caught:
        checked_key(raw)

    assert "sk-" not in str(caught.value) + caught.value.hint
    assert caught.value.hint


def test_the_environment_comes_first_and_the_keyring_is_not_asked() -> None:
    secrets = MemorySecrets({"openai": "stored"})

    found = find_key("openai", "OPENAI_API_KEY", {"OPENAI_API_KEY": " given\n"}, secrets)

    assert found == FoundKey(KeyOrigin.ENVIRONMENT, "given")
    assert secrets.asked == 0
    assert secrets.keys == {"openai": "stored"}


@pytest.mark.parametrize("environment", [{}, {"OPENAI_API_KEY": " "}], ids=["unset", "blank"])
def test_without_a_variable_the_keyring_is_asked(environment: dict[str, str]) -> None:
    secrets = MemorySecrets({"openai": "stored"})

    found = find_key("openai", "OPENAI_API_KEY", environment, secrets)

    assert found == FoundKey(KeyOrigin.KEYRING, "stored")


def test_a_key_that_is_nowhere_is_not_set() -> None:
    assert find_key("custom", None, {}, MemorySecrets()) == FoundKey(KeyOrigin.NONE)


def test_a_variable_that_holds_no_key_is_an_error_and_not_a_fall_back() -> None:
    with pytest.raises(ConfigError):
        find_key("openai", "KEY", {"KEY": "two words"}, MemorySecrets({"openai": "stored"}))


def test_a_missing_keyring_is_told() -> None:
    with pytest.raises(SecretStoreError):
        find_key("openai", None, {}, NoSecrets())


def test_a_found_key_does_not_show_itself() -> None:
    assert "sk-canary" not in repr(FoundKey(KeyOrigin.KEYRING, "sk-canary"))
