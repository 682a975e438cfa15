"""What the model is asked to be."""

from dataclasses import replace

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QPlainTextEdit, QPushButton

from app.ui.panes.settings.form import Section, told
from app.ui.vm.console import ConsoleViewModel
from app.ui.vm.preferences import MAX_INSTRUCTIONS
from app.ui.widgets.fields import Choice

OWN = "The model's own default"


class ConversationSection(Section):
    """Instructions, voice, words; all from the next session on."""

    def __init__(self, vm: ConsoleViewModel) -> None:
        super().__init__("Conversation")
        self._vm = vm
        self.instructions = QPlainTextEdit()
        self.instructions.setPlaceholderText("Leave empty for the model's own default")
        self.instructions.setTabChangesFocus(True)
        self.instructions.setObjectName("instructions")
        self.voice = Choice()
        self.voice.setEditable(True)
        self.field("Instructions", self.instructions, "What the model is told before it hears you.")
        self.field("Voice", self.voice, "One of the provider's, or the name of your own.")
        self.transcribe, self._words = self.switch(
            "Ask for my words as text",
            "The provider writes down what you say, at its own price; without it your side of "
            "the conversation stays empty.",
        )
        self.tools = QPushButton("Edit tools")
        told((self.tools, "What the model may call, and who answers"))
        self._tools = self.buttons("Tools", (self.tools,))
        self.instructions.textChanged.connect(self._store)
        self.voice.editTextChanged.connect(self._store)
        self.transcribe.toggled.connect(self._store)

    def refresh(self) -> None:
        """Show the preferences."""
        setup, kept = self._vm.setup, self._vm.setup.preferences
        blocked = [QSignalBlocker(each) for each in (self.instructions, self.voice)]
        blocked.append(QSignalBlocker(self.transcribe))
        if self.instructions.toPlainText() != kept.instructions:
            self.instructions.setPlainText(kept.instructions)
        self._show_voices(setup.option.voices, setup.voice or "")
        self.transcribe.setChecked(kept.transcribe_input)
        self._words.show(shown=setup.option.capabilities.input_transcripts)
        self._tools.show(shown=setup.option.capabilities.tools)
        self.applies.setText(self._vm.changes.later_words)
        del blocked

    def _show_voices(self, voices: tuple[str, ...], chosen: str) -> None:
        if tuple(self.voice.itemText(row) for row in range(self.voice.count())) != voices:
            self.voice.clear()
            self.voice.addItems(list(voices))
        line = self.voice.lineEdit()
        if line is None:
            return
        line.setPlaceholderText(OWN)
        if line.text() != chosen and not line.hasFocus():
            line.setText(chosen)

    def _store(self) -> None:
        setup = self._vm.setup
        voice = self.voice.currentText().strip()
        setup.update(
            replace(
                setup.preferences,
                instructions=self.instructions.toPlainText()[:MAX_INSTRUCTIONS],
                voices=setup.preferences.voices_with(setup.option.model_id, voice or None),
                transcribe_input=self.transcribe.isChecked(),
            )
        )
