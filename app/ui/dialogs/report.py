"""The report: what it tells, a look at it, in the browser and here, and then the file."""

from html import escape
from pathlib import Path
from typing import Any

from PySide6.QtCore import QByteArray, QRectF, Qt, QUrl, Signal
from PySide6.QtGui import QColor, QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from app.ui.dialogs.export import Open, open_local
from app.ui.dialogs.export_parts import RedactionFields
from app.ui.theme import L, M, S, Theme
from app.ui.vm.report import ReportViewModel
from app.ui.vm.report_preview import Preview
from app.ui.vm.report_styles import picture_styles
from app.ui.widgets.labels import Elided, label, wrapped

SIZE = (1040, 720)
LEAST = (760, 520)
SIDE = 330
STEPS = 1_000
WIDEST = 640
TALLEST = 1_600
HTML = "Report (*.html)"


class Pages(QTextBrowser):
    """Shows a simplified page. It fetches nothing: pictures come from the page itself alone."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._pictures: tuple[str, ...] = ()
        self._style = ""
        self.setOpenLinks(False)
        self.setOpenExternalLinks(False)
        self.setAccessibleName("Preview of the report, simplified")

    def show_page(self, page: Preview | None) -> None:
        """Show ``page``, or nothing."""
        self._pictures = () if page is None else page.pictures
        style = "" if page is None else page.style
        self._style = picture_styles(style, dark=self._theme.dark)
        self.setHtml("" if page is None else page.html)

    def loadResource(self, _kind: int, name: QUrl | str) -> Any:
        """Return a picture of the page; everything else does not exist."""
        words = name if isinstance(name, str) else name.toString()
        scheme, _colon, number = words.partition(":")
        if scheme != "picture" or not number.isdigit() or int(number) >= len(self._pictures):
            return None
        return draw(self._pictures[int(number)], self._theme.colour("text"), self._style)


def draw(picture: str, ink: QColor, style: str = "") -> QImage | None:
    """Return a vector picture as pixels, or None where it cannot be drawn."""
    start, tag, rest = picture.partition(">")
    words = f'{start} fill="{ink.name()}"{tag}<style>{escape(style)}</style>{rest}'
    drawn = words.replace("currentColor", ink.name())
    renderer = QSvgRenderer(QByteArray(drawn.encode("utf-8", "replace")))
    size = renderer.defaultSize()
    if not renderer.isValid() or size.isEmpty():
        return None
    size.scale(WIDEST, TALLEST, Qt.AspectRatioMode.KeepAspectRatio)
    image = QImage(size, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    renderer.render(painter, QRectF(image.rect()))
    painter.end()
    return image


class ReportDialog(QDialog):
    """Follows the view-model while it is open. ``stop_wanted``: it is to be broken off."""

    stop_wanted = Signal()
    look_wanted = Signal()

    def __init__(
        self,
        vm: ReportViewModel,
        theme: Theme,
        parent: QWidget | None = None,
        *,
        opened: Open = open_local,
    ) -> None:
        super().__init__(parent)
        self._vm = vm
        self._opened = opened
        self._tried = False
        self._page: Preview | None = None
        self.setWindowTitle("Report")
        self.setMinimumSize(*LEAST)
        self.resize(*SIZE)
        self.heading = label("", "section")
        self.title = QLineEdit(vm.draft.title)
        self.audio = QCheckBox("With sound, playable in place")
        self.words = QCheckBox("With what was said")
        self.names = QCheckBox("With names of people, devices and this computer")
        self.redaction = RedactionFields(())
        self.make = QPushButton("Preview")
        self.browse = QPushButton("Open in browser")
        self.about = wrapped("", "small")
        self.page = Pages(theme)
        self.out = QLineEdit(vm.draft.out)
        self.choose = QPushButton("Choose\N{HORIZONTAL ELLIPSIS}")
        self.overwrite = QCheckBox("Replace a file that is there")
        self.verdict = wrapped("", "small")
        self.progress = QProgressBar()
        self.doing = Elided("muted")
        self.cancel = QPushButton("Cancel")
        self.show_saved = QPushButton("Open report")
        self.copy = QPushButton("Copy path")
        self.save = QPushButton("Save")
        self.close_button = QPushButton("Close")
        self._arrange()
        self._connect()
        self.refresh()

    # --- building

    def _arrange(self) -> None:
        columns = QHBoxLayout()
        columns.setSpacing(L)
        columns.addWidget(self._left())
        columns.addLayout(self._right(), 1)
        box = QVBoxLayout(self)
        box.setContentsMargins(L, M, L, M)
        box.setSpacing(M)
        box.addWidget(self.heading)
        box.addLayout(columns, 1)
        box.addLayout(self._where())
        box.addLayout(self._foot())

    def _left(self) -> QWidget:
        holder = QWidget()
        holder.setFixedWidth(SIDE)
        box = QVBoxLayout(holder)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(S)
        name = label("Title")
        name.setBuddy(self.title)
        self.title.setPlaceholderText("Nothing: the models' names")
        self.title.setAccessibleName("Title of the report")
        self.title.setMaxLength(200)
        self.audio.setToolTip("Makes the file larger: about 0.5 MB a minute and side")
        self.words.setToolTip("Without it the report tells figures only")
        self.names.setToolTip("Of people who agreed, of devices and of this computer")
        for widget in (name, self.title, self.audio, self.words, self.names, self.redaction):
            box.addWidget(widget)
        box.addStretch(1)
        return holder

    def _right(self) -> QVBoxLayout:
        self.make.setToolTip("Make the report in a temporary folder and look at it")
        self.browse.setToolTip("See the whole previewed report, with its layout and its sound")
        tools = QHBoxLayout()
        tools.setSpacing(S)
        tools.addWidget(self.make)
        tools.addWidget(self.browse)
        tools.addStretch(1)
        column = QVBoxLayout()
        column.setSpacing(S)
        column.addLayout(tools)
        column.addWidget(self.about)
        column.addWidget(self.page, 1)
        return column

    def _where(self) -> QGridLayout:
        self.out.setPlaceholderText("File that is written, as /home/you/report.html")
        self.out.setAccessibleName("File")
        grid = QGridLayout()
        grid.setHorizontalSpacing(S)
        grid.setVerticalSpacing(0)
        name = label("File")
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
        self.progress.setAccessibleName("Progress of the report")
        self.save.setObjectName("primary")
        foot = QHBoxLayout()
        foot.setSpacing(S)
        for widget in (self.progress, self.doing, self.verdict):
            foot.addWidget(widget, 1)
        for button in (self.cancel, self.show_saved, self.copy, self.close_button, self.save):
            foot.addWidget(button)
        return foot

    def _connect(self) -> None:
        vm = self._vm
        for field in (self.title, self.out):
            field.textChanged.connect(self._store)
        for switch in (self.audio, self.words, self.names, self.overwrite):
            switch.toggled.connect(self._store)
        self.redaction.edited.connect(self._store)
        self.redaction.look_wanted.connect(self._try)
        self.make.clicked.connect(vm.make_preview)
        self.browse.clicked.connect(lambda: self._opened(vm.preview_path))
        self.choose.clicked.connect(self._choose)
        self.save.clicked.connect(vm.save)
        self.cancel.clicked.connect(self.stop_wanted)
        self.show_saved.clicked.connect(lambda: self._opened(vm.saved_path))
        self.copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(vm.saved_path))
        self.close_button.clicked.connect(self.accept)
        self._unsubscribe = vm.changed.connect(self.refresh)
        self.finished.connect(self._leave)

    # --- showing

    def refresh(self) -> None:
        """Show the draft, the preview and what became of it."""
        vm, draft = self._vm, self._vm.draft
        running = vm.run.waiting
        self.heading.setText(vm.title)
        for switch, on in (
            (self.audio, draft.audio),
            (self.words, draft.words),
            (self.names, draft.names),
            (self.overwrite, draft.overwrite),
        ):
            blocked = switch.blockSignals(True)
            switch.setChecked(on)
            switch.blockSignals(blocked)
        for field, text in ((self.title, draft.title), (self.out, draft.out)):
            if field.text() != text:
                blocked = field.blockSignals(True)
                field.setText(text)
                field.blockSignals(blocked)
        self.redaction.show_draft(frozenset(), draft.personal, draft.patterns)
        self.redaction.show_look(vm.look, tried=self._tried)
        self.make.setEnabled(vm.can_preview)
        self.browse.setEnabled(bool(vm.preview_path))
        self.about.setText(vm.page_words)
        if vm.page is not self._page:
            self._page = vm.page
            self.page.show_page(vm.page)
        self._show_foot(running=running)

    def _show_foot(self, *, running: bool) -> None:
        vm = self._vm
        told = "\n".join(filter(None, (vm.verdict, *vm.odd[:3])))
        words = told or ("" if running else vm.run.obstacle or vm.problem)
        self.verdict.setText(words)
        self.verdict.setVisible(not running)
        for widget in (self.progress, self.doing, self.cancel):
            widget.setVisible(running)
        self.doing.say(vm.run.words)
        share = vm.run.share
        self.progress.setRange(0, 0 if share is None else STEPS)
        self.progress.setValue(round((share or 0.0) * STEPS))
        for button in (self.show_saved, self.copy):
            button.setVisible(bool(vm.saved_path))
        self.save.setEnabled(vm.can_save)

    # --- doing

    def _store(self) -> None:
        self._vm.update(
            title=self.title.text(),
            audio=self.audio.isChecked(),
            words=self.words.isChecked(),
            names=self.names.isChecked(),
            personal=self.redaction.personal,
            patterns=self.redaction.patterns.toPlainText(),
            out=self.out.text(),
            overwrite=self.overwrite.isChecked(),
        )

    def _try(self) -> None:
        self._tried = True
        self.look_wanted.emit()

    def _choose(self) -> None:
        begin = self.out.text().strip() or str(Path.home() / "report.html")
        found, _kind = QFileDialog.getSaveFileName(self, "Save the report as", begin, HTML)
        if found:
            self.out.setText(found)

    def _leave(self) -> None:
        self._unsubscribe()
