"""The window's program: builds it, shows it, and runs its loop."""

import asyncio
import logging
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType

import qasync
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication

from app.core.errors import AppError, StoreError
from app.core.ports import McpConnector, SecretStore, ToolCaller
from app.core.resources import resource
from app.providers.catalogue import Catalogue
from app.session.messages import ProblemReport
from app.ui import theme as dress
from app.ui.bridge import Bridge
from app.ui.doorkeeper import Doorkeeper
from app.ui.handover import Wish
from app.ui.jobs import Jobs
from app.ui.main_window import MainWindow
from app.ui.ports import EngineLink
from app.ui.shell import Shell
from app.ui.signals import SignalCloser
from app.ui.theme import Roles
from app.ui.vm.catalogue import model_options
from app.ui.vm.console import ConsoleViewModel
from app.ui.vm.export_redaction import Redact
from app.ui.vm.keys import KeysViewModel
from app.ui.vm.preferences import PreferencesFile
from app.ui.vm.setup import SetupViewModel

LOG = logging.getLogger("app.ui")
RULES_AFTER_MS = 10_000
"""After the first picture: until then the start has the processor to itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowPorts:
    """What the window is built from.

    Attributes:
        link_factory: Starts the measuring engine.
        secrets: Keys; called in a worker thread only.
        environment: Where keys may be found by name.
        settings_path: The file that remembers choices; never keys.
        sessions_dir: Where sessions are recorded, or None for the user's own folder.
        samples: Bundled sound files, which speak where there is no microphone.
        tool_caller: Tries HTTP tools in the editor; None where that is not offered.
        mcp: Asks servers of tools in the editor, likewise.
        redact: Tries on a transcript what an export leaves out, likewise.
        bundle: A bundle to take in once the engine runs, or None.
        meeting_place: The socket where other starts hand over what they were asked, or None.
    """

    link_factory: Callable[[], EngineLink]
    secrets: SecretStore
    catalogue: Catalogue
    environment: Mapping[str, str]
    settings_path: Path
    sessions_dir: str | None = None
    samples: tuple[str, ...] = ()
    tool_caller: ToolCaller | None = None
    mcp: McpConnector | None = None
    redact: Redact | None = None
    bundle: str | None = None
    meeting_place: str | None = None


class WindowProgram:
    """The window with all that belongs to it, on one thread.

    ``door`` hears other starts of the program until the window closes; None where nobody calls.
    """

    def __init__(self, app: QApplication, ports: WindowPorts) -> None:
        self._app = app
        self._file = PreferencesFile(ports.settings_path)
        self.bridge = Bridge(ports.link_factory, app)
        setup = SetupViewModel(
            model_options(ports.catalogue),
            self._file.load(),
            samples=ports.samples,
            sessions_dir=ports.sessions_dir,
        )
        keys = KeysViewModel(ports.secrets, ports.environment)
        self.vm = ConsoleViewModel(setup, keys, self.bridge.send)
        self.vm.tools.reach(ports.tool_caller, ports.mcp)
        self.jobs = Jobs(self.show_failure)
        self.theme = dress.Theme()
        self._saved = setup.preferences
        self._bundles = [] if ports.bundle is None else [ports.bundle]
        self._own_folder = ports.sessions_dir is None
        self._closed = False
        self.theme.use(self._roles())
        dress.ground(app, self.theme.roles)
        self.window = MainWindow(self.vm, self.theme, sessions_dir=ports.sessions_dir)
        self.shell = Shell(self.window, self.vm, self.bridge, self.jobs, ports.redact)
        self.dress()
        self.window.restore_places(self._saved.geometry, self._saved.layout)
        self.window.on_first_paint = self.first_paint
        self.window.on_close = self.close
        self.shell.on_restart = self._take_in
        setup.changed.connect(self._preferences_changed)
        app.styleHints().colorSchemeChanged.connect(self.dress)
        place = ports.meeting_place
        self.door = None if place is None else Doorkeeper(place, self.come_forward)

    def dress(self) -> None:
        """Use the theme that is chosen."""
        roles = self._roles()
        dress.apply(self._app, roles)
        self.theme.use(roles)

    def _roles(self) -> Roles:
        dark = dress.dark_wanted(self.vm.setup.preferences.theme, self._app)
        return dress.DARK if dark else dress.LIGHT

    def first_paint(self) -> None:
        """The window is on the screen: start the engine."""
        if self.bridge.start():
            self.vm.list_devices()
            self._take_in()
        QTimer.singleShot(RULES_AFTER_MS, self.window, self.apply_rules)
        self.jobs.start(self.vm.keys.refresh(self.vm.setup.option), "look for key")

    def apply_rules(self) -> None:
        """Do what the user wants done with the library by itself.

        The rules are those of the user's own folder: another that is named is left as it is.
        """
        if self._own_folder and self.bridge.running:
            self.vm.library.begin()

    def _take_in(self) -> None:
        waiting, self._bundles = self._bundles, []
        for bundle in waiting:
            self.shell.library.carry_in(bundle)

    def come_forward(self, wish: Wish) -> None:
        """Another start of the program came upon this window: show it, and do what was asked."""
        window = self.window
        window.setWindowState(window.windowState() & ~Qt.WindowState.WindowMinimized)
        window.show()
        window.raise_()
        window.activateWindow()
        self._app.alert(window)  # where a desktop lets no window come to the front by itself
        if wish.bundle is not None:
            self._bundles.append(wish.bundle)
            if self.bridge.running:
                self._take_in()

    def shut_door(self) -> None:
        """Hear no other start of the program from now on. Safe to call twice."""
        if self.door is not None:
            self.door.close()

    def show_failure(self, error: BaseException) -> None:
        """Show an error that nobody expected; log it with its trace."""
        LOG.error("! a task of the window failed", exc_info=error)
        hint = error.hint if isinstance(error, AppError) else "Copy the details and report them."
        self.vm.problems.take(
            ProblemReport(
                sentence="The window met an error it did not expect.",
                hint=hint,
                detail="".join(traceback.format_exception_only(error)),
            )
        )

    def excepthook(
        self, _kind: type[BaseException], error: BaseException, _trace: TracebackType | None
    ) -> None:
        """Take what a Qt slot raised."""
        self.show_failure(error)

    def close(self) -> None:
        """Save the choices, end the engine and the window's tasks. Safe to call twice."""
        if self._closed:
            return
        self._closed = True
        self.shut_door()
        self.vm.tools.commit()
        self.shell.accounts.tidy()
        geometry, layout = self.window.places()
        self._save(replace_places=(geometry, layout))
        self._app.styleHints().colorSchemeChanged.disconnect(self.dress)
        self.window.hide()  # the engine may take seconds to close its recording
        self.bridge.close()
        self.jobs.end()

    def _preferences_changed(self) -> None:
        kept = self.vm.setup.preferences
        if kept.theme != self._saved.theme:
            self.dress()
        if kept != self._saved:
            self._save()

    def _save(self, replace_places: tuple[str, str] | None = None) -> None:
        kept = self.vm.setup.preferences
        if replace_places is not None:
            kept = replace(kept, geometry=replace_places[0], layout=replace_places[1])
        self._saved = kept
        try:
            self._file.save(kept)
        except StoreError as exc:
            self.vm.problems.take(ProblemReport(sentence=str(exc), hint=exc.hint))


