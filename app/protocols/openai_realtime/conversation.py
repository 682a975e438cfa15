"""The items of one conversation, in order."""

from collections.abc import Iterator

from app.core.errors import LocalProtocolError
from app.core.ids import CallId, ItemId
from app.protocols.openai_realtime.items import Item
from app.protocols.openai_realtime.schema import ClientError
from app.protocols.openai_realtime.server_values import ContextMessage

ROOT = "root"
"""Stands before the first item."""
MAX_ITEMS = 10_000
"""Items one conversation can hold; a client that makes more is told so."""


class Conversation:
    """Ordered items, each with a name of its own.

    Attributes:
        conversation_id: Its name on the wire.
    """

    def __init__(self, conversation_id: str) -> None:
        self.conversation_id = conversation_id
        self._items: dict[ItemId, Item] = {}
        self._order: list[ItemId] = []

    def __iter__(self) -> Iterator[Item]:
        """Go through the items, oldest first."""
        return (self._items[item_id] for item_id in self._order)

    def __contains__(self, item_id: object) -> bool:
        """Tell whether there is such an item."""
        return item_id in self._items

    @property
    def last_id(self) -> ItemId | None:
        """Return the newest item's name, or None."""
        return self._order[-1] if self._order else None

    def get(self, item_id: str, code: str, param: str = "item_id") -> Item:
        """Return an item that the client names.

        Raises:
            ClientError: With ``code`` and ``param``, if there is none of this name.
        """
        item = self._items.get(ItemId(item_id))
        if item is None:
            raise ClientError(code, f"Item with item_id '{item_id}' not found.", param)
        return item

    def has_call(self, call_id: CallId) -> bool:
        """Tell whether a function call of this name was made."""
        return any(i.call_id == call_id for i in self if i.kind == "function_call")

    def check_new(self, item_id: str | None, previous_item_id: str | None) -> None:
        """Check that an item of this name can be put after that one.

        Raises:
            ClientError: If the name is taken, the other unknown, or no more items fit.
        """
        if item_id is not None and item_id in self._items:
            raise ClientError(
                "item_create_duplicate_item_id",
                f"Item with item_id '{item_id}' already exists.",
                "item.id",
            )
        if previous_item_id not in {None, ROOT} and previous_item_id not in self._items:
            raise ClientError(
                "item_create_invalid_previous_item_id",
                f"Previous item with item_id '{previous_item_id}' not found.",
                "previous_item_id",
            )
        if len(self._order) >= MAX_ITEMS:
            raise ClientError(
                "conversation_full", f"A conversation holds at most {MAX_ITEMS} items.", "item"
            )

    def insert(self, item: Item, previous_item_id: str | None = None) -> ItemId | None:
        """Put an item after ``previous_item_id`` (None: last); return the one before it."""
        if previous_item_id is None:
            position = len(self._order)
        elif previous_item_id == ROOT:
            position = 0
        else:
            position = self._order.index(ItemId(previous_item_id)) + 1
        self._order.insert(position, item.item_id)
        self._items[item.item_id] = item
        return self._order[position - 1] if position else None

    def put(self, item: Item) -> None:
        """Put an item in the place of the one of the same name.

        Raises:
            LocalProtocolError: If there is none.
        """
        if item.item_id not in self._items:
            raise LocalProtocolError(f"the conversation has no item {item.item_id}")
        self._items[item.item_id] = item

    def find(self, item_id: ItemId) -> Item | None:
        """Return an item, or None where it is gone."""
        return self._items.get(item_id)

    def before(self, item_id: ItemId) -> ItemId | None:
        """Return the name of the item before this one, or None."""
        position = self._order.index(item_id)
        return self._order[position - 1] if position else None

    def remove(self, item_id: ItemId) -> None:
        """Forget an item that exists."""
        self._order.remove(item_id)
        del self._items[item_id]

    def messages(self) -> tuple[ContextMessage, ...]:
        """Return the items as the model reads them, oldest first.

        What says nothing is left out: a reply that was not heard, audio without words.
        """
        read = (item.message() for item in self)
        return tuple(m for m in read if m.text or m.call is not None or m.call_id is not None)
