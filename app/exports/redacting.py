"""A recorded session without what must not leave the house.

Keys go always. Numbers, instants, states and ids stay, so that a redacted session gives the same
figures. What stands in files beside the account (events, sound, notes) is up to their writers.
"""

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import Any, Final, get_args, get_type_hints
from urllib.parse import urlsplit, urlunsplit

from app.core.calibration import CalibrationNote
from app.core.conduct import Conduct
from app.core.config import SessionSettings, Tool
from app.core.key_shapes import REDACTED, names_a_key, without_keys
from app.core.ports import StoredSession
from app.core.privacy import LeftOut, Redaction
from app.core.records import SessionRecord, TurnRecord
from app.exports.redacting_text import TextRedactor, redact_text

__all__ = ["TextRedactor", "redact", "redact_text"]

_OUR_WORDS: Final = frozenset({
    "app_version", "at_utc", "billed_by", "calibration_id", "client_limited", "device_clock",
    "end_reason", "ended_utc", "excluded_reason", "measured_utc", "provider", "run_id", "rerun_of",
    "schema_version", "session_id", "speech_ends", "state", "t0_utc", "tls_version",
    "ttft_modality", "ttft_ref",
})  # fmt: skip
"""Fields whose text is our own, and counted or compared; kept where it has that shape."""
_LONGEST_WORD: Final = 100
_WORD_MARKS: Final = frozenset("_-.:,+ ~")
_ADDRESSES: Final = frozenset({"url", "server_url", "server"})
_TRANSCRIPTS: Final = ("ref_text", "user_transcript", "agent_transcript")
_NAMES: Final = ("input_name", "interrupter_name")

_Change = Callable[[str], str]


_TURN_TEXTS: Final = tuple(
    name for name, hint in get_type_hints(TurnRecord).items() if str in get_args(hint)
)
"""The only fields of a turn that hold text: of one and a half hundred."""


def redact(stored: StoredSession, redaction: Redaction) -> StoredSession:
    """Return ``stored`` without keys and what ``redaction`` names. Twice is the same as once.

    ``folder`` stays, since sound is read from it: nothing written may hold it.

    Raises:
        ConfigError: If one of the user's expressions is none.
    """
    left_out = frozenset(redaction.left_out)
    record = _without_parts(stored.record, left_out)
    turns = tuple(_turn_without(turn, left_out) for turn in stored.turns)
    found: dict[str, None] = {}

    def gather(text: str) -> str:
        found[text] = None
        return text

    for value in (record, turns, stored.odd):
        _changed(value, gather)
    told = TextRedactor(redaction).texts(found)
    return replace(
        stored,
        record=_changed(record, told.__getitem__),
        turns=_changed(turns, told.__getitem__),
        odd=_changed(stored.odd, told.__getitem__),
    )


# --- texts, wherever they stand ----------------------------------------------------------------


def _changed(value: Any, change: _Change, name: str = "") -> Any:
    """Return a value whose texts are changed; what nothing changes in is the same object."""
    if isinstance(value, Enum) or not isinstance(value, str | Mapping | tuple | list):
        return _record_changed(value, change) if is_dataclass(value) else value
    if isinstance(value, str):
        return _text(value, change, name)
    if isinstance(value, Mapping):
        return {
            _text(str(key), change, name): _changed(each, change, str(key))
            for key, each in value.items()
        }
    return type(value)(_changed(each, change, name) for each in value)


def _record_changed(value: Any, change: _Change) -> Any:
    all_of_it = (each.name for each in fields(value))
    names = _TURN_TEXTS if isinstance(value, TurnRecord) else all_of_it
    told = {name: getattr(value, name) for name in names}
    new = {name: _changed(field, change, name) for name, field in told.items()}
    different = {name: each for name, each in new.items() if each is not told[name]}
    return replace(value, **different) if different else value


def _text(text: str, change: _Change, name: str) -> str:
    if not text or (name in _OUR_WORDS and _is_word(text)):
        return text
    if names_a_key(name):
        return REDACTED
    if name in _ADDRESSES and "//" in text:
        return _address(text, change)
    return change(text)


