"""A bundle opened without trust: what it holds is looked at before anything is taken out.

Refused are archives that are torn, encrypted or packed otherwise than a bundle is, names that
lead elsewhere, links, one name twice, and what would grow to a multiple of its size.
"""

import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from app.core.bundle import (
    LARGEST_MANIFEST,
    MANIFEST_FILE,
    MEDIA_TYPE_FILE,
    MOST_FILES,
    BundleManifest,
    read_manifest,
    session_path,
)
from app.core.errors import StoreError

_PIECE_BYTES: Final = 1 << 20
_MOST_GROWTH: Final = 250
"""Journals shrink to a thirtieth; deflate could make a thousandth of zeros."""
_SMALL: Final = 16 << 20
"""What may come of any bundle, however small."""
_LARGEST_DIRECTORY: Final = 64 << 20
_PACKED: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_ENCRYPTED: Final = 0x1
_MOST_SENTENCES: Final = 20

_END: Final = struct.Struct("<4s4H2LH")
_END_MARK: Final = b"PK\x05\x06"
_END_REACH: Final = _END.size + 0xFFFF
_END_64: Final = struct.Struct("<4sQ2H2L4Q")
_LOCATOR: Final = struct.Struct("<4sLQL")
_LOCATOR_MARK: Final = b"PK\x06\x07"

BROKEN: Final = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)
"""What reading a damaged archive raises beside ``OSError``."""


class Bundle:
    """An opened bundle.

    Attributes:
        manifest: What it says that it holds; every file named there is there, with its length.
        odd: Sentences about what else is in it.
    """

    def __init__(self, archive: zipfile.ZipFile, size: int) -> None:
        self._archive = archive
        members = _members(archive)
        self.manifest = _manifest(archive, members)
        self._members = members
        self.odd = _check(self.manifest, members, size)

    @property
    def total_bytes(self) -> int:
        """How much all its sessions take on the disk."""
        return sum(f.bytes for each in self.manifest.sessions for f in each.files.values())

    def pieces(self, folder: str, name: str) -> Iterator[bytes]:
        """Yield the content of a session's file, never more than the manifest says.

        Raises:
            StoreError: If it is damaged.
        """
        with (
            _told_as_damage(),
            self._archive.open(self._members[session_path(folder, name)]) as file,
        ):
            while piece := file.read(_PIECE_BYTES):
                yield piece


@contextmanager
def open_bundle(path: Path) -> Iterator[Bundle]:
    """Open a bundle.

    Raises:
        StoreError: If it cannot be read, is none, or one that is refused.
    """
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError) as exc:
        raise _unreadable(path, exc) from exc
    told = os.fstat(fd)
    if not stat.S_ISREG(told.st_mode):
        os.close(fd)
        raise StoreError(f"{path} is no file.")
    with os.fdopen(fd, "rb") as file:
        with _told_as_damage():
            _check_directory(file, told.st_size)
            archive = zipfile.ZipFile(file)
        with archive:
            yield Bundle(archive, told.st_size)


def _unreadable(path: Path, exc: OSError | ValueError) -> StoreError:
    why = exc.strerror if isinstance(exc, OSError) else "no file has such a name"
    return StoreError(f"{str(path)[:200]!r} cannot be read: {why}.")


@contextmanager
def _told_as_damage() -> Iterator[None]:
    try:
        yield
    except BROKEN as exc:
        raise StoreError(
            "The file is not a bundle of Viva Voce, or it is damaged.",
            hint="Copy it again from where it came from.",
        ) from exc
    except OSError as exc:  # the disk's fault, or a place in it that no file has
        raise StoreError(
            f"The bundle cannot be read: {os.strerror(exc.errno or 0)}.",
            hint="Copy it again from where it came from.",
        ) from exc


def _check_directory(file: BinaryIO, size: int) -> None:
    """Refuse a table of contents that would fill the memory, before it is read."""
    start = max(size - _END_REACH, 0)
    file.seek(start)
    tail = file.read(_END_REACH)
    place = tail.rfind(_END_MARK)
    if place < 0 or len(tail) - place < _END.size:
        raise zipfile.BadZipFile
    length = _END.unpack_from(tail, place)[5]
    locator = place - _LOCATOR.size
    if locator >= 0 and tail[locator:].startswith(_LOCATOR_MARK):
        file.seek(_LOCATOR.unpack_from(tail, locator)[2])
        record = file.read(_END_64.size)
        if len(record) < _END_64.size:
            raise zipfile.BadZipFile
        length = _END_64.unpack(record)[8]
    if length > _LARGEST_DIRECTORY:
        raise StoreError("The bundle holds more files than any bundle has.")


def _members(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    members: dict[str, zipfile.ZipInfo] = {}
    for info in archive.infolist():
        _check_member(info)
        if info.filename in members:
            raise StoreError(f"The bundle holds {_shown(info.filename)} twice.")
        members[info.filename] = info
    if len(members) > MOST_FILES:
        raise StoreError("The bundle holds more files than any bundle has.")
    return members


def _check_member(info: zipfile.ZipInfo) -> None:
    name = info.orig_filename
    parts = name.removesuffix("/").split("/")
    unsafe = "\\" in name or "\0" in name or any(part in {"", ".", ".."} for part in parts)
    if unsafe or name != info.filename:
        raise StoreError(f"The bundle holds a name that leads elsewhere: {_shown(name)}.")
    if stat.S_ISLNK(info.external_attr >> 16):
        raise StoreError(f"The bundle holds a link: {_shown(name)}.")
    if info.flag_bits & _ENCRYPTED:
        raise StoreError("The bundle is encrypted.", hint="Unpack and pack it without a password.")
    if info.compress_type not in _PACKED:
        raise StoreError(f"{_shown(name)} in the bundle is packed in a way that no bundle is.")


def _manifest(archive: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo]) -> BundleManifest:
    info = members.get(MANIFEST_FILE)
    if info is None:
        raise StoreError(f"The file is not a bundle of Viva Voce: it has no {MANIFEST_FILE}.")
    with _told_as_damage(), archive.open(info) as file:
        raw = file.read(LARGEST_MANIFEST + 1)
    if len(raw) > LARGEST_MANIFEST:
        raise StoreError("The bundle's manifest is larger than any is.")
    return read_manifest(raw)


def _check(
    manifest: BundleManifest, members: dict[str, zipfile.ZipInfo], size: int
) -> tuple[str, ...]:
    """Refuse what is not as the manifest says; return sentences about what it does not name."""
    named = {MANIFEST_FILE, MEDIA_TYPE_FILE}
    total = 0
    for session in manifest.sessions:
        for name, file in session.files.items():
            inside = session_path(session.folder, name)
            named.add(inside)
            total += file.bytes
            info = members.get(inside)
            if info is None:
                raise StoreError(f"The bundle lacks {_shown(inside)}, which its manifest names.")
            if info.file_size != file.bytes:
                raise StoreError(f"{_shown(inside)} in the bundle is not as long as it should be.")
    if total > _SMALL + _MOST_GROWTH * size:
        raise StoreError("The bundle would grow to a multiple of its size: it is not unpacked.")
    unknown = sorted(name for name in members if name not in named and not name.endswith("/"))
    shown = [f"{_shown(name)} is in the bundle and was ignored." for name in unknown]
    more = len(shown) - _MOST_SENTENCES
    rest = (f"{more} other files are in the bundle and were ignored.",) if more > 0 else ()
    return (*shown[:_MOST_SENTENCES], *rest)


def _shown(name: str) -> str:
    return ascii(name[:80])
