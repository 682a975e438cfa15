"""What the window remembers between two starts. Never a key."""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from app.core.config import AuthScheme, Dialect, VadMode
from app.core.errors import StoreError
from app.session.messages import InputKind, OutputKind

MAX_INSTRUCTIONS = 32_000
SILENCE_MS = range(100, 5_001)
EAGERNESS = ("auto", "low", "medium", "high")


class ThemeChoice(StrEnum):
    """Light, dark, or as the desktop says."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """All choices, with the defaults of a first start.

    Attributes:
        model_id: Id of the chosen entry of the model picker.
        voices: Pairs of (model id, voice).
        metric: Column of the turn table whose statistics are shown.
        geometry: Qt's own account of the window's place, base64.
        layout: Qt's own account of the docks, base64.
    """

    model_id: str = "local"
    endpoint_url: str = ""
    endpoint_model: str = ""
    endpoint_dialect: Dialect = Dialect.OPENAI_GA
    endpoint_auth: AuthScheme = AuthScheme.BEARER
    input_kind: InputKind = InputKind.DEVICE
    input_device: str | None = None
    input_paths: tuple[str, ...] = ()
    output_kind: OutputKind = OutputKind.DEVICE
    output_device: str | None = None
    vad_mode: VadMode = VadMode.SERVER
    silence_ms: int = 500
    eagerness: str = "auto"
    voices: tuple[tuple[str, str], ...] = ()
    instructions: str = ""
    transcribe_input: bool = True
    theme: ThemeChoice = ThemeChoice.SYSTEM
    metric: str = "v2v_ms"
    geometry: str = ""
    layout: str = ""

    def voice(self, model_id: str) -> str | None:
        """Return the voice chosen for a model, or None for its default."""
        return dict(self.voices).get(model_id)

    def voices_with(self, model_id: str, voice: str | None) -> tuple[tuple[str, str], ...]:
        """Return ``voices`` with another choice for a model."""
        kept = {key: value for key, value in self.voices if key != model_id}
        return tuple((kept | ({model_id: voice} if voice else {})).items())


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _optional(value: object) -> str | None:
    return None if value is None else _text(value)


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _silence(value: object) -> int:
    if not isinstance(value, int) or value not in SILENCE_MS:
        raise ValueError
    return value


def _eagerness(value: object) -> str:
    if value not in EAGERNESS:
        raise ValueError
    return _text(value)


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise TypeError
    return tuple(_text(each) for each in value)


def _pairs(value: object) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, list):
        raise TypeError
    return tuple((_text(key), _text(each)) for key, each in value)


def _instructions(value: object) -> str:
    return _text(value)[:MAX_INSTRUCTIONS]


_E = TypeVar("_E", bound=StrEnum)


def _one_of(kind: type[_E]) -> Callable[[object], _E]:
    def read(value: object) -> _E:
        return kind(_text(value))

    return read


READERS: Mapping[str, Callable[[object], object]] = {
    "endpoint_dialect": _one_of(Dialect),
    "endpoint_auth": _one_of(AuthScheme),
    "input_kind": _one_of(InputKind),
    "input_device": _optional,
    "input_paths": _texts,
    "output_kind": _one_of(OutputKind),
    "output_device": _optional,
    "vad_mode": _one_of(VadMode),
    "silence_ms": _silence,
    "eagerness": _eagerness,
    "voices": _pairs,
    "instructions": _instructions,
    "transcribe_input": _flag,
    "theme": _one_of(ThemeChoice),
}


def parse(table: object) -> Preferences:
    """Return the preferences in ``table``; what is missing or wrong has its default."""
    if not isinstance(table, Mapping):
        return Preferences()
    known: dict[str, Any] = {}
    for field in fields(Preferences):
        if field.name not in table:
            continue
        try:
            known[field.name] = READERS.get(field.name, _text)(table[field.name])
        except (TypeError, ValueError):
            continue
    return Preferences(**known)


class PreferencesFile:
    """The settings file: JSON, replaced atomically. Small: read and written where called."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> Preferences:
        """Return what is stored. A missing or damaged file gives the defaults.

        A damaged file is kept beside as ``<name>.damaged``.
        """
        try:
            return parse(json.loads(self._path.read_text("utf-8")))
        except OSError:
            return Preferences()
        except ValueError:
            self._put_aside()
            return Preferences()

    def save(self, preferences: Preferences) -> None:
        """Store ``preferences``.

        Raises:
            StoreError: If the file cannot be written.
        """
        new = self._path.with_name(self._path.name + ".new")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            new.write_text(json.dumps(asdict(preferences), indent=1) + "\n", "utf-8")
            os.replace(new, self._path)  # noqa: PTH105 - atomic on every system
        except OSError as exc:
            raise StoreError(
                f"The settings could not be saved to {self._path}.",
                hint="Make room or give yourself the right to write there.",
            ) from exc

    def _put_aside(self) -> None:
        try:
            self._path.replace(self._path.with_name(self._path.name + ".damaged"))
        except OSError:
            return
