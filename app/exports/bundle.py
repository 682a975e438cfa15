"""Sessions in one file, which ``vivavoce sessions import`` takes in again.

The format stands in ``resources/schema/bundle.md``. One bundle of the same sessions is the same
file, byte for byte, but for the instant at which it was made. Memory does not grow with the
length of a session.
"""

import zipfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from app.core.bundle import (
    AUDIO_FILE,
    FORMAT,
    LARGEST,
    MANIFEST_FILE,
    MEDIA_TYPE,
    MEDIA_TYPE_FILE,
    SESSION_FILE,
    VERSION,
    BundledFile,
    BundledSession,
    BundleManifest,
    is_folder_name,
    manifest_json,
    session_path,
)
from app.core.errors import StoreError
from app.core.exporting import Exported
from app.exports.bundle_files import Hashed, Pieces, open_regular, pieces_of, size_of
from app.exports.bundle_text import Scrub
from app.exports.job import ExportJob
from app.exports.placing import placed

_WHEN: Final = (1980, 1, 1, 0, 0, 0)
"""The earliest date of a zip file: stands for every file, so that bundles can be compared."""
_MODE: Final = 0o100600 << 16
_UNIX: Final = 3
_SMALL: Final = 1 << 30
"""What could grow past 4 GiB is told so beforehand."""


class _BrokenOffError(StoreError):
    """The user wants no bundle any more."""


def write_bundle(job: ExportJob) -> Exported:
    """Write all sessions into ``job.out``.

    Raises:
        StoreError: If no session could be read, the file cannot be written, or the user has
            broken it off; no half a file is left.
    """
    with placed(job.out) as draft, draft.open("w+b") as file:
        with zipfile.ZipFile(file, "w", allowZip64=True) as archive:
            _add(archive, MEDIA_TYPE_FILE, (MEDIA_TYPE.encode(),), len(MEDIA_TYPE), stored=True)
            sessions, odd = _Writing(job, archive).sessions()
            manifest = manifest_json(_manifest(job, sessions))
            _add(archive, MANIFEST_FILE, (manifest,), len(manifest))
        written = file.tell()
    return Exported(files=(str(job.out),), bytes_n=written, odd=odd)


def _manifest(job: ExportJob, sessions: Sequence[BundledSession]) -> BundleManifest:
    redaction = job.redaction
    return BundleManifest(
        format=FORMAT,
        version=VERSION,
        made_utc=job.made_utc,
        app_version=job.app_version,
        sessions=tuple(sessions),
        left_out=tuple(sorted(part.value for part in redaction.left_out)),
        personal=tuple(sorted(kind.value for kind in redaction.personal)),
        patterns_n=len(redaction.patterns),
    )


class _Writing:
    """A bundle being written."""

    def __init__(self, job: ExportJob, archive: zipfile.ZipFile) -> None:
        self._job = job
        self._archive = archive
        self._scrub = Scrub(job.redaction)
        self._total = sum(_bytes_of(stored.folder) for stored in job.sessions)
        self._done = 0

    def sessions(self) -> tuple[list[BundledSession], tuple[str, ...]]:
        """Write all; return what was written, and sentences about what was not."""
        bundled: list[BundledSession] = []
        odd: list[str] = []
        names: set[str] = set()
        for stored in self._job.sessions:
            if not _is_text(stored.record.session_id):
                odd.append(f"{stored.folder} has an id that is no text: a bundle cannot name it.")
                continue
            name = _free_name(stored.folder.name, names)
            names.add(name.casefold())
            self._scrub.begin(stored.record)
            files = self._session(stored.folder, name, odd)
            if SESSION_FILE in files:
                session_id = stored.record.session_id
                bundled.append(BundledSession(folder=name, session_id=session_id, files=files))
        if not bundled:
            raise StoreError("None of the sessions can be read.", hint="; ".join(odd)[:300])
        return bundled, (*odd, *self._scrub.remarks)

    def _session(self, folder: Path, name: str, odd: list[str]) -> dict[str, BundledFile]:
        files: dict[str, BundledFile] = {}
        for file_name in LARGEST:
            if self._scrub.leaves_out(file_name):
                continue
            try:
                file = self._file(folder / file_name, session_path(name, file_name))
            except _BrokenOffError:
                raise
            except StoreError as error:
                odd.append(error.sentence)
                file = None
            if file is not None:
                files[file_name] = file
            elif file_name == SESSION_FILE:
                break
        return files

    def _file(self, path: Path, inside: str) -> BundledFile | None:
        with ExitStack() as stack:
            file = open_regular(path)
            if file is None:
                return None
            stack.enter_context(file)
            size = size_of(file)
            if size > LARGEST[path.name]:
                raise StoreError(f"{path} is larger than a bundle may hold.")
            hashed = Hashed()
            pieces = self._counted(pieces_of(file, size))
            content = hashed.passing(self._scrub.file(path.name, pieces))
            _add(self._archive, inside, content, size, stored=path.name == AUDIO_FILE)
            return BundledFile(bytes=hashed.bytes, sha256=hashed.sha256)

    def _counted(self, pieces: Pieces) -> Iterator[bytes]:
        for piece in pieces:
            self._done += len(piece)
            if not self._job.told(min(self._done, self._total), self._total):
                raise _BrokenOffError("The export was broken off.")
            yield piece


def _add(
    archive: zipfile.ZipFile, name: str, pieces: Pieces, size: int, *, stored: bool = False
) -> None:
    info = zipfile.ZipInfo(name, _WHEN)
    info.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
    info.create_system, info.external_attr = _UNIX, _MODE
    with archive.open(info, "w", force_zip64=size > _SMALL) as into:
        for piece in pieces:
            into.write(piece)


def _bytes_of(folder: Path) -> int:
    return sum(path.stat().st_size for name in LARGEST if (path := folder / name).is_file())


def _is_text(name: str) -> bool:
    """Whether it can be written: half a character cannot."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _free_name(name: str, taken: set[str]) -> str:
    """Return the folder's name inside: its own, unless it may not be or is taken."""
    base = name if is_folder_name(name) else "session"
    number, free = 1, base
    while free.casefold() in taken:
        number += 1
        free = f"{base}-{number}"
    return free
