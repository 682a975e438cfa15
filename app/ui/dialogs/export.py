"""Exporting sessions: formats, where to, without what; progress, and the files that came of it."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.core.exporting import ExportFormat
from app.core.privacy import LeftOut
from app.ui.dialogs.export_parts import RedactionFields
from app.ui.theme import XS, L, M, S
from app.ui.vm.export import FORMATS, GROUPS, ExportViewModel, whole_path
from app.ui.widgets.labels import Elided, label, wrapped

SIZE = (900, 760)
LEAST = (720, 480)
STEPS = 1_000
NAMES = 150
RESULTS = 112
Open = Callable[[str], object]


def open_local(path: str) -> None:
    """Open a file or folder with the desktop's own program."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(path))


class ExportDialog(QDialog):
    """Follows the view-model while it is open. ``stop_wanted``: the export is to be broken off.

    ``look_wanted``: the redaction is to be tried on the transcript.
    """

    stop_wanted = Signal()
    look_wanted = Signal()

    def __init__(
        self, vm: ExportViewModel, parent: QWidget | None = None, *, opened: Open = open_local
    ) -> None:
        super().__init__(parent)
        self._vm = vm
        self._opened = opened
        self.setWindowTitle("Export")
        self.setMinimumSize(*LEAST)
        self.resize(*SIZE)
        self.title = label("", "section")
        self.formats = {each: QCheckBox(words) for each, (words, _hint) in FORMATS.items()}
        self.endpoint = QLineEdit(vm.draft.endpoint)
        self.out = QLineEdit(vm.draft.out)
        self.choose = QPushButton("Choose\N{HORIZONTAL ELLIPSIS}")
        self.overwrite = QCheckBox("Replace files that are there")
        self.redaction = RedactionFields(tuple(LeftOut))
        self.wrong = wrapped("", "wrong")
        self.progress = QProgressBar()
        self.words = Elided("muted")
        self.cancel = QPushButton("Cancel export")
        self.verdict = wrapped("", "strong")
        self.files = QListWidget()
        self.odd = wrapped("", "small")
        self.folder = QPushButton("Open folder")
        self.copy = QPushButton("Copy path")
        self.go = QPushButton("Export")
        self.close_button = QPushButton("Close")
        self._tried = False
        self._running = False
        self._arrange()
        self._connect()
        self.refresh()

    # --- building

    def _arrange(self) -> None:
        columns = QHBoxLayout()
        columns.setSpacing(L)
        columns.addWidget(_scrolled(self._what()), 1)
        columns.addWidget(_scrolled(self.redaction), 1)
        box = QVBoxLayout(self)
        box.setContentsMargins(L, M, L, M)
        box.setSpacing(S)
        box.addWidget(self.title)
        box.addLayout(columns, 1)
        box.addLayout(self._where())
        box.addWidget(self.verdict)
        box.addWidget(self.files)
        box.addWidget(self.odd)
        box.addLayout(self._foot())

    def _what(self) -> QWidget:
        holder = QWidget()
        box = QVBoxLayout(holder)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(XS)
        for heading, formats in GROUPS:
            box.addWidget(label(heading, "section"))
            for each in formats:
                switch, hint = self.formats[each], FORMATS[each][1]
                switch.setToolTip(hint)
                switch.setAccessibleDescription(hint)
                switch.setMinimumWidth(NAMES)
                row = QHBoxLayout()
                row.setSpacing(S)
                row.addWidget(switch)
                row.addWidget(wrapped(hint, "small"), 1)
                box.addLayout(row)
            box.addSpacing(XS)
        self.endpoint.setPlaceholderText("Send it to, as http://localhost:4318; nothing: file only")
        self.endpoint.setAccessibleName("Address that OpenTelemetry is sent to")
        self.endpoint.setToolTip("An OTLP collector over HTTP; the file is written all the same")
        box.addWidget(self.endpoint)
        box.addStretch(1)
        return holder

    def _where(self) -> QGridLayout:
        self.out.setPlaceholderText("Folder that the files go into")
        self.out.setAccessibleName("Folder")
        self.choose.setToolTip("Choose the folder")
        self.overwrite.setToolTip("Without it, what is there is left alone and told")
        grid = QGridLayout()
        grid.setHorizontalSpacing(S)
        grid.setVerticalSpacing(0)
        name = label("Folder")
        name.setBuddy(self.out)
        grid.addWidget(name, 0, 0)
        grid.addWidget(self.out, 0, 1)
        grid.addWidget(self.choose, 0, 2)
        grid.addWidget(self.overwrite, 1, 1)
        grid.setColumnStretch(1, 1)
        return grid

    def _foot(self) -> QHBoxLayout:
        self.progress.setRange(0, STEPS)
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName("Progress of the export")
        self.files.setAccessibleName("Files that were written")
        self.files.setMaximumHeight(RESULTS)
        self.go.setObjectName("primary")
        self.go.setDefault(True)
        foot = QHBoxLayout()
        foot.setSpacing(S)
        for widget in (self.progress, self.words, self.wrong):
            foot.addWidget(widget, 1)
        for button in (self.cancel, self.folder, self.copy, self.close_button, self.go):
            foot.addWidget(button)
        return foot

    def _connect(self) -> None:
        vm = self._vm
        for switch in self.formats.values():
            switch.toggled.connect(self._store)
        for field in (self.out, self.endpoint):
            field.textChanged.connect(self._store)
        self.overwrite.toggled.connect(self._store)
        self.redaction.edited.connect(self._store)
        self.redaction.look_wanted.connect(self._try)
        self.choose.clicked.connect(self._choose)
        self.go.clicked.connect(vm.begin)
        self.cancel.clicked.connect(self.stop_wanted)
        self.close_button.clicked.connect(self.accept)
        self.folder.clicked.connect(self._open_folder)
        self.copy.clicked.connect(self._copy)
        self.files.itemActivated.connect(lambda item: self._opened(item.data(_PATH)))
        self.files.currentRowChanged.connect(self._show_buttons)
        self._unsubscribe = vm.changed.connect(self.refresh)
        self.finished.connect(self._leave)

    # --- showing

    def refresh(self) -> None:
        """Show the draft and what became of it."""
        vm, draft = self._vm, self._vm.draft
        running = vm.run.waiting
        self.title.setText(vm.title)
        for each, switch in self.formats.items():
            blocked = switch.blockSignals(True)
            switch.setChecked(each in draft.formats)
            switch.blockSignals(blocked)
        for field, text in ((self.out, draft.out), (self.endpoint, draft.endpoint)):
            if field.text() != text:
                blocked = field.blockSignals(True)
                field.setText(text)
                field.blockSignals(blocked)
        self.endpoint.setVisible(ExportFormat.OTLP in draft.formats)
        self.redaction.show_draft(draft.left_out, draft.personal, draft.patterns)
        self.redaction.show_look(vm.look, tried=self._tried)
        wrong = "" if running or vm.verdict else vm.problem or vm.run.obstacle
        _show(self.wrong, wrong, shown=not running)
        self.progress.setVisible(running)
        self.words.setVisible(running)
        self.words.say(vm.run.words)
        share = vm.run.share
        self.progress.setRange(0, 0 if share is None else STEPS)
        self.progress.setValue(round((share or 0.0) * STEPS))
        self.cancel.setVisible(running)
        self._move_focus(running=running)
        self.go.setEnabled(vm.ready)
        self._show_result()

    def _move_focus(self, *, running: bool) -> None:
        """Keep the keyboard at what can be done next, before its button is taken away."""
        if running is not self._running:
            self._running = running
            (self.cancel if running else self.close_button).setFocus()

    def _show_result(self) -> None:
        vm = self._vm
        _show(self.verdict, vm.verdict, shown=bool(vm.verdict))
        _show(self.odd, "\n".join(vm.odd), shown=bool(vm.odd))
        paths = [each.path for each in vm.written]
        if paths != [self.files.item(row).data(_PATH) for row in range(self.files.count())]:
            self.files.clear()
            for each in vm.written:
                item = QListWidgetItem(each.name)
                item.setData(_PATH, each.path)
                item.setToolTip(each.path)
                self.files.addItem(item)
            self.files.setCurrentRow(0)
        self.files.setVisible(bool(paths))
        self._show_buttons()

    def _show_buttons(self) -> None:
        there = self.files.count() > 0
        for button in (self.folder, self.copy):
            button.setVisible(there)

    # --- doing

    def _store(self) -> None:
        fields = self.redaction
        self._vm.update(
            formats=frozenset(each for each, box in self.formats.items() if box.isChecked()),
            out=self.out.text(),
            endpoint=self.endpoint.text(),
            overwrite=self.overwrite.isChecked(),
            left_out=fields.left_out,
            personal=fields.personal,
            patterns=fields.patterns.toPlainText(),
        )

    def _try(self) -> None:
        self._tried = True
        self.look_wanted.emit()

    def _choose(self) -> None:
        begin = str(whole_path(self.out.text())) if self.out.text().strip() else ""
        found = QFileDialog.getExistingDirectory(self, "Export into", begin)
        if found:
            self.out.setText(found)

    @property
    def _path(self) -> str:
        row = max(self.files.currentRow(), 0)
        return str(self.files.item(row).data(_PATH)) if row < self.files.count() else ""

    def _open_folder(self) -> None:
        self._opened(str(Path(self._path).parent))

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._path)

    def _leave(self) -> None:
        self._unsubscribe()


_PATH = Qt.ItemDataRole.UserRole


def _show(holder: QWidget, words: str, *, shown: bool) -> None:
    holder.setText(words)  # type: ignore[attr-defined]
    holder.setVisible(shown)


def _scrolled(inside: QWidget) -> QScrollArea:
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    holder = QWidget()
    holder.setObjectName("page")
    box = QVBoxLayout(holder)
    box.setContentsMargins(0, 0, M, 0)
    box.addWidget(inside)
    box.addStretch(1)
    area.setWidget(holder)
    return area
