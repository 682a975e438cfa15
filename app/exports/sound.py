"""Sound of sessions as WAV or FLAC: both sides in stereo, or each by itself.

The samples are those of the recording, 16 bits at 24 kHz: left the user, right the agent. They
pass in blocks, so that a day of talk needs no more memory than a minute. What would be larger
than a WAV file's header can tell (4 GiB) is written as RF64.

Source: Microsoft RIFF; EBU Tech 3306 (RF64); RFC 9639 (FLAC).
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from io import FileIO
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from app.core.audio_format import SESSION_RATE_HZ, Samples
from app.core.bundle import AUDIO_FILE
from app.core.errors import StoreError
from app.core.exporting import Exported, ExportFormat
from app.core.ports import SessionReader, StoredSession
from app.core.privacy import LeftOut
from app.exports.job import ExportJob
from app.exports.naming import SIDED, each_of
from app.exports.placing import placed
from app.exports.tables import BROKEN_OFF

if TYPE_CHECKING:
    from soundfile import SoundFile

BLOCK_MS: Final = 30_000
LARGEST_WAV: Final = 0xFFFF_FFFF - 4096
"""Bytes of sound; the header takes the rest of what 32 bits count."""

_FLAC_LEVEL: Final = 0.375
"""libflac's level 3 of 8: the next ones compare both sides, which have nothing in common."""

_FRAME_BYTES: Final = 4
_HINT: Final = "Name a place with more room."
_STEREO: Final = 2


def write_wav(job: ExportJob) -> Exported:
    """Write one stereo file a session. Raises StoreError as ``Write`` says."""
    return _write(job, ExportFormat.WAV)


def write_wav_sides(job: ExportJob) -> Exported:
    """Write two files a session, ``.user.wav`` and ``.agent.wav``. Raises StoreError."""
    return _write(job, ExportFormat.WAV_SIDES)


def write_flac(job: ExportJob) -> Exported:
    """Write one stereo file a session, smaller and with the same samples. Raises StoreError."""
    return _write(job, ExportFormat.FLAC)


def write_flac_sides(job: ExportJob) -> Exported:
    """Write two files a session, ``.user.flac`` and ``.agent.flac``. Raises StoreError."""
    return _write(job, ExportFormat.FLAC_SIDES)


def container(form: ExportFormat, sound_bytes: int) -> str:
    """Return the name of the file format for so many bytes of sound."""
    if form in {ExportFormat.FLAC, ExportFormat.FLAC_SIDES}:
        return "FLAC"
    return "WAV" if sound_bytes <= LARGEST_WAV else "RF64"


def _write(job: ExportJob, form: ExportFormat) -> Exported:
    if LeftOut.AUDIO in job.redaction.left_out:
        raise StoreError("Sound is left out, so that no file of sound was written.")
    progress = _Progress(job)
    files: list[Path] = []
    odd: list[str] = []
    for stored, paths in zip(job.sessions, each_of(form, job.out, job.sessions), strict=True):
        try:
            _session(job, stored, paths, form, progress)
        except StoreError as error:
            if progress.broken_off or len(job.sessions) == 1:
                raise
            odd.append(f"{stored.folder.name}: {error.sentence}")
        else:
            files += paths
    if not files:
        raise StoreError("No session holds sound that can be read.")
    size = sum(path.stat().st_size for path in files)
    return Exported(files=tuple(map(str, files)), bytes_n=size, odd=tuple(odd))


def _session(
    job: ExportJob,
    stored: StoredSession,
    paths: Sequence[Path],
    form: ExportFormat,
    progress: "_Progress",
) -> None:
    sides = len(paths) if form in SIDED else 1
    kind = container(form, recorded_bytes(stored.folder) // sides)
    blocks = _blocks(job.reader, stored.folder)
    with ExitStack() as places:
        drafts = [places.enter_context(placed(path)) for path in paths]
        with _errors_told():
            _fill(drafts, kind, blocks, progress)


def _blocks(reader: SessionReader, folder: Path) -> Iterator[tuple[Samples, Samples]]:
    """Yield the sound of both sides a little at a time."""
    start_ms = 0
    while len((block := reader.audio(folder, start_ms, start_ms + BLOCK_MS))[0]):
        yield block
        start_ms += BLOCK_MS
    if not start_ms:  # a FLAC file without a sample is one that nobody opens
        raise StoreError(f"{folder} holds no sound.")


def _fill(
    drafts: Sequence[Path],
    kind: str,
    blocks: Iterator[tuple[Samples, Samples]],
    progress: "_Progress",
) -> None:
    """Write the files.

    Raises:
        OSError: If not every byte of them could be written.
    """
    channels = _STEREO // len(drafts)
    with ExitStack() as opened:
        files = [opened.enter_context(_sound_file(draft, kind, channels)) for draft in drafts]
        for block in blocks:
            sides = block if len(files) == len(block) else (np.column_stack(block),)
            for file, samples in zip(files, sides, strict=True):
                file.write(samples)
            progress.add(len(block[0]))


@contextmanager
def _sound_file(draft: Path, kind: str, channels: int) -> Iterator["SoundFile"]:
    from soundfile import SoundFile  # noqa: PLC0415 - a library that most exports do without

    level = _FLAC_LEVEL if kind == "FLAC" else None
    with draft.open("w+b", buffering=0) as into:
        whole = _Whole(into)
        with SoundFile(
            whole, "w", SESSION_RATE_HZ, channels, "PCM_16", format=kind, compression_level=level
        ) as file:
            try:
                yield file
            except (RuntimeError, AssertionError):  # the latter of a short write
                whole.check()
                raise
        whole.check()


class _Whole:
    """A file for libsndfile, which says nothing of bytes that a full disk does not take.

    It is not buffered, so that only ``write`` can fail; why it did is kept for ``check``.
    """

    def __init__(self, file: FileIO) -> None:
        self._file = file
        self._error: OSError | None = None
        self.seek, self.tell, self.read = file.seek, file.tell, file.read

    def write(self, content: bytes) -> int:
        """Write ``content``; return how many bytes of it were written."""
        done = 0
        try:
            while done < len(content):
                done += self._file.write(memoryview(content)[done:])
        except OSError as exc:
            self._error = self._error or exc
        return done

    def check(self) -> None:
        """Find out whether all was written.

        Raises:
            OSError: If it was not.
        """
        if self._error is not None:
            raise self._error


@contextmanager
def _errors_told() -> Iterator[None]:
    from soundfile import LibsndfileError  # noqa: PLC0415

    try:
        yield
    except LibsndfileError as exc:
        why = exc.error_string.rstrip(".")
        raise StoreError(f"The sound cannot be written: {why}.", hint=_HINT) from exc


def recorded_bytes(folder: Path) -> int:
    """Return about how many bytes of stereo sound a session has; 0 where there are none."""
    try:
        return (folder / AUDIO_FILE).stat().st_size
    except OSError:
        return 0


class _Progress:
    """Tells how far the job is, in seconds of sound."""

    def __init__(self, job: ExportJob) -> None:
        self._job = job
        self._frames = 0
        size = sum(recorded_bytes(stored.folder) for stored in job.sessions)
        self._total_s = max(size // _FRAME_BYTES // SESSION_RATE_HZ, 1)
        self.broken_off = False

    def add(self, frames: int) -> None:
        """Count frames that were written.

        Raises:
            StoreError: If the export is broken off.
        """
        self._frames += frames
        done_s = min(self._frames // SESSION_RATE_HZ, self._total_s)
        if not self._job.told(done_s, self._total_s):
            self.broken_off = True
            raise StoreError(BROKEN_OFF)
