"""The status line: health of the measurement."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from app.ui.theme import L, S, Theme
from app.ui.vm.health import HealthViewModel, Segment
from app.ui.vm.privacy import PrivacyViewModel
from app.ui.widgets.labels import label, tip

MAX_SEGMENTS = 12
QUIET = "No session yet. Figures of the measurement itself appear here."


class StatusPane(QWidget):
    """Reuses its labels; an entry that is bad says so in words, and wears the role poor."""

    def __init__(self, vm: HealthViewModel, privacy: PrivacyViewModel, theme: Theme) -> None:
        super().__init__()
        self._vm = vm
        self._privacy = privacy
        self._theme = theme
        self.setObjectName("statusline")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._labels: list[QLabel] = [label("", "small") for _ in range(MAX_SEGMENTS)]
        self.more = label("", "small")
        self.recording = label("", "small")
        box = QHBoxLayout(self)
        box.setContentsMargins(L, 0, L, 0)
        box.setSpacing(L)
        for each in self._labels:
            box.addWidget(each)
        box.addWidget(self.more)
        box.addStretch(1)
        box.addWidget(self.recording)
        self.setMinimumWidth(1)
        self.setFixedHeight(L + S)
        vm.changed.connect(self.refresh)
        privacy.changed.connect(self.refresh)
        theme.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show the segments, as many as there is room for."""
        shown = list(self._vm.segments) or [Segment(name="quiet", words=QUIET, hover="")]
        view = self._privacy.view
        self.recording.setToolTip(tip(f"{view.hover}\nwhere\tSettings names the folder"))
        self.recording.setText(view.text if self._privacy.runs else "")
        self.recording.setStyleSheet(f"color: {getattr(self._theme.roles, view.tone.value)}")
        left_out: list[Segment] = []
        while len(shown) > 1 and self._wanted(shown, left_out) > self.width():
            last = max(shown, key=_dispensable)
            shown.remove(last)
            left_out.append(last)
        for index, holder in enumerate(self._labels):
            if index < len(shown):
                self._show(holder, shown[index])
            else:
                holder.hide()
        self.more.setVisible(bool(left_out))
        self.more.setText(_more(left_out))
        self.more.setToolTip(tip("\n".join(each.words for each in reversed(left_out))))

    def _wanted(self, shown: list[Segment], left_out: list[Segment]) -> int:
        """Return the width that these segments need."""
        metrics = self.recording.fontMetrics()
        words = [each.words for each in shown] + [self.recording.text(), _more(left_out)]
        return sum(metrics.horizontalAdvance(each) + L for each in words) + L

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.refresh()
        super().resizeEvent(event)

    def _show(self, holder: QLabel, segment: Segment) -> None:
        if holder.text() != segment.words:
            holder.setText(segment.words)
        holder.setToolTip(tip(segment.hover))
        roles = self._theme.roles
        role = roles.poor if segment.bad else roles.fair if segment.near else roles.muted
        dress = f"color: {role}"
        if holder.styleSheet() != dress:
            holder.setStyleSheet(dress)
        holder.show()


def _dispensable(segment: Segment) -> tuple[bool, int]:
    return not segment.bad and segment.rank >= 0, segment.rank


def _more(left_out: list[Segment]) -> str:
    return f"+{len(left_out)} more" if left_out else ""
