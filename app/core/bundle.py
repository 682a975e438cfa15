"""A bundle: recorded sessions in one file (``resources/schema/bundle.md``).

Here is what writing and reading have in common: the names inside, the manifest, and what a
bundle may hold. Pure; the bytes are moved by ``app.exports`` and ``app.store``.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

import msgspec

from app.core.errors import StoreError

FORMAT: Final = "vivavoce-bundle"
VERSION: Final = "1.0"
SUFFIX: Final = ".vivavoce"
MEDIA_TYPE: Final = "application/vnd.vivavoce.bundle+zip"

MEDIA_TYPE_FILE: Final = "mimetype"
"""The first file inside, stored as it is: tools know the type by its first bytes."""

MANIFEST_FILE: Final = "manifest.json"
SESSIONS_FOLDER: Final = "sessions"

SESSION_FILE: Final = "session.json"
NOTES_FILE: Final = "library.json"
AUDIO_FILE: Final = "stereo.wav"
EVENTS_FILE: Final = "events.jsonl"
TURNS_FILE: Final = "turns.csv"

LARGEST: Mapping[str, int] = MappingProxyType({
    SESSION_FILE: 16 << 20,
    TURNS_FILE: 64 << 20,
    NOTES_FILE: 1 << 20,
    EVENTS_FILE: 16 << 30,
    AUDIO_FILE: 64 << 30,
})  # fmt: skip
"""Files of a session that a bundle holds, and the most bytes that each may have."""

LARGEST_MANIFEST: Final = 64 << 20
MOST_FILES: Final = 100_000

_LONGEST_NAME_BYTES: Final = 200
_NO_NAME = re.compile(r"[\x00-\x1f\x7f/\\:*?\"<>|\u2028\u2029]")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_UPDATE: Final = "Update the program, then import it again."


@dataclass(frozen=True, slots=True, kw_only=True)
class BundledFile:
    """A file of a session: its length in bytes and its SHA-256, in hexadecimal digits."""

    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BundledSession:
    """A session inside.

    Attributes:
        folder: Name of its folder, see ``is_folder_name``.
        files: By their names, which are those of ``LARGEST``.
    """

    folder: str
    session_id: str
    files: Mapping[str, BundledFile]


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleManifest:
    """What ``manifest.json`` says.

    Attributes:
        version: Of the format: a reader knows all versions with its own first number.
        made_utc: When, ISO 8601.
        left_out: Parts that were left out, by the names of ``LeftOut``.
        personal: Kinds of personal data that were replaced, by the names of ``PersonalData``.
        patterns_n: How many patterns of the user's own were replaced.
    """

    format: str
    version: str
    made_utc: str
    app_version: str
    sessions: tuple[BundledSession, ...]
    left_out: tuple[str, ...] = ()
    personal: tuple[str, ...] = ()
    patterns_n: int = 0


@dataclass(frozen=True, slots=True)
class _Head:
    """What is read first: it must be understood before anything else is."""

    format: str = field(default="")
    version: str = field(default="")


def session_path(folder: str, name: str) -> str:
    """Return where a session's file lies inside."""
    return f"{SESSIONS_FOLDER}/{folder}/{name}"


def is_folder_name(name: str) -> bool:
    """Whether ``name`` is one plain folder anywhere: every alphabet, but no path and no trick."""
    try:
        length = len(name.encode())
    except UnicodeEncodeError:  # half a character
        return False
    plain = name.strip(" .") == name and _NO_NAME.search(name) is None
    return plain and 0 < length <= _LONGEST_NAME_BYTES


def manifest_json(manifest: BundleManifest) -> bytes:
    """Return the content of ``manifest.json``."""
    return msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n"


def read_manifest(raw: bytes) -> BundleManifest:
    """Return what ``manifest.json`` says.

    Raises:
        StoreError: If it is none, of a newer version, or names what no bundle holds.
    """
    try:
        head = msgspec.json.decode(raw, type=_Head)
        _check_version(head)
        manifest = msgspec.json.decode(raw, type=BundleManifest)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as exc:
        raise StoreError("The bundle's manifest cannot be read.") from exc
    folders = [session.folder for session in manifest.sessions]
    if len({folder.casefold() for folder in folders}) != len(folders):
        raise StoreError("The bundle names one folder twice.")
    for session in manifest.sessions:
        _check_session(session)
    return manifest


def _check_version(head: _Head) -> None:
    if head.format != FORMAT:
        raise StoreError("The file is not a bundle of Viva Voce.")
    first, _, _rest = head.version.partition(".")
    if not first.isascii() or not first.isdigit():
        raise StoreError("The bundle does not say of what version it is.")
    if int(first[:9]) > int(VERSION.partition(".")[0]):
        raise StoreError(
            f"A newer version of the program made the bundle (format {head.version[:20]}).",
            hint=_UPDATE,
        )


def _check_session(session: BundledSession) -> None:
    if not is_folder_name(session.folder):
        raise StoreError(f"The bundle names a folder that may not be: {session.folder[:80]!r}.")
    if SESSION_FILE not in session.files:
        raise StoreError(f"The bundle's session {session.folder[:80]!r} has no {SESSION_FILE}.")
    for name, file in session.files.items():
        if name not in LARGEST:
            raise StoreError(f"The bundle names a file that no session has: {name[:80]!r}.")
        if not 0 <= file.bytes <= LARGEST[name] or _SHA256.fullmatch(file.sha256) is None:
            raise StoreError(f"The bundle says of {name} what cannot be.")
