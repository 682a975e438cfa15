"""The samples of ``stereo.wav`` between two frames, also while it is being recorded.

Our own header counts only what was flushed with it, so that the length of such a file is the
file's. A file that an audio editor has saved anew is read by its own header.

Source: Microsoft RIFF; EBU Tech 3306 (RF64).
"""

import os
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np

from app.core.audio_format import SESSION_RATE_HZ, Samples
from app.core.errors import StoreError
from app.store.layout import AUDIO_FILE
from app.store.wav import DATA_OFFSET, FRAME_BYTES

_FIRST_CHUNK: Final = 12
_MOST_CHUNKS: Final = 100
_FORMAT: Final = (1, 2, SESSION_RATE_HZ, SESSION_RATE_HZ * FRAME_BYTES, FRAME_BYTES, 16)
_UNKNOWN_SIZE = 0xFFFF_FFFF
_EXTENSIBLE = 0xFFFE
_HINT = "The other files of the session may be whole."


@dataclass(frozen=True, slots=True)
class _Data:
    offset: int
    frames: int


def frames_of(folder: Path) -> int:
    """Return how many frames the recording has now.

    Raises:
        StoreError: If there is none that can be read.
    """
    with _open(folder) as file:
        return _find(folder, file).frames


def read_span(folder: Path, first: int, last: int | None) -> tuple[Samples, Samples]:
    """Return user and agent from frame ``first`` to before ``last``, as far as there are any.

    Raises:
        StoreError: If there is no recording that can be read.
    """
    with _open(folder) as file:
        data = _find(folder, file)
        first = min(max(first, 0), data.frames)
        last = data.frames if last is None else min(max(last, first), data.frames)
        try:
            file.seek(data.offset + first * FRAME_BYTES)
            raw = file.read((last - first) * FRAME_BYTES)
        except OSError as exc:
            raise _unreadable(folder, exc.strerror or "the disk reported a fault") from exc
    frames = np.frombuffer(raw[: len(raw) // FRAME_BYTES * FRAME_BYTES], "<i2").reshape(-1, 2)
    return frames[:, 0].astype(np.int16), frames[:, 1].astype(np.int16)


def _open(folder: Path) -> BinaryIO:
    path = folder / AUDIO_FILE
    if not path.is_file():  # a named pipe would be waited for
        raise StoreError(f"{folder} holds no recording.", hint="It may have been moved away.")
    try:
        return path.open("rb")
    except OSError as exc:
        raise _unreadable(folder, exc.strerror or "it cannot be opened") from exc


def _find(folder: Path, file: BinaryIO) -> _Data:
    try:
        return _scan(folder, file, os.fstat(file.fileno()).st_size)
    except OSError as exc:
        raise _unreadable(folder, exc.strerror or "the disk reported a fault") from exc


def _scan(folder: Path, file: BinaryIO, size: int) -> _Data:
    head = file.read(_FIRST_CHUNK)
    if head[:4] not in {b"RIFF", b"RF64"} or head[8:12] != b"WAVE":
        raise _unreadable(folder, "it is not a WAV file")
    fmt, wide, position, ours = b"", None, _FIRST_CHUNK, False
    for _ in range(_MOST_CHUNKS):
        file.seek(position)
        chunk = file.read(8)
        if len(chunk) < 8:  # noqa: PLR2004 - a chunk's name and size
            break
        kind, length = struct.unpack("<4sI", chunk)
        body = position + 8
        if kind == b"data":
            _check_format(folder, fmt)
            return _Data(body, _held(size - body, length, wide, ours=ours and body == DATA_OFFSET))
        if kind == b"fmt ":
            fmt = file.read(min(length, 40))
        if kind == b"ds64":
            wide = file.read(16)
        ours = ours or (kind == b"JUNK" and position == _FIRST_CHUNK)
        position = body + length + length % 2
    raise _unreadable(folder, "its sound is missing")


def _check_format(folder: Path, fmt: bytes) -> None:
    if len(fmt) < 16:  # noqa: PLR2004 - the shortest form of the chunk
        raise _unreadable(folder, "its format is missing")
    told = struct.unpack_from("<HHIIHH", fmt)
    if told[0] == _EXTENSIBLE and len(fmt) >= 26:  # noqa: PLR2004 - the sub-format is at 24
        told = (struct.unpack_from("<H", fmt, 24)[0], *told[1:])
    if told != _FORMAT:
        raise _unreadable(
            folder, f"it has {told[1]} channels of {told[5]} bits at {told[2]} Hz, not 2 of 16"
        )


def _held(there: int, promised: int, wide: bytes | None, *, ours: bool) -> int:
    """Return the frames of sound that the file holds."""
    if promised == _UNKNOWN_SIZE and wide is not None and len(wide) == 16:  # noqa: PLR2004
        promised = struct.unpack_from("<Q", wide, 8)[0]
    known = there if ours or promised == _UNKNOWN_SIZE else min(there, promised)
    return max(known, 0) // FRAME_BYTES


def _unreadable(folder: Path, why: str) -> StoreError:
    return StoreError(f"{folder / AUDIO_FILE} cannot be read: {why}.", hint=_HINT)
