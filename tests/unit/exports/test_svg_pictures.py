"""Pictures of a report: well formed, described, told apart without colour, and bounded."""

import xml.etree.ElementTree as ET
from collections.abc import Sequence

import pytest

from app.exports.svg_bars import Bar, bars_picture
from app.exports.svg_cost import CostLine, cost_picture
from app.exports.svg_ecdf import SERIES, Curve, ecdf_picture
from app.exports.svg_lanes import COLUMNS, Lanes, LaneTurn, lanes_picture, layout
from app.exports.svg_turns import MOST_POINTS, Point, PointKind, turns_picture

HOSTILE = '<script>alert(1)</script>"\u202e'
NAMES = {"tx_wait_ms": "Transmit wait", "server_response_ms": "Server response"}


def parsed(markup: str) -> ET.Element:
    return ET.fromstring(markup)  # noqa: S314 - our own


def words(root: ET.Element) -> str:
    return " ".join("".join(each.itertext()) for each in root)


def classed(root: ET.Element, cls: str) -> Sequence[ET.Element]:
    return [each for each in root.iter() if cls in (each.get("class") or "").split()]


def curve(label: str, *values: float, median: float | None = None) -> Curve:
    n = len(values)
    steps = tuple((value, (place + 1) / n) for place, value in enumerate(values))
    return Curve(label=label, n=n, steps=steps, median_ms=median)


def lane_turn(place: int = 0, **changed: object) -> LaneTurn:
    start = place * 10.0
    told = {
        "number": place + 1,
        "href": f"#s1t{place + 1}",
        "user": (start + 1, start + 3),
        "agent": (start + 3.6, start + 7),
        "v2v_ms": 600.0,
    }
    return LaneTurn(**{**told, **changed})  # type: ignore[arg-type]


POINTS = [Point(kind=kind, ms=1.0, told=HOSTILE) for kind in PointKind]
COSTS = ((1, 0.5, None), (2, None, 0.2), (3, 1.0, 0.5))
LANES = Lanes(
    label=HOSTILE,
    duration_s=20,
    turns=(lane_turn(told=HOSTILE),),
    envelope=None,
    marks=((3.0, HOSTILE),),
)
PICTURES = {
    "ecdf": ecdf_picture("p", [curve(HOSTILE, 1, 2, 3, 4, 5, median=3), curve("b", 1)]),
    "turns": turns_picture("p", HOSTILE, [POINTS], 2.0),
    "bars": bars_picture(
        "p", [Bar(label=HOSTILE, note="n", total_ms=5, parts=(("tx_wait_ms", 5),))], NAMES
    ),
    "cost": cost_picture("p", [CostLine(label=HOSTILE, turns=COSTS)]),
    "lanes": lanes_picture("p", LANES),
}


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_well_formed_described_and_without_inline_style(name: str) -> None:
    root = parsed(PICTURES[name])

    assert root.find("title") is not None
    assert root.find("desc") is not None
    assert not [each for each in root.iter() if each.get("style") or "script" in each.tag]
    assert not [each for each in root.iter() for key in each.attrib if key.startswith("on")]


def test_models_differ_by_dash_and_marker_not_by_colour_alone() -> None:
    curves = [curve(f"model {place}", 1, 2, 3, 4, 5, median=3) for place in range(SERIES)]

    root = parsed(ecdf_picture("p", curves))

    marks = {f"m{place}": classed(root, f"m{place}")[0] for place in range(SERIES)}
    shapes = {(each.tag, len((each.get("points") or "").split())) for each in marks.values()}
    assert len(shapes) >= SERIES - 2
    assert len({each.get("points") or each.tag for each in marks.values()}) == SERIES


def test_a_curve_of_few_values_is_points() -> None:
    few, enough = curve("few", 1, 2, 3, 4), curve("enough", 1, 2, 3, 4, 5, median=3)

    assert not [e for e in classed(parsed(ecdf_picture("p", [few])), "s0") if e.tag == "path"]
    assert [e for e in classed(parsed(ecdf_picture("p", [enough])), "s0") if e.tag == "path"]
    assert "n = 4, too few for a median" in words(parsed(ecdf_picture("p", [few])))