def _is_word(text: str) -> bool:
    """Tell whether a text is one that this program writes into such a field itself."""
    plain = len(text) <= _LONGEST_WORD and all(
        letter.isascii() and (letter.isalnum() or letter in _WORD_MARKS) for letter in text
    )
    return plain and without_keys(text) == text


def _address(url: str, change: _Change) -> str:
    """Return an address without name, password and query; "" where its host must go."""
    try:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
        if change(host) != host:
            return ""
        return urlunsplit((parts.scheme, host, change(parts.path), "", ""))
    except ValueError:
        return ""


# --- whole parts -------------------------------------------------------------------------------


def _turn_without(turn: TurnRecord, left_out: frozenset[LeftOut]) -> TurnRecord:
    gone = (
        *(_TRANSCRIPTS if LeftOut.TRANSCRIPTS in left_out else ()),
        *(_NAMES if LeftOut.NAMES in left_out else ()),
    )
    there = {name: None for name in gone if getattr(turn, name) is not None}
    return replace(turn, **there) if there else turn  # type: ignore[arg-type]


def _without_parts(record: SessionRecord, left_out: frozenset[LeftOut]) -> SessionRecord:
    for part, without in _WITHOUT.items():
        if part in left_out:
            record = without(record)
    return record


def _without_instructions(record: SessionRecord) -> SessionRecord:
    return replace(
        record,
        settings=replace(record.settings, instructions=None),
        effective_settings=_without_keys(record.effective_settings, {"instructions", "prompt"}),
    )


def _without_tools(record: SessionRecord) -> SessionRecord:
    """Keep how many there were: that is a figure."""
    settings: SessionSettings = record.settings
    none = Tool(name=REDACTED, description="", parameters={})
    return replace(
        record,
        settings=replace(settings, tools=(none,) * len(settings.tools)),
        effective_settings=_without_keys(record.effective_settings, {"tools"}),
        conduct=replace(record.conduct, tools=(), mcp_servers=()),
    )


def _without_names(record: SessionRecord) -> SessionRecord:
    note = record.calibration
    if note is not None and note.devices is not None:
        devices = replace(note.devices, input_name=REDACTED, output_name=REDACTED)
        note = CalibrationNote(engine=note.engine, devices=devices)
    return replace(
        record,
        input_name=REDACTED,
        output_name=REDACTED,
        calibration=note,
        engine_arguments=(),
        machine=_without_keys(record.machine, {"node", "host", "hostname", "user"}) or {},
        consents=tuple(replace(consent, who=REDACTED) for consent in record.consents),
    )


def _without_addresses(record: SessionRecord) -> SessionRecord:
    conduct: Conduct = record.conduct
    connect, parts = record.connect, record.engine_parts
    return replace(
        record,
        target=replace(record.target, url=""),
        engine_arguments=(),
        engine_parts=None if parts is None else replace(parts, host=None),
        connect=None if connect is None else replace(connect, address=None, server=None),
        effective_settings=_without_keys(record.effective_settings, _ADDRESSES),
        conduct=replace(
            conduct,
            tools=tuple(
                replace(setup, answer=replace(setup.answer, url="")) for setup in conduct.tools
            ),
            mcp_servers=tuple(replace(server, url="") for server in conduct.mcp_servers),
        ),
    )


def _without_keys(value: Any, names: "frozenset[str] | set[str]") -> Any:
    if isinstance(value, Mapping):
        return {key: _without_keys(each, names) for key, each in value.items() if key not in names}
    if isinstance(value, list | tuple):
        return [_without_keys(each, names) for each in value]
    return value


_WITHOUT: Final[Mapping[LeftOut, Callable[[SessionRecord], SessionRecord]]] = {
    LeftOut.INSTRUCTIONS: _without_instructions,
    LeftOut.TOOLS: _without_tools,
    LeftOut.NAMES: _without_names,
    LeftOut.ADDRESSES: _without_addresses,
}
