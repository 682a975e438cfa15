"""The settings page itself: the list of sections beside the chosen one."""

from functools import cached_property
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QListWidget, QStackedWidget, QVBoxLayout, QWidget

from app.ui.panes.settings.conversation import ConversationSection
from app.ui.panes.settings.cost import CostSection
from app.ui.panes.settings.keeping import KeepingSection
from app.ui.panes.settings.privacy import PrivacySection
from app.ui.panes.settings.program import KeySection, ProgramSection
from app.ui.panes.settings.sound import SoundSection
from app.ui.panes.settings.turns import TurnsSection
from app.ui.vm.console import ConsoleViewModel

LIST: Final = 184


class SettingsPage(QWidget):
    """The sections, one of them shown."""

    def __init__(self, vm: ConsoleViewModel, sessions_dir: str | None) -> None:
        super().__init__()
        self.conversation = ConversationSection(vm)
        self.turns = TurnsSection(vm)
        self.sound = SoundSection(vm)
        self.keeping = KeepingSection(vm)
        self.privacy = PrivacySection(vm)
        self.cost = CostSection(vm)
        self.key = KeySection(vm)
        self.program = ProgramSection(vm, sessions_dir)
        self.sections = (
            self.conversation,
            self.turns,
            self.sound,
            self.keeping,
            self.privacy,
            self.cost,
            self.key,
            self.program,
        )
        self.list = QListWidget()
        self._stack = QStackedWidget()
        self._arrange()
        self.list.currentRowChanged.connect(self._stack.setCurrentIndex)

    def _arrange(self) -> None:
        self.list.setObjectName("sections")
        self.list.setAccessibleName("Sections of the settings")
        self.list.setAccessibleDescription("Up and Down choose a section, Tab goes into it.")
        self.list.setFixedWidth(LIST)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setTextElideMode(Qt.TextElideMode.ElideNone)
        for section in self.sections:
            self.list.addItem(section.title)
            self._stack.addWidget(section)
        self.list.setCurrentRow(0)
        box = QHBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addWidget(self.list)
        box.addWidget(self._stack, 1)

    def show_section(self, section: QWidget) -> None:
        """Show one of ``sections``."""
        self.list.setCurrentRow(self._stack.indexOf(section))

    def refresh(self) -> None:
        """Show the preferences; fields that the model has no use for are left out."""
        for section in self.sections:
            section.refresh()


class SettingsPane(QWidget):
    """Edits the preferences. Each section says when what is changed in it applies.

    Its page is made when it is first asked for: few sessions need it.
    """

    key_wanted = Signal()
    key_removal_wanted = Signal()
    endpoint_wanted = Signal()
    layout_reset_wanted = Signal()
    calibration_wanted = Signal()
    connection_wanted = Signal()
    mic_wanted = Signal()
    tools_wanted = Signal()
    consent_wanted = Signal()
    prices_wanted = Signal()
    projection_wanted = Signal()

    def __init__(self, vm: ConsoleViewModel, *, sessions_dir: str | None) -> None:
        super().__init__()
        self._vm = vm
        self._sessions_dir = sessions_dir
        self.setObjectName("page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(0, 0, 0, 0)
        for signal in (vm.setup.changed, vm.changes.changed, vm.live.changed):
            signal.connect(self._changed)

    @cached_property
    def page(self) -> SettingsPage:
        """The sections."""
        made = SettingsPage(self._vm, self._sessions_dir)
        made.key.enter_key.clicked.connect(self.key_wanted)
        made.key.remove_key.clicked.connect(self.key_removal_wanted)
        made.key.endpoint.clicked.connect(self.endpoint_wanted)
        made.program.layout_reset_wanted.connect(self.layout_reset_wanted)
        made.program.calibrate.clicked.connect(self.calibration_wanted)
        made.program.connection.clicked.connect(self.connection_wanted)
        made.sound.mic_wanted.connect(self.mic_wanted)
        made.conversation.tools.clicked.connect(self.tools_wanted)
        made.privacy.consent.clicked.connect(self.consent_wanted)
        made.cost.prices.clicked.connect(self.prices_wanted)
        made.cost.projection.clicked.connect(self.projection_wanted)
        self._box.addWidget(made)
        made.show()  # what is added while its parent is being shown is not shown with it
        made.refresh()
        return made

    def _changed(self) -> None:
        if self.isVisible():
            self.page.refresh()

    def showEvent(self, event: QShowEvent) -> None:
        """What changed while it was hidden was not shown."""
        self.page.refresh()
        super().showEvent(event)
