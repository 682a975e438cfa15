"""The rail: one button for each page."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QToolButton, QVBoxLayout, QWidget

from app.ui.theme import XS, S, Theme

PAGES = (
    ("live", "Live", "Ctrl+1"),
    ("library", "Library", "Ctrl+2"),
    ("compare", "Compare", "Ctrl+3"),
    ("battery", "Battery", "Ctrl+4"),
    ("settings", "Settings", "Ctrl+5"),
)
LIVE, LIBRARY, COMPARE, BATTERY, SETTINGS = range(len(PAGES))
WIDTH = 76


class RailPane(QWidget):
    """``page_wanted`` carries the page's index; ``help_wanted`` that the list of keys is."""

    page_wanted = Signal(int)
    help_wanted = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setObjectName("rail")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedWidth(WIDTH)
        self.group = QButtonGroup(self)
        box = QVBoxLayout(self)
        box.setContentsMargins(S, S, S, S)
        box.setSpacing(XS)
        for index, (_name, words, keys) in enumerate(PAGES):
            button = self._button(words, keys)
            button.setCheckable(True)
            self.group.addButton(button, index)
            box.addWidget(button)
        box.addStretch(1)
        self.help = self._button("Keys", "?")
        box.addWidget(self.help)
        self.help.clicked.connect(self.help_wanted)
        self.group.idClicked.connect(self.page_wanted)
        theme.changed.connect(self.refresh)
        self.show_page(0)

    @staticmethod
    def _button(words: str, keys: str) -> QToolButton:
        button = QToolButton()
        button.setObjectName("page")
        button.setText(words)
        button.setToolTip(f"{words} ({keys})")
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        button.setIconSize(QSize(20, 20))
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return button

    def show_page(self, index: int) -> None:
        """Mark the page that is shown."""
        self.group.button(index).setChecked(True)
        self.refresh()

    def refresh(self) -> None:
        """Paint the icons."""
        for index, (name, _words, _keys) in enumerate(PAGES):
            button = self.group.button(index)
            button.setIcon(self._theme.icon(name, "accent" if button.isChecked() else "muted"))
        self.help.setIcon(self._theme.icon("help", "muted"))
