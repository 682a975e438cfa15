"""A raw message as the journal keeps it: verbatim, but its audio counted instead of copied."""

import re

LONGEST_LINE = 1 << 20
"""Characters of a message that are kept; a longer one is cut and says so."""

# Possessive: a payload of 10 MB that could be matched in many ways would take gigabytes.
_PAYLOAD = re.compile(r'("(?:audio|delta|data)"\s*:\s*)"((?:[A-Za-z0-9+/]++|\\/)++={0,2})"')
_SPEAKS_OF_AUDIO = re.compile(r'"type"\s*:\s*"[^"]*audio[^"]*"')
_SHORTEST_PAYLOAD = 64


def without_audio(raw: str) -> str:
    """Replace base64 audio by ``{"bytes": n}``, n counted after decoding.

    Only in a message that names audio in one of its types, and only the fields ``audio``,
    ``delta`` and ``data``: the samples themselves are in ``stereo.wav``.
    """
    if len(raw) < _SHORTEST_PAYLOAD or _SPEAKS_OF_AUDIO.search(raw) is None:
        return raw
    return _PAYLOAD.sub(_counted, raw)


def _counted(match: re.Match[str]) -> str:
    if len(match[2]) < _SHORTEST_PAYLOAD:
        return match[0]
    base64 = match[2].replace("\\/", "/").rstrip("=")
    return f'{match[1]}{{"bytes":{len(base64) * 3 // 4}}}'


def shortened(raw: str) -> tuple[str, int | None]:
    """Return at most LONGEST_LINE characters, and the full length where some were cut."""
    if len(raw) <= LONGEST_LINE:
        return raw, None
    return raw[:LONGEST_LINE], len(raw)
