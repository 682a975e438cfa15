"""What the user asks of the library and of a replay: dialogs, jobs, and the way to other pages."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final, Protocol

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QMessageBox

from app.core.library import LibraryRow
from app.ui.dialogs.library_rules import RulesDialog
from app.ui.dialogs.rerun import RerunDialog
from app.ui.main_window import MainWindow
from app.ui.panes.rail import COMPARE, LIBRARY, LIVE
from app.ui.trials_shell import Starter
from app.ui.vm.console import Change, ConsoleViewModel
from app.ui.vm.library import sessions
from app.ui.vm.library_lines import local_time, title
from app.ui.vm.library_rules import RulesViewModel
from app.ui.vm.replay import STEP_MS
from app.ui.vm.rerun import Recorded
from app.ui.vm.text import one_line
from app.ui.vm.verification import VerificationViewModel

BUNDLES: Final = "Bundles of sessions (*.vivavoce);;All files (*)"
IN_REPLAY: Final = (
    "replay_play",
    "replay_back",
    "replay_forth",
    "replay_previous",
    "replay_next",
    "replay_loop",
)
"""Commands that have their keys only while a replay is shown."""


class Exports(Protocol):
    """Opens the dialogs that write sessions for others, by their folders."""

    def export(self, folders: tuple[str, ...]) -> None: ...

    def report(self, folders: tuple[str, ...]) -> None: ...


class LibraryShell(QObject):
    """Joins the library's page and the replay to the window.

    Args:
        talk: Shows the live page and starts a session.
    """

    def __init__(
        self,
        window: MainWindow,
        vm: ConsoleViewModel,
        jobs: Starter,
        exports: Exports,
        talk: Callable[[], None],
    ) -> None:
        super().__init__(window)
        self._window = window
        self._vm = vm
        self._jobs = jobs
        self._talk = talk
        self._pending: Change | None = None
        self._check = VerificationViewModel()
        self._actions: dict[str, QAction] = {}
        self.wishes = self._make_wishes(exports)
        window.library.wanted.connect(self._wanted)
        window.replay_strip.rerun_wanted.connect(self.rerun_shown)
        window.dropped.connect(self.carry_in)
        window.offer.compare.clicked.connect(self.compare_rerun)
        window.pages.currentChanged.connect(self._allow)
        vm.replay.opened.connect(self._replay_opened)
        vm.verified.connect(self._check.take)
        vm.jobs.changed.connect(self._job_changed)
        vm.playing.changed.connect(self._playing_changed)
        self._check.changed.connect(self._show_check)

    def _make_wishes(self, exports: Exports) -> dict[str, Callable[[], object]]:
        """Return what each button of the page does."""
        vm = self._vm
        return {
            "replay": self.replay,
            "listen": self.listen,
            "rerun": self.rerun,
            "compare": self.compare,
            "export": lambda: exports.export(vm.library.folders),
            "report": lambda: exports.report(vm.library.folders),
            "verify": self.verify,
            "trash": vm.library.trash,
            "restore": vm.library.restore,
            "delete": self.ask_delete,
            "empty": self.ask_empty,
            "import": self.choose_bundle,
            "rules": self.show_rules,
            "talk": self.talk,
        }

    @property
    def handlers(self) -> dict[str, Callable[[], object]]:
        """What its commands do."""
        replay = self._vm.replay
        return {
            "page_library": self.show_library,
            "find": self.search,
            "undo": self._vm.library.undo,
            "import": self.choose_bundle,
            "rules": self.show_rules,
            "rebuild": self._vm.library.rebuild,
            "replay_play": replay.toggle,
            "replay_back": partial(replay.skip, -STEP_MS),
            "replay_forth": partial(replay.skip, STEP_MS),
            "replay_previous": partial(replay.step, -1),
            "replay_next": partial(replay.step, 1),
            "replay_loop": replay.toggle_loop,
            "replay_close": replay.close,
        }

    def govern(self, actions: dict[str, QAction]) -> None:
        """Give keys to the commands of a replay only while there is one."""
        self._actions = actions
        self._allow()

    def _allow(self) -> None:
        shown = self._vm.replay.open and self._window.pages.currentIndex() == LIVE
        for name in IN_REPLAY:
            if name in self._actions:
                self._actions[name].setEnabled(shown)

    def _wanted(self, name: str) -> None:
        self.wishes[name]()

    # --- the page

    def show_library(self) -> None:
        """Show the library."""
        self._window.show_page(LIBRARY)

    def search(self) -> None:
        """Show the library with the keyboard in its search field."""
        self.show_library()
        self._window.library.page.search()

    def talk(self) -> None:
        """Begin the first session."""
        self._window.show_page(LIVE)
        self._talk()

    @property
    def _one(self) -> LibraryRow | None:
        rows = self._vm.library.selected
        return rows[0] if len(rows) == 1 else None

    # --- replay

    def replay(self) -> None:
        """Show the chosen session again as it was."""
        row = self._one
        if row is None or self._vm.library.wish.in_trash:
            return
        if not self._vm.live.view.rests:
            self._vm.library.tell("A session runs: end it first, then replay.", bad=True)
            return
        self._vm.stop_playing()
        self._vm.problems.dismiss()
        self._vm.replay.begin(row.folder, f"{title(row)}, {local_time(row.began_utc)}")

    def _replay_opened(self, opened: bool) -> None:  # noqa: FBT001 - a signal's argument
        self._allow()
        if opened:
            self._window.show_page(LIVE)
            self._window.conversation.view.setFocus()
        elif self._pending is not None:
            change, self._pending = self._pending, None
            self._start(change)

    def listen(self) -> None:
        """Hear the chosen session, or stop."""
        row, playing = self._one, self._vm.playing
        was = playing.preview
        self._vm.stop_playing()
        if row is not None and row.folder != was and row.duration_s:
            playing.listen(row.folder, row.duration_s * 1e3, self._vm.setup.output)

    def _playing_changed(self) -> None:
        """Have the button stop what it began."""
        self._window.library.say_listening(listening=bool(self._vm.playing.preview))

    # --- re-run

    def rerun(self) -> None:
        """Ask how the chosen session is to be heard again."""
        row = self._one
        if row is not None:
            self._ask_rerun(
                Recorded(folder=row.folder, title=title(row), session_id=row.session_id)
            )

    def rerun_shown(self) -> None:
        """Ask how the session that is replayed is to be heard again."""
        replay = self._vm.replay
        if replay.open:
            record = replay.record
            self._ask_rerun(
                Recorded(
                    folder=replay.folder,
                    title=replay.title().removeprefix("Replay of "),
                    session_id=None if record is None else record.session_id,
                )
            )

    def _ask_rerun(self, recorded: Recorded) -> None:
        dialog = RerunDialog(self._window.trials.rerun, self._vm.setup, recorded, self._window)
        dialog.accepted.connect(partial(self._rerun, dialog))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def _rerun(self, dialog: RerunDialog) -> None:
        self._vm.choose_model(dialog.model_id)
        change = self._window.trials.rerun.change(dialog.recorded)
        if self._vm.replay.open:
            self._pending = change
            self._vm.replay.close()
        else:
            self._start(change)

    def _start(self, change: Change) -> None:
        if not self._vm.live.view.rests:
            self._vm.library.tell("A session runs: end it first, then re-run.", bad=True)
            return
        self._window.show_page(LIVE)
        self._jobs.start(self._vm.start(change), "start re-run")

    # --- compare and verify

    def compare(self) -> None:
        """Compare the two chosen sessions, the older one first."""
        rows = sorted(self._vm.library.selected, key=lambda row: row.key)
        if len(rows) == 2:  # noqa: PLR2004 - two sides
            self._compare(rows[0].folder, rows[1].folder)

    def compare_rerun(self) -> None:
        """Compare a re-run with what it repeats."""
        rerun = self._window.trials.rerun
        if rerun.offer is not None:
            self._compare(rerun.offer.original, rerun.offer.rerun)
            rerun.dismiss()

    def _compare(self, first: str, second: str) -> None:
        self._window.show_page(COMPARE)
        self._window.trials.compare.oppose(first, second)

    def verify(self) -> None:
        """Hold the chosen session against its own recording."""
        row = self._one
        if row is None:
            return
        page = self._window.library.page
        if self._vm.verify_folder(row.folder):
            self._check.begin(row.folder)
        else:
            page.side.say_verified("Other work is under way; wait for it, or stop it.", bad=True)

    def _job_changed(self) -> None:
        if not self._vm.jobs.running:
            self._check.end(self._vm.jobs.problem)

    def _show_check(self) -> None:
        row = self._one
        if row is not None and row.folder == self._check.folder:
            side = self._window.library.page.side
            side.say_verified(self._check.line, bad=self._check.bad)

    # --- trash

    def ask_delete(self) -> None:
        """Ask before what is chosen is deleted for good."""
        count = self._vm.library.selected_n
        if count and self._vm.library.wish.in_trash:
            self._confirm(f"Delete {sessions(count)} for good?", self._vm.library.delete)

    def ask_empty(self) -> None:
        """Ask before everything in the trash is deleted for good."""
        count = self._vm.library.trash_n
        self._confirm(f"Delete {sessions(count)} for good?", self._vm.library.empty_trash)

    def _confirm(self, question: str, call: Callable[[], None]) -> None:
        box = QMessageBox(self._window)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setWindowTitle("Delete for good")
        box.setText(question)
        box.setInformativeText("Sound, words and figures are removed from the disk.")
        yes = box.addButton("Delete for good", QMessageBox.ButtonRole.DestructiveRole)
        no = box.addButton("Keep", QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(no)
        box.setEscapeButton(no)
        yes.clicked.connect(call)
        box.open()

    # --- import and rules

    def choose_bundle(self) -> None:
        """Ask for a bundle."""
        path, _filter = QFileDialog.getOpenFileName(self._window, "Import a bundle", "", BUNDLES)
        if path:
            self.carry_in(path)

    def carry_in(self, path: str) -> None:
        """Take the sessions of a bundle in."""
        self.show_library()
        name = one_line(Path(path).name, limit=80)
        if self._vm.import_bundle(path):
            self._vm.library.tell(f"Importing {name}.")
        else:
            self._vm.library.tell("Other work is under way; wait for it, or stop it.", bad=True)

    def show_rules(self) -> None:
        """Show the rules of the library."""
        dialog = RulesDialog(RulesViewModel(self._vm.library), self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()
