"""A session's folder as the index keeps it. Nothing is changed, whatever is in the folder."""

import json
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Protocol

from app.core.errors import StoreError
from app.core.library import Outcome, SessionFigures
from app.core.money import CostStatus
from app.core.ports.store import StoredSession
from app.core.records import SCHEMA_VERSION
from app.core.version import VERSION
from app.store.annotations import Annotated, read_annotations
from app.store.index import RUNNING, SessionSummary, read_summary
from app.store.library_scan import Found, name_before, trashed_at
from app.store.library_words import clean, indexed
from app.store.reader import FolderReader


class Figuring(Protocol):
    """Works out what sessions come to. Any thread.

    Both may raise ArithmeticError or ValueError for what stands in a session, and StoreError where
    the program itself cannot work anything out.
    """

    def of(self, stored: StoredSession) -> tuple[SessionFigures, str]:
        """Return a session's figures, and what it is billed for, as ``priced`` takes it."""
        ...

    def priced(self, billed: str) -> tuple[Decimal | None, CostStatus]:
        """Return what that costs by the prices in force."""
        ...


FIGURES_EDITION: Final = 1
"""Rises when figures are worked out in another way."""
UNFIGURED: Final = f"|{VERSION} {SCHEMA_VERSION} {FIGURES_EDITION}"
"""Follows the stamp of a session whose figures are not known: what could not be read or worked
out may be the program's fault, and another version of it tries again."""
MOST_WORDS: Final = 2_000_000
"""Characters of one side that are kept for searching: a day of talk."""
LONGEST: Final = 200
"""Characters of a title or a name."""
MOST_ODD: Final = 50

