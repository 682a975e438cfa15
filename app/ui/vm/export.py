"""The export dialog without its widgets: what, where, without what, and what came of it."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from app.core.exporting import ExportFormat, ExportWish
from app.core.observe import Signal
from app.core.privacy import LeftOut, PersonalData, Redaction
from app.ui.vm.export_redaction import Look, patterns
from app.ui.vm.export_run import ExportRun
from app.ui.vm.setup import SetupViewModel
from app.ui.vm.text import one_line, plain

FORMATS: Final = {
    ExportFormat.CSV: ("CSV", "Tables for spreadsheets: turns, sessions; one row a turn."),
    ExportFormat.JSONL: ("JSON Lines", "The same tables, one JSON object a line."),
    ExportFormat.PARQUET: ("Parquet", "The same tables, small and typed, for DuckDB or pandas."),
    ExportFormat.WAV: ("WAV, stereo", "Both sides in one file: you left, the model right."),
    ExportFormat.WAV_SIDES: ("WAV, a file a side", "Each side by itself, uncompressed."),
    ExportFormat.FLAC: ("FLAC, stereo", "As WAV, compressed without loss."),
    ExportFormat.FLAC_SIDES: ("FLAC, a file a side", "Each side by itself, without loss."),
    ExportFormat.SRT: ("SubRip subtitles", "Both sides' words with their times (.srt)."),
    ExportFormat.VTT: ("WebVTT subtitles", "The same for the web, with the speakers' names."),
    ExportFormat.OTLP: ("OpenTelemetry", "Spans and metrics with the GenAI names, as OTLP JSON."),
    ExportFormat.BUNDLE: ("Bundle", "One file that another Viva Voce imports, figures and all."),
}
"""The report has a dialog of its own."""
GROUPS: Final = (
    ("Tables", (ExportFormat.CSV, ExportFormat.JSONL, ExportFormat.PARQUET)),
    (
        "Sound",
        (
            ExportFormat.WAV,
            ExportFormat.WAV_SIDES,
            ExportFormat.FLAC,
            ExportFormat.FLAC_SIDES,
        ),
    ),
    ("Subtitles", (ExportFormat.SRT, ExportFormat.VTT)),
    ("Exchange", (ExportFormat.BUNDLE, ExportFormat.OTLP)),
)
NEEDS: Final = {
    LeftOut.AUDIO: {
        ExportFormat.WAV,
        ExportFormat.WAV_SIDES,
        ExportFormat.FLAC,
        ExportFormat.FLAC_SIDES,
    },
    LeftOut.TRANSCRIPTS: {ExportFormat.SRT, ExportFormat.VTT},
}
"""What a format consists of: without it nothing is left."""
_SCHEMES: Final = frozenset({"http", "https"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportDraft:
    """What the dialog holds. ``patterns`` is the text of its field, one a line."""

    formats: frozenset[ExportFormat] = frozenset({ExportFormat.CSV})
    out: str = ""
    left_out: frozenset[LeftOut] = frozenset()
    personal: frozenset[PersonalData] = frozenset()
    patterns: str = ""
    overwrite: bool = False
    endpoint: str = ""

    @property
    def redaction(self) -> Redaction:
        """What is left out."""
        return Redaction(
            left_out=tuple(each for each in LeftOut if each in self.left_out),
            personal=tuple(each for each in PersonalData if each in self.personal),
            patterns=patterns(self.patterns),
        )


@dataclass(frozen=True, slots=True)
class Written:
    """One file that was written."""

    path: str
    name: str


class ExportViewModel:
    """Keeps the draft between two openings of the dialog. All calls on the GUI thread.

    Attributes:
        sessions: Folders of the sessions that are exported.
        look: What the redaction does to the transcript at hand.
        run: The export under way.

    Signals:
        changed: Draft, look or run changed.
    """

    def __init__(self, setup: SetupViewModel, run: ExportRun) -> None:
        self._setup = setup
        self.run = run
        self.sessions: tuple[str, ...] = ()
        self.look = Look()
        self.changed = Signal[()]()
        kept = setup.preferences
        self.draft = ExportDraft(out=kept.export_folder, endpoint=kept.otlp_endpoint)
        run.changed.connect(self.changed.emit)

    def open(self, sessions: tuple[str, ...]) -> None:
        """Sessions were chosen to be exported."""
        self.sessions = sessions
        self.run.forget()
        self.changed.emit()

    def update(self, **changes: object) -> None:
        """Change fields of the draft by their names."""
        draft = replace(self.draft, **changes)  # type: ignore[arg-type]
        if draft != self.draft:
            self.draft = draft
            self.run.forget()
            self.changed.emit()

    def show_look(self, found: Look) -> None:
        """Show what the redaction does."""
        self.look = found
        self.changed.emit()

    # --- what is shown

    @property
    def title(self) -> str:
        """What is exported, e.g. "Export 3 sessions"."""
        count = len(self.sessions)
        return f"Export {count} sessions" if count != 1 else "Export this session"

    @property
    def contradiction(self) -> str:
        """Which chosen format has nothing left, in one sentence, or ""."""
        for part, formats in NEEDS.items():
            hit = sorted(FORMATS[each][0] for each in formats & self.draft.formats)
            if part in self.draft.left_out and hit:
                return f"{' and '.join(hit)}: nothing is left without {part.value}."
        return ""

    @property
    def problem(self) -> str:
        """Why it cannot be exported so, in one sentence, or ""."""
        draft = self.draft
        checks = (
            (not self.sessions, "No session is chosen."),
            (not draft.formats, "Choose at least one format."),
            (not draft.out.strip(), "Choose a folder."),
            (not whole_path(draft.out).is_absolute(), "The folder's whole path is needed."),
            (bool(self.look.problem), self.look.problem),
            (bool(self.contradiction), self.contradiction),
            (bool(endpoint_problem(draft.endpoint)), endpoint_problem(draft.endpoint)),
        )
        return next((words for wrong, words in checks if wrong), "")

    @property
    def ready(self) -> bool:
        """Whether it can begin."""
        return not (self.problem or self.run.waiting or self.run.obstacle)

    @property
    def written(self) -> tuple[Written, ...]:
        """The files that were written."""
        result = self.run.result
        files = () if result is None else result.files
        return tuple(Written(path, one_line(Path(path).name, limit=120)) for path in files)

    @property
    def odd(self) -> tuple[str, ...]:
        """What was left out or could not be written, a sentence each."""
        result = self.run.result
        return () if result is None else tuple(plain(each, limit=400) for each in result.odd)

    @property
    def verdict(self) -> str:
        """What came of it in one sentence, or ""."""
        if self.run.problem:
            return self.run.problem
        result = self.run.result
        if result is None or self.run.waiting:
            return ""
        count = len(result.files)
        noun = "file" if count == 1 else "files"
        return f"{count} {noun} written, {size_words(result.bytes_n)}."

    # --- from the user

    def begin(self) -> bool:
        """Export; False if it cannot be, with the reason in ``problem``."""
        if not self.ready:
            return False
        kept, draft = self._setup.preferences, self.draft
        endpoint = draft.endpoint.strip() if ExportFormat.OTLP in draft.formats else ""
        self._setup.update(
            replace(kept, export_folder=draft.out, otlp_endpoint=draft.endpoint.strip())
        )
        wish = ExportWish(
            sessions=self.sessions,
            formats=tuple(each for each in ExportFormat if each in draft.formats),
            out=str(whole_path(draft.out)),
            redaction=draft.redaction,
            overwrite=draft.overwrite,
            endpoint=endpoint,
        )
        return self.run.begin(wish)


def endpoint_problem(text: str) -> str:
    """Return why an OTLP endpoint cannot be one, or ""; none at all is fine."""
    words = text.strip()
    if not words:
        return ""
    try:
        parts = urlsplit(words)
        known = parts.scheme in _SCHEMES and bool(parts.hostname)
        named = parts.username is not None or parts.password is not None
    except ValueError:
        known = named = False
    if named:
        return "The endpoint's address may hold no name and no key."
    return "" if known else "The endpoint is an address as http://localhost:4318."


def size_words(bytes_n: int) -> str:
    """Return a size as people say it."""
    size = float(bytes_n)
    for unit in ("B", "kB", "MB"):
        if size < 1_000:  # noqa: PLR2004
            return f"{size:.3g} {unit}"
        size /= 1_000
    return f"{size:.3g} GB"


def whole_path(text: str) -> Path:
    """Return a path as typed, with "~" for the home folder."""
    path = Path(text.strip())
    try:
        return path.expanduser()
    except RuntimeError:  # nobody of that name has a home here
        return path
