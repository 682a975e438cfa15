"""A transcript that grows: deltas appended part by part, replaced by the final words."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from app.core.ids import ItemId


@dataclass(frozen=True, slots=True)
class TextPart:
    """The words of one content part of one item; ``final`` once the provider said all."""

    item_id: ItemId
    content_index: int
    text: str
    final: bool


Parts = tuple[TextPart, ...]
"""A turn's parts in the order in which they were first heard of."""


def with_delta(parts: Parts, item_id: ItemId, content_index: int, text: str) -> Parts:
    """Append to the part the delta belongs to; one after the final words changes nothing."""
    index, known = _find(parts, item_id, content_index)
    return parts if known.final else _put(parts, index, replace(known, text=known.text + text))


def with_final(parts: Parts, item_id: ItemId, content_index: int, text: str) -> Parts:
    """Put the final words in the place of what came piece by piece."""
    index, known = _find(parts, item_id, content_index)
    return _put(parts, index, replace(known, text=text, final=True))


def joined(parts: Iterable[TextPart]) -> str | None:
    """Return the words of all parts with a space between; None where there is no part."""
    texts = [part.text.strip() for part in parts]
    return " ".join(text for text in texts if text) if texts else None


def _find(parts: Parts, item_id: ItemId, content_index: int) -> tuple[int, TextPart]:
    for index, part in enumerate(parts):
        if (part.item_id, part.content_index) == (item_id, content_index):
            return index, part
    return len(parts), TextPart(item_id, content_index, "", final=False)


def _put(parts: Parts, index: int, part: TextPart) -> Parts:
    return (*parts[:index], part, *parts[index + 1 :])
