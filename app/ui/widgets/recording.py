"""The recording indicator: what is kept of the session, and what can be done about it."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QToolButton

from app.core.privacy import RecordingMode
from app.ui.theme import Theme
from app.ui.vm.privacy import MODE_HINTS, MODE_WORDS, PrivacyViewModel
from app.ui.widgets.labels import tip

CONSENT = "Consent\N{HORIZONTAL ELLIPSIS}"
SETTINGS = "Privacy settings"


class RecordingButton(QToolButton):
    """Says what is recorded; its menu chooses what the next session keeps.

    ``consent_wanted``: somebody agrees to being recorded; ``settings_wanted``: to the settings.
    """

    consent_wanted = Signal()
    settings_wanted = Signal()

    def __init__(self, vm: PrivacyViewModel, theme: Theme) -> None:
        super().__init__()
        self._vm = vm
        self._theme = theme
        self.setObjectName("recording")
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.choices: dict[RecordingMode, QAction] = {}
        self.setMenu(self._make_menu())
        vm.changed.connect(self.refresh)
        theme.changed.connect(self.refresh)
        self.refresh()

    def _make_menu(self) -> QMenu:
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        group = QActionGroup(menu)
        menu.addSection("The next session")
        for mode, words in MODE_WORDS.items():
            action = QAction(words, menu)
            action.setCheckable(True)
            action.setToolTip(MODE_HINTS[mode])
            action.triggered.connect(lambda _checked=False, chosen=mode: self._vm.choose(chosen))
            group.addAction(action)
            menu.addAction(action)
            self.choices[mode] = action
        menu.addSeparator()
        menu.addAction(CONSENT).triggered.connect(self.consent_wanted)
        menu.addAction(SETTINGS).triggered.connect(self.settings_wanted)
        menu.aboutToShow.connect(self._tick)
        return menu

    def _tick(self) -> None:
        self.choices[self._vm.chosen].setChecked(True)

    def refresh(self) -> None:
        """Show what is recorded now."""
        view = self._vm.view
        if self.text() != view.text:
            self.setText(view.text)
            self.setAccessibleName(view.words)
        self.setToolTip(tip(view.hover))
        self.setAccessibleDescription(view.hover.replace("\t", ": "))
        dress = f"color: {getattr(self._theme.roles, view.tone.value)}"
        if self.styleSheet() != dress:
            self.setStyleSheet(dress)
