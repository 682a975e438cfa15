"""Calibrations on disk, a JSON file each; implements ``CalibrationStore``."""

import json
import logging
import math
import os
import re
import stat
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NoReturn, TypeAlias

import msgspec

from app.core.calibration import CalibrationNote, DeviceCalibration, EngineCalibration
from app.core.errors import StoreError
from app.store.files import replace_atomically
from app.store.layout import FOLDER_MODE, expanded
from app.store.plain import encode, plain

KEPT: Final = 200
"""Files; the oldest beyond them are removed, but never the newest of the engine."""
LARGEST_BYTES: Final = 65_536

Calibration: TypeAlias = EngineCalibration | DeviceCalibration

_ENVIRONMENT = "VIVAVOCE_CALIBRATIONS"
_NAME = re.compile(r"\d{8}T\d{6}\d{6}Z-(engine|devices)-[A-Za-z0-9]{1,60}\.json")
_UNSAFE = re.compile(r"[^A-Za-z0-9]+")
_ID_CHARACTERS = 40
_KINDS: Final[Mapping[str, type[EngineCalibration | DeviceCalibration]]] = {
    "engine": EngineCalibration,
    "devices": DeviceCalibration,
}
_log = logging.getLogger("app.store")


def calibrations_root(environment: Mapping[str, str]) -> Path:
    """Return the folder of all calibrations; nothing is created.

    ``VIVAVOCE_CALIBRATIONS`` comes first, then the user's data folder (``XDG_DATA_HOME``, by
    default ``~/.local/share``).
    """
    named = environment.get(_ENVIRONMENT)
    if named:
        return expanded(named)
    data = environment.get("XDG_DATA_HOME", "")
    base = Path(data) if Path(data).is_absolute() else Path.home() / ".local" / "share"
    return base / "vivavoce" / "calibrations"


class FolderCalibrations:
    """Calibrations in one folder, which their owner alone may read.

    A file that is damaged, too large or of a later version is passed over and logged once.

    Args:
        root: See ``calibrations_root``.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._passed_over: set[str] = set()

    def note(self, input_name: str, output_name: str) -> CalibrationNote:
        """Return the newest of the engine, and of this pair of devices; never raises."""
        engine: EngineCalibration | None = None
        devices: DeviceCalibration | None = None
        for calibration in self._newest_first():
            match calibration:
                case EngineCalibration():
                    engine = engine or calibration
                case DeviceCalibration(input_name=heard, output_name=played):
                    ours = (heard, played) == (input_name, output_name)
                    devices = devices or (calibration if ours else None)
            if engine is not None and devices is not None:
                break
        return CalibrationNote(engine=engine, devices=devices)

    def add(self, calibration: Calibration) -> None:
        """Keep one.

        Raises:
            StoreError: If it cannot be written.
        """
        name = _file_name(calibration)
        kind = _kind(calibration)
        content = encode({"kind": kind, **_fields(calibration)}, indent=2) + b"\n"
        try:
            self._root.mkdir(parents=True, exist_ok=True, mode=FOLDER_MODE)
            replace_atomically(self._root / name, content)
        except OSError as exc:
            raise StoreError(
                f"The calibration cannot be kept in {self._root}: {os.strerror(exc.errno or 0)}.",
                hint=f"Name a folder that you may write to, with {_ENVIRONMENT}.",
            ) from exc
        self._remove_oldest()

    def _newest_first(self) -> Iterator[Calibration]:
        for name in reversed(self._names()):
            try:
                yield _read(self._root / name)
            except (OSError, ValueError, RecursionError) as exc:
                self._pass_over(name, exc)

    def _names(self) -> list[str]:
        """Return the names of our files, the oldest first; none where there is no folder."""
        try:
            names = (path.name for path in self._root.iterdir())
            return sorted(name for name in names if _NAME.fullmatch(name))
        except FileNotFoundError:
            return []
        except OSError as exc:
            self._pass_over("", exc)
            return []

    def _pass_over(self, name: str, error: Exception) -> None:
        if name not in self._passed_over:
            self._passed_over.add(name)
            where = str(self._root / name)
            _log.warning("calibration passed over", extra={"path": where, "error": str(error)})

    def _remove_oldest(self) -> None:
        names = self._names()
        newest_engine = next((name for name in reversed(names) if "-engine-" in name), None)
        spare = [name for name in names if name != newest_engine]
        for name in spare[: max(len(names) - KEPT, 0)]:
            with suppress(OSError):  # another process may have removed it
                (self._root / name).unlink()


def _file_name(calibration: Calibration) -> str:
    """Return a name that sorts by time.

    Raises:
        StoreError: If ``measured_utc`` is not an ISO 8601 instant with a zone.
    """
    try:
        measured = datetime.fromisoformat(calibration.measured_utc).astimezone(UTC)
    except ValueError as exc:
        raise StoreError(f"{calibration.measured_utc!r} is not an instant") from exc
    short = _UNSAFE.sub("", calibration.calibration_id)[-_ID_CHARACTERS:] or "calibration"
    return f"{measured:%Y%m%dT%H%M%S%f}Z-{_kind(calibration)}-{short}.json"


def _kind(calibration: Calibration) -> str:
    return next(kind for kind, cls in _KINDS.items() if isinstance(calibration, cls))


def _fields(calibration: Calibration) -> dict[str, Any]:
    content = plain(calibration)
    assert isinstance(content, dict)
    return content


def _read(path: Path) -> Calibration:
    """Return what a file holds.

    Raises:
        OSError: If it cannot be read.
        ValueError: If it does not hold a calibration.
    """
    # Without O_NONBLOCK, opening a named pipe would wait for its writer for ever.
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | getattr(os, "O_NONBLOCK", 0))
    with os.fdopen(fd, "rb") as file:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            raise ValueError("it is no ordinary file")
        raw = file.read(LARGEST_BYTES + 1)
    if len(raw) > LARGEST_BYTES:
        raise ValueError("it is too large")
    content = json.loads(raw, parse_constant=_refused, parse_float=_finite)
    cls = _KINDS.get(content.get("kind", "")) if isinstance(content, dict) else None
    if cls is None:
        raise ValueError("it names no kind of calibration that is known")
    calibration: Calibration = msgspec.convert(content, cls)
    return calibration


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        _refused(text)
    return value


def _refused(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number")
