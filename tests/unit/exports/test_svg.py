import math
import xml.etree.ElementTree as ET

import pytest

from app.exports.svg import (
    WIDTH,
    Scale,
    domain,
    element,
    fitting,
    nice,
    number,
    path,
    picture,
    text,
    tick,
    ticks,
)


@pytest.mark.parametrize(("value", "place"), [(0, 40), (50, 90), (100, 140), (-100, -60)])
def test_a_scale_maps_linearly(value: float, place: float) -> None:
    assert Scale(0, 100, 40, 140)(value) == place


def test_a_domain_without_extent_lies_in_the_middle() -> None:
    assert Scale(7, 7, 0, 100)(7) == 50


@pytest.mark.parametrize(
    ("low", "high", "wanted", "values"),
    [
        (0, 100, 5, (0, 20, 40, 60, 80, 100)),
        (0, 1, 5, (0, 0.2, 0.4, 0.6, 0.8, 1)),
        (-250, 900, 5, (-250, 0, 250, 500, 750)),
        (3, 3, 5, (3,)),
        (0, 0.003, 3, (0, 0.001, 0.002, 0.003)),
    ],
)
def test_ticks_are_round_and_within(
    low: float, high: float, wanted: int, values: tuple[float, ...]
) -> None:
    assert ticks(low, high, wanted) == values


@pytest.mark.parametrize(("value", "round_"), [(1, 1), (1.1, 2), (2.2, 2.5), (26, 50), (0.07, 0.1)])
def test_a_step_is_the_next_round_number(value: float, round_: float) -> None:
    assert nice(value) == pytest.approx(round_)


@pytest.mark.parametrize(
    ("values", "low", "high"),
    [
        ([], 0, 1),
        ([412, 980], 0, 1000),
        ([-200, 700], -200, 800),
        ([0], 0, 1),
        ([500, math.nan, math.inf], 0, 500),
    ],
)
def test_bounds_are_round_and_hold_zero(values: list[float], low: float, high: float) -> None:
    assert domain(values) == (low, high)


@pytest.mark.parametrize(
    ("value", "shown"), [(1, "1"), (1.25, "1.2"), (-0.04, "0"), (719.96, "720")]
)
def test_a_coordinate_has_a_tenth(value: float, shown: str) -> None:
    assert number(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [(80.0, "80"), (0.25, "0.25"), (-20.0, "\u221220"), (2500.0, "2\u202f500"), (0.0, "0")],
)
def test_a_tick_has_no_digits_that_say_nothing(value: float, shown: str) -> None:
    assert tick(value) == shown


def test_words_and_attributes_cannot_become_markup() -> None:
    hostile = '</text><script>alert("x")</script>&'

    made = picture("p", 10, hostile, hostile, [text(1, 2, hostile), element("a", href=hostile)])

    root = ET.fromstring(made)  # noqa: S314 - our own
    assert [child.tag for child in root] == ["title", "desc", "text", "a"]
    assert root[2].text == hostile
    assert root[3].get("href") == hostile


def test_a_picture_says_what_it_is_to_those_who_do_not_see_it() -> None:
    root = ET.fromstring(picture("p", 10, "title", "description", []))  # noqa: S314

    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == f"{root[0].get('id')} {root[1].get('id')}"
    assert root.get("viewBox") == f"0 0 {WIDTH} 10"


def test_words_are_cut_to_their_room() -> None:
    assert fitting("short", 100) == "short"
    assert fitting("x" * 100, 62) == "x" * 9 + "\u2026"


def test_a_line_of_no_points_is_nothing() -> None:
    assert path([], "s0") == ""
    assert path([(0, 1), (2, 3)], "s0", closed=True) == '<path d="M0 1L2 3Z" class="s0"/>'