def test_a_failed_turn_and_a_premature_one_have_marks_of_their_own() -> None:
    points = [
        Point(kind=PointKind.COUNTS, ms=500, told="a", href="#s1t1"),
        Point(kind=PointKind.PREMATURE, ms=-200, told="b"),
        Point(kind=PointKind.FAILED, ms=None, told="c"),
    ]

    root = parsed(turns_picture("p", "model", [points], 500.0))

    assert len(classed(root, "p-premature")) == len(classed(root, "p-failed")) == 2  # and legend
    (link,) = root.findall(".//a")
    assert link.get("href") == "#s1t1"
    assert "-200" in words(root).replace("\u2212", "-")


def test_sessions_are_parted_and_a_month_of_turns_stays_bounded() -> None:
    many = [Point(kind=PointKind.COUNTS, ms=500, told="") for _ in range(5 * MOST_POINTS)]

    root = parsed(turns_picture("p", "model", [many, many], 500.0))

    assert len(classed(root, "bound")) == 1
    assert len(classed(root, "p-counts")) <= MOST_POINTS + 1


def test_parts_of_a_bar_follow_each_other_and_negative_ones_go_the_other_way() -> None:
    bar = Bar(
        label="model", note="turn 1", total_ms=70,
        parts=(("tx_wait_ms", -30.0), ("server_response_ms", 100.0)),
    )  # fmt: skip

    root = parsed(bars_picture("p", [bar], NAMES))

    _, _, before, after = classed(root, "bar")  # two in the legend
    end = float(before.get("x", "")) + float(before.get("width", ""))
    assert end == pytest.approx(float(after.get("x", "")), abs=0.2)
    assert classed(root, "hatch")


def test_a_cost_that_is_unknown_breaks_the_line() -> None:
    turns = ((1, 1.0, None), (2, 1.0, None), (3, None, None), (4, 1.0, None), (5, 1.0, None))

    root = parsed(cost_picture("p", [CostLine(label="s", turns=turns)]))

    assert len([each for each in classed(root, "s0") if each.tag == "path"]) == 2


@pytest.mark.parametrize(
    ("seconds", "rows", "row_s"),
    [(3, 1, 5), (57, 1, 60), (80, 1, 80), (117, 2, 60), (1200, 20, 60), (36_000, 20, 1800)],
)
def test_a_session_is_broken_into_rows(seconds: float, rows: int, row_s: float) -> None:
    assert layout(seconds) == (rows, row_s)


def test_lanes_show_speech_latency_interruption_stall_and_failure() -> None:
    turns = (
        lane_turn(0, interrupted_s=6.0, stall_ms=300.0),
        lane_turn(1, agent=None, v2v_ms=None, failed=True),
    )
    peaks = [0.5] * COLUMNS
    lanes = Lanes(label="s", duration_s=20, turns=turns, envelope=(peaks, peaks), marks=())

    root = parsed(lanes_picture("p", lanes))

    assert {each.get("href") for each in root.findall(".//a")} == {"#s1t1", "#s1t2"}
    assert len(classed(root, "wave")) == 2
    assert len(classed(root, "v2v")) == 2
    for cls in ("cut", "stall", "p-failed"):
        assert len(classed(root, cls)) == 2, cls  # and in the legend


def test_a_turn_across_two_rows_is_drawn_in_both() -> None:
    lanes = Lanes(label="s", duration_s=100, turns=(lane_turn(agent=(50.0, 70.0)),), envelope=None)

    root = parsed(lanes_picture("p", lanes))

    assert len([each for each in classed(root, "model") if each.tag == "rect"]) == 2


def test_numbers_of_ten_hours_do_not_overlap() -> None:
    turns = tuple(lane_turn(place) for place in range(3600))
    lanes = Lanes(label="s", duration_s=36_000, turns=turns, envelope=None)

    root = parsed(lanes_picture("p", lanes))

    assert len(root.findall(".//a")) < 20 * 30
    assert not classed(root, "v2v")
