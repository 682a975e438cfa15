"""Sound of sessions as WAV or FLAC: both sides in stereo, or each by itself.

The samples are those of the recording, 16 bits at 24 kHz: left the user, right the agent. They
pass in blocks, so that a day of talk needs no more memory than a minute. What would be larger
than a WAV file's header can tell (4 GiB) is written as RF64.

Source: Microsoft RIFF; EBU Tech 3306 (RF64); RFC 9639 (FLAC).
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

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

BLOCK_MS: Final = 30_000
LARGEST_WAV: Final = 0xFFFF_FFFF - 4096
"""Bytes of sound; the header takes the rest of what 32 bits count."""

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
            frames = _fill(drafts, kind, blocks, progress)
            for draft in drafts:
                _verify(draft, frames)


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
) -> int:
    """Write the files, and return how many frames each got."""
    from soundfile import SoundFile  # noqa: PLC0415 - a library that most exports do without

    channels, frames = _STEREO // len(drafts), 0
    with ExitStack() as opened:
        files = [
            opened.enter_context(
                SoundFile(draft, "w", SESSION_RATE_HZ, channels, "PCM_16", format=kind)
            )
            for draft in drafts
        ]
        for block in blocks:
            sides = block if len(files) == len(block) else (np.column_stack(block),)
            for file, samples in zip(files, sides, strict=True):
                file.write(samples)
            frames += len(block[0])
            progress.add(len(block[0]))
    return frames


def _verify(draft: Path, frames: int) -> None:
    """Find out whether all frames arrived: closing a file on a full disk tells nothing.

    Raises:
        StoreError: If they did not.
    """
    from soundfile import SoundFile  # noqa: PLC0415

    with SoundFile(draft) as file:
        if file.frames == frames:
            file.seek(frames - 1)
            if len(file.read(1, dtype="int16")):
                return
    raise StoreError("The sound cannot be written to its end.", hint=_HINT)


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
