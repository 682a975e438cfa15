"""Screenshots of the window's states: ``python -m tests.gui.shots OUTDIR [WORD...]``.

With words, only the shots whose name holds one of them are made. The scale is that of
QT_SCALE_FACTOR.
"""

import asyncio
import os
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import qasync
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication, QDialog

from app.session.messages import LiveState, ProblemReport, Remedy, StateReport
from app.ui.app import WindowPorts, WindowProgram
from app.ui.dialogs.endpoint import EndpointDialog
from app.ui.dialogs.key import KeyDialog
from app.ui.dialogs.palette import PaletteDialog, ShortcutsDialog
from app.ui.panes.rail import SETTINGS
from app.ui.panes.session import DETAILS, DISTRIBUTION, FIGURES, TURNS
from app.ui.vm.keys import KeyOrigin, KeyView
from app.ui.vm.preferences import ThemeChoice
from tests.gui import shots_money
from tests.gui.shots_library import LIBRARY_STATES
from tests.support.reports import (
    BUILT_IN,
    JABRA,
    conversation,
    devices,
    mid_turn,
    session,
)
from tests.support.ui import FakeLink, FakeSecrets, catalogue, settings_in
from tests.support.upkeep import SEEKING, upkeep_reports
from tests.support.verified import verification


def first(program: WindowProgram) -> None:
    program.vm.take(devices(JABRA, BUILT_IN))


def silent(program: WindowProgram) -> None:
    program.vm.take(devices())


def live(program: WindowProgram) -> None:
    first(program)
    for report in (*conversation(7), *mid_turn(8)):
        program.vm.take(report)


def many(program: WindowProgram) -> None:
    first(program)
    for report in conversation(200):
        program.vm.take(report)


def error(program: WindowProgram) -> None:
    first(program)
    for report in conversation(3):
        program.vm.take(report)
    program.vm.take(StateReport(state=LiveState.FAILED))
    program.vm.take(
        ProblemReport(
            sentence="OpenAI refused the key.",
            hint="Enter another one, or check it in your account.",
            remedy=Remedy.ENTER_KEY,
            fatal=True,
            detail="HTTP 401 invalid_api_key\nrequest id req_0123456789",
        )
    )


def unfolded(program: WindowProgram) -> None:
    error(program)
    program.window.banner.unfold.setChecked(True)


def connecting(program: WindowProgram) -> None:
    first(program)
    program.vm.take(StateReport(state=LiveState.CONNECTING, detail="TLS"))


def _section(program: WindowProgram, name: str) -> None:
    first(program)
    program.vm.choose_model("openai:gpt-realtime-2.1-mini")
    program.window.show_page(SETTINGS)
    program.window.settings.page.show_section(getattr(program.window.settings.page, name))


def settings(program: WindowProgram) -> None:
    _section(program, "conversation")


def settings_turns(program: WindowProgram) -> None:
    setup = program.vm.setup
    local = replace(setup.preferences.barge_in, local=True)
    setup.update(replace(setup.preferences, barge_in=local))
    _section(program, "turns")


def settings_sound(program: WindowProgram) -> None:
    _section(program, "sound")


def settings_keeping(program: WindowProgram) -> None:
    _section(program, "keeping")


def settings_program(program: WindowProgram) -> None:
    _section(program, "program")


def upkeep(program: WindowProgram) -> None:
    """All that a session may tell of its upkeep at once."""
    live(program)
    for report in upkeep_reports(8):
        program.vm.take(report)


def reconnecting(program: WindowProgram) -> None:
    live(program)
    program.vm.take(SEEKING)


def lost(program: WindowProgram) -> None:
    live(program)
    program.vm.engine_lost("The measuring engine ended unexpectedly.", "exit code -9")


def distributed(program: WindowProgram) -> None:
    many(program)
    program.window.session.show_view(DISTRIBUTION)


def figures(program: WindowProgram) -> None:
    many(program)
    program.vm.take(StateReport(state=LiveState.STOPPED))
    program.vm.verification.begin(session().folder)
    program.vm.take(verification())
    program.window.session.show_view(FIGURES)


def details(program: WindowProgram) -> None:
    many(program)
    program.vm.turn.show(120)
    program.window.session.show_view(DETAILS)


def verified(program: WindowProgram) -> None:
    figures(program)
    program.window.session.show_view(TURNS)


STATES: dict[str, Callable[[WindowProgram], None]] = {
    "first": first,
    "no-devices": silent,
    "connecting": connecting,
    "live": live,
    "turns200": many,
    "distribution": distributed,
    "figures": figures,
    "details": details,
    "verified": verified,
    "error": error,
    "error-unfolded": unfolded,
    "engine-lost": lost,
    "settings": settings,
    "settings-turns": settings_turns,
    "settings-sound": settings_sound,
    "settings-keeping": settings_keeping,
    "settings-program": settings_program,
    "upkeep": upkeep,
    "reconnecting": reconnecting,
    **LIBRARY_STATES,
    **shots_money.STATES,
}
SIZES = ((900, 600), (1280, 800), (1920, 1080))


