"""Keys, measurement, appearance and recordings: what belongs to no session."""

from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QPushButton

from app.ui.panes.settings.form import Section, told
from app.ui.vm.choices import CUSTOM_ID
from app.ui.vm.console import ConsoleViewModel
from app.ui.vm.keys import KeyOrigin
from app.ui.vm.preferences import ThemeChoice
from app.ui.widgets.fields import Choice
from app.ui.widgets.labels import label

FOLDER = "Your own data folder; its path is shown here once a session has run."
THEMES = {
    ThemeChoice.SYSTEM: "As the desktop",
    ThemeChoice.LIGHT: "Light",
    ThemeChoice.DARK: "Dark",
}


class KeySection(Section):
    """The key of the chosen model, and where your own endpoint is."""

    def __init__(self, vm: ConsoleViewModel) -> None:
        super().__init__("Key and endpoint")
        self._vm = vm
        self.key_state = label("")
        self.key_state.setWordWrap(True)
        self.enter_key = QPushButton("Enter key")
        self.remove_key = QPushButton("Remove key")
        self.endpoint = QPushButton("Edit endpoint")
        told(
            (self.enter_key, "Stored in the keyring, or used once; never in a file"),
            (self.remove_key, "Forget the key of the chosen model"),
            (self.endpoint, "Where your own model is, and how it is spoken to"),
        )
        self.applies.setText("Keys are kept in the keyring, never in a file.")
        self.field("Chosen model", self.key_state)
        self.buttons("", (self.enter_key, self.remove_key, self.endpoint))
        vm.keys.changed.connect(self._show_key)

    def refresh(self) -> None:
        """Show the chosen model's."""
        option = self._vm.setup.option
        self.endpoint.setVisible(option.model_id == CUSTOM_ID)
        self._show_key(option.key_name)

    def _show_key(self, name: str) -> None:
        option = self._vm.setup.option
        if name != option.key_name:
            return
        view = self._vm.keys.view(name)
        origin = view.origin if option.needs_key else KeyOrigin.NOT_NEEDED
        self.key_state.setText(f"{option.title}: {view.problem or origin.value}")
        self.enter_key.setVisible(option.needs_key)
        self.remove_key.setVisible(origin in {KeyOrigin.KEYRING, KeyOrigin.ONCE})


class ProgramSection(Section):
    """The window's look, where it records, and what can be checked."""

    layout_reset_wanted = Signal()

    def __init__(self, vm: ConsoleViewModel, sessions_dir: str | None) -> None:
        super().__init__("Window and recordings")
        self._vm = vm
        self.theme = Choice(tuple(THEMES.values()))
        self.reset_layout = QPushButton("Reset layout")
        self.calibrate = QPushButton("Calibrate")
        self.connection = QPushButton("Connection")
        self.folder = label(sessions_dir or FOLDER, "muted")
        self.folder.setWordWrap(True)
        self.folder.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        told(
            (self.reset_layout, "Put every pane back where it was on the first start"),
            (self.calibrate, "Hold the measurement against something known"),
            (self.connection, "The connection, stage by stage (Ctrl+I)"),
        )
        self.applies.hide()
        self.field("Theme", self.theme)
        self.buttons("Panes", (self.reset_layout,))
        self.heading("Measurement")
        self.buttons("Check", (self.calibrate, self.connection))
        self.heading("Recordings")
        self.field("Folder", self.folder)
        self.theme.activated.connect(self._store)
        self.reset_layout.clicked.connect(self.layout_reset_wanted)
        vm.session_changed.connect(self._show_folder)

    def refresh(self) -> None:
        """Show the preferences."""
        self.theme.setCurrentIndex(list(THEMES).index(self._vm.setup.preferences.theme))
        self._show_folder()

    def _show_folder(self) -> None:
        if self._vm.session is not None:
            self.folder.setText(self._vm.session.folder)

    def _store(self) -> None:
        setup = self._vm.setup
        setup.update(replace(setup.preferences, theme=list(THEMES)[self.theme.currentIndex()]))
