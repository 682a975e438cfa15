"""A report boiled down: words, tables and pictures, and nothing that acts."""

import pytest

from app.ui.vm.report_preview import MOST_PICTURES, MOST_ROWS, MOST_WORDS, preview
from app.ui.vm.report_styles import picture_styles

DRAWING = '<svg viewBox="0 0 720 200"><path d="M0 0"/></svg>'


@pytest.mark.parametrize(
    ("page", "html"),
    [
        ("<h1>One</h1><p>two <b>three</b></p>", "<h2>One</h2><p>two three</p>"),
        ("<script>alert('x')</script><p>x</p>", "<p>x</p>"),
        ("<p>a<script>1</script><style>p{}</style>b</p>", "<p>ab</p>"),
        ("<p>&lt;img src=x onerror=y&gt;</p>", "<p>&lt;img src=x onerror=y&gt;</p>"),
        ("<dl><dt>Model</dt><dd>mini</dd></dl>", "<p><b>Model:</b> mini</p>"),
        ("<audio controls><p>none</p></audio><p>x</p>", "<p>x</p>"),
        ("<nav><a href='#a'>A</a></nav><p>x</p>", "<p>x</p>"),
        ("<p>a\N{RIGHT-TO-LEFT OVERRIDE}b</p>", "<p>ab</p>"),
        ("<p>a<br>b<br/>c</p>", "<p>a b c</p>"),
        ("<p><img src='http://host/x.png'>x</p>", "<p>x</p>"),
        ("<p>no end", "<p>no end</p>"),
        ("</p></table><p>x</p>", "</table><p>x</p>"),
        ("", ""),
    ],
)
def test_what_stands_in_a_page(page: str, html: str) -> None:
    assert preview(page).html == html


def test_tables_stay_tables() -> None:
    page = "<table><tr><th>n</th></tr><tr><td><p>8<small>of 9</small></p></td></tr></table>"

    found = preview(page).html

    assert "<tr><th align='left'>n</th></tr><tr><td align='left'>8 of 9</td></tr>" in found


def test_drawings_are_kept_apart_and_icons_are_not() -> None:
    icon = '<svg viewBox="0 0 16 16"><path d="M0 0"/></svg>'

    found = preview(f"<p>a</p>{icon}{DRAWING}<p>b</p>")

    assert found.html == '<p>a</p><p><img src="picture:0"></p><p>b</p>'
    assert found.pictures == ('<svg viewbox="0 0 720 200"><path d="M0 0"/></svg>',)


def test_a_drawing_neither_acts_nor_fetches() -> None:
    page = (
        '<svg viewBox="0 0 720 200" onload="x()"><image href="http://host/x"/>'
        '<a xlink:href="javascript:x"><text>1 &lt; 2</text></a></svg>'
    )

    drawing = preview(page).pictures[0]

    assert "host" not in drawing
    assert "javascript" not in drawing
    assert "onload" not in drawing
    assert "<text>1 &lt; 2</text>" in drawing


def test_a_script_in_a_drawing_is_no_picture_of_ours() -> None:
    found = preview(f"<script>{DRAWING}</script>")

    assert found.pictures == ()


@pytest.mark.parametrize(
    "page",
    [
        "<p>" + "word " * MOST_WORDS + "</p>",
        DRAWING * (MOST_PICTURES + 1),
        "<table>" + "<tr><td>1</td></tr>" * (MOST_ROWS + 2) + "</table>",
    ],
)
def test_too_much_is_cut_and_said(page: str) -> None:
    found = preview(page)

    assert found.cut
    assert len(found.html) < 2 * MOST_WORDS
    assert len(found.pictures) <= MOST_PICTURES


def test_the_style_sheet_is_kept_apart() -> None:
    found = preview("<head><title>T</title><style>.s0 { fill: red }</style></head><p>x</p>")

    assert (found.html, found.style) == ("<p>x</p>", ".s0 { fill: red }")


# --- styles

SHEET = """
:root { --line: #d7dadd; --ink: #111111; }
@media (prefers-color-scheme: dark) { :root { --line: #31373e; } }
.drawing .grid { stroke: var(--line); stroke-width: 1; display: block; }
.t, .num { fill: var(--ink); }
.drawing .in { paint-order: stroke; stroke: var(--line); }
p { fill: none; }
.gone { margin: 0; }
.odd { fill: var(--nobody); }
button.play.on::after { fill: url(http://host/x); }
"""


def test_colours_stand_where_variables_were() -> None:
    light = picture_styles(SHEET, dark=False)

    assert ".grid { stroke: #d7dadd; stroke-width: 1; }" in light
    assert ".t, .num { fill: #111111; }" in light
    assert ".odd { fill: currentColor; }" in light


def test_the_dark_theme_has_its_own_and_what_it_leaves() -> None:
    dark = picture_styles(SHEET, dark=True)

    assert "stroke: #31373e" in dark
    assert "fill: #111111" in dark


@pytest.mark.parametrize("left_out", ["paint-order", "margin", "host", "display", "p {"])
def test_what_a_picture_cannot_wear_is_left_out(left_out: str) -> None:
    assert left_out not in picture_styles(SHEET, dark=False)
