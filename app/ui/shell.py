"""What the user asks of the window, carried out: starting, keys, dialogs, remedies."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeySequence
from PySide6.QtWidgets import QApplication, QDialog

from app.session.messages import Remedy
from app.ui.accounts_shell import AccountsShell
from app.ui.actions import COMMANDS, HELD, make_actions
from app.ui.bridge import Bridge
from app.ui.dialogs.calibration import CalibrationDialog
from app.ui.dialogs.connection import ConnectionDialog
from app.ui.dialogs.endpoint import EndpointDialog
from app.ui.dialogs.key import KeyDialog
from app.ui.dialogs.palette import PaletteDialog, ShortcutsDialog
from app.ui.dialogs.tool_calls import ToolCallsDialog
from app.ui.dialogs.tools import ToolsDialog
from app.ui.library_shell import LibraryShell
from app.ui.main_window import MainWindow
from app.ui.panes.rail import COMPARE, LIVE, SETTINGS
from app.ui.panes.session import DETAILS, DISTRIBUTION, FIGURES, TURNS
from app.ui.trials_shell import Starter, TrialsShell
from app.ui.vm.choices import CUSTOM_ID
from app.ui.vm.console import ConsoleViewModel
from app.ui.vm.export_redaction import Redact
from app.ui.vm.preferences import ThemeChoice
from app.ui.vm.series import V2V

WEIGHTS_COMMAND = "vivavoce weights fetch"


class Shell:
    """Joins the window, the view-model, the engine's bridge and the window's tasks."""

    def __init__(
        self,
        window: MainWindow,
        vm: ConsoleViewModel,
        bridge: Bridge,
        jobs: Starter,
        redact: Redact | None = None,
    ) -> None:
        self._window = window
        self._vm = vm
        self._bridge = bridge
        self._jobs = jobs
        self.on_restart: Callable[[], None] | None = None
        self._held = False
        self._dialog: KeyDialog | EndpointDialog | None = None
        trials = TrialsShell(window, jobs)
        self.accounts = AccountsShell(window, vm, jobs, self.start, redact)
        self.library = LibraryShell(window, vm, jobs, self.accounts, self.start)
        more = trials.handlers | self.accounts.handlers | self.library.handlers
        self.actions = make_actions(window, self._handlers() | more)
        self.library.govern(self.actions)
        self._remedies: dict[Remedy, Callable[[], None]] = {
            Remedy.RETRY: self.retry,
            Remedy.FREE_SPACE: self.retry,
            Remedy.ENTER_KEY: self.ask_key,
            Remedy.CHOOSE_DEVICE: self.choose_device,
            Remedy.CHOOSE_FILE: window.header.choose_files,
            Remedy.FETCH_WEIGHTS: self.copy_weights_command,
            Remedy.EDIT_ENDPOINT: self.edit_endpoint,
        }
        self._connect()
        bridge.listen(vm.take, vm.engine_lost)

    def _connect(self) -> None:
        """Follow what the window's parts are asked for."""
        window = self._window
        for source in (window.talk.talk_pressed, window.talk_key.pressed):
            source.connect(self.talk_down)
        for source in (window.talk.talk_released, window.talk_key.released):
            source.connect(self.talk_up)
        window.banner.remedy_wanted.connect(self.remedy)
        window.rail.help_wanted.connect(self.show_shortcuts)
        window.settings.key_wanted.connect(self.ask_key)
        window.settings.key_removal_wanted.connect(self.remove_key)
        window.settings.endpoint_wanted.connect(self.edit_endpoint)
        window.settings.calibration_wanted.connect(self.show_calibration)
        window.settings.connection_wanted.connect(self.show_connection)
        window.settings.tools_wanted.connect(self.show_tools)
        window.header.model.activated.connect(self._model_chosen)

    def _handlers(self) -> dict[str, Callable[[], object]]:
        window = self._window
        return {
            "talk": self.start,
            "mute": self._vm.toggle_muted,
            "escape": self.escape,
            "stop": self._vm.stop,
            "type": self.focus_message,
            "enter_key": self.ask_key,
            "endpoint": self.edit_endpoint,
            "files": window.header.choose_files,
            "devices": self.look_again,
            "copy": self.copy_conversation,
            "end": window.conversation.go_to_end,
            "follow": self._vm.lanes.follow,
            "previous_turn": partial(self._vm.turn.step, -1),
            "next_turn": partial(self._vm.turn.step, 1),
            "newest_turn": self._vm.turn.newest,
            "play_turn": partial(self._vm.show_figure, V2V.metric),
            "view_turns": partial(self.show_view, TURNS),
            "view_distribution": partial(self.show_view, DISTRIBUTION),
            "view_figures": partial(self.show_view, FIGURES),
            "details": self.find_figure,
            "metric": self.choose_metric,
            "verify": self._vm.verify,
            "page_live": self.show_live,
            "page_compare": self.show_compare,
            "page_settings": self.show_settings,
            "tools": self.show_tools,
            "calls": self.show_calls,
            "calibrate": self.show_calibration,
            "connection": self.show_connection,
            "layout": window.reset_layout,
            "theme": self.switch_theme,
            "palette": self.show_palette,
            "full_screen": self.toggle_full_screen,
            "shortcuts": self.show_shortcuts,
            "quit": self.quit,
        }

    # --- talking

    def start(self) -> None:
        """Start a session."""
        if self._vm.endpoint_missing:
            self.edit_endpoint()
            return
        if self.accounts.asks_first():
            return
        self._jobs.start(self._start(), "start session")

    async def _start(self) -> None:
        started = await self._vm.start()
        if started and self._held and self._vm.holds_on_start:
            self._vm.hold(down=True)

    def talk_down(self) -> None:
        """The talk key or button went down."""
        if self._vm.replay.open:
            self._vm.replay.toggle()
            return
        self._held = True
        if self._vm.live.view.rests:
            self.start()
        else:
            self._vm.hold(down=True)

    def talk_up(self) -> None:
        """The talk key or button went up."""
        self._held = False
        self._vm.hold(down=False)

    def escape(self) -> None:
        """Leave a field, stop what plays, interrupt, end or leave full screen, in that order."""
        fields = (self._window.talk.message, self._window.session.wanted)
        if any(field.hasFocus() for field in fields):
            self._window.conversation.view.setFocus()
        elif self._window.library.escape() or self._vm.stop_playing():
            return
        elif self._vm.replay.open and self._window.pages.currentIndex() == LIVE:
            self._vm.replay.close()
        elif self._vm.live.view.live:
            self._vm.escape()
        elif self._window.isFullScreen():
            self._window.showNormal()

    def look_again(self) -> None:
        """Look for what the page offers: sound devices, or recorded sessions."""
        if self._window.compare.isVisible():
            self._window.trials.compare.look_again()
        elif self._window.library.isVisible():
            self._vm.library.look_again()
        else:
            self._vm.list_devices()

    def focus_message(self) -> None:
        """Put the keyboard into the message field."""
        self.show_live()
        self._window.talk.message.setFocus(Qt.FocusReason.ShortcutFocusReason)

    # --- remedies

    def remedy(self, remedy: Remedy) -> None:
        """Do what the banner's button says."""
        self._remedies[remedy]()

    def retry(self) -> None:
        """Start the engine anew if it is gone, else start a session."""
        if not self._bridge.running:
            self._vm.problems.dismiss()
            if self._bridge.start():
                self._vm.engine_back()
                if self.on_restart is not None:
                    self.on_restart()
            return
        self.start()

    def choose_device(self) -> None:
        """Look for devices again and open the list of microphones."""
        self.show_live()
        self._vm.list_devices()
        self._window.header.microphone.showPopup()

    def copy_weights_command(self) -> None:
        """Put the command that fetches the weights on the clipboard."""
        QGuiApplication.clipboard().setText(WEIGHTS_COMMAND)

    # --- keys and endpoint

    def _model_chosen(self) -> None:
        option = self._vm.setup.option
        if option.model_id == CUSTOM_ID:
            self.edit_endpoint()
        self._jobs.start(self._vm.keys.refresh(option), "look for key")

    def ask_key(self) -> None:
        """Ask for the key of the chosen model."""
        option = self._vm.setup.option
        dialog = KeyDialog(option.title, self._vm.keys.view(option.key_name), self._window)
        dialog.store_wanted.connect(self._store_key)
        dialog.once_wanted.connect(self._use_key_once)
        self._open(dialog)

    def _open(self, dialog: KeyDialog | EndpointDialog) -> None:
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._dialog = dialog
        dialog.finished.connect(self._dialog_closed)
        dialog.open()

    def _dialog_closed(self) -> None:
        self._dialog = None

    def _store_key(self, key: str) -> None:
        self._jobs.start(self._store(self._vm.setup.option.key_name, key), "store key")

    async def _store(self, name: str, key: str) -> None:
        problem = await self._vm.keys.store(name, key)
        if problem is None:
            self._vm.problems.dismiss()
        if not isinstance(self._dialog, KeyDialog):
            return
        if problem is None:
            self._dialog.accept()
        else:
            self._dialog.failed(self._vm.keys.view(name))

    def _use_key_once(self, key: str) -> None:
        self._vm.keys.use_once(self._vm.setup.option.key_name, key)
        self._vm.problems.dismiss()

    def remove_key(self) -> None:
        """Forget the key of the chosen model."""
        self._jobs.start(self._vm.keys.remove(self._vm.setup.option.key_name), "remove key")

    def edit_endpoint(self) -> None:
        """Ask where your own endpoint is."""
        dialog = EndpointDialog(self._vm.setup.draft, self._window)
        dialog.accepted.connect(self._use_endpoint)
        self._open(dialog)

    def _use_endpoint(self) -> None:
        if not isinstance(self._dialog, EndpointDialog):
            return
        draft = self._dialog.draft
        self._vm.setup.update(
            replace(
                self._vm.setup.preferences,
                model_id=CUSTOM_ID,
                endpoint_url=draft.url.strip(),
                endpoint_model=draft.model.strip(),
                endpoint_dialect=draft.dialect,
                endpoint_auth=draft.auth,
            )
        )
        self._vm.problems.dismiss()

    # --- pages, dress, dialogs

    def show_live(self) -> None:
        """Show the live page."""
        self._window.show_page(LIVE)

    def show_view(self, index: int) -> None:
        """Show one of the views of the session."""
        self.show_live()
        self._window.docks["session"].show()
        self._window.session.show_view(index)

    def find_figure(self) -> None:
        """Show every figure of the turn, with the keyboard where they are searched."""
        self.show_view(DETAILS)
        self._window.session.find_figure()

    def choose_metric(self) -> None:
        """Open the list of metrics."""
        self.show_live()
        self._window.docks["session"].show()
        self._window.session.picker.showPopup()

    def show_compare(self) -> None:
        """Show the page that compares recorded sessions."""
        self._window.show_page(COMPARE)

    def show_settings(self) -> None:
        """Show the settings."""
        self._window.show_page(SETTINGS)

    def show_tools(self) -> None:
        """Show the tools that the model is offered, beside the window."""
        window = self._window
        self._beside(
            ToolsDialog,
            lambda: ToolsDialog(self._vm.tools, window.theme, self._jobs.start, window),
        )

    def show_calls(self) -> None:
        """Show what tools were called in the session, beside the window."""
        window = self._window
        self._beside(ToolCallsDialog, lambda: ToolCallsDialog(self._vm.calls, window.theme, window))

    def _beside(self, kind: type[QDialog], make: Callable[[], QDialog]) -> None:
        """Show a dialog that does not block the window, or raise the one that is open."""
        dialog = self._window.findChild(kind) or make()
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.show()
        dialog.raise_()
        dialog.activateWindow()

    def show_calibration(self) -> None:
        """Open the calibration wizard."""
        dialog = CalibrationDialog(
            self._window.trials.calibration, self._window.theme, self._window
        )
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def show_connection(self) -> None:
        """Open the account of the connection; the window can be used beside it."""
        dialog = ConnectionDialog(self._vm.connection, self._window.theme, self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.show()

    def copy_conversation(self) -> None:
        """Put the conversation on the clipboard."""
        QGuiApplication.clipboard().setText(self._vm.transcript.as_text())

    def switch_theme(self) -> None:
        """Switch between light and dark."""
        dark = self._window.theme.dark
        choice = ThemeChoice.LIGHT if dark else ThemeChoice.DARK
        self._vm.setup.update(replace(self._vm.setup.preferences, theme=choice))

    def toggle_full_screen(self) -> None:
        """Use the whole screen, or give it back."""
        if self._window.isFullScreen():
            self._window.showNormal()
        else:
            self._window.showFullScreen()

    def show_palette(self) -> None:
        """Offer every command by its words."""
        dialog = PaletteDialog(self.actions, self._window)
        dialog.accepted.connect(dialog.carry_out)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def show_shortcuts(self) -> None:
        """Show every key."""
        native = QKeySequence.SequenceFormat.NativeText
        rows = [
            (QKeySequence(each.keys).toString(native), each.words)
            for each in COMMANDS
            if each.keys is not None
        ]
        dialog = ShortcutsDialog([*HELD, *rows], self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def quit(self) -> None:
        """Close the window."""
        self._window.close()
        QApplication.closeAllWindows()
