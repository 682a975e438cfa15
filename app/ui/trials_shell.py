"""What the user asks of the window's trials: the battery page and the microphone test."""

from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from PySide6.QtCore import Qt

from app.ui.dialogs.mic import MicTestDialog
from app.ui.main_window import MainWindow
from app.ui.panes.rail import BATTERY


class Starter(Protocol):
    """Runs a task of the window."""

    def start(self, work: Coroutine[Any, Any, object], name: str) -> None:
        """Run ``work``."""
        ...


class TrialsShell:
    """Joins the battery page and the microphone test to the window's tasks."""

    def __init__(self, window: MainWindow, jobs: Starter) -> None:
        self._window = window
        trials = window.trials
        window.battery.battery_wanted.connect(
            lambda: jobs.start(trials.battery.start(), "interruption battery")
        )
        window.battery.sweep_wanted.connect(
            lambda: jobs.start(trials.sweep.start(), "endpointing sweep")
        )
        window.settings.mic_wanted.connect(self.show_microphone_test)

    @property
    def handlers(self) -> dict[str, Callable[[], object]]:
        """What its commands do."""
        return {"page_battery": self.show_battery, "microphone": self.show_microphone_test}

    def show_battery(self) -> None:
        """Show the battery page."""
        self._window.show_page(BATTERY)

    def show_microphone_test(self) -> None:
        """Open the guided microphone test."""
        dialog = MicTestDialog(self._window.trials.microphone, self._window.theme, self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()
