"""From interim texts that change their mind to deltas that never do."""

from typing import Final

_SPACE: Final = " "


class SettledWords:
    """Gives out only what two interim texts in a row agree on, so deltas can be joined."""

    def __init__(self) -> None:
        self._last = ""
        self._told = ""

    def push(self, text: str) -> str:
        """Take the whole text so far; return the delta, "" where nothing new is settled."""
        agreed = _whole_words(_common(self._last, text), text)
        self._last = text
        return self._tell(agreed)

    def end(self, text: str) -> str:
        """Take the final text; return the last delta, "" where the deltas cannot become it."""
        return self._tell(text)

    def _tell(self, text: str) -> str:
        if not text.startswith(self._told):
            return ""
        delta = text[len(self._told) :]
        self._told = text
        return delta


def heard_part(text: str, share: float) -> str:
    """Return the words of ``text`` that lie in the first ``share`` (0 to 1) of its letters."""
    cut = round(len(text) * min(max(share, 0.0), 1.0))
    return _whole_words(text[:cut], text)


def _common(one: str, other: str) -> str:
    length = next(
        (index for index, (a, b) in enumerate(zip(one, other, strict=False)) if a != b),
        min(len(one), len(other)),
    )
    return one[:length]


def _whole_words(head: str, text: str) -> str:
    """Return ``head`` of ``text`` without a word that it cuts or that may still grow."""
    if head == text or text[len(head) : len(head) + 1] == _SPACE:
        return head
    return head[: head.rfind(_SPACE)] if _SPACE in head else ""
