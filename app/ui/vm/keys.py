"""Keys: where each comes from, and how it gets to the engine. None is ever shown."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import ParamSpec, TypeVar

from app.core.errors import SecretStoreError
from app.core.observe import Signal
from app.core.ports import SecretStore
from app.ui.vm.choices import ModelOption

TIMEOUT_S = 30.0

_P = ParamSpec("_P")
_T = TypeVar("_T")


class KeyOrigin(StrEnum):
    """Where a key comes from."""

    NOT_SET = "not set"
    ENVIRONMENT = "from environment"
    KEYRING = "in keyring"
    ONCE = "used once, not stored"
    NOT_NEEDED = "not needed"


@dataclass(frozen=True, slots=True)
class KeyView:
    """What is shown of a key. ``problem`` says why the keyring cannot be used, or ""."""

    origin: KeyOrigin
    problem: str = ""


class KeysViewModel:
    """Finds keys: typed for this run, then the environment, then the keyring.

    A key that was typed for one use stays in memory until the window closes.

    Signals:
        changed: The view of a key changed; carries its name.
    """

    def __init__(self, secrets: SecretStore, environment: Mapping[str, str]) -> None:
        self._secrets = secrets
        self._environment = environment
        self._once: dict[str, str] = {}
        self._views: dict[str, KeyView] = {}
        self.changed = Signal[str]()

    def view(self, name: str) -> KeyView:
        """Return what is known of a key, without asking the keyring."""
        return self._views.get(name, KeyView(KeyOrigin.NOT_SET))

    async def refresh(self, option: ModelOption) -> None:
        """Find out where the key of ``option`` comes from."""
        await self.find(option)

    async def find(self, option: ModelOption) -> str | None:
        """Return the key of ``option``, or None; what cannot be read is shown in the view."""
        name = option.key_name
        if not option.needs_key:
            return self._found(name, KeyOrigin.NOT_NEEDED, None)
        if name in self._once:
            return self._found(name, KeyOrigin.ONCE, self._once[name])
        for variable in option.key_environment:
            if self._environment.get(variable):
                return self._found(name, KeyOrigin.ENVIRONMENT, self._environment[variable])
        try:
            key = await self._in_thread(self._secrets.get, name)
        except SecretStoreError as exc:
            self._show(name, KeyView(KeyOrigin.NOT_SET, _sentence(exc)))
            return None
        return self._found(name, KeyOrigin.KEYRING if key else KeyOrigin.NOT_SET, key)

    def use_once(self, name: str, key: str) -> None:
        """Keep ``key`` in memory only, until the window closes."""
        self._once[name] = key.strip()
        self._show(name, KeyView(KeyOrigin.ONCE))

    async def store(self, name: str, key: str) -> str | None:
        """Store ``key`` in the keyring; return None, or a sentence saying why it was not."""
        try:
            await self._in_thread(self._secrets.set, name, key.strip())
        except SecretStoreError as exc:
            self._show(name, KeyView(self.view(name).origin, _sentence(exc)))
            return _sentence(exc)
        self._once.pop(name, None)
        self._show(name, KeyView(KeyOrigin.KEYRING))
        return None

    async def remove(self, name: str) -> str | None:
        """Forget the key here and in the keyring; return None, or why it was not removed."""
        self._once.pop(name, None)
        try:
            await self._in_thread(self._secrets.remove, name)
        except SecretStoreError as exc:
            self._show(name, KeyView(KeyOrigin.NOT_SET, _sentence(exc)))
            return _sentence(exc)
        self._show(name, KeyView(KeyOrigin.NOT_SET))
        return None

    def _found(self, name: str, origin: KeyOrigin, key: str | None) -> str | None:
        self._show(name, KeyView(origin))
        return key

    def _show(self, name: str, view: KeyView) -> None:
        self._views[name] = view
        self.changed.emit(name)

    async def _in_thread(self, call: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        try:
            async with asyncio.timeout(TIMEOUT_S):
                return await asyncio.to_thread(call, *args, **kwargs)
        except TimeoutError as exc:
            raise SecretStoreError(
                "The keyring does not answer.", hint="Unlock it, or use the key once."
            ) from exc


def _sentence(error: SecretStoreError) -> str:
    return f"{error} {error.hint}".strip()
