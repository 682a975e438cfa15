"""What a battery says: the files in ``resources/battery``, found and checked.

A battery speaks copies of them, so that each trial's files have names of their own: by these
a turn is told to its trial.
"""

import json
import shutil
import wave
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from app.core.audio_format import SESSION_RATE_HZ
from app.core.errors import ConfigError, StoreError
from app.core.resources import resource
from app.metrics.battery_outcomes import StimulusKind

MANIFEST: Final = "manifest.json"
TAIL_MS: Final = 60.0
"""Silence after the last sound of each file."""

_PROMPT: Final = "prompt"
_PAUSE: Final = "pause"
_FRAME_BYTES: Final = 2
_ORDER: Final = (
    "correction",
    "stop",
    "question",
    "mm-hm",
    "right-right",
    "cough",
    "door",
    "side-talk",
    "television",
)
"""As the metrics specification lists them, 4.2."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """A file of the battery: 24 kHz, mono, loud from its first frame on.

    Attributes:
        words: What is said, or "".
        frames: Its length without the silence after it.
    """

    name: str
    path: Path
    words: str
    frames: int

    @property
    def sound_ms(self) -> float:
        """Length of what sounds."""
        return self.frames * 1000 / SESSION_RATE_HZ


@dataclass(frozen=True, slots=True, kw_only=True)
class Stimulus:
    """What is spoken into a reply."""

    sound: Sound
    kind: StimulusKind

    @property
    def name(self) -> str:
        """Name for people and for ``StartBattery.stimuli``."""
        return self.sound.name


@dataclass(frozen=True, slots=True, kw_only=True)
class StimulusSet:
    """All of them.

    Attributes:
        prompt: Asks for a long reply.
        stimuli: In the order of the specification.
        halves: Sentences in two parts, for the pause between them.
    """

    prompt: Sound
    stimuli: tuple[Stimulus, ...]
    halves: tuple[tuple[Sound, Sound], ...]

    def named(self, names: tuple[str, ...]) -> tuple[Stimulus, ...]:
        """Return the stimuli of these names; of none, all.

        Raises:
            ConfigError: If there is no such stimulus.
        """
        known = {each.name: each for each in self.stimuli}
        unknown = [name for name in names if name not in known]
        if unknown:
            raise ConfigError(
                f"There is no stimulus called {unknown[0][:80]!r}.",
                hint=f"There are: {', '.join(known)}.",
            )
        return tuple(each for each in self.stimuli if not names or each.name in names)


def load_stimuli(folder: Path | None = None) -> StimulusSet:
    """Return the bundled stimuli, or those in ``folder``.

    Raises:
        ConfigError: If they are damaged.
    """
    folder = folder or resource("battery")
    try:
        entries = json.loads((folder / MANIFEST).read_text("utf-8"))["stimuli"]
        sounds = {entry["name"]: _sound(folder, entry) for entry in entries}
        kinds = {entry["name"]: entry["kind"] for entry in entries}
        halves = sorted(name for name, kind in kinds.items() if kind == _PAUSE)
        return StimulusSet(
            prompt=sounds[_PROMPT],
            stimuli=tuple(
                Stimulus(sound=sounds[name], kind=StimulusKind(kinds[name])) for name in _ORDER
            ),
            halves=tuple(
                (sounds[first], sounds[second])
                for first, second in zip(halves[::2], halves[1::2], strict=True)
            ),
        )
    except (OSError, ValueError, KeyError, TypeError, EOFError, wave.Error) as exc:
        raise ConfigError(
            f"The stimuli in {folder} are damaged ({type(exc).__name__}).",
            hint="Install the program anew.",
        ) from exc


def copy_sound(sound: Sound, path: Path) -> Path:
    """Copy a sound to ``path``; return it.

    Raises:
        StoreError: If it cannot be written.
    """
    try:
        shutil.copyfile(sound.path, path)
    except OSError as exc:
        raise _unwritable(exc) from exc
    return path


def write_with_pause(first: Sound, second: Sound, pause_ms: float, path: Path) -> Path:
    """Write two halves with exactly so much digital silence between; return ``path``.

    Raises:
        StoreError: If it cannot be written.
    """
    pause = bytes(_FRAME_BYTES * pause_frames(pause_ms))
    tail = bytes(_FRAME_BYTES * round(TAIL_MS * SESSION_RATE_HZ / 1000))
    try:
        with path.open("wb") as raw, wave.open(raw, "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(_FRAME_BYTES)
            file.setframerate(SESSION_RATE_HZ)
            file.writeframes(_frames(first) + pause + _frames(second) + tail)
    except OSError as exc:
        raise _unwritable(exc) from exc
    return path


def pause_frames(pause_ms: float) -> int:
    """Return a pause in frames."""
    return round(pause_ms * SESSION_RATE_HZ / 1000)


@contextmanager
def sounds_folder() -> Iterator[Callable[[int], Path]]:
    """Give what makes a folder for the sounds of each session; all are removed at the end.

    Raises:
        StoreError: If one cannot be made.
    """
    with ExitStack() as stack:
        try:
            made = TemporaryDirectory(prefix="vivavoce-battery-", ignore_cleanup_errors=True)
        except OSError as exc:
            raise _unwritable(exc) from exc
        root = Path(stack.enter_context(made))

        def make(session: int) -> Path:
            folder = root / f"{session:03d}"
            try:
                folder.mkdir()
            except OSError as exc:
                raise _unwritable(exc) from exc
            return folder

        yield make


def _unwritable(exc: OSError) -> StoreError:
    return StoreError(
        f"The stimuli cannot be written: {exc.strerror}.",
        hint="Make room in the folder for temporary files.",
    )


def _sound(folder: Path, entry: Mapping[str, Any]) -> Sound:
    path = folder / f"{entry['name']}.wav"
    with path.open("rb") as raw, wave.open(raw) as file:
        if (file.getframerate(), file.getnchannels(), file.getsampwidth()) != (
            SESSION_RATE_HZ,
            1,
            _FRAME_BYTES,
        ):
            raise ValueError(path.name)
        frames = file.getnframes() - round(TAIL_MS * SESSION_RATE_HZ / 1000)
    return Sound(name=entry["name"], path=path, words=entry["words"], frames=frames)


def _frames(sound: Sound) -> bytes:
    with wave.open(str(sound.path)) as file:
        return bytes(file.readframes(sound.frames))
