"""What is taken out of the JSON of a recording: whole parts by their names, texts by content.

The recording's own lines, the provider's messages within them and the session's account use
the same few names for what may have to stay at home; ``_PARTS`` lists them.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

from app.core.key_shapes import REDACTED, names_a_key, without_keys
from app.core.privacy import LeftOut

_PARTS: Final[Mapping[str, LeftOut]] = MappingProxyType({
    **dict.fromkeys(
        ("transcript", "text", "delta", "words", "logprobs", "refusal", "summary", "ref_text",
         "user_transcript", "agent_transcript"),
        LeftOut.TRANSCRIPTS,
    ),
    **dict.fromkeys(("instructions", "prompt", "system_instructions"), LeftOut.INSTRUCTIONS),
    **dict.fromkeys(
        ("tools", "mcp_servers", "server_label", "arguments", "parameters", "source"),
        LeftOut.TOOLS,
    ),
    **dict.fromkeys(
        ("who", "machine", "input_name", "output_name", "default_input", "default_output",
         "added", "removed", "interrupter_name", "engine_arguments"),
        LeftOut.NAMES,
    ),
    **dict.fromkeys(
        ("url", "server_url", "address", "server", "endpoint_host", "host"), LeftOut.ADDRESSES
    ),
})  # fmt: skip
"""Names of fields, and the part that they belong to."""

_NAMED_BY_SIBLING: Final[tuple[tuple[frozenset[str], LeftOut], ...]] = (
    (frozenset({"call_id", "arguments", "parameters"}), LeftOut.TOOLS),
    (frozenset({"side"}), LeftOut.NAMES),
)
"""Whose ``name`` it is, by the fields beside it."""

_EMPTIED: Final = frozenset({LeftOut.TRANSCRIPTS, LeftOut.ADDRESSES})
_ADDRESSES: Final = frozenset({"url", "server_url"})
_PIECES: Final = frozenset({"delta"})
"""A piece of a text: an address may be torn over several. The whole text follows."""

_PIECE_EVENTS: Final = frozenset({
    "ResponseText", "InputTranscriptDelta", "InputTranscriptSegment", "ToolArgumentsDelta"
})  # fmt: skip

_STRUCTURE: Final = frozenset({
    "id", "type", "object", "event", "status", "state", "role", "kind", "change", "method", "dir",
    "schema_version", "app_version", "model", "provider", "dialect", "auth", "voice", "format",
    "mode", "recording_mode", "input_format", "output_format", "cause", "interrupt_cause",
    "outcome", "stage", "speech_ends", "device_clock", "billed_by",
})  # fmt: skip
"""Fields that hold one word of a list, or a name that a machine made."""
_STRUCTURAL_ENDS: Final = ("_id", "_utc", "_sha256")
_WORD: Final = re.compile(r"[A-Za-z0-9_.:+\-]{1,200}")
_PLAIN_KEY: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.\-]{0,60}")


def without_parts(value: Any, left_out: frozenset[LeftOut]) -> Any:
    """Return JSON without the parts that are left out; types stay, so that it reads as before."""
    if isinstance(value, dict):
        siblings = frozenset(value)
        return {
            key: _blank(part, below)
            if (part := _part_of(key, below, siblings)) in left_out
            else without_parts(below, left_out)
            for key, below in value.items()
        }
    if isinstance(value, list):
        return [without_parts(each, left_out) for each in value]
    return value


def _part_of(key: str, value: Any, siblings: frozenset[str]) -> LeftOut | None:
    if key == "name":
        return next((part for some, part in _NAMED_BY_SIBLING if some & siblings), None)
    if key == "output":  # a tool's answer; a reply's output is a list, looked into
        return LeftOut.TOOLS if isinstance(value, str) else None
    return _PARTS.get(key)


def _blank(part: LeftOut | None, value: Any) -> Any:
    if isinstance(value, str):
        return "" if part in _EMPTIED else REDACTED
    if isinstance(value, list) and part is LeftOut.TOOLS:
        return [_hollow(each) for each in value]
    if isinstance(value, list | dict):
        return type(value)()
    return None


def _hollow(tool: Any) -> Any:
    """Return a tool of which nobody can tell what it was; how many there were is a figure."""
    if not isinstance(tool, dict):
        return REDACTED
    return {
        key: value
        if key in _STRUCTURE or isinstance(value, int | float)
        else _hollow(value)
        if isinstance(value, dict) and key != "parameters"
        else _blank(None, value)
        for key, value in tool.items()
    }


def without_queries(value: Any) -> Any:
    """Return JSON without keys by their names, whose addresses are bare: keys travel there."""
    if isinstance(value, dict):
        return {key: _without_key(key, below) for key, below in value.items()}
    if isinstance(value, list):
        return [without_queries(each) for each in value]
    return value


def _without_key(name: str, value: Any) -> Any:
    if not isinstance(value, str):
        return without_queries(value)
    if name in _ADDRESSES:
        return _plain_address(value)
    return REDACTED if value and names_a_key(name) else value


def _plain_address(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return REDACTED
    if not (parts.query or parts.fragment or "@" in parts.netloc):
        return url
    host = parts.netloc.rpartition("@")[2]
    query = REDACTED if parts.query else ""
    return urlunsplit((parts.scheme, host, parts.path, query, ""))


def without_pieces(line: Any) -> Any:
    """Return a line of the journal without pieces of texts, whose whole is told elsewhere."""
    if not isinstance(line, dict):
        return line
    fields = line.get("fields")
    if line.get("event") in _PIECE_EVENTS and isinstance(fields, dict):
        return {**line, "fields": {**fields, "text": ""}}
    return _without_deltas(line)


def _without_deltas(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: "" if key in _PIECES and isinstance(below, str) else _without_deltas(below)
            for key, below in value.items()
        }
    if isinstance(value, list):
        return [_without_deltas(each) for each in value]
    return value


def texts_of(value: Any, key: str = "") -> Iterator[str]:
    """Yield the texts that people or machines wrote freely, odd names of fields included."""
    if isinstance(value, dict):
        for name, below in value.items():
            if _PLAIN_KEY.fullmatch(name) is None:
                yield name
            yield from texts_of(below, name)
    elif isinstance(value, list):
        for each in value:
            yield from texts_of(each, key)
    elif isinstance(value, str) and not _is_word(value, key):
        yield value


def with_texts(value: Any, told: Callable[[str], str], key: str = "") -> Any:
    """Return JSON with each of those texts as ``told`` tells it."""
    if isinstance(value, dict):
        return {
            name if _PLAIN_KEY.fullmatch(name) else told(name): with_texts(below, told, name)
            for name, below in value.items()
        }
    if isinstance(value, list):
        return [with_texts(each, told, key) for each in value]
    return told(value) if isinstance(value, str) and not _is_word(value, key) else value


def _is_word(value: str, key: str) -> bool:
    """Whether a text is no free one: a word of a list, a machine's name, or an instant."""
    known = key in _STRUCTURE or key.endswith(_STRUCTURAL_ENDS)
    return known and _WORD.fullmatch(value) is not None and without_keys(value) == value