_OUTCOMES: Final = MappingProxyType({
    RUNNING: Outcome.RUNNING,
    "interrupted": Outcome.INTERRUPTED,
    "failed": Outcome.FAILED,
})  # fmt: skip
_NAME_INSTANT: Final = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What the index keeps of a session.

    Attributes:
        columns: Of the table ``sessions``.
        words: Of the table ``words``.
    """

    columns: Mapping[str, Any]
    tags: tuple[str, ...]
    words: tuple[str, str, str, str, str]


class EntryReader:
    """Reads sessions for the index. Any thread.

    Args:
        figures: Works out what the turns come to.
    """

    def __init__(self, figures: Figuring) -> None:
        self._figures = figures
        self._reader = FolderReader({})

    def read(self, found: Found, priced_by: str) -> Entry:
        """Return what the index keeps of a folder; never raises for what is in it.

        A folder that was moved or changed meanwhile is kept without its stamps, so that the next
        refresh reads it again: what was read may be of a moment when it was not there.

        Args:
            found: Of ``scan``.
            priced_by: Fingerprint of the price table that ``figures`` uses.

        Raises:
            StoreError: If the program itself cannot work figures out; nothing is to be kept of it.
        """
        before = _state_of(found.folder)
        summary = read_summary(found.folder)
        stored, odd = self._stored(found, summary)
        figures, billed, more = self._figured(stored)
        annotated, yet_more = read_annotations(found.folder)
        columns: dict[str, Any] = {
            "key": found.key,
            "in_trash": int(found.in_trash),
            "account_stamp": found.account_stamp,
            "stamp": stamp_of(found, figured=billed != ""),
            "priced_by": priced_by,
            **_told(found, summary, stored),
            **_latencies(figures),
            **_money(figures.cost_usd, figures.cost_status),
            "billed": billed,
            "bytes_n": bytes_of(found.folder),
            "starred": int(annotated.starred),
            "note": annotated.note,
            "odd": _sentences((*odd, *more, *yet_more, *_about_folder(found))),
        }
        if before is None or before != _state_of(found.folder):
            columns |= {"account_stamp": "", "stamp": ""}
        return Entry(columns=columns, tags=annotated.tags, words=_words(summary, stored, annotated))

    def _stored(
        self, found: Found, summary: SessionSummary
    ) -> tuple[StoredSession | None, tuple[str, ...]]:
        try:
            stored = self._reader.read(found.folder)
        except StoreError as exc:
            return None, (summary.problem or exc.sentence.removesuffix("."),)
        except OSError as exc:  # the folder goes away, or nobody may look into it
            return None, (f"it cannot be read: {os.strerror(exc.errno or 0)}",)
        return stored, stored.odd

    def _figured(self, stored: StoredSession | None) -> tuple[SessionFigures, str, tuple[str, ...]]:
        if stored is None:
            return SessionFigures(), "", ()
        try:
            return (*self._figures.of(stored), ())
        except (ArithmeticError, ValueError):  # e.g. a price with a million digits
            return SessionFigures(), "", ("its figures cannot be worked out",)

    def priced(self, billed: str, priced_by: str) -> Mapping[str, Any] | None:
        """Return the columns of what a session comes to, or None if its folder must be read.

        Args:
            billed: What it is billed for, of its entry.
            priced_by: See ``read``.
        """
        try:
            return {**_money(*self._figures.priced(billed)), "priced_by": priced_by}
        except (ArithmeticError, ValueError):
            return None


def stamp_of(found: Found, *, figured: bool) -> str:
    """Return the stamp of an entry that tells a session as it is; ``figured``: with its figures."""
    return found.stamp if figured else found.stamp + UNFIGURED


def _state_of(folder: Path) -> tuple[int, int] | None:
    """Return what differs once a folder was moved, or a file in it put in place; None: gone."""
    try:
        told = os.stat(folder)  # noqa: PTH116 - as in ``library_scan``
    except OSError:
        return None
    return told.st_ino, told.st_ctime_ns


def bytes_of(folder: Path) -> int:
    """Return the bytes of all files in a folder and below; links are not followed."""
    total = 0
    for place, _folders, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(f"{place}/{name}").st_size
            except OSError:
                continue
    return total


def _told(found: Found, summary: SessionSummary, stored: StoredSession | None) -> dict[str, Any]:
    began = _instant(summary.began_utc) or _named_instant(found)
    record = None if stored is None else stored.record
    return {
        "outcome": _outcome(summary).value,
        "session_id": short(summary.session_id),
        "began_utc": None if began is None else began.isoformat(timespec="milliseconds"),
        "began_s": None if began is None else began.timestamp(),
        "provider": short(summary.provider),
        "model": short(summary.model),
        "title": short(summary.title),
        "voice": None if record is None else short(record.settings.voice),
        "run_id": None if record is None else short(record.run_id),
        "duration_s": summary.duration_s if summary.duration_s is not None else _lasted(summary),
        "turns_n": _whole(summary.turns_n),
        "failed_n": _whole(summary.failed_n),
        "renewals": _whole(summary.renewals),
        "provider_stalls": _whole(summary.provider_stalls),
        "trashed_utc": _trashed(found),
        "newer": int(record is not None and _is_newer(record.schema_version)),
    }


def _outcome(summary: SessionSummary) -> Outcome:
    if summary.state == "complete":
        return Outcome.TURNS_FAILED if summary.failed_n else Outcome.OK
    return _OUTCOMES.get(summary.state, Outcome.UNREADABLE)


def _latencies(figures: SessionFigures) -> dict[str, Any]:
    return {
        "v2v_p50_ms": _finite(figures.v2v_p50_ms),
        "v2v_p95_ms": _finite(figures.v2v_p95_ms),
        "interruptions_n": _whole(figures.interruptions_n),
    }


def _money(usd: Decimal | None, status: CostStatus) -> dict[str, Any]:
    real = None if usd is None else float(usd)
    return {
        "usd": None if usd is None or not usd.is_finite() else str(usd),
        "usd_real": _finite(real),
        "cost_status": status.value,
    }


def _words(
    summary: SessionSummary, stored: StoredSession | None, annotated: Annotated
) -> tuple[str, str, str, str, str]:
    turns = () if stored is None else stored.turns
    title = " ".join(filter(None, (summary.title, summary.model)))
    return (
        _joined([turn.user_transcript for turn in turns]),
        _joined([turn.agent_transcript for turn in turns]),
        indexed(title[: 2 * LONGEST]),
        *annotated_words(annotated),
    )


def annotated_words(annotated: Annotated) -> tuple[str, str]:
    """Return the last two columns of the table ``words``."""
    return indexed(annotated.note), indexed(" ".join(annotated.tags))


def _joined(texts: list[str | None]) -> str:
    return indexed(" \N{MIDDLE DOT} ".join(text for text in texts if text)[:MOST_WORDS])


def _about_folder(found: Found) -> tuple[str, ...]:
    if os.fsdecode(found.key) == found.folder.name:
        return ()
    return ("its folder's name is no UTF-8",)


def _sentences(odd: tuple[str, ...]) -> str:
    told = [clean(sentence) for sentence in odd[:MOST_ODD]]
    return json.dumps(list(dict.fromkeys(told)), ensure_ascii=False)


def short(text: str | None) -> str | None:
    """Return a name or an id as the index keeps it."""
    return None if text is None else clean(text[:LONGEST])


def _whole(number: int | None) -> int | None:
    return number if number is not None and abs(number) < 2**63 else None


def _finite(number: float | None) -> float | None:
    return number if number is not None and math.isfinite(number) else None


def _instant(text: str | None) -> datetime | None:
    try:
        at = datetime.fromisoformat(text or "")
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _named_instant(found: Found) -> datetime | None:
    name = name_before(found.key) if found.in_trash else found.key
    try:
        return datetime.strptime(name.partition("-")[0], _NAME_INSTANT).replace(tzinfo=UTC)
    except ValueError:
        return None


def _lasted(summary: SessionSummary) -> float | None:
    began, ended = _instant(summary.began_utc), _instant(summary.ended_utc)
    if began is None or ended is None or ended < began:
        return None
    return (ended - began).total_seconds()


def _trashed(found: Found) -> str | None:
    at = trashed_at(found.key) if found.in_trash else None
    return None if at is None else at.isoformat(timespec="milliseconds")


def _is_newer(version: str) -> bool:
    try:
        return _numbers(version) > _numbers(SCHEMA_VERSION)
    except ValueError:
        return False


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part[:9]) for part in version.split(".")[:3])
