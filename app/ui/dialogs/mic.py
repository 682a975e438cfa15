"""The guided microphone test: say a sentence, see what is wrong, hear it back."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.ui.theme import L, M, S, Theme
from app.ui.vm.mic import MicTestViewModel
from app.ui.widgets.labels import Elided, label, wrapped
from app.ui.widgets.meter import Meter

SIZE = (560, 420)
STEPS = 1000
FINDINGS = 6
SENTENCE = (
    "\N{LEFT DOUBLE QUOTATION MARK}The quick brown fox jumps over the lazy dog."
    "\N{RIGHT DOUBLE QUOTATION MARK}"
)
EXPLAINED = (
    "Listens for four seconds. Say the sentence as you would say it to the model, then pause: "
    "your voice and the room are both measured."
)


class MicTestDialog(QDialog):
    """Follows the view-model while it is open; closing it breaks the test off."""

    def __init__(self, vm: MicTestViewModel, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._vm = vm
        self._theme = theme
        self.setWindowTitle("Microphone test")
        self.resize(*SIZE)
        self.microphone = Elided("section")
        self.sentence = label(SENTENCE, "figure")
        self.meter = Meter("Level of the microphone", "you", theme)
        self.progress = QProgressBar()
        self.words = wrapped("", "muted")
        self.verdict = wrapped("", "section")
        self.findings = tuple(wrapped("", "") for _ in range(FINDINGS))
        self.figures = QWidget()
        self._grid = QGridLayout(self.figures)
        self.play_back = QCheckBox("Play back what was heard")
        self.begin = QPushButton("Start the test")
        self.close_button = QPushButton("Close")
        self._cells: dict[str, QLabel] = {}
        self._prepare()
        self._arrange()
        self.begin.clicked.connect(self._begin_or_stop)
        self.close_button.clicked.connect(self.reject)
        self._unsubscribe = (
            vm.changed.connect(self.refresh),
            vm.meters.changed.connect(self._show_level),
        )
        self.finished.connect(self._leave)
        self.refresh()

    def _prepare(self) -> None:
        self.progress.setRange(0, STEPS)
        self.progress.setTextVisible(False)
        self.progress.setFixedHeight(S)
        self.progress.setAccessibleName("Progress of the microphone test")
        self.begin.setObjectName("primary")
        self.begin.setDefault(True)
        self.play_back.setChecked(True)
        self.sentence.setWordWrap(True)
        self._grid.setContentsMargins(0, M, 0, 0)
        self._grid.setHorizontalSpacing(L)
        self._grid.setVerticalSpacing(0)

    def _arrange(self) -> None:
        box = QVBoxLayout(self)
        box.setContentsMargins(L, L, L, L)
        box.setSpacing(S)
        box.addWidget(self.microphone)
        box.addWidget(wrapped(EXPLAINED, "muted"))
        box.addSpacing(M)
        box.addWidget(self.sentence)
        box.addSpacing(S)
        box.addWidget(self.meter)
        box.addWidget(self.progress)
        box.addWidget(self.words)
        box.addSpacing(M)
        box.addWidget(self.verdict)
        for finding in self.findings:
            box.addWidget(finding)
        box.addWidget(self.figures)
        box.addStretch(1)
        foot = QHBoxLayout()
        foot.setSpacing(S)
        foot.addWidget(self.play_back)
        foot.addStretch(1)
        foot.addWidget(self.close_button)
        foot.addWidget(self.begin)
        box.addLayout(foot)

    def _begin_or_stop(self) -> None:
        if self._vm.running:
            self._vm.stop()
        else:
            self._vm.begin(play_back=self.play_back.isChecked())

    def refresh(self) -> None:
        """Show what is known now."""
        vm, running = self._vm, self._vm.running
        self.microphone.say(vm.microphone)
        self.begin.setEnabled(running or vm.ready)
        self.begin.setText("Stop" if running else "Test again" if vm.figures else "Start the test")
        self.play_back.setEnabled(not running and vm.can_play_back)
        self.play_back.setToolTip("" if vm.can_play_back else "No loudspeaker is chosen")
        share = vm.share
        self.progress.setVisible(running)
        self.progress.setValue(round((share or 0.0) * STEPS))
        self.words.setText(vm.words)
        self.words.setVisible(bool(vm.words))
        self.verdict.setText(vm.verdict)
        self.verdict.setVisible(bool(vm.verdict))
        self.verdict.setStyleSheet(f"color: {self._theme.roles.good}")
        for place, finding in enumerate(self.findings):
            known = place < len(vm.lines)
            finding.setVisible(known)
            if known:
                line = vm.lines[place]
                measured = f" ({line.measured})" if line.measured else ""
                finding.setText(f"{line.sentence}{measured}")
                finding.setStyleSheet(f"color: {self._theme.roles.poor}")
        self._show_figures()
        self._show_level()

    def _show_figures(self) -> None:
        for column, (name, words) in enumerate(self._vm.figures):
            if name not in self._cells:
                self._cells[name] = label("", "")
                self._grid.addWidget(label(name, "muted"), 0, column)
                self._grid.addWidget(self._cells[name], 1, column)
            self._cells[name].setText(words)
        self.figures.setVisible(bool(self._vm.figures))

    def _show_level(self) -> None:
        self.meter.show_level(self._vm.meters.input)

    def showEvent(self, event: QShowEvent) -> None:
        self.begin.setFocus(Qt.FocusReason.ActiveWindowFocusReason)
        super().showEvent(event)

    def reject(self) -> None:
        """Close, and break off what is under way."""
        self._vm.stop()
        super().reject()

    def _leave(self) -> None:
        for unsubscribe in self._unsubscribe:
            unsubscribe()
