"""The calibration wizard: choose what to measure, watch it, read the table."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QCloseEvent, QColor
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.ui.theme import XL, L, M, S, Theme
from app.ui.vm.calibration import HEADINGS, CalibrationViewModel, Line
from app.ui.vm.text import UNKNOWN
from app.ui.widgets.labels import label

SIZE = (860, 600)
TABLE_HEIGHT = 220
STEPS = 1000
_RESULT = "Result"
_NUMBERS_FROM = 2


class CalibrationDialog(QDialog):
    """Follows the view-model while it is open; closing it breaks the work off."""

    def __init__(
        self, vm: CalibrationViewModel, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._vm = vm
        self._theme = theme
        self.setWindowTitle("Calibration")
        self.resize(*SIZE)
        self.full = QPushButton("Measure the engine (about 3 minutes)")
        self.full.setObjectName("primary")
        self.quick = QPushButton("Quick check")
        self.devices = QPushButton("Measure these devices")
        self.pair = label("", "muted")
        self.pair.setWordWrap(True)
        self.progress = QProgressBar()
        self.progress.setRange(0, STEPS)
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName("Progress of the calibration")
        self.words = label("", "muted")
        self.words.setWordWrap(True)
        self.cancel = QPushButton("Cancel")
        self.verdict = label("", "section")
        self.verdict.setWordWrap(True)
        self.table = _table()
        self.empty = QWidget()
        self.close_button = QPushButton("Close")
        self._arrange()
        self.full.clicked.connect(lambda: vm.measure_engine(quick=False))
        self.quick.clicked.connect(lambda: vm.measure_engine(quick=True))
        self.devices.clicked.connect(vm.measure_devices)
        self.cancel.clicked.connect(vm.stop)
        self.close_button.clicked.connect(self.reject)
        self._shown: tuple[Line, ...] | None = None
        self._unsubscribe = vm.changed.connect(self.refresh)
        self.finished.connect(self._leave)
        self.refresh()

    def _arrange(self) -> None:
        box = QVBoxLayout(self)
        box.setContentsMargins(L, L, L, L)
        box.setSpacing(S)
        box.addWidget(label("The measuring engine", "section"))
        box.addWidget(
            _wrapped(
                "Holds conversations with the simulator, whose every delay is known: pauses, "
                "stalls, interruptions, a provider that sends no events, answers that come too "
                "early. No microphone and no loudspeaker are used."
            )
        )
        box.addLayout(_row(self.full, self.quick))
        box.addSpacing(M)
        box.addWidget(label("Loudspeaker and microphone", "section"))
        box.addWidget(
            _wrapped(
                "Plays twenty short chirps and listens for them. Put the microphone near the "
                "loudspeaker, or join both by a cable, and be quiet for half a minute."
            )
        )
        box.addWidget(self.pair)
        box.addLayout(_row(self.devices))
        box.addSpacing(M)
        under_way = QHBoxLayout()
        under_way.setSpacing(M)
        under_way.addWidget(self.progress, 1)
        under_way.addWidget(self.cancel)
        box.addLayout(under_way)
        box.addWidget(self.words)
        box.addWidget(self.verdict)
        box.addWidget(self.table, 1)
        box.addWidget(self.empty, 1)
        box.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignRight)

    def refresh(self) -> None:
        """Show what is known now."""
        running, share = self._vm.running, self._vm.share
        self.pair.setText(self._vm.pair)
        self.full.setEnabled(not running)
        self.quick.setEnabled(not running)
        self.devices.setEnabled(not running and self._vm.devices_ready)
        self.progress.setVisible(running)
        self.cancel.setVisible(running)
        self.progress.setRange(0, 0 if share is None else STEPS)
        self.progress.setValue(round((share or 0.0) * STEPS))
        self.words.setText(self._vm.words)
        self.words.setVisible(bool(self._vm.words))
        self.verdict.setText(self._vm.verdict)
        self.verdict.setVisible(bool(self._vm.verdict))
        if self._vm.lines != self._shown:
            self._shown = self._vm.lines
            self._fill(self._vm.lines)

    def _fill(self, lines: tuple[Line, ...]) -> None:
        self.table.setVisible(bool(lines))
        self.empty.setVisible(not lines)
        self.table.setRowCount(len(lines))
        for row, line in enumerate(lines):
            role = "good" if line.passed else "poor"
            bounded = line.cells[-1] != UNKNOWN
            result = "fails" if not line.passed else "holds" if bounded else UNKNOWN
            for column, text in enumerate((*line.cells, result)):
                judged = column == len(HEADINGS) and text != UNKNOWN
                ours = self._theme.colour(role) if judged else None
                self.table.setItem(row, column, _item(text, column, ours))
        self.table.resizeRowsToContents()
        failed = next((row for row, line in enumerate(lines) if not line.passed), 0)
        self.table.scrollTo(self.table.model().index(failed, 0))

    def closeEvent(self, event: QCloseEvent) -> None:
        self._vm.stop()
        super().closeEvent(event)

    def reject(self) -> None:
        """Close, and break off what is under way."""
        self._vm.stop()
        super().reject()

    def _leave(self) -> None:
        self._unsubscribe()


def _table() -> QTableWidget:
    table = QTableWidget(0, len(HEADINGS) + 1)
    table.setHorizontalHeaderLabels([*HEADINGS, _RESULT])
    table.setAccessibleName("Expected against measured")
    table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
    table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
    table.setMinimumHeight(TABLE_HEIGHT)
    table.verticalHeader().hide()
    table.setShowGrid(False)
    header = table.horizontalHeader()
    header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
    return table


def _item(text: str, column: int, colour: QColor | None) -> QTableWidgetItem:
    item = QTableWidgetItem(text)
    item.setToolTip(text)
    if colour is not None:
        item.setForeground(colour)
    elif column >= _NUMBERS_FROM:
        item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    return item


def _wrapped(words: str) -> QWidget:
    made = label(words, "muted")
    made.setWordWrap(True)
    made.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
    return made


def _row(*buttons: QPushButton) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(S)
    for button in buttons:
        row.addWidget(button)
    row.addStretch(1)
    row.setContentsMargins(0, 0, XL, 0)
    return row
