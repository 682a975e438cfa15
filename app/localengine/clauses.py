"""Cuts a text that is still being written into pieces worth speaking."""

import re

_SHORTEST_FIRST = 6
_LONGEST = 240
_FEWEST_HURRIED = 2
_FIRST_END = re.compile(r"[,.;:!?…]+[\"')\]]*\s")
_LATER_END = re.compile(r"[.;:!?…]+[\"')\]]*\s")
_ABBREVIATION = re.compile(r"\b(?:Mr|Mrs|Ms|Dr|St|Prof|e\.g|i\.e|vs|etc|No|[A-Z])\.$")


class ClauseSplitter:
    """Gives out the first clause as early as possible, then whole sentences.

    The first piece ends at the first comma or stop after six characters, since the listener
    waits for it; the later ones have time and sound better whole. A text without stops is cut
    at a space before 240 characters.
    """

    def __init__(self) -> None:
        self._text = ""
        self._first = True

    def push(self, text: str) -> list[str]:
        """Take more text; return the clauses that are complete, in order."""
        self._text += text
        clauses: list[str] = []
        while (end := self._end()) is not None:
            clause, self._text = self._text[:end].strip(), self._text[end:].lstrip()
            if clause:
                clauses.append(clause)
                self._first = False
        return clauses

    def hurry(self) -> list[str]:
        """Return the whole words there are, two at least: the listener is about to wait."""
        head, space, rest = self._text.rpartition(" ")
        if not space or len(head.split()) < _FEWEST_HURRIED:
            return []
        self._text, self._first = rest, False
        return [head.strip()]

    def flush(self) -> list[str]:
        """Return what is left; the text is over."""
        rest, self._text, self._first = self._text.strip(), "", True
        return [rest] if rest else []

    def _end(self) -> int | None:
        pattern = _FIRST_END if self._first else _LATER_END
        for match in pattern.finditer(self._text):
            head = self._text[: match.end()].rstrip()
            if match.end() > _SHORTEST_FIRST and not _ABBREVIATION.search(head):
                return match.end()
        if len(self._text) <= _LONGEST:
            return None
        space = self._text.rfind(" ", 0, _LONGEST)
        return _LONGEST if space <= 0 else space + 1
