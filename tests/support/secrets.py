"""A keyring in memory, and one that is not there."""

from dataclasses import dataclass, field

from app.core.errors import SecretStoreError


@dataclass
class MemorySecrets:
    """Implements ``SecretStore`` with a dictionary; ``asked`` counts the calls of get."""

    keys: dict[str, str] = field(default_factory=dict)
    asked: int = 0

    def get(self, provider: str) -> str | None:
        self.asked += 1
        return self.keys.get(provider)

    def set(self, provider: str, key: str) -> None:
        self.keys[provider] = key

    def remove(self, provider: str) -> bool:
        return self.keys.pop(provider, None) is not None


class NoSecrets:
    """Implements ``SecretStore`` like a system without a keyring."""

    def get(self, provider: str) -> str | None:
        raise self._error()

    def set(self, provider: str, key: str) -> None:
        raise self._error()

    def remove(self, provider: str) -> bool:
        raise self._error()

    @staticmethod
    def _error() -> SecretStoreError:
        return SecretStoreError("There is no secure keyring", hint="Use the key once.")
