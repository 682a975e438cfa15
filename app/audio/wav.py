"""Reading WAV files of any origin: a tolerant header, then frames a little at a time.

The standard library's reader refuses float and extensible files and believes every size in
the header; recordings that people have are cut short, unfinished or wrongly labelled.

Source: Microsoft, "Multiple Channel Audio Data and WAVE Files"; EBU Tech 3306 (RF64).
"""

import os
import stat
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

from app.core.audio_format import Samples
from app.core.errors import DeviceError
from app.dsp.g711 import alaw_decode, ulaw_decode
from app.dsp.pcm import from_float

MIN_RATE_HZ: Final = 8_000
MAX_RATE_HZ: Final = 192_000
MAX_CHANNELS: Final = 32
MAX_SECONDS: Final = 3 * 3600

_EXTENSIBLE = 0xFFFE
_UNKNOWN_SIZE = 0xFFFF_FFFF
_MAX_CHUNKS = 1_000
_SNIFF_BYTES = 16

_GIVE_WAV = "Give a WAV file; other formats can be converted, e.g. with `ffmpeg -i FILE out.wav`."

_OTHER_FORMATS: Final[tuple[tuple[int, bytes, str], ...]] = (
    (0, b"ID3", "an MP3 file"),
    (0, b"\xff\xfb", "an MP3 file"),
    (0, b"\xff\xf3", "an MP3 file"),
    (0, b"fLaC", "a FLAC file"),
    (0, b"OggS", "an Ogg file"),
    (0, b"\x1aE\xdf\xa3", "a WebM or Matroska file"),
    (0, b"FORM", "an AIFF file"),
    (4, b"ftyp", "an MP4 file"),
    (8, b"AVI ", "a video"),
)

FloatFrames = NDArray[np.float32]


def _int8(data: bytes) -> FloatFrames:
    octets = np.frombuffer(data, np.uint8).astype(np.float32)
    return (octets - np.float32(2**7)) / np.float32(2**7)


def _int24(data: bytes) -> FloatFrames:
    octets = np.frombuffer(data, np.uint8).reshape(-1, 3)
    wide = np.zeros((len(octets), 4), np.uint8)
    wide[:, 1:] = octets
    return wide.view("<i4").reshape(-1).astype(np.float32) / np.float32(2**31)


