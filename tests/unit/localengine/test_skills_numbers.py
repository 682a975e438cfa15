from fractions import Fraction

import pytest

from app.localengine.skills_numbers import parse_number, plain_words, show_number


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("What is 12 \u00d7 7?", "what is 12 times 7"),
        ("What's 12 x 7", "what's 12 times 7"),
        ("12*7", "12 times 7"),
        ("12 - 7", "12 minus 7"),
        ("8/2", "8 divided by 2"),
        ("1,200 + 3.5.", "1200 plus 3.5"),
        ("Twenty-one, please!", "twenty one please"),
        ("It's -5", "it's minus 5"),
        ("What\u2019s up?", "what's up"),
        ("", ""),
        ("😀 ... !?", ""),
    ],
)  # fmt: skip
def test_text_is_made_plain(text: str, plain: str) -> None:
    assert plain_words(text) == plain


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("zero", Fraction(0)),
        ("seven", Fraction(7)),
        ("twenty one", Fraction(21)),
        ("a hundred", Fraction(100)),
        ("one hundred and five", Fraction(105)),
        ("two thousand three hundred and four", Fraction(2304)),
        ("three million", Fraction(3_000_000)),
        ("minus twelve", Fraction(-12)),
        ("negative 3.5", Fraction(-7, 2)),
        ("42", Fraction(42)),
        ("banana", None),
        ("", None),
    ],
)
def test_numbers_are_understood_in_words_and_digits(words: str, value: Fraction | None) -> None:
    assert parse_number(words) == value


@pytest.mark.parametrize(
    ("value", "shown"),
    [("84", "84"), ("5/2", "2.5"), ("1/3", "0.3333"), ("-4", "-4")],
)
def test_numbers_are_shown_short(value: str, shown: str) -> None:
    assert show_number(Fraction(value)) == shown
