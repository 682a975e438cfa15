r"""Words as the index holds them, and what a user asks for in the language of SQLite's FTS5.

FTS5 finds whole words between spaces. Scripts that are written without spaces, and emoji, are
therefore taken apart by zero-width spaces, in what is kept and in what is asked for alike, so
that any run of their letters is found as a phrase.
"""

import re
import unicodedata
from typing import Final

TOKENIZER: Final = "unicode61 remove_diacritics 2 categories 'L* N* M* Co So'"
"""For ``CREATE VIRTUAL TABLE``: letters, numbers, marks and symbols make words; accents do not
tell words apart."""

MOST_ASKED: Final = 1_000
MOST_TERMS: Final = 32

APART: Final = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2600-\u27bf\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uf900-\ufaff\U0001f000-\U0001faff\U00020000-\U0003134f]"
)
"""Thai, Lao, Burmese, Khmer, symbols, kana, Chinese characters, emoji."""
SEAM: Final = "\u200b"
_NO_TEXT: Final = re.compile("[\x00-\x1f\x7f-\x9f]+")
_HALF: Final = re.compile("[\ud800-\udfff]")
_TERM: Final = re.compile(r'"([^"]*)("|$)|([^\s"]+)')


def clean(text: str) -> str:
    """Return ``text`` without control characters and halves of surrogate pairs."""
    return _HALF.sub("\ufffd", _NO_TEXT.sub(" ", text))


def indexed(text: str) -> str:
    """Return ``text`` as it is kept for searching."""
    return APART.sub(f"{SEAM}\\g<0>{SEAM}", clean(text))


def match_of(asked: str) -> str | None:
    """Return what FTS5 is asked for, or None where no word is asked for. Never an error.

    All words must be found; those between quotes, side by side. The last word, and a phrase
    whose closing quote is missing yet, match their beginnings too.
    """
    terms = (f'"{words}"' + (" *" if beginning else "") for words, beginning in terms_of(asked))
    return " AND ".join(terms) or None


def terms_of(asked: str) -> tuple[tuple[str, bool], ...]:
    """Return the words and phrases that are asked for, and whether each is a beginning."""
    found = list(_TERM.finditer(indexed(asked[:MOST_ASKED])))[:MOST_TERMS]
    terms = []
    for each in found:
        phrase, closed, word = each.groups()
        words = word if phrase is None else phrase
        if any(_is_word(letter) for letter in words):
            terms.append((words, each is found[-1] and not closed))
    return tuple(terms)


def _is_word(letter: str) -> bool:
    category = unicodedata.category(letter)
    return category[0] in "LNM" or category in {"Co", "So"}
