"""The settings page: what the model is asked to be, keys, appearance."""

from dataclasses import replace

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from app.core.config import VadMode
from app.ui.theme import XL, L, M, S
from app.ui.vm.choices import CUSTOM_ID
from app.ui.vm.console import ConsoleViewModel
from app.ui.vm.keys import KeyOrigin
from app.ui.vm.preferences import EAGERNESS, MAX_INSTRUCTIONS, SILENCE_MS, ThemeChoice
from app.ui.widgets.labels import label

WIDTH = 640
FOLDER = "Your own data folder; its path is shown here once a session has run."
MODE_WORDS = {
    VadMode.SERVER: "Server VAD: silence ends my turn",
    VadMode.SEMANTIC: "Semantic VAD: meaning ends my turn",
    VadMode.MANUAL: "Push-to-talk: I end my turn",
}
THEMES = {
    ThemeChoice.SYSTEM: "As the desktop",
    ThemeChoice.LIGHT: "Light",
    ThemeChoice.DARK: "Dark",
}


def _section(words: str) -> QLabel:
    made = label(words, "section")
    made.setContentsMargins(0, M, 0, 0)
    return made


def _side_by_side(*buttons: QPushButton) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(S)
    for button in buttons:
        row.addWidget(button)
    row.addStretch(1)
    return row


