"""Numbers as people say them: "twelve", "one hundred and five", "minus 3.5"."""

import re
from fractions import Fraction

_UNIT_WORDS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
)
_TEN_WORDS = "twenty thirty forty fifty sixty seventy eighty ninety"
_VALUES = {word: n for n, word in enumerate(_UNIT_WORDS.split())} | {
    word: 10 * n for n, word in enumerate(_TEN_WORDS.split(), start=2)
}
_SCALES = {"thousand": 1_000, "million": 1_000_000}
_DIGITS = re.compile(r"\d{1,12}(?:\.\d{1,6})?")
_WORD = "|".join([*_VALUES, "hundred", *_SCALES])

NUMBER = (
    rf"(?:(?:minus |negative )?(?:{_DIGITS.pattern}"
    rf"|(?:a )?(?:{_WORD})(?: (?:and )?(?:{_WORD}))*))"
)
"""Pattern of one number in text that ``plain_words`` has made; it has no groups."""


def plain_words(text: str) -> str:
    """Return ``text`` in lower case without punctuation, but for points inside numbers.

    Signs of arithmetic become words: "12 x 7" and "12*7" are "12 times 7".
    """
    lowered = text.lower().replace("\u2019", "'")
    lowered = re.sub(r"(?<=\d),(?=\d{3}\b)", "", lowered)
    lowered = re.sub(r"(?<=[a-z])-(?=[a-z])", " ", lowered)
    for sign, word in ((r"[*\u00d7]", " times "), (r"[/\u00f7]", " divided by ")):
        lowered = re.sub(sign, word, lowered)
    lowered = re.sub(r"\+", " plus ", lowered)
    lowered = re.sub(r"(?<=\d)\s*[-\u2212]\s*(?=\d)", " minus ", lowered)
    lowered = re.sub(r"(?<![a-z\d])[-\u2212](?=\d)", " minus ", lowered)
    lowered = re.sub(r"(?<=\d)\s*x\s*(?=\d)|(?<=\w)\s+x\s+(?=\w)", " times ", lowered)
    lowered = re.sub(r"[^a-z0-9.' ]|\.(?!\d)|(?<!\d)\.", " ", lowered)
    return " ".join(lowered.split())


def parse_number(words: str) -> Fraction | None:
    """Return the value of one number in plain words, or None."""
    rest = words.strip()
    sign = -1 if rest.startswith(("minus ", "negative ")) else 1
    rest = re.sub(r"^(?:minus|negative) ", "", rest)
    if _DIGITS.fullmatch(rest):
        return sign * Fraction(rest)
    value = _worded(re.sub(r"^a ", "one ", rest).replace(" and ", " ").split())
    return None if value is None else Fraction(sign * value)


def _worded(words: list[str]) -> int | None:
    total, part = 0, 0
    for word in words:
        if word in _VALUES:
            part += _VALUES[word]
        elif word == "hundred":
            part = max(part, 1) * 100
        elif word in _SCALES:
            total, part = total + max(part, 1) * _SCALES[word], 0
        else:
            return None
    return total + part if words else None


def show_number(value: Fraction) -> str:
    """Return digits: an integer, else up to four places."""
    if value.denominator == 1:
        return f"{value.numerator}"
    return f"{float(value):.4f}".rstrip("0").rstrip(".")