@dataclass(frozen=True, slots=True)
class Shot:
    state: str
    theme: ThemeChoice
    size: tuple[int, int]

    @property
    def name(self) -> str:
        return f"{self.state}-{self.theme.value}-{self.size[0]}x{self.size[1]}"


SHOTS = [
    Shot(state, theme, size)
    for state in STATES
    for theme in (ThemeChoice.LIGHT, ThemeChoice.DARK)
    for size in SIZES
]


def build(app: QApplication, shot: Shot, folder: Path) -> WindowProgram:
    ports = WindowPorts(
        link_factory=FakeLink,
        secrets=FakeSecrets(),
        catalogue=catalogue(),
        environment={},
        settings_path=settings_in(folder),
        samples=("/samples/weather_question.wav",),
    )
    program = WindowProgram(app, ports)
    setup = program.vm.setup
    setup.update(replace(setup.preferences, theme=shot.theme))
    program.window.on_first_paint = None
    program.bridge.start()
    program.window.resize(*shot.size)
    program.window.show()
    return program


def settle(app: QApplication, program: WindowProgram) -> None:
    for _ in range(4):
        app.processEvents()
        program.window.frames.flush()


def put_away(program: WindowProgram) -> None:
    """Close the window and delete it now: a style sheet dresses every window there is."""
    program.window.on_close = None
    program.bridge.close()
    program.window.close()
    program.window.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def shoot(app: QApplication, shot: Shot, folder: Path, out: Path) -> None:
    program = build(app, shot, folder)
    settle(app, program)
    STATES[shot.state](program)
    settle(app, program)
    program.window.grab().save(str(out / f"{shot.name}.png"))
    put_away(program)


def shoot_dialogs_over(app: QApplication, out: Path, folder: Path) -> None:
    program = build(app, Shot("dialogs", ThemeChoice.DARK, (1280, 800)), folder)
    shell = program.shell
    for name, call, kind in (
        ("palette", shell.show_palette, PaletteDialog),
        ("shortcuts", shell.show_shortcuts, ShortcutsDialog),
        ("endpoint", shell.edit_endpoint, EndpointDialog),
    ):
        call()
        settle(app, program)
        dialog = program.window.findChildren(kind)[-1]
        if isinstance(dialog, EndpointDialog):
            dialog.url.setText("ws://voice.example.com/v1/realtime")
            settle(app, program)
        dialog.grab().save(str(out / f"{name}.png"))
        dialog.close()
        settle(app, program)
    put_away(program)


def shoot_states_of_dialogs(app: QApplication, out: Path, folder: Path, words: list[str]) -> None:
    """Show each dialog in both themes, in a window of its own."""
    for name, (act, kind) in shots_money.DIALOGS.items():
        if words and not any(word in name for word in words):
            continue
        for theme in (ThemeChoice.LIGHT, ThemeChoice.DARK):
            program = build(app, Shot(name, theme, (1280, 800)), folder / f"{name}-{theme.value}")
            settle(app, program)
            act(program)
            settle(app, program)
            dialog = program.window.findChildren(kind)[-1]
            dialog.grab().save(str(out / f"{name}-{theme.value}.png"))
            for each in program.window.findChildren(QDialog):
                each.close()
            settle(app, program)
            put_away(program)


def shoot_dialog(app: QApplication, out: Path) -> None:
    for name, view in (
        ("key", KeyView(KeyOrigin.NOT_SET)),
        ("key-no-keyring", KeyView(KeyOrigin.NOT_SET, "There is no secure keyring here.")),
    ):
        dialog = KeyDialog("GPT Realtime 2.1 mini", view)
        dialog.show()
        app.processEvents()
        dialog.grab().save(str(out / f"{name}.png"))
        dialog.close()


def main(arguments: list[str]) -> int:
    out = Path(arguments[0])
    words = arguments[1:]
    out.mkdir(parents=True, exist_ok=True)
    app = QApplication(["shots"])
    asyncio.set_event_loop(qasync.QEventLoop(app, already_running=True))
    chosen = [each for each in SHOTS if not words or any(word in each.name for word in words)]
    with tempfile.TemporaryDirectory() as folder:
        for shot in chosen:
            shoot(app, shot, Path(folder) / shot.name, out)
        shoot_states_of_dialogs(app, out, Path(folder), words)
        if not words or "dialogs" in words:
            shoot_dialogs_over(app, out, Path(folder) / "dialogs")
            shoot_dialog(app, out)
    return 0


if __name__ == "__main__":
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    sys.exit(main(sys.argv[1:]))