class SettingsPane(QWidget):
    """Edits the preferences. Everything but the theme applies from the next session on."""

    key_wanted = Signal()
    key_removal_wanted = Signal()
    endpoint_wanted = Signal()
    layout_reset_wanted = Signal()
    calibration_wanted = Signal()
    connection_wanted = Signal()

    def __init__(self, vm: ConsoleViewModel, *, sessions_dir: str | None) -> None:
        super().__init__()
        self._vm = vm
        self.setObjectName("page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.instructions = QPlainTextEdit()
        self.voice = QComboBox()
        self.mode = QComboBox()
        self.silence = QSpinBox()
        self.eagerness = QComboBox()
        self.transcribe = QCheckBox("Ask for my words as text")
        self.theme = QComboBox()
        self.key_state = label("", "muted")
        self.enter_key = QPushButton("Enter key")
        self.remove_key = QPushButton("Remove key")
        self.endpoint = QPushButton("Edit endpoint")
        self.reset_layout = QPushButton("Reset layout")
        self.calibrate = QPushButton("Calibrate")
        self.connection = QPushButton("Connection")
        self.folder = label(sessions_dir or FOLDER, "muted")
        self._rows = QFormLayout()
        self._prepare()
        self._arrange()
        self._connect()
        self.refresh()

    # --- building

    def _prepare(self) -> None:
        self.instructions.setPlaceholderText("Leave empty for the model's own default")
        self.instructions.setTabChangesFocus(True)
        self.instructions.setObjectName("instructions")
        self.voice.setEditable(True)
        self.silence.setRange(SILENCE_MS.start, SILENCE_MS.stop - 1)
        self.silence.setSingleStep(50)
        self.silence.setSuffix(" ms")
        self.silence.setKeyboardTracking(False)
        self.silence.lineEdit().setTextMargins(S, 0, S, 0)
        self.eagerness.addItems(list(EAGERNESS))
        self.theme.addItems(list(THEMES.values()))
        self.folder.setWordWrap(True)
        self.folder.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        narrow = (self.voice, self.mode, self.silence, self.eagerness, self.theme)
        for widget in (*narrow, self.reset_layout):
            widget.setMaximumWidth(320)

    def _arrange(self) -> None:
        keys = _side_by_side(self.enter_key, self.remove_key, self.endpoint)
        rows = self._rows
        rows.setHorizontalSpacing(XL)
        rows.setVerticalSpacing(S)
        rows.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        rows.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        rows.addRow(_section("Conversation"))
        rows.addRow("&Instructions", self.instructions)
        rows.addRow("&Voice", self.voice)
        rows.addRow("&Turn detection", self.mode)
        rows.addRow("&Silence that ends a turn", self.silence)
        rows.addRow("&Eagerness", self.eagerness)
        rows.addRow("", self.transcribe)
        rows.addRow(_section("Key of the chosen model"))
        rows.addRow("State", self.key_state)
        rows.addRow("", keys)
        rows.addRow(_section("Measurement"))
        rows.addRow("", _side_by_side(self.calibrate, self.connection))
        rows.addRow(_section("Appearance"))
        rows.addRow("T&heme", self.theme)
        rows.addRow("", self.reset_layout)
        rows.addRow(_section("Recordings"))
        rows.addRow("Folder", self.folder)
        self._place(rows)

    def _place(self, rows: QFormLayout) -> None:
        column = QWidget()
        column.setMaximumWidth(WIDTH)
        inner = QVBoxLayout(column)
        inner.setContentsMargins(XL, L, XL, XL)
        inner.setSpacing(S)
        inner.addWidget(label("Settings", "title"))
        inner.addWidget(label("Changes apply from the next session on.", "muted"))
        inner.addLayout(rows)
        inner.addStretch(1)
        page = QWidget()
        page.setObjectName("page")
        side = QHBoxLayout(page)
        side.setContentsMargins(0, 0, 0, 0)
        side.addWidget(column, 1)
        side.addStretch(1)
        area = QScrollArea()
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setWidget(page)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(area)

    def _connect(self) -> None:
        self.instructions.textChanged.connect(self._store)
        self.voice.editTextChanged.connect(self._store)
        self.silence.valueChanged.connect(self._store)
        self.transcribe.toggled.connect(self._store)
        for box in (self.mode, self.eagerness, self.theme):
            box.activated.connect(self._store)
        self.enter_key.clicked.connect(self.key_wanted)
        self.remove_key.clicked.connect(self.key_removal_wanted)
        self.endpoint.clicked.connect(self.endpoint_wanted)
        self.reset_layout.clicked.connect(self.layout_reset_wanted)
        self.calibrate.clicked.connect(self.calibration_wanted)
        self.connection.clicked.connect(self.connection_wanted)
        self._vm.setup.changed.connect(self.refresh)
        self._vm.keys.changed.connect(self._show_key)
        self._vm.session_changed.connect(self._show_folder)

    # --- view-model to widgets

    def refresh(self) -> None:
        """Show the preferences; fields that the model has no use for are hidden."""
        setup, kept = self._vm.setup, self._vm.setup.preferences
        option = setup.option
        blocked = [
            QSignalBlocker(each)
            for each in (self.instructions, self.voice, self.silence, self.transcribe)
        ]
        if self.instructions.toPlainText() != kept.instructions:
            self.instructions.setPlainText(kept.instructions)
        self._show_voices(option.voices, setup.voice or "")
        self.mode.clear()
        self.mode.addItems([MODE_WORDS[mode] for mode in setup.modes])
        self.mode.setCurrentIndex(setup.modes.index(setup.mode) if setup.modes else -1)
        self.silence.setValue(kept.silence_ms)
        self.eagerness.setCurrentText(kept.eagerness)
        self.transcribe.setChecked(kept.transcribe_input)
        self.theme.setCurrentIndex(list(THEMES).index(kept.theme))
        self._rows.setRowVisible(self.silence, setup.mode is VadMode.SERVER)
        self._rows.setRowVisible(self.eagerness, setup.mode is VadMode.SEMANTIC)
        self._rows.setRowVisible(self.transcribe, option.capabilities.input_transcripts)
        self.endpoint.setVisible(option.model_id == CUSTOM_ID)
        del blocked
        self._show_key(option.key_name)

    def _show_voices(self, voices: tuple[str, ...], chosen: str) -> None:
        if [self.voice.itemText(row) for row in range(self.voice.count())] != list(voices):
            self.voice.clear()
            self.voice.addItems(list(voices))
        line = self.voice.lineEdit()
        if line is None:
            return
        line.setPlaceholderText("The model's own default")
        if line.text() != chosen and not line.hasFocus():
            line.setText(chosen)

    def _show_key(self, name: str) -> None:
        option = self._vm.setup.option
        if name != option.key_name:
            return
        view = self._vm.keys.view(name)
        origin = view.origin if option.needs_key else KeyOrigin.NOT_NEEDED
        self.key_state.setText(f"{option.title}: {view.problem or origin.value}")
        self.enter_key.setVisible(option.needs_key)
        self.remove_key.setVisible(origin in {KeyOrigin.KEYRING, KeyOrigin.ONCE})

    def _show_folder(self) -> None:
        if self._vm.session is not None:
            self.folder.setText(self._vm.session.folder)

    # --- widgets to view-model

    def _store(self) -> None:
        setup = self._vm.setup
        voice = self.voice.currentText().strip()
        modes = setup.modes
        row = self.mode.currentIndex()
        setup.update(
            replace(
                setup.preferences,
                instructions=self.instructions.toPlainText()[:MAX_INSTRUCTIONS],
                voices=setup.preferences.voices_with(setup.option.model_id, voice or None),
                vad_mode=modes[row] if 0 <= row < len(modes) else setup.mode,
                silence_ms=self.silence.value(),
                eagerness=self.eagerness.currentText(),
                transcribe_input=self.transcribe.isChecked(),
                theme=list(THEMES)[self.theme.currentIndex()],
            )
        )
