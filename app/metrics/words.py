"""A transcript that grows: deltas appended part by part, replaced by the final words."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from app.core.ids import ItemId
from app.metrics.timeline_values import Series


@dataclass(frozen=True, slots=True)
class TextPart:
    """The words of one content part of one item; ``final`` once the provider said all."""

    item_id: ItemId
    content_index: int
    pieces: Series[str] = field(default_factory=Series)
    final: bool = False

    @property
    def text(self) -> str:
        """The words so far."""
        return "".join(self.pieces)


Parts = tuple[TextPart, ...]
"""A turn's parts in the order in which they were first heard of."""


def with_delta(parts: Parts, item_id: ItemId, content_index: int, text: str) -> Parts:
    """Append to the part the delta belongs to; one after the final words changes nothing."""
    index, known = _find(parts, item_id, content_index)
    if known.final:
        return parts
    return _put(parts, index, TextPart(item_id, content_index, known.pieces.plus(text)))


def with_final(parts: Parts, item_id: ItemId, content_index: int, text: str) -> Parts:
    """Put the final words in the place of what came piece by piece."""
    index, known = _find(parts, item_id, content_index)
    return _put(parts, index, replace(known, pieces=Series((text,)), final=True))


def joined(parts: Iterable[TextPart]) -> str | None:
    """Return the words of all parts with a space between; None where there is no part."""
    texts = [part.text.strip() for part in parts]
    return " ".join(text for text in texts if text) if texts else None


def _find(parts: Parts, item_id: ItemId, content_index: int) -> tuple[int, TextPart]:
    for index, part in enumerate(parts):
        if part.content_index == content_index and part.item_id == item_id:
            return index, part
    return len(parts), TextPart(item_id, content_index)


def _put(parts: Parts, index: int, part: TextPart) -> Parts:
    return (*parts[:index], part, *parts[index + 1 :])
