"""Where what was asked for was said."""

import pytest

from app.store.library_snippets import Pieces, Snippets
from app.store.library_words import indexed, match_of

LONG = "one " * 30 + "rain" + " two" * 40


@pytest.mark.parametrize(
    ("asked", "texts", "expected"),
    [
        ("rain", ["It rains.", ""], (("It ", False), ("rains", True), (".", False))),
        ("rain ", ["It rains."], (("It ", False), ("rains", True), (".", False))),
        ('"rain"', ["Rains, the rain."], (("Rains, the ", False), ("rain", True), (".", False))),
        ("RAIN", ["", "rain"], (("rain", True),)),
        ("gruse", ["Fl\u00fcsse, Gr\u00fcse"], (("Fl\u00fcsse, ", False), ("Gr\u00fcse", True))),
        ('"in the rain"', ["in, the  rain"], (("in, the  rain", True),)),
        ("\u6c14\u5f88", ["\u5929\u6c14\u5f88"], (("\u5929", False), ("\u6c14\u5f88", True))),
        ("\U0001f600", ["a\U0001f600b"], (("a", False), ("\U0001f600", True), ("b", False))),
        ("a(.*", ["xa( a(.*"], (("xa( ", False), ("a", True), ("(.*", False))),
        ("snow", ["rain"], ()),
        ("*", ["rain"], ()),
        ("", ["rain"], ()),
    ],
)  # fmt: skip
def test_the_first_place_is_shown(asked: str, texts: list[str], expected: Pieces) -> None:
    assert Snippets(asked).of([indexed(text) for text in texts]) == expected


def test_a_long_text_is_cut_at_words_around_the_first_hit() -> None:
    pieces = Snippets("rain").of([LONG])

    text = "".join(piece for piece, _ in pieces)
    assert text.startswith("\u2026one ")
    assert text.endswith(" two\u2026")
    assert len(text) < 140
    assert [piece for piece, hit in pieces if hit] == ["rain"]


@pytest.mark.parametrize(
    ("asked", "match"),
    [
        ("", None),
        ("  ", None),
        ('" * "', None),
        ("rain", '"rain" *'),
        ("the rain", '"the" AND "rain" *'),
        ('"the rain"', '"the rain"'),
        ('"the ra', '"the ra" *'),
        ('a"b"', '"a" AND "b"'),
        ("NOT x OR", '"NOT" AND "x" AND "OR" *'),
        ("a\0b", '"a" AND "b" *'),
    ],
)
def test_words_become_what_fts5_is_asked(asked: str, match: str | None) -> None:
    assert match_of(asked) == match
