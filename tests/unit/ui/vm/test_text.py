import math

import pytest

from app.ui.vm.text import clock, number, one_line, plain, quantity, seconds, whole_ms

THIN = "\u2009"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "\N{EN DASH}"),
        (math.nan, "\N{EN DASH}"),
        (math.inf, "\N{EN DASH}"),
        (0, "0"),
        (0.0421, "0.042"),
        (0.42, "0.420"),
        (9.0, "9.00"),
        (22.04, "22.0"),
        (612.4, "612"),
        (1023.6, f"1{THIN}024"),
        (999.6, f"1{THIN}000"),
        (-38.25, "\N{MINUS SIGN}38.2"),
    ],
)
def test_numbers_have_three_digits_and_all_before_the_point(
    value: float | None, words: str
) -> None:
    assert number(value) == words


def test_an_unknown_quantity_has_no_unit() -> None:
    assert quantity(None, "ms") == "\N{EN DASH}"


def test_a_quantity_has_a_thin_space_before_its_unit() -> None:
    assert quantity(612.0, "ms") == f"612{THIN}ms"


def test_a_quantity_without_a_unit_is_the_number() -> None:
    assert quantity(85.0, "") == "85.0"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "\N{EN DASH}"),
        (612.4, "612"),
        (37.8, "38.0"),
        (1.25, "1.25"),
        (-90, "\N{MINUS SIGN}90.0"),
    ],
)
def test_the_large_figure_rounds_to_whole_milliseconds(value: float | None, words: str) -> None:
    assert whole_ms(value) == words


@pytest.mark.parametrize(("value", "words"), [(None, "\N{EN DASH}"), (1_840.0, "1.8")])
def test_seconds_have_one_decimal(value: float | None, words: str) -> None:
    assert seconds(value) == words


@pytest.mark.parametrize(
    ("at_ms", "words"),
    [(-5, "00:00"), (0, "00:00"), (12_999, "00:12"), (3_599_000, "59:59"), (3_600_000, "1:00:00")],
)
def test_session_time_is_minutes_and_seconds(at_ms: float, words: str) -> None:
    assert clock(at_ms) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a\r\nb\rc\u2028d\u2029e", "a\nb\nc\nd\ne"),
        ("\x00\x1b[31mred", "␀␛[31mred"),
        ("\u202egnp.exe", "gnp.exe"),
        ("\u2067x\u2069", "x"),
        ("\x7f\x85\ud800", "\ufffd\ufffd\ufffd"),
        ("<b onload=x>&amp;", "<b onload=x>&amp;"),
        ("שלום 👩‍👩‍👧 ok", "שלום 👩‍👩‍👧 ok"),
    ],
    ids=["line ends", "controls", "override", "isolate", "broken", "markup", "scripts"],
)
def test_untrusted_words_become_harmless(text: str, words: str) -> None:
    assert plain(text) == words


def test_what_is_too_long_is_left_out_and_counted() -> None:
    assert plain("x" * 1_100, limit=100) == "x" * 100 + " … (1,000 more characters)"


def test_one_line_has_no_line_ends() -> None:
    assert one_line("a\n\tb  c") == "a b c"
