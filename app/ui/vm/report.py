"""The report dialog without its widgets: what is told, a look at it first, then the file."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from app.core.exporting import ExportFormat, ExportWish
from app.core.observe import Signal
from app.core.privacy import LeftOut, PersonalData, Redaction
from app.ui.vm.export import size_words, whole_path
from app.ui.vm.export_redaction import Look, patterns
from app.ui.vm.export_run import ExportRun
from app.ui.vm.report_preview import Preview, preview
from app.ui.vm.setup import SetupViewModel
from app.ui.vm.text import one_line, plain

NAME: Final = "report.html"
MOST_BYTES: Final = 400_000_000
"""A page larger than this is left to the browser."""
NONE_YET: Final = (
    "No preview yet. It is made in a temporary folder, which goes when this window closes."
)
STALE: Final = "Something was changed since: preview again to see it."
EXPLAINED: Final = (
    "Below stand the report's words, tables and pictures, simplified: its layout and its sound "
    "are seen and heard in a browser only."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportDraft:
    """What the dialog holds."""

    title: str = ""
    audio: bool = True
    words: bool = True
    personal: frozenset[PersonalData] = frozenset()
    patterns: str = ""
    names: bool = True
    out: str = ""
    overwrite: bool = False

    @property
    def redaction(self) -> Redaction:
        """What is left out."""
        parts = (
            (LeftOut.AUDIO, self.audio),
            (LeftOut.TRANSCRIPTS, self.words),
            (LeftOut.NAMES, self.names),
        )
        return Redaction(
            left_out=tuple(part for part, kept in parts if not kept),
            personal=tuple(each for each in PersonalData if each in self.personal),
            patterns=patterns(self.patterns),
        )


def _temporary() -> str:
    return tempfile.mkdtemp(prefix="vivavoce-report-")


class ReportViewModel:
    """Keeps the draft between two openings of the dialog. All calls on the GUI thread.

    Attributes:
        sessions: Folders of the sessions that are told of.
        run: The report under way.
        page: The simplified page of the newest preview, or None.
        look: What the redaction does to the transcript at hand.

    Signals:
        changed: Draft, page or run changed.
        previewed: A preview was written and waits to be read.
    """

    def __init__(
        self,
        setup: SetupViewModel,
        run: ExportRun,
        folder: Callable[[], str] = _temporary,
    ) -> None:
        self._setup = setup
        self._folder = folder
        self._made: list[str] = []
        self._previewing = False
        self._previewed: ReportDraft | None = None
        self.run = run
        self.sessions: tuple[str, ...] = ()
        self.draft = ReportDraft(out=_in(setup.preferences.export_folder))
        self.page: Preview | None = None
        self.look = Look()
        self.preview_path = ""
        self.preview_bytes = 0
        self.saved_path = ""
        self.changed = Signal[()]()
        self.previewed = Signal[()]()
        run.changed.connect(self._followed)

    def open(self, sessions: tuple[str, ...]) -> None:
        """Sessions were chosen to be told of."""
        if sessions != self.sessions:
            self._drop_page()
        self.sessions = sessions
        if not self.draft.out:
            self.draft = replace(self.draft, out=_in(self._setup.preferences.export_folder))
        self.saved_path = ""
        self.run.forget()
        self.changed.emit()

    def update(self, **changes: object) -> None:
        """Change fields of the draft by their names."""
        draft = replace(self.draft, **changes)  # type: ignore[arg-type]
        if draft != self.draft:
            self.draft = draft
            self.saved_path = ""
            self.changed.emit()

    def show_look(self, found: Look) -> None:
        """Show what the redaction does to the transcript at hand."""
        self.look = found
        self.changed.emit()

    # --- what is shown

    @property
    def title(self) -> str:
        """What is told of, e.g. "Report on 3 sessions"."""
        count = len(self.sessions)
        return f"Report on {count} sessions" if count != 1 else "Report on this session"

    @property
    def problem(self) -> str:
        """Why it cannot be saved so, in one sentence, or ""."""
        out = whole_path(self.draft.out)
        checks = (
            (bool(self.look.problem), self.look.problem),
            (not self.sessions, "No session is chosen."),
            (not self.draft.out.strip(), "Say where the report goes."),
            (not out.is_absolute(), "The file's whole path is needed."),
            (out.suffix.lower() not in {".html", ".htm"}, "The name ends in .html."),
        )
        return next((words for wrong, words in checks if wrong), "")

    @property
    def can_preview(self) -> bool:
        """Whether a preview can be made now."""
        return bool(self.sessions) and not (
            self.look.problem or self.run.waiting or self.run.obstacle
        )

    @property
    def can_save(self) -> bool:
        """Whether it can be saved now."""
        return not (self.problem or self.run.waiting or self.run.obstacle)

    @property
    def stale(self) -> bool:
        """Whether the preview shows another draft than the present one."""
        now = None if self._previewed is None else _content(self.draft) != _content(self._previewed)
        return self.page is not None and bool(now)

    @property
    def verdict(self) -> str:
        """What came of it in one sentence, or ""."""
        if self.run.problem:
            return self.run.problem
        if self.run.waiting:
            return ""
        if self.saved_path:
            size = size_words(self.run.result.bytes_n) if self.run.result else ""
            return f"Saved: {one_line(Path(self.saved_path).name, limit=120)}, {size}."
        return STALE if self.stale else ""

    @property
    def odd(self) -> tuple[str, ...]:
        """What was left out or could not be written, a sentence each."""
        result = self.run.result
        return () if result is None else tuple(plain(each, limit=400) for each in result.odd)

    # --- from the user

    def make_preview(self) -> bool:
        """Make the report in a folder of its own, to be looked at; False if it cannot be."""
        if not self.can_preview:
            return False
        folder = self._folder()
        self._made.append(folder)
        self._previewing, self._previewed = True, self.draft
        self.saved_path = ""
        return self.run.begin(self._wish(str(Path(folder, NAME)), overwrite=True))

    def save(self) -> bool:
        """Write the report where it is wanted; False if it cannot be, see ``problem``."""
        if not self.can_save:
            return False
        out = whole_path(self.draft.out)
        kept = self._setup.preferences
        self._setup.update(replace(kept, export_folder=str(out.parent)))
        self._previewing = False
        return self.run.begin(self._wish(str(out), overwrite=self.draft.overwrite))

    def _wish(self, out: str, *, overwrite: bool) -> ExportWish:
        return ExportWish(
            sessions=self.sessions,
            formats=(ExportFormat.REPORT,),
            out=out,
            redaction=self.draft.redaction,
            overwrite=overwrite,
            title=" ".join(self.draft.title.split()),
        )

    # --- the preview

    def _followed(self) -> None:
        result = self.run.result
        if not self.run.waiting and result is not None and result.files:
            if self._previewing:
                self._previewing = False
                self.preview_path, self.preview_bytes = result.files[0], result.bytes_n
                self.previewed.emit()
            elif self.preview_path not in result.files:
                self.saved_path = result.files[0]
        self.changed.emit()

    def show_page(self, page: Preview) -> None:
        """Show a page that was read."""
        self.page = page
        self.changed.emit()

    @property
    def page_words(self) -> str:
        """What the preview is, and what it is not."""
        if self.page is None:
            return NONE_YET
        size = f" The file takes {size_words(self.preview_bytes)}." if self.preview_bytes else ""
        cut = " It is long: not all of it stands here." if self.page.cut else ""
        return f"{EXPLAINED}{size}{cut}"

    def made(self) -> tuple[str, ...]:
        """Return the folders that previews were made in, once: they can go."""
        found, self._made = tuple(self._made), []
        self._drop_page()
        return found

    def _drop_page(self) -> None:
        self.page = self._previewed = None
        self.preview_path, self.preview_bytes = "", 0


def read_page(path: str) -> Preview:
    """Read and simplify a report; may block. What cannot be read is said in its place."""
    file = Path(path)
    try:
        if file.stat().st_size > MOST_BYTES:
            return Preview("<p>The report is too large to be shown here.</p>", cut=True)
        return preview(file.read_text("utf-8", errors="replace"))
    except OSError:
        return Preview("<p>The report was made, and cannot be read here.</p>")


def _in(folder: str) -> str:
    return str(Path(folder, NAME)) if folder else ""


def _content(draft: ReportDraft) -> ReportDraft:
    return replace(draft, out="", overwrite=False)
