from decimal import Decimal

import pytest

from app.exports.report_text import (
    clock,
    count,
    digits,
    length,
    listed,
    one_line,
    quantity,
    usd,
    visible,
    when,
)

FAMILY = "\U0001f469\u200d\U0001f469\u200d\U0001f467"
PERSIAN = "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"
HINDI = "\u0928\u092e\u0938\u094d\u0924\u0947 \u4f60\u597d"
SCOTLAND = "\U0001f3f4" + "".join(chr(0xE0000 + ord(c)) for c in "gbsct") + "\U000e007f"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("two\nlines\tand a tab", "two\nlines\tand a tab"),
        ("dos\r\nlines", "dos\nlines"),
        ("bell\x07, null\x00", "bell[U+0007], null[U+0000]"),
        ("\u202eevil\u202c", "[U+202E]evil[U+202C]"),
        ("\u2066isolated\u2069", "[U+2066]isolated[U+2069]"),
        ("mark\u200f", "mark[U+200F]"),
        ("half \ud800", "half [U+D800]"),
        (FAMILY, FAMILY),
        (SCOTLAND, SCOTLAND),
        ("hidden\U000e0041tag", "hidden[U+E0041]tag"),
        (PERSIAN, PERSIAN),
        (HINDI, HINDI),
    ],
)  # fmt: skip
def test_what_hides_is_written_out_and_all_scripts_and_emoji_stay(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_a_title_is_one_line_of_bounded_length() -> None:
    assert one_line("a\n b\tc", 20) == "a b c"
    assert one_line("x" * 30, 10) == "x" * 9 + "\u2026"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0, "0"), (612.4, "612"), (61.24, "61.2"), (6.124, "6.12"), (0.06124, "0.0612"),
        (12_345.6, "12\u202f346"), (-250.0, "\u2212250"), (float("nan"), "\u2013"),
        (2.8e-16, "0"), (-1e-12, "0"), (999.9, "1\u202f000"),
    ],
)  # fmt: skip
def test_numbers_have_three_significant_digits(value: float, shown: str) -> None:
    assert digits(value) == shown


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (None, "ms", "\u2013"), (612.0, "ms", "612\u202fms"), (0.5, "%", "50.0\u202f%"),
        (1.0, "", "1.00"), (float("inf"), "ms", "\u2013"),
    ],
)  # fmt: skip
def test_a_quantity_has_its_unit_and_unknown_is_a_dash(
    value: float | None, unit: str, shown: str
) -> None:
    assert quantity(value, unit) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "unpriced"), ("0", "$0"), ("0.0176", "$0.0176"), ("0.017576", "$0.0176"),
        ("0.5", "$0.500"), ("12.346", "$12.35"), ("1234.5", "$1,234.50"),
        ("0.000000000123", "under $0.00001"),
    ],
)  # fmt: skip
def test_money_that_is_unknown_is_never_zero(value: str | None, shown: str) -> None:
    assert usd(None if value is None else Decimal(value)) == shown


@pytest.mark.parametrize(
    ("seconds", "at", "lasting"),
    [
        (0.4, "0:00", "0.400\u202fs"), (61, "1:01", "1\u202fmin 1\u202fs"),
        (120, "2:00", "2\u202fmin"), (36_000, "10:00:00", "10\u202fh 0\u202fmin"),
        (59.99, "0:59", "60.0\u202fs"),
    ],
)  # fmt: skip
def test_times_are_for_people(seconds: float, at: str, lasting: str) -> None:
    assert (clock(seconds), length(seconds)) == (at, lasting)


def test_an_unknown_length_is_a_dash() -> None:
    assert length(None) == "\u2013"


@pytest.mark.parametrize(
    ("iso", "shown"),
    [
        ("2026-11-21T10:20:30.500000+00:00", "2026-11-21 10:20 UTC"),
        ("2026-11-21T10:20:30Z", "2026-11-21 10:20 UTC"),
        ("2026-11-21T10:20:30+02:00", "2026-11-21 10:20+02:00"),
        ("2026-11-21", "2026-11-21"), ("unknown", "unknown"), (None, "\u2013"), ("", "\u2013"),
    ],
)  # fmt: skip
def test_dates_keep_their_zone(iso: str | None, shown: str) -> None:
    assert when(iso) == shown


def test_nouns_and_lists_read_as_sentences() -> None:
    assert [count(1, "turn"), count(2, "turn"), count(0, "reply", "replies")] == [
        "1 turn", "2 turns", "0 replies",
    ]  # fmt: skip
    assert [listed([]), listed(["a"]), listed(["a", "b", "c"])] == ["", "a", "a, b and c"]
