"""The status line: health of the measurement."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from app.ui.theme import L, S, Theme
from app.ui.vm.health import HealthViewModel, Segment
from app.ui.widgets.labels import label

MAX_SEGMENTS = 8
QUIET = "No session yet. Figures of the measurement itself appear here."


class StatusPane(QWidget):
    """Reuses its labels; an entry that is bad says so in words, and wears the role poor."""

    def __init__(self, vm: HealthViewModel, theme: Theme) -> None:
        super().__init__()
        self._vm = vm
        self._theme = theme
        self.setObjectName("statusline")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._labels: list[QLabel] = [label("", "small") for _ in range(MAX_SEGMENTS)]
        self.recording = label("", "small")
        box = QHBoxLayout(self)
        box.setContentsMargins(L, 0, L, 0)
        box.setSpacing(L)
        for each in self._labels:
            box.addWidget(each)
        box.addStretch(1)
        box.addWidget(self.recording)
        self.setFixedHeight(L + S)
        vm.changed.connect(self.refresh)
        theme.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show the segments."""
        shown = self._vm.segments
        for index, holder in enumerate(self._labels):
            if index < len(shown):
                self._show(holder, shown[index])
            else:
                holder.hide()
        if not shown:
            self._show(self._labels[0], Segment(name="quiet", words=QUIET, hover=""))
        self.recording.setToolTip("This session is being recorded; Settings names the folder.")
        self.recording.setText("\N{BLACK CIRCLE} recording" if self._vm.recording else "")
        self.recording.setStyleSheet(f"color: {self._theme.roles.poor}")

    def _show(self, holder: QLabel, segment: Segment) -> None:
        holder.setText(segment.words)
        holder.setToolTip(segment.hover)
        role = self._theme.roles.poor if segment.bad else self._theme.roles.muted
        holder.setStyleSheet(f"color: {role}")
        holder.show()
