"""A window without an engine: the link, the keyring and the catalogue are fakes."""

import os
from collections.abc import Sequence
from pathlib import Path

from app.core.errors import EngineError, SecretStoreError
from app.core.resources import resource
from app.providers.catalogue import Catalogue, parse_catalogue
from app.session.messages import EngineReport, EngineRequest


class FakeLink:
    """An engine that says what it is fed and keeps what it is sent."""

    def __init__(self) -> None:
        self._read, self._write = os.pipe()
        self._waiting: list[EngineReport] = []
        self.sent: list[EngineRequest] = []
        self.gone = False
        self.starts = 1
        self.closed = False

    def feed(self, *reports: EngineReport) -> None:
        self._waiting += reports
        os.write(self._write, b"x")

    def die(self) -> None:
        self.gone = True
        os.write(self._write, b"x")

    def fileno(self) -> int:
        return self._read

    def receive(self) -> Sequence[EngineReport]:
        os.read(self._read, 1024)
        if self.gone:
            raise EngineError("exit code -9")
        taken, self._waiting = self._waiting, []
        return taken

    def send(self, request: EngineRequest) -> None:
        if self.gone:
            raise EngineError("exit code -9")
        self.sent.append(request)

    def restart(self) -> None:
        self.gone = False
        self.starts += 1

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            os.close(self._read)
            os.close(self._write)


class FakeSecrets:
    """A keyring in memory; ``broken`` makes every call fail as if there were none."""

    def __init__(self, *, broken: bool = False) -> None:
        self.kept: dict[str, str] = {}
        self.broken = broken

    def get(self, provider: str) -> str | None:
        self._check()
        return self.kept.get(provider)

    def set(self, provider: str, key: str) -> None:
        self._check()
        self.kept[provider] = key

    def remove(self, provider: str) -> bool:
        self._check()
        return self.kept.pop(provider, None) is not None

    def _check(self) -> None:
        if self.broken:
            raise SecretStoreError(
                "There is no secure keyring on this machine.", hint="Use the key once instead."
            )


def catalogue() -> Catalogue:
    return parse_catalogue(resource("catalogue", "models.toml").read_text("utf-8"))


def settings_in(folder: Path) -> Path:
    return folder / "settings.json"
