"""What of a session's files goes into a bundle, and what is taken out of them on the way.

Where nothing is to be taken out a file passes byte for byte, but for keys and what addresses
carry behind a question mark. Else each line is taken apart and written anew. Memory holds a few
megabytes of a file that may have gigabytes.
"""

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import urlsplit

from app.core.bundle import AUDIO_FILE, EVENTS_FILE, NOTES_FILE, SESSION_FILE, TURNS_FILE
from app.core.cells import cell_text, csv_line, csv_rows, text_of
from app.core.key_shapes import REDACTED, without_keys
from app.core.privacy import LeftOut, Redaction
from app.core.records import SessionRecord
from app.exports.bundle_files import Pieces
from app.exports.bundle_json import (
    texts_of,
    with_texts,
    without_parts,
    without_pieces,
    without_queries,
)
from app.exports.redacting_text import TextRedactor

_WHOLE: Final[Mapping[str, LeftOut]] = MappingProxyType({
    AUDIO_FILE: LeftOut.AUDIO,
    EVENTS_FILE: LeftOut.EVENTS,
    NOTES_FILE: LeftOut.NOTES,
})  # fmt: skip
_COLUMNS: Final[Mapping[str, LeftOut]] = MappingProxyType({
    "ref_text": LeftOut.TRANSCRIPTS,
    "user_transcript": LeftOut.TRANSCRIPTS,
    "agent_transcript": LeftOut.TRANSCRIPTS,
    "input_name": LeftOut.NAMES,
    "interrupter_name": LeftOut.NAMES,
    "endpoint_host": LeftOut.ADDRESSES,
})  # fmt: skip
_FREE_COLUMNS: Final = frozenset(
    (*_COLUMNS, "error_message", "error_type", "reply_reason", "voice", "model")
)
_PLAIN_CELL: Final = re.compile(r"[A-Za-z0-9_.:+\-]{0,100}")
"""A number, an instant, an id or a word of ours, in any column but those."""

_LONGEST_LINE: Final = 16 << 20
_SHORTEST: Final = 3
_QUOTED: Final = "_quoted"
_ADDRESS_WITH_MORE: Final = re.compile(rb'url\\*"\s*:\s*\\*"[^"\\]*[?#@]')


class Scrub:
    """Takes out of each file what must not leave the house.

    Attributes:
        remarks: Sentences about what is left in it all the same.
    """

    def __init__(self, redaction: Redaction) -> None:
        self._left_out = frozenset(redaction.left_out)
        self._texts = bool(redaction.personal or redaction.patterns)
        self._redactor = TextRedactor(redaction)
        self._active = self._texts or bool(self._left_out)
        self._literals: re.Pattern[str] | None = None
        self.remarks = _remarks(self._left_out, texts=self._texts)
        self._files: Mapping[str, Callable[[Pieces], Iterator[bytes]]] = {
            SESSION_FILE: self._document,
            NOTES_FILE: self._document,
            TURNS_FILE: self._table,
            EVENTS_FILE: self._journal,
        }

    def begin(self, record: SessionRecord) -> None:
        """Turn to the files of another session."""
        self._literals = _literals(record, self._left_out)

    def leaves_out(self, name: str) -> bool:
        """Whether the file ``name`` is left out as a whole."""
        return _WHOLE.get(name) in self._left_out

    def file(self, name: str, pieces: Pieces) -> Iterator[bytes]:
        """Yield the content of the file ``name`` without what is left out."""
        scrub = self._files.get(name)
        yield from pieces if scrub is None else scrub(pieces)

    # --- whole documents

    def _document(self, pieces: Pieces) -> Iterator[bytes]:
        raw = b"".join(pieces)
        if self._passes(raw):
            yield raw
            return
        try:
            (value,) = self._scrubbed([json.loads(raw)])
        except (ValueError, RecursionError):
            if not self._active:
                yield _keyless(raw)
            return
        yield json.dumps(value, ensure_ascii=False, indent=1).encode("utf-8", "backslashreplace")

    def _table(self, pieces: Pieces) -> Iterator[bytes]:
        raw = b"".join(pieces)
        if not self._active:
            yield _keyless(raw)
            return
        rows, _torn = csv_rows(raw.decode("utf-8-sig", "replace"))
        if not rows:
            return
        header, *body = rows
        yield csv_line(header)
        found = (
            text_of(cell)
            for row in body
            for column, cell in zip(header, row, strict=False)
            if _is_free(column, cell)
        )
        told = self._told({text for text in found if text is not None})
        for row in body:
            yield csv_line(
                self._cell(column, cell, told) for column, cell in zip(header, row, strict=False)
            )

    def _cell(self, column: str, cell: str, told: Mapping[str, str]) -> str:
        if _COLUMNS.get(column) in self._left_out:
            return ""
        if not _is_free(column, cell):
            return cell
        text = text_of(cell)
        return "" if text is None else cell_text(told[text])

    # --- the journal

    def _journal(self, pieces: Pieces) -> Iterator[bytes]:
        for batch in _batches(pieces):
            if self._passes(batch):
                yield batch
            else:
                yield b"".join(self._lines(batch.split(b"\n")))

    def _lines(self, lines: Sequence[bytes]) -> Iterator[bytes]:
        *whole, rest = lines
        touched = [line for line in whole if not self._passes(line)]
        values = [_opened(line, keep=not self._active) for line in touched]
        scrubbed = iter(self._scrubbed([value for value in values if value is not None]))
        told = iter(values)
        for line in whole:
            if self._passes(line):
                yield line + b"\n"
            elif next(told) is not None:
                yield _closed(next(scrubbed))
            elif not self._active:
                yield _keyless(line) + b"\n"
        if not self._active:  # half a line is no line
            yield _keyless(rest)

    def _scrubbed(self, values: Sequence[Any]) -> list[Any]:
        """Return documents without what is left out: many at once are faster."""
        bare = [without_parts(without_queries(value), self._left_out) for value in values]
        if self._texts:
            bare = [without_pieces(value) for value in bare]
        told = self._told({text for value in bare for text in texts_of(value)})
        return [with_texts(value, lambda text: told[text]) for value in bare]

    def _told(self, texts: Collection[str]) -> Mapping[str, str]:
        """Return each text as it may leave the house."""
        literals = self._literals
        if literals is None:
            return self._redactor.texts(texts)
        named = {text: literals.sub(REDACTED, text) for text in texts}
        told = self._redactor.texts(set(named.values()))
        return {text: told[less] for text, less in named.items()}

    def _passes(self, raw: bytes) -> bool:
        """Whether nothing has to be taken out of ``raw``."""
        return not self._active and _ADDRESS_WITH_MORE.search(raw) is None and _keyless(raw) == raw


