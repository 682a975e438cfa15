"""Scrolling through 10,000 sessions: what each frame costs, and how many have rows to wait for.

The page, its table and its painter are the window's own. Questions go to an index on the disk
and are answered so many frames later, as an engine would; an answer comes as the bytes that it
sends. A frame is what the window's thread does for it: answers read, rows moved, all painted.
``QT_QPA_PLATFORM=offscreen`` without a display.
"""

import argparse
import sys
import tempfile
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from statistics import median, quantiles

from PySide6.QtWidgets import QApplication

from app.session.link import Decoder, encode
from app.session.messages import EngineRequest, LibraryReport, QueryLibrary
from app.store.library import FolderLibrary
from app.ui import theme as dress
from app.ui.panes.library.page import LibraryPage
from app.ui.vm.library import LibraryViewModel
from app.ui.vm.library_kept import LibraryKept
from tests.benchmarks.library import make, opened, vocabulary

SIZE = (1_400, 900)
ANSWERED_AFTER = 4
"""Frames: at 60 a second 67 ms, in which an engine answers."""
SETTLES = 30
FRAMES = 400
FLICKS = {"slowly, 30 px a frame": 30, "wheel, 120 px": 120, "fling, 480 px": 480}


class Scrolled:
    """The library's page over an index."""

    def __init__(self, app: QApplication, library: FolderLibrary) -> None:
        self._app = app
        self._library = library
        self._coming: deque[tuple[int, bytes]] = deque()
        self._frame_n = 0
        self._decoder = Decoder()
        self._elsewhere_s = 0.0
        self.vm = LibraryViewModel(self._ask, lambda: None, LibraryKept(), lambda _: None)
        self.page = LibraryPage(self.vm, dress.Theme())
        self.page.resize(*SIZE)
        self.page.show()
        self.vm.open()

    def _ask(self, request: EngineRequest) -> None:
        """Answer as the engine does; its time is not the window's."""
        if isinstance(request, QueryLibrary):
            begun = time.thread_time()
            page = self._library.query(request.query)
            answer = encode([LibraryReport(ticket=request.ticket, page=page)])
            self._coming.append((self._frame_n + ANSWERED_AFTER, answer))
            self._elsewhere_s += time.thread_time() - begun

    def frame(self, step: int) -> float:
        """Return the processor's milliseconds of one frame on the window's thread."""
        begun, before = time.thread_time(), self._elsewhere_s
        while self._coming and self._coming[0][0] <= self._frame_n:
            for report in self._decoder.feed(self._coming.popleft()[1]):
                assert isinstance(report, LibraryReport)
                self.vm.take(report)
        bar = self.page.table.verticalScrollBar()
        bar.setValue(bar.value() + step)
        self._app.processEvents()
        self._frame_n += 1
        return (time.thread_time() - begun - (self._elsewhere_s - before)) * 1e3

    @property
    def waits(self) -> bool:
        """Whether a row that is looked at has yet to come."""
        table, known = self.page.table, {index for index, _row in self.vm.pages.known()}
        first = table.rowAt(0)
        last = table.rowAt(table.viewport().height() - 1)
        return not known.issuperset(range(first, last + 1))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=10_000)
    parser.add_argument("--keep", type=Path, metavar="DIR", help="make it there, or use it again")
    told_to = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="vivavoce-library-") as folder:
        root = told_to.keep or Path(folder) / "sessions"
        if not root.is_dir():
            make(root, told_to.sessions)
        measure(root)
    return 0


def measure(root: Path) -> None:
    app = QApplication(sys.argv[:1])
    roles = dress.LIGHT
    dress.ground(app, roles)
    dress.apply(app, roles)
    library = opened(root)
    told = f"{'':<42}{'median':>8}{'P95':>8}{'worst':>8}  ms of CPU, frames with rows to come"
    print(f"  {told}")  # noqa: T201
    for text in ("", vocabulary()[70]):
        for name, step in FLICKS.items():
            scrolled = Scrolled(app, library)
            for _ in range(SETTLES):
                scrolled.frame(0)
            scrolled.vm.search(text)
            for _ in range(SETTLES):
                scrolled.frame(0)
            told_of(f"{'search, ' if text else ''}{name}", scroll(scrolled, step))
            scrolled.page.close()
            scrolled.page.deleteLater()
    library.close()


def scroll(scrolled: Scrolled, step: int) -> tuple[Sequence[float], int]:
    """Return what each frame cost, and how many had rows to wait for."""
    frames, waits = [], 0
    for _ in range(FRAMES):
        frames.append(scrolled.frame(step))
        waits += scrolled.waits
    return frames, waits


def told_of(name: str, found: tuple[Sequence[float], int]) -> None:
    frames, waits = found
    figures = (median(frames), quantiles(frames, n=20)[-1], max(frames))
    shown = "".join(f"{value:8.1f}" for value in figures)
    print(f"  {name:<42}{shown}  {waits} of {len(frames)}", flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
