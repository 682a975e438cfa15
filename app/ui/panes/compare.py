"""The compare page: recorded sessions on two sides, a table of differences, their curves."""

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QPushButton,
    QSplitter,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.ui.theme import L, M, S, Theme
from app.ui.vm.compare import HEADINGS, HINTS, Candidate, CompareViewModel
from app.ui.widgets.curves import Curves
from app.ui.widgets.labels import label, say, wrapped
from app.ui.widgets.tables import cell, table

SESSIONS = ("A", "B", "Model", "Began", "Turns", "V2V P50")
SIDES = ("A", "B")
_TITLE = 2


class ComparePane(QWidget):
    """Ticks put sessions on a side; a line of the table is drawn when it is chosen."""

    def __init__(self, vm: CompareViewModel, theme: Theme) -> None:
        super().__init__()
        self._vm = vm
        self._shown: tuple[Candidate, ...] = ()
        self.setObjectName("page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.sessions = table(SESSIONS, "Recorded sessions", stretched=_TITLE, words_to=_TITLE + 2)
        self.go = QPushButton("Compare")
        self.go.setObjectName("primary")
        self.again = QPushButton("Refresh")
        self.again.setObjectName("link")
        self.again.setToolTip("Look for recorded sessions again (F5)")
        self.hint = wrapped("", "muted")
        self.title = wrapped("", "section")
        self.warnings = wrapped("", "muted")
        self.availability = wrapped("", "")
        self.results = table(
            HEADINGS, "Differences by metric", stretched=0, words_to=1, hints=HINTS
        )
        self.verdict = wrapped("", "")
        self.curves = Curves(theme)
        self._arrange()
        self.go.clicked.connect(vm.compare)
        self.again.clicked.connect(vm.look_again)
        self.sessions.itemChanged.connect(self._ticked)
        self.results.currentCellChanged.connect(self._chosen)
        vm.changed.connect(self.refresh)
        self.refresh()

    def _arrange(self) -> None:
        ask = QHBoxLayout()
        ask.setSpacing(M)
        ask.addWidget(self.go)
        ask.addWidget(self.hint, 1)
        ask.addWidget(self.again)
        upper, lower = QWidget(), QWidget()
        above, below = QVBoxLayout(upper), QVBoxLayout(lower)
        for box in (above, below):
            box.setSpacing(S)
        above.setContentsMargins(0, 0, 0, S)
        below.setContentsMargins(0, S, 0, 0)
        above.addWidget(label("Compare sessions", "section"))
        above.addWidget(self.sessions, 1)
        above.addLayout(ask)
        for widget in (self.title, self.warnings, self.availability):
            below.addWidget(widget)
        below.addWidget(self.results, 3)
        below.addWidget(self.verdict)
        below.addWidget(self.curves, 2)
        parts = QSplitter(Qt.Orientation.Vertical)
        parts.addWidget(upper)
        parts.addWidget(lower)
        parts.setStretchFactor(0, 2)
        parts.setStretchFactor(1, 3)
        parts.setChildrenCollapsible(False)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(L, L, L, L)
        whole.addWidget(parts)
        self.result = lower

    def refresh(self) -> None:
        """Show what is known now."""
        candidates = self._vm.candidates
        if candidates != self._shown:
            self._shown = candidates
            self._fill_sessions()
        self.go.setEnabled(self._vm.ready)
        self.hint.setText(self._vm.hint)
        self.result.setVisible(bool(self._vm.lines))
        self.title.setText(self._vm.title)
        say(self.warnings, "\n".join(self._vm.warnings))
        self.availability.setText(self._vm.availability)
        self._fill_results()
        self.curves.show_curves(self._vm.curves, self._vm.unit)

    def _fill_sessions(self) -> None:
        with QSignalBlocker(self.sessions):
            self.sessions.setRowCount(len(self._shown))
            for row, session in enumerate(self._shown):
                for column, side in enumerate(SIDES):
                    self.sessions.setItem(row, column, _tick(session, side))
                cells = (session.title, session.began, session.turns, session.v2v)
                for column, text in enumerate(cells, len(SIDES)):
                    item = cell(text, right=column > _TITLE + 1)
                    item.setToolTip(session.began_utc if text is session.began else "")
                    self.sessions.setItem(row, column, item)

    def _fill_results(self) -> None:
        lines = self._vm.lines
        with QSignalBlocker(self.results):
            self.results.setRowCount(len(lines))
            for row, line in enumerate(lines):
                for column, text in enumerate(line.cells):
                    self.results.setItem(row, column, cell(text, right=column > 0))
                if line.metric == self._vm.metric:
                    self.results.selectRow(row)
                    self.verdict.setText(line.verdict)

    def _ticked(self, item: QTableWidgetItem) -> None:
        if item.column() < len(SIDES):
            self._vm.put(self._shown[item.row()].folder, SIDES[item.column()])

    def _chosen(self, row: int, *_others: int) -> None:
        lines = self._vm.lines
        if 0 <= row < len(lines) and lines[row].metric != self._vm.metric:
            self._vm.choose_metric(lines[row].metric)

    def showEvent(self, event: QShowEvent) -> None:
        self._vm.open()
        super().showEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        self._vm.close()
        super().hideEvent(event)


def _tick(session: Candidate, side: str) -> QTableWidgetItem:
    item = QTableWidgetItem()
    item.setFlags(
        Qt.ItemFlag.ItemIsUserCheckable | Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
    )
    item.setCheckState(Qt.CheckState.Checked if session.side == side else Qt.CheckState.Unchecked)
    item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{session.title} on side {side}")
    return item