def _is_free(column: str, cell: str) -> bool:
    """Whether a cell may hold what somebody said or wrote."""
    plain = _PLAIN_CELL.fullmatch(cell) is not None and without_keys(cell) == cell
    return column in _FREE_COLUMNS or not plain


def _remarks(left_out: frozenset[LeftOut], *, texts: bool) -> tuple[str, ...]:
    if LeftOut.AUDIO in left_out or not (texts or LeftOut.TRANSCRIPTS in left_out):
        return ()
    return ("The sound is in it as it was recorded: what was taken out of texts can be heard.",)


def _literals(record: SessionRecord, left_out: frozenset[LeftOut]) -> "re.Pattern[str] | None":
    """Return what finds names and addresses of this session in any sentence."""
    found: set[str | None] = set()
    if LeftOut.ADDRESSES in left_out:
        found.add(_host(record.target.url))
        found.add(record.connect.address if record.connect else None)
    if LeftOut.NAMES in left_out:
        found |= {record.input_name, record.output_name}
        found |= {consent.who for consent in record.consents}
    long = sorted((each for each in found if each and len(each) >= _SHORTEST), key=len)
    return re.compile("|".join(map(re.escape, reversed(long)))) if long else None


def _host(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


def _keyless(raw: bytes) -> bytes:
    """Return bytes without keys; no other byte is touched."""
    return without_keys(raw.decode("latin-1")).encode("latin-1")


def _batches(pieces: Pieces) -> Iterator[bytes]:
    """Yield whole lines together; what has no line end within all measure, piece by piece."""
    rest = b""
    for piece in pieces:
        rest += piece
        end = rest.rfind(b"\n") + 1
        if end or len(rest) > _LONGEST_LINE:
            end = end or len(rest)
            yield rest[:end]
            rest = rest[end:]
    if rest:
        yield rest


def _opened(line: bytes, *, keep: bool) -> dict[str, Any] | None:
    """Return a line with the message that it quotes as JSON; None for what is no line.

    Args:
        line: Of the journal.
        keep: A message that is no JSON stays a text; else it is left out.
    """
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict):
        return None
    raw = value.pop("raw", None)
    if isinstance(raw, str):
        try:
            value[_QUOTED] = json.loads(raw)
        except (ValueError, RecursionError):
            value["raw"] = raw if keep else ""
    return value


def _closed(line: dict[str, Any]) -> bytes:
    if _QUOTED in line:
        line = {**line, "raw": _compact(line[_QUOTED])}
        del line[_QUOTED]
    return _compact(line).encode("utf-8", "backslashreplace") + b"\n"


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
