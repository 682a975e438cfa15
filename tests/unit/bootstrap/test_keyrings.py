"""The keyring that is loaded when a key is first asked for."""

import subprocess
import sys

import pytest

from app.bootstrap.keyrings import LateKeyring
from app.store import secrets


class Kept:
    """Stands for the keyring of the operating system."""

    def __init__(self) -> None:
        self.keys: dict[str, str] = {}
        made.append(self)

    def get(self, provider: str) -> str | None:
        return self.keys.get(provider)

    def set(self, provider: str, key: str) -> None:
        self.keys[provider] = key

    def remove(self, provider: str) -> bool:
        return self.keys.pop(provider, None) is not None


made: list[Kept] = []


def test_it_keeps_and_forgets_keys_in_one_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    made.clear()
    monkeypatch.setattr(secrets, "KeyringStore", Kept)
    late = LateKeyring()
    assert made == []

    late.set("openai", "sk-1")

    assert late.get("openai") == "sk-1"
    assert (late.remove("openai"), late.remove("openai")) == (True, False)
    assert late.get("openai") is None
    assert len(made) == 1


def test_nothing_is_loaded_before_that() -> None:
    code = "import sys, app.bootstrap.keyrings as k; k.LateKeyring(); print(*sys.modules)"

    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True).stdout

    assert b"keyring" not in loaded.split()
