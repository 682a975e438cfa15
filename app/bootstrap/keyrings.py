"""The keyring of the operating system, loaded when a key is first asked for.

Loading it takes a tenth of a second, which a window that opens would wait for in vain.
"""

from functools import cached_property

from app.core.ports import SecretStore


class LateKeyring:
    """A ``SecretStore``: that of the operating system. Calls come from worker threads."""

    @cached_property
    def _store(self) -> SecretStore:
        from app.store.secrets import KeyringStore  # noqa: PLC0415 - see the module

        return KeyringStore()

    def get(self, provider: str) -> str | None:
        """Return the key, or None.

        Raises:
            SecretStoreError: If there is no secure backend or it does not answer.
        """
        return self._store.get(provider)

    def set(self, provider: str, key: str) -> None:
        """Store the key and read it back.

        Raises:
            SecretStoreError: If it could not be stored for certain.
        """
        self._store.set(provider, key)

    def remove(self, provider: str) -> bool:
        """Remove the key; False if there was none.

        Raises:
            SecretStoreError: If the backend does not answer.
        """
        return self._store.remove(provider)
