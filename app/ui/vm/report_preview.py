"""A report boiled down to what a plain text view can show: no script, no sound, no addresses.

The report itself is a page for a browser. What stands here is its words, tables and pictures in
their order, made anew from the parsed page, so that nothing of the file's own markup is shown.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from html.parser import HTMLParser
from typing import Final

from app.ui.vm.text import plain

MOST_WORDS: Final = 60_000
MOST_PICTURES: Final = 24
MOST_ROWS: Final = 400
LEAST_WIDTH: Final = 100.0
_VIEW: Final = re.compile(
    r"<svg\b[^>]*?\bviewbox=\"\s*[-\d.]+[\s,]+[-\d.]+[\s,]+(\d+(?:\.\d+)?)", re.IGNORECASE
)
_DROPPED: Final = frozenset({"script", "style", "template", "noscript", "audio", "nav", "title"})
_BLOCKS: Final = {
    "h1": "h2",
    "h2": "h3",
    "h3": "h4",
    "h4": "h4",
    "p": "p",
    "li": "li",
    "dt": "dt",
    "dd": "dd",
    "figcaption": "p",
    "caption": "p",
    "summary": "h4",
    "blockquote": "p",
    "div": "p",
    "section": "p",
    "article": "p",
    "header": "p",
    "footer": "p",
    "main": "p",
}
_VOID: Final = frozenset(
    "area base br col embed hr img input link meta source track wbr".split()  # noqa: SIM905
)


@dataclass(frozen=True, slots=True)
class Preview:
    """A simplified page.

    Attributes:
        html: Made of headings, paragraphs, lists and tables alone; pictures are named
            ``picture:0`` and on.
        pictures: The vector pictures, as text.
        cut: Whether something was left out because there was too much.
        style: The page's style sheet: see ``report_styles``.
    """

    html: str
    pictures: tuple[str, ...] = ()
    cut: bool = False
    style: str = ""


@dataclass(slots=True)
class _State:
    """What has been read so far."""

    out: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    block: str = "p"
    term: str = ""
    row: list[tuple[str, str]] = field(default_factory=list)
    cell: str = ""
    rows: int = 0
    dropped: list[str] = field(default_factory=list)
    picture: list[str] = field(default_factory=list)
    depth: int = 0
    size: int = 0
    cut: bool = False
    style: list[str] = field(default_factory=list)


class _Reader(HTMLParser):
    """Writes the simplified page as it reads."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.state = _State()
        self.pictures: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        state = self.state
        if state.depth or (tag == "svg" and not state.dropped):
            state.depth += tag not in _VOID
            state.picture.append(_tag(tag, attrs))
        elif state.dropped:
            if tag in {state.dropped[0], "style"}:
                state.dropped.append(tag)
        elif tag in _DROPPED:
            state.dropped.append(tag)
        elif tag in _BLOCKS:
            self._close_block()
            state.block = _BLOCKS[tag]
        else:
            self._open_table_part(tag)

    def _open_table_part(self, tag: str) -> None:
        state = self.state
        if tag == "table":
            self._close_block()
            state.rows = 0
            state.out.append('<table border="0" cellspacing="0" cellpadding="3">')
        elif tag == "tr":
            state.row = []
        elif tag in {"td", "th"}:
            self._take_words()
            state.cell = tag
        elif tag in {"br", "small"}:
            state.words.append(" ")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self.state.depth:
            self.state.picture.append(_tag(tag, attrs, closed=True))
        elif tag == "br":
            self.state.words.append(" ")

    def handle_endtag(self, tag: str) -> None:
        state = self.state
        if state.depth:
            self._close_in_picture(tag)
        elif state.dropped:
            if tag == state.dropped[-1]:
                state.dropped.pop()
        elif tag in _BLOCKS:
            self._close_block()
        elif tag in {"td", "th"}:
            state.row.append((state.cell or tag, self._take_words()))
            state.cell = ""
        elif tag == "tr":
            self._close_row()
        elif tag == "table":
            state.out.append("</table>")

    def _close_in_picture(self, tag: str) -> None:
        state = self.state
        state.depth -= 1
        state.picture.append(f"</{tag}>")
        if state.depth == 0:
            drawing, state.picture = "".join(state.picture), []
            if not _wide(drawing):
                return
            if len(self.pictures) < MOST_PICTURES:
                state.out.append(f'<p><img src="picture:{len(self.pictures)}"></p>')
                self.pictures.append(drawing)
            else:
                state.cut = True

    def _close_row(self) -> None:
        state = self.state
        if state.row and state.rows < MOST_ROWS:
            cells = "".join(f"<{kind} align='left'>{words}</{kind}>" for kind, words in state.row)
            state.out.append(f"<tr>{cells}</tr>")
        state.cut |= state.rows >= MOST_ROWS
        state.rows += 1
        state.row = []

    def handle_data(self, data: str) -> None:
        state = self.state
        if state.depth:
            state.picture.append(escape(data, quote=False))
        elif state.dropped[-1:] == ["style"]:
            state.style.append(data)
        elif not state.dropped:
            state.words.append(data)

    def _take_words(self) -> str:
        state = self.state
        words = " ".join("".join(state.words).split())
        state.words = []
        room = max(MOST_WORDS - state.size, 0)
        state.size += len(words)
        state.cut |= len(words) > room
        return escape(plain(words[:room]))

    def _close_block(self) -> None:
        state = self.state
        if state.cell:  # blocks within a cell are words of the cell
            state.words.append(" ")
            return
        words = self._take_words()
        if words and state.block == "dt":
            state.term = words
        elif words:
            tag = "p" if state.block == "dd" else state.block
            term = f"<b>{state.term}:</b> " if state.term else ""
            state.term = ""
            state.out.append(f"<{tag}>{term}{words}</{tag}>")
        state.block = "p"

    def end(self) -> Preview:
        self.close()
        self._close_block()
        state = self.state
        return Preview("".join(state.out), tuple(self.pictures), state.cut, "".join(state.style))


def _wide(picture: str) -> bool:
    """Whether it is a drawing: icons are of no use where nothing can be pressed."""
    found = _VIEW.match(picture)
    return found is not None and float(found[1]) >= LEAST_WIDTH


def _tag(tag: str, attrs: Sequence[tuple[str, str | None]], *, closed: bool = False) -> str:
    """Return a tag of a picture; nothing that acts or that fetches stays in it."""
    kept = (
        (name, value or "")
        for name, value in attrs
        if not name.startswith("on") and name not in {"href", "xlink:href", "src"}
    )
    words = "".join(f' {name}="{escape(value)}"' for name, value in kept)
    end = "/>" if closed or tag in _VOID else ">"
    return f"<{tag}{words}{end}"


def preview(page: str) -> Preview:
    """Return what a plain text view can show of a report. Never raises for what it is given."""
    reader = _Reader()
    reader.feed(page)
    return reader.end()
