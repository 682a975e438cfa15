"""Names that tell the models of a report apart."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from app.core.config import TurnDetection, VadMode
from app.core.records import SessionRecord
from app.exports.report_text import THIN, one_line

MOST_CHARACTERS: Final = 56
MOST_DIFFERENT: Final = 36
_LETTERS: Final = 26


def labels_of(records: Sequence[SessionRecord]) -> tuple[str, ...]:
    """Return a name for each, all different: the title, with what differs where titles agree."""
    titles = [one_line(record.target.title or "unnamed", MOST_CHARACTERS) for record in records]
    told = []
    for title, record in zip(titles, records, strict=True):
        alike = [other for name, other in zip(titles, records, strict=True) if name == title]
        more = _different(record, alike) if len(alike) > 1 else ""
        told.append(f"{title} ({one_line(more, MOST_DIFFERENT)})" if more else title)
    return _lettered(told)


def _lettered(names: Sequence[str]) -> tuple[str, ...]:
    """Return names with a letter where they are alike all the same."""
    tally, seen, told = Counter(names), Counter[str](), []
    for name in names:
        place, seen[name] = seen[name], seen[name] + 1
        again = place // _LETTERS
        letter = chr(ord("A") + place % _LETTERS) + (str(again + 1) if again else "")
        told.append(name if tally[name] == 1 else f"{name} {letter}")
    return tuple(told)


def _different(record: SessionRecord, alike: Sequence[SessionRecord]) -> str:
    """Return in what a record differs from others of its title."""
    own, others = _traits(record), [_traits(other) for other in alike]
    return ", ".join(
        trait
        for place, trait in enumerate(own)
        if any(other[place] != trait for other in others) and trait
    )


def _traits(record: SessionRecord) -> tuple[str, ...]:
    settings = record.settings
    return (
        record.target.model or "",
        f"voice {settings.voice}" if settings.voice else "",
        detection_words(settings.turn_detection),
        " ".join(record.engine_arguments),
    )


def detection_words(detection: TurnDetection) -> str:
    """Return who ends the user's turns, and by what."""
    match detection.mode:
        case VadMode.SERVER:
            silence = f"{detection.silence_ms}{THIN}ms"
            return f"server VAD, {silence} of silence, threshold {detection.threshold:g}"
        case VadMode.SEMANTIC:
            return f"semantic VAD, eagerness {detection.eagerness}"
        case VadMode.MANUAL:
            return "push to talk"
