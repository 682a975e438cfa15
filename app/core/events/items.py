"""Items of the conversation."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from app.core.events.base import Event
from app.core.ids import ItemId


class ItemChange(StrEnum):
    """What became of an item."""

    CREATED = "created"
    ADDED = "added"
    DONE = "done"
    RETRIEVED = "retrieved"


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemChanged(Event):
    """An item of the conversation was created, added, finished or retrieved.

    Attributes:
        item: The wire's own item.
    """

    change: ItemChange
    item_id: ItemId | None
    previous_item_id: ItemId | None
    item: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemTruncated(Event):
    """The provider cut a reply to what we said was heard."""

    item_id: ItemId
    content_index: int
    audio_end_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemDeleted(Event):
    """The provider removed an item."""

    item_id: ItemId
