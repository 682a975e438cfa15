"""Keys in the keyring of the operating system, and nowhere else.

Only backends that encrypt are used. Without one there is an error that says so: a key is
then used once and kept in memory. Nothing here writes a file.
"""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

import keyring
from keyring.backends import chainer
from keyring.errors import KeyringError, KeyringLocked, NoKeyringError, PasswordDeleteError

from app.core.errors import ConfigError, SecretStoreError
from app.core.keys import checked_key

SERVICE = "vivavoce"
TIMEOUT_S = 30.0
"""Long enough to type a password into the dialog of a locked keyring."""

SECURE_BACKENDS = {
    "keyring.backends.SecretService": "Secret Service",
    "keyring.backends.kwallet": "KWallet",
    "keyring.backends.libsecret": "libsecret",
    "keyring.backends.macOS": "macOS Keychain",
    "keyring.backends.Windows": "Windows Credential Manager",
}
"""Module of a backend that may hold keys, and its name for people."""

USE_ONCE = (
    "Use the key once (it stays in memory only), or set the provider's environment variable; "
    "on a desktop, install and unlock GNOME Keyring or KWallet."
)

_FAULTS = (
    KeyringError,
    OSError,
    EOFError,
    RuntimeError,
    ValueError,
    # a backend that the user's settings name and that cannot be loaded
    ImportError,
    AttributeError,
    LookupError,
)

_ResultT = TypeVar("_ResultT")


class Backend(Protocol):
    """What we need of a ``keyring`` backend."""

    def get_password(self, service: str, username: str) -> str | None:
        """Return the password, or None."""
        ...

    def set_password(self, service: str, username: str, password: str) -> None:
        """Store the password."""
        ...

    def delete_password(self, service: str, username: str) -> None:
        """Remove the password; ``PasswordDeleteError`` if there is none."""
        ...


def secure_backend(chosen: object = None) -> Backend:
    """Return the backend that ``keyring`` chose, or the best secure one inside a chain.

    Raises:
        SecretStoreError: If it is none that encrypts: missing, ``null``, or a plain file.
    """
    chosen = chosen or keyring.get_keyring()
    links: Iterable[Any] = (
        chosen.backends if isinstance(chosen, chainer.ChainerBackend) else [chosen]
    )
    for backend in links:
        if type(backend).__module__ in SECURE_BACKENDS:
            found: Backend = backend
            return found
    raise SecretStoreError("There is no secure keyring on this system", hint=USE_ONCE)


@dataclass(slots=True)
class _Outcome(Generic[_ResultT]):
    done: threading.Event = field(default_factory=threading.Event)
    results: list[_ResultT] = field(default_factory=list)
    error: SecretStoreError | None = None


class KeyringStore:
    """Implements ``SecretStore``. Any thread may call; each call blocks up to the time-out.

    The keyring is asked on a daemon thread: a dialog that nobody answers keeps neither the
    caller longer than the time-out, nor the program from ending.
    """

    def __init__(
        self, find_backend: Callable[[], Backend] = secure_backend, timeout_s: float = TIMEOUT_S
    ) -> None:
        self._find_backend = find_backend
        self._timeout_s = timeout_s

    def backend_name(self) -> str:
        """Return the keyring's name for people.

        Raises:
            SecretStoreError: If there is none that is secure.
        """
        backend = self._ask(self._find_backend)
        return SECURE_BACKENDS.get(type(backend).__module__, type(backend).__name__)

    def get(self, provider: str) -> str | None:
        """Return the key, or None.

        Raises:
            SecretStoreError: If there is no secure backend or it does not answer.
        """
        return self._ask(lambda: self._find_backend().get_password(SERVICE, provider))

    def set(self, provider: str, key: str) -> None:
        """Store the key and read it back.

        Raises:
            SecretStoreError: If it cannot be a key, or was not stored for certain.
        """
        try:
            key = checked_key(key)
        except ConfigError as exc:
            raise SecretStoreError(str(exc), hint=exc.hint) from None
        if self._ask(lambda: _store(self._find_backend(), provider, key)) != key:
            raise SecretStoreError("The keyring did not keep the key", hint=USE_ONCE)

    def remove(self, provider: str) -> bool:
        """Remove the key; False if there was none.

        Raises:
            SecretStoreError: If the backend does not answer.
        """
        return self._ask(lambda: _remove(self._find_backend(), provider))

    def _ask(self, question: Callable[[], _ResultT]) -> _ResultT:
        outcome = _Outcome[_ResultT]()
        threading.Thread(
            target=_answer, args=(question, outcome), name="keyring", daemon=True
        ).start()
        if not outcome.done.wait(self._timeout_s):
            raise SecretStoreError(
                f"The keyring did not answer within {self._timeout_s:.0f} s",
                hint="Answer its dialog and try again, or use the key once.",
            )
        if outcome.error is not None:
            raise outcome.error
        if not outcome.results:
            raise SecretStoreError("The keyring failed", hint=USE_ONCE)
        return outcome.results[0]


def _answer(question: Callable[[], _ResultT], outcome: _Outcome[_ResultT]) -> None:
    """Put the answer, or why there is none, into ``outcome``. Runs on the keyring's thread.

    The keyring's own errors are not chained: one could hold a key.
    """
    try:
        outcome.results.append(question())
    except SecretStoreError as exc:
        outcome.error = exc
    except NoKeyringError:
        outcome.error = SecretStoreError("There is no secure keyring on this system", hint=USE_ONCE)
    except KeyringLocked:
        outcome.error = SecretStoreError("The keyring is locked", hint=f"Unlock it. {USE_ONCE}")
    except _FAULTS as exc:
        outcome.error = SecretStoreError(
            f"The keyring cannot be used ({type(exc).__name__})", hint=f"Unlock it. {USE_ONCE}"
        )
    finally:
        outcome.done.set()


def _store(backend: Backend, provider: str, key: str) -> str | None:
    backend.set_password(SERVICE, provider, key)
    return backend.get_password(SERVICE, provider)


def _remove(backend: Backend, provider: str) -> bool:
    if backend.get_password(SERVICE, provider) is None:
        return False
    try:
        backend.delete_password(SERVICE, provider)
    except PasswordDeleteError:
        return False
    return True
