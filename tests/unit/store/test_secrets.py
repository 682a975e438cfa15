import threading
from types import ModuleType
from typing import Any

import pytest
from keyring.backends import chainer, fail, null
from keyring.errors import InitError, KeyringLocked, NoKeyringError, PasswordDeleteError

from app.core.errors import SecretStoreError
from app.store.secrets import KeyringStore, secure_backend

KEY = "sk-canary-0123456789"
UNSAFE: tuple[type[Any], ...] = (fail.Keyring, null.Keyring)


class MemoryBackend:
    """A keyring backend with a dictionary; its class stands in a module of our choice."""

    def __init__(self) -> None:
        self.passwords: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.passwords.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.passwords[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if (service, username) not in self.passwords:
            raise PasswordDeleteError("not found")
        del self.passwords[service, username]


class ForgetfulBackend(MemoryBackend):
    def set_password(self, service: str, username: str, password: str) -> None:
        del service, username, password


class RacedBackend(MemoryBackend):
    def delete_password(self, service: str, username: str) -> None:
        raise PasswordDeleteError("somebody else was faster")


class FailingBackend(MemoryBackend):
    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    def get_password(self, service: str, username: str) -> str | None:
        raise self.error

    def set_password(self, service: str, username: str, password: str) -> None:
        raise self.error


def placed_in(module: str) -> MemoryBackend:
    """Return a backend whose class says it comes from ``module``."""
    kind: type[MemoryBackend] = type("Keyring", (MemoryBackend,), {"__module__": module})
    return kind()


class Chain(chainer.ChainerBackend):
    backends = (placed_in("keyrings.alt.file"), placed_in("keyring.backends.kwallet"))


def test_a_key_is_stored_read_and_removed() -> None:
    backend = MemoryBackend()
    store = KeyringStore(lambda: backend)

    store.set("openai", f" {KEY}\n")

    assert backend.passwords == {("vivavoce", "openai"): KEY}
    assert store.get("openai") == KEY
    assert store.remove("openai") is True
    assert store.remove("openai") is False
    assert store.get("openai") is None


def test_a_backend_that_loses_the_key_is_noticed() -> None:
    with pytest.raises(SecretStoreError, match="did not keep") as caught:
        KeyringStore(ForgetfulBackend).set("openai", KEY)

    assert "once" in caught.value.hint


def test_a_key_removed_by_somebody_else_meanwhile_was_not_there() -> None:
    backend = RacedBackend()
    backend.passwords["vivavoce", "openai"] = KEY

    assert KeyringStore(lambda: backend).remove("openai") is False


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (NoKeyringError(KEY), "no secure keyring"),
        (KeyringLocked(KEY), "locked"),
        (InitError(f"Prompt dismissed {KEY}"), "InitError"),
        (ConnectionResetError(KEY), "ConnectionResetError"),
        (EOFError(KEY), "EOFError"),
    ],
)
def test_an_error_of_the_keyring_says_what_to_do_and_holds_no_key(
    error: Exception, words: str
) -> None:
    with pytest.raises(SecretStoreError, match=words) as caught:
        KeyringStore(lambda: FailingBackend(error)).set("openai", KEY)

    assert "once" in caught.value.hint
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    assert KEY not in str(caught.value) + caught.value.hint


def test_what_cannot_be_a_key_is_not_stored() -> None:
    backend = MemoryBackend()

    with pytest.raises(SecretStoreError, match="Character 4"):
        KeyringStore(lambda: backend).set("openai", "sk- x")

    assert backend.passwords == {}


def test_a_dialog_that_nobody_answers_ends_in_a_sentence() -> None:
    answered = threading.Event()

    class Dialog(MemoryBackend):
        def get_password(self, service: str, username: str) -> str | None:
            answered.wait(30)
            return None

    with pytest.raises(SecretStoreError, match="did not answer") as caught:
        KeyringStore(Dialog, timeout_s=0.02).get("openai")

    answered.set()
    assert "dialog" in caught.value.hint


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_fault_inside_a_backend_is_a_sentence_too() -> None:
    with pytest.raises(SecretStoreError, match="failed"):
        KeyringStore(lambda: FailingBackend(AssertionError("bug"))).get("openai")

    for thread in threading.enumerate():
        if thread.name == "keyring":
            thread.join(5)


@pytest.mark.parametrize(
    "module",
    ["SecretService", "kwallet", "libsecret", "macOS", "Windows"],
)
def test_backends_that_encrypt_are_used(module: str) -> None:
    backend = placed_in(f"keyring.backends.{module}")

    assert secure_backend(backend) is backend


@pytest.mark.parametrize(
    "backend",
    [kind() for kind in UNSAFE] + [placed_in("keyrings.alt.file"), ModuleType("no backend")],
    ids=["none", "null", "plain file", "nonsense"],
)
def test_backends_that_do_not_encrypt_are_refused(backend: object) -> None:
    with pytest.raises(SecretStoreError, match="no secure keyring") as caught:
        secure_backend(backend)

    assert "once" in caught.value.hint


def test_the_first_secure_backend_inside_a_chain_is_used_and_never_the_chain() -> None:
    kind: type[Any] = Chain
    chain = kind()

    assert secure_backend(chain) is chain.backends[1]


def test_the_keyring_has_a_name_for_people() -> None:
    backend = placed_in("keyring.backends.SecretService")

    assert KeyringStore(lambda: backend).backend_name() == "Secret Service"
    assert KeyringStore(MemoryBackend).backend_name() == "MemoryBackend"
