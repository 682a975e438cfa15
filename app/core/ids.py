"""Names of things, as types."""

from typing import NewType

ResponseId = NewType("ResponseId", str)
ItemId = NewType("ItemId", str)
CallId = NewType("CallId", str)