_DECODERS: Final[dict[tuple[int, int], Callable[[bytes], FloatFrames]]] = {
    (1, 8): _int8,
    (1, 16): lambda data: np.frombuffer(data, "<i2").astype(np.float32) / np.float32(2**15),
    (1, 24): _int24,
    (1, 32): lambda data: np.frombuffer(data, "<i4").astype(np.float32) / np.float32(2**31),
    (3, 32): lambda data: np.frombuffer(data, "<f4").astype(np.float32),
    (3, 64): lambda data: np.clip(np.frombuffer(data, "<f8"), -2, 2).astype(np.float32),
    (6, 8): lambda data: alaw_decode(data).astype(np.float32) / np.float32(2**15),
    (7, 8): lambda data: ulaw_decode(data).astype(np.float32) / np.float32(2**15),
}
"""By format tag and bits per sample: interleaved octets to samples in [-1, 1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WavInfo:
    """What a header says and the file bears out.

    Attributes:
        frames: Whole frames that the file really holds.
        data_offset: Where they begin, in octets.
        warning: One sentence for the user where the header and the file disagree, or "".
    """

    path: Path
    format_tag: int
    bits: int
    rate_hz: int
    channels: int
    frames: int
    data_offset: int
    warning: str = ""

    @property
    def seconds(self) -> float:
        """Length."""
        return self.frames / self.rate_hz

    @property
    def frame_bytes(self) -> int:
        """Octets of one frame."""
        return self.channels * self.bits // 8


def read_wav_info(path: Path) -> WavInfo:
    """Return what ``path`` holds, reading no more than its header.

    Raises:
        DeviceError: If it is missing, unreadable, a folder, not WAV, damaged, empty, in a
            format that is not read, or longer than three hours.
    """
    with _open(path) as file:
        return _parse(path, file)


class WavReader:
    """Reads a file's frames from the first to the last. One owner; close it.

    A file that shrinks or fails while it is read ends there, and ``warning`` says so.

    Raises:
        DeviceError: As ``read_wav_info``.
    """

    def __init__(self, path: Path) -> None:
        self._file = _open(path)
        try:
            self.info = _parse(path, self._file)
            self._file.seek(self.info.data_offset)
        except BaseException:
            self._file.close()
            raise
        self._decode = _DECODERS[self.info.format_tag, self.info.bits]
        self._left = self.info.frames
        self.warning = self.info.warning

    @property
    def rate_hz(self) -> int:
        """Rate of its frames."""
        return self.info.rate_hz

    def read(self, frames: int) -> Samples:
        """Return the next ``frames`` frames mixed to mono, fewer at the end, then none."""
        size = self.info.frame_bytes
        wanted = min(frames, self._left)
        try:
            data = self._file.read(wanted * size)
        except OSError as exc:
            self.warning = f"{self.info.path} could not be read to its end: {exc.strerror}"
            data = b""
        got = len(data) // size
        if got < wanted:
            self.warning = self.warning or f"{self.info.path} became shorter while it was read"
        self._left = self._left - got if got == wanted else 0
        return _mono(self._decode(data[: got * size]), self.info.channels)

    def close(self) -> None:
        """Close the file. Safe to call twice."""
        self._file.close()


def _mono(samples: FloatFrames, channels: int) -> Samples:
    finite = np.nan_to_num(samples, nan=0.0, posinf=1.0, neginf=-1.0)
    if channels == 1:
        return from_float(finite)
    return from_float(finite.reshape(-1, channels).mean(axis=1, dtype=np.float32))


def _open(path: Path) -> BinaryIO:
    try:
        # Without O_NONBLOCK, opening a named pipe would wait for its writer for ever.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except FileNotFoundError as exc:
        raise DeviceError(f"there is no file {path}", hint="Check the path.") from exc
    except PermissionError as exc:
        raise DeviceError(
            f"{path} may not be read by this user", hint="Change its permissions."
        ) from exc
    except (OSError, ValueError) as exc:
        raise DeviceError(f"cannot open {path}: {exc}", hint="Check the path.") from exc
    kind = os.fstat(descriptor).st_mode
    if stat.S_ISREG(kind):
        return os.fdopen(descriptor, "rb")
    os.close(descriptor)
    what = "a folder" if stat.S_ISDIR(kind) else "not an ordinary file"
    raise DeviceError(f"{path} is {what}", hint="Give the path of a WAV file.")


def _parse(path: Path, file: BinaryIO) -> WavInfo:
    try:
        size = os.fstat(file.fileno()).st_size
        riff_size = _check_magic(path, file.read(_SNIFF_BYTES)[:_SNIFF_BYTES])
        chunks = _scan(file, size)
    except OSError as exc:
        raise DeviceError(f"cannot read {path}: {exc.strerror}", hint="Check the disk.") from exc
    fmt, data = chunks.fmt, chunks.data
    if fmt is None or data is None:
        missing = "format" if fmt is None else "sound"
        raise DeviceError(f"{path} is damaged: its {missing} part is missing", hint=_GIVE_WAV)
    tag, channels, rate_hz, bits = _format(path, fmt)
    frame_bytes = channels * bits // 8
    held = size - data.start
    promised, note = _promised(data.size, chunks.ds64_size, riff_size, held, data.start)
    frames = min(promised, held) // frame_bytes
    if promised > held:
        note = (
            f"is cut short: it promises {promised / frame_bytes / rate_hz:.1f} s "
            f"and holds {held / frame_bytes / rate_hz:.1f} s"
        )
    if frames == 0:
        raise DeviceError(f"{path} holds no sound", hint="Record it again.")
    if frames > MAX_SECONDS * rate_hz:
        raise DeviceError(
            f"{path} is {frames / rate_hz / 3600:.1f} hours long", hint="Cut it to 3 hours or less."
        )
    return WavInfo(
        path=path,
        format_tag=tag,
        bits=bits,
        rate_hz=rate_hz,
        channels=channels,
        frames=frames,
        data_offset=data.start,
        warning=f"{path} {note}" if note else "",
    )


def _check_magic(path: Path, head: bytes) -> int:
    """Return the RIFF size."""
    if not head:
        raise DeviceError(f"{path} is empty", hint="Record it again or give another file.")
    if head[:4] in {b"RIFF", b"RF64"} and head[8:12] == b"WAVE":
        return int(struct.unpack_from("<I", head, 4)[0])
    for offset, magic, what in _OTHER_FORMATS:
        if head[offset : offset + len(magic)] == magic:
            raise DeviceError(f"{path} is {what}, not a WAV file", hint=_GIVE_WAV)
    raise DeviceError(f"{path} is not a WAV file", hint=_GIVE_WAV)


@dataclass(frozen=True, slots=True)
class _Data:
    start: int
    size: int


@dataclass(slots=True)
class _Chunks:
    fmt: bytes | None = None
    data: _Data | None = None
    ds64_size: int | None = None


def _scan(file: BinaryIO, size: int) -> _Chunks:
    """Walk the chunks up to the sound data, which ends the walk."""
    found = _Chunks()
    position = 12
    for _ in range(_MAX_CHUNKS):
        file.seek(position)
        header = file.read(8)
        if len(header) < 8:  # noqa: PLR2004 - a chunk header is an identifier and a size
            break
        kind, length = struct.unpack("<4sI", header)
        if kind == b"data":
            found.data = _Data(position + 8, length)
            break
        if kind == b"fmt ":
            found.fmt = file.read(min(length, 64))
        if kind == b"ds64":
            found.ds64_size = _ds64_data_size(file.read(min(length, 64)))
        position += 8 + length + length % 2
        if position >= size:
            break
    return found


def _ds64_data_size(body: bytes) -> int | None:
    return int(struct.unpack_from("<Q", body, 8)[0]) if len(body) >= 16 else None  # noqa: PLR2004


def _promised(
    data_size: int, ds64_size: int | None, riff_size: int, held: int, start: int
) -> tuple[int, str]:
    """Return the octets of sound that the header promises, and a note if it cannot know."""
    if data_size == _UNKNOWN_SIZE:
        return (ds64_size, "") if ds64_size is not None else (held, "")
    if data_size == 0 and held and (riff_size < start or riff_size == _UNKNOWN_SIZE):
        return held, "was never finished: its header names no length"
    return data_size, ""


def _format(path: Path, fmt: bytes) -> tuple[int, int, int, int]:
    """Return tag, channels, rate and bits of a format chunk."""
    if len(fmt) < 16:  # noqa: PLR2004 - the shortest form of the chunk
        raise DeviceError(f"{path} is damaged: its format part is too short", hint=_GIVE_WAV)
    tag, channels, rate_hz, _, align, bits = struct.unpack_from("<HHIIHH", fmt)
    if tag == _EXTENSIBLE and len(fmt) >= 26:  # noqa: PLR2004 - the sub-format stands at 24
        tag = struct.unpack_from("<H", fmt, 24)[0]
    if (tag, bits) not in _DECODERS:
        raise DeviceError(
            f"{path} uses WAV format {tag} with {bits} bits, which is not read",
            hint="Convert it to 16-bit PCM, e.g. with `ffmpeg -i FILE -c:a pcm_s16le out.wav`.",
        )
    if not 1 <= channels <= MAX_CHANNELS or align != channels * bits // 8:
        raise DeviceError(
            f"{path} is damaged: it names {channels} channels and {align} octets a frame",
            hint=_GIVE_WAV,
        )
    if not MIN_RATE_HZ <= rate_hz <= MAX_RATE_HZ:
        raise DeviceError(
            f"{path} has a rate of {rate_hz} Hz",
            hint=f"Convert it to {MIN_RATE_HZ} to {MAX_RATE_HZ} Hz.",
        )
    return tag, channels, rate_hz, bits
