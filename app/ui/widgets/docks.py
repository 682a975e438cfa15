"""Title bars of the docks: a small heading, and a button that closes."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QDockWidget, QHBoxLayout, QToolButton, QWidget

from app.ui.theme import L, M, Theme
from app.ui.widgets.labels import Steady

SIDE = 24
AROUND = 1
HEADING = SIDE + 2 * AROUND
ICON = 14


class DockTitle(QWidget):
    """Drag it to move the dock; double-click to float it."""

    def __init__(self, dock: QDockWidget, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setObjectName("panetitle")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.heading = Steady("caption")
        self._rename(dock.windowTitle())
        self.shut = QToolButton()
        self.shut.setObjectName("plain")
        self.shut.setFixedSize(SIDE, SIDE)
        self.shut.setIconSize(QSize(ICON, ICON))
        self.shut.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.shut.setToolTip("Close; Reset layout brings it back")
        self.shut.setAccessibleName(f"Close {dock.windowTitle()}")
        box = QHBoxLayout(self)
        box.setContentsMargins(L, AROUND, M, AROUND)
        box.addWidget(self.heading, 0, Qt.AlignmentFlag.AlignVCenter)
        box.addStretch(1)
        box.addWidget(self.shut, 0, Qt.AlignmentFlag.AlignVCenter)
        self.shut.clicked.connect(dock.close)
        dock.windowTitleChanged.connect(self._rename)
        theme.changed.connect(self._paint_icon)
        self._paint_icon()

    def _rename(self, words: str) -> None:
        self.heading.say(words.upper())

    def _paint_icon(self) -> None:
        self.shut.setIcon(self._theme.icon("close", "muted"))
