"""Where the words asked for were said, in a few words.

FTS5's own ``snippet`` takes a second for a page of sessions in which every word is a hit; here
the first hit of each session is looked for and what stands around it is shown.
"""

import re
import unicodedata
from collections.abc import Sequence
from itertools import islice
from typing import Final

from app.store.library_words import APART, SEAM, terms_of

BEFORE: Final = 40
AFTER: Final = 80
"""Characters shown before and after the first hit, and up to the end of a word."""
MOST_HITS: Final = 20

_TOKEN: Final = re.compile(f"{APART.pattern}|[^\\W_]+")
_ELLIPSIS: Final = "\N{HORIZONTAL ELLIPSIS}"

Pieces = tuple[tuple[str, bool], ...]


class Snippets:
    """Finds what was asked for.

    Args:
        asked: The user's words, see ``LibraryQuery.text``.
    """

    def __init__(self, asked: str) -> None:
        patterns = [_pattern(words, beginning) for words, beginning in terms_of(asked)]
        whole = "|".join(pattern for pattern in patterns if pattern)
        self._pattern = re.compile(whole) if whole else None

    def of(self, texts: Sequence[str]) -> Pieces:
        """Return the first place in ``texts`` where a word was said, as ``(text, hit)`` pieces.

        Empty where there is none.
        """
        if self._pattern is None:
            return ()
        for fold in (str.lower, _folded):
            for text in texts:
                shown = text.replace(SEAM, "")
                folded = fold(shown)
                if len(folded) == len(shown) and (hit := self._pattern.search(folded)):
                    return self._around(shown, folded, hit)
        return ()

    def _around(self, shown: str, folded: str, hit: "re.Match[str]") -> Pieces:
        assert self._pattern is not None
        start, end = _span(shown, hit)
        pieces: list[tuple[str, bool]] = [(_ELLIPSIS, False)] if start else []
        at = start
        for found in islice(self._pattern.finditer(folded, hit.start(), end), MOST_HITS):
            pieces += [
                (shown[at : found.start()], False),
                (shown[found.start() : found.end()], True),
            ]
            at = found.end()
        pieces += [(shown[at:end], False), (_ELLIPSIS if end < len(shown) else "", False)]
        return _joined(pieces)


def _pattern(words: str, beginning: bool) -> str:  # noqa: FBT001 - a pair of ``terms_of``
    tokens = _TOKEN.findall(_folded(words))
    if not tokens:
        return ""
    first, *rest = map(re.escape, tokens)
    # What must not stand before the word is looked for after it: a pattern that begins with the
    # word's own letters is found many times faster.
    ahead = "" if APART.fullmatch(tokens[0]) else rf"(?<![^\W_]{first})"
    last = APART.fullmatch(tokens[-1])
    behind = "" if last else r"[^\W_]*" if beginning else r"(?![^\W_])"
    return r"[\W_]*".join((first + ahead, *rest)) + behind


def _span(text: str, hit: "re.Match[str]") -> tuple[int, int]:
    """Return where the shown piece begins and ends, at the edges of words."""
    start = max(0, hit.start() - BEFORE)
    if start:
        space = text.find(" ", start, hit.start())
        start = space + 1 if space >= 0 else start
    end = min(len(text), hit.end() + AFTER)
    if end < len(text):
        space = text.rfind(" ", hit.end(), end)
        end = space if space > 0 else end
    return start, end


def _folded(text: str) -> str:
    """Return ``text`` in small letters without accents, of the same length."""
    return text.lower() if text.isascii() else text.translate(_Folding())


class _Folding(dict[int, str]):
    def __missing__(self, code: int) -> str:
        letter = unicodedata.normalize("NFD", chr(code))[0].lower()[:1]
        self[code] = letter
        return letter


def _joined(pieces: Sequence[tuple[str, bool]]) -> Pieces:
    """Return the pieces with neighbours of one kind made one."""
    joined: list[tuple[str, bool]] = []
    for text, hit in pieces:
        if joined and joined[-1][1] is hit:
            joined[-1] = (joined[-1][0] + text, hit)
        elif text:
            joined.append((text, hit))
    return tuple(joined)
