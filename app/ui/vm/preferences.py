"""What the window remembers between two starts. Never a key."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from pathlib import Path

from app.core.conduct import BargeIn, Guard, Processing
from app.core.config import AuthScheme, Dialect, VadMode, WireFormat
from app.core.errors import StoreError
from app.core.privacy import RecordingMode
from app.session.messages import InputKind, OutputKind
from app.ui.vm.budget import MOST_MINUTES, amount_text
from app.ui.vm.library_kept import LibraryKept, read_kept
from app.ui.vm.reading import (
    Reader,
    among,
    flag,
    known,
    one_of,
    optional,
    pairs,
    real,
    text,
    texts,
    unless_none,
    value_of,
    whole,
)
from app.ui.vm.tool_drafts import ServerDraft, ToolDraft, read_drafts, read_servers

MAX_INSTRUCTIONS = 32_000
SILENCE_MS = range(100, 5_001)
PREFIX_MS = range(2_001)
IDLE_MS = range(5_000, 30_001)
LOCAL_SPEECH_MS = range(20, 1_001)
RECONNECTS = range(21)
MAX_STALL_S = 120.0
LEAST_ROTATE_S, MOST_ROTATE_S = 10.0, 600.0
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
        telephone: Recordings are played as a telephone would carry them.
        tools: The user's tools as they are written; ``mcp_servers`` likewise.
        metric: Column of the turn table whose statistics are shown.
        recording: What is kept of sessions.
        ask_consent: A recording begins only once somebody is named who agreed to it.
        budget_warn: US dollars as typed, "" for none; ``budget_stop`` likewise.
        budget_unpriced_min: A session without a price ends after so long; 0 is never.
        export_folder: Where exports went last.
        otlp_endpoint: Where OpenTelemetry is sent, or "".
        library: What the library's page remembers.
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
    threshold: float = 0.5
    prefix_padding_ms: int = 300
    silence_ms: int = 500
    idle_timeout_ms: int | None = None
    eagerness: str = "auto"
    create_response: bool = True
    interrupt_response: bool = True
    barge_in: BargeIn = field(default_factory=BargeIn)
    processing: Processing = field(default_factory=Processing)
    guard: Guard = field(default_factory=Guard)
    input_format: WireFormat = WireFormat.PCM16_24K
    output_format: WireFormat = WireFormat.PCM16_24K
    telephone: bool = False
    voices: tuple[tuple[str, str], ...] = ()
    instructions: str = ""
    transcribe_input: bool = True
    theme: ThemeChoice = ThemeChoice.SYSTEM
    metric: str = "v2v_ms"
    recording: RecordingMode = RecordingMode.FULL
    ask_consent: bool = False
    budget_warn: str = ""
    budget_stop: str = ""
    budget_unpriced_min: int = 0
    export_folder: str = ""
    otlp_endpoint: str = ""
    tools: tuple[ToolDraft, ...] = ()
    mcp_servers: tuple[ServerDraft, ...] = ()
    library: LibraryKept = field(default_factory=LibraryKept)
    geometry: str = ""
    layout: str = ""

    def voice(self, model_id: str) -> str | None:
        """Return the voice chosen for a model, or None for its default."""
        return dict(self.voices).get(model_id)

    def voices_with(self, model_id: str, voice: str | None) -> tuple[tuple[str, str], ...]:
        """Return ``voices`` with another choice for a model."""
        kept = {key: value for key, value in self.voices if key != model_id}
        return tuple((kept | ({model_id: voice} if voice else {})).items())


def _instructions(value: object) -> str:
    return text(value)[:MAX_INSTRUCTIONS]


BARGE_IN: Mapping[str, Reader] = {
    "enabled": flag,
    "local": flag,
    "local_speech_ms": whole(LOCAL_SPEECH_MS),
}
GUARD: Mapping[str, Reader] = {
    "stall_s": real(0.0, MAX_STALL_S),
    "rotate": flag,
    "rotate_before_s": real(LEAST_ROTATE_S, MOST_ROTATE_S),
    "reconnect_attempts": whole(RECONNECTS),
}
READERS: Mapping[str, Reader] = {
    "endpoint_dialect": one_of(Dialect),
    "endpoint_auth": one_of(AuthScheme),
    "input_kind": one_of(InputKind),
    "input_device": optional,
    "input_paths": texts,
    "output_kind": one_of(OutputKind),
    "output_device": optional,
    "vad_mode": one_of(VadMode),
    "threshold": real(0.0, 1.0),
    "prefix_padding_ms": whole(PREFIX_MS),
    "silence_ms": whole(SILENCE_MS),
    "idle_timeout_ms": unless_none(whole(IDLE_MS)),
    "eagerness": among(*EAGERNESS),
    "create_response": flag,
    "interrupt_response": flag,
    "barge_in": value_of(BargeIn, BARGE_IN),
    "processing": value_of(Processing, {each.name: flag for each in fields(Processing)}),
    "guard": value_of(Guard, GUARD),
    "input_format": one_of(WireFormat),
    "output_format": one_of(WireFormat),
    "telephone": flag,
    "voices": pairs,
    "instructions": _instructions,
    "transcribe_input": flag,
    "theme": one_of(ThemeChoice),
    "recording": one_of(RecordingMode),
    "ask_consent": flag,
    "budget_warn": amount_text,
    "budget_stop": amount_text,
    "budget_unpriced_min": whole(range(MOST_MINUTES + 1)),
    "tools": read_drafts,
    "mcp_servers": read_servers,
    "library": read_kept,
}


def parse(table: object) -> Preferences:
    """Return the preferences in ``table``; what is missing or wrong has its default."""
    try:
        return Preferences(**known(Preferences, table, READERS))
    except TypeError:
        return Preferences()


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