def run(  # noqa: PLR0917 - the composition root hands over every port at once
    link_factory: Callable[[], EngineLink],
    secrets: SecretStore,
    catalogue: Catalogue,
    environment: Mapping[str, str],
    settings_path: Path,
    sessions_dir: str | None,
    argv: Sequence[str],
    tool_caller: ToolCaller | None = None,
    mcp: McpConnector | None = None,
    redact: Redact | None = None,
    bundle: str | None = None,
    meeting_place: str | None = None,
) -> int:
    """Open the window and serve it until it is closed; return the exit code.

    Arguments are those of ``WindowPorts``; ``argv`` begins with the program's name.
    """
    samples = sorted(resource("samples").glob("*.wav"))
    ports = WindowPorts(
        link_factory=link_factory,
        secrets=secrets,
        catalogue=catalogue,
        environment=environment,
        settings_path=settings_path,
        sessions_dir=sessions_dir,
        samples=tuple(map(str, samples)),
        tool_caller=tool_caller,
        mcp=mcp,
        redact=redact,
        bundle=bundle,
        meeting_place=meeting_place,
    )
    app = QApplication(list(argv))
    return serve(app, ports)


def serve(app: QApplication, ports: WindowPorts) -> int:
    """Show the window and run its loop until it is closed; return the exit code."""
    app.setApplicationName("Viva Voce")
    app.setDesktopFileName("vivavoce")
    app.setQuitOnLastWindowClosed(False)  # the loop ends when the window's tasks have ended
    loop = qasync.QEventLoop(app)
    asyncio.set_event_loop(loop)
    with loop:
        program = WindowProgram(app, ports)
        closer = SignalCloser(program.window.close, app)
        before, sys.excepthook = sys.excepthook, program.excepthook
        program.window.show()
        try:
            loop.run_until_complete(program.jobs.run())
        finally:
            sys.excepthook = before
            closer.restore()
            program.shut_door()
    return 0
