import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QDialog
from pytestqt.qtbot import QtBot

from app.session.messages import (
    LiveState,
    ProblemReport,
    Remedy,
)
from tests.gui.conftest import OPENAI, Opener, say


def test_an_engine_that_dies_is_told_and_started_again(open_window: Opener, qtbot: QtBot) -> None:
    bench = open_window()
    say(qtbot, bench, LiveState.LISTENING)

    bench.link.die()
    qtbot.waitUntil(bench.window.banner.isVisible)
    words = bench.window.banner.sentence.text()
    qtbot.mouseClick(bench.window.banner.remedy, Qt.MouseButton.LeftButton)

    assert words == "The measuring engine ended unexpectedly."
    assert bench.link.starts == 2
    assert not bench.window.banner.isVisible()
    assert bench.vm.live.state is LiveState.IDLE


def test_an_engine_that_dies_while_it_is_asked_is_told(open_window: Opener, qtbot: QtBot) -> None:
    bench = open_window()
    say(qtbot, bench, LiveState.LISTENING)
    bench.link.gone = True

    bench.vm.stop()

    assert bench.window.banner.isVisible()
    bench.vm.list_devices()
    assert bench.window.banner.sentence.text() == "The measuring engine does not run."


def test_details_unfold_and_can_be_copied(open_window: Opener, qtbot: QtBot) -> None:
    bench = open_window()
    banner = bench.window.banner
    bench.link.feed(ProblemReport(sentence="It broke.", hint="Mend it.", detail="code 7"))
    qtbot.waitUntil(banner.isVisible)

    qtbot.mouseClick(banner.unfold, Qt.MouseButton.LeftButton)
    unfolded = banner.detail.isVisible()
    qtbot.mouseClick(banner.copy, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(banner.dismiss, Qt.MouseButton.LeftButton)

    assert unfolded
    assert QGuiApplication.clipboard().text() == "It broke.\nMend it.\ncode 7"
    assert not banner.isVisible()
    assert not banner.detail.isVisible()


@pytest.mark.parametrize("fatal", [True, False])
def test_a_problem_that_passes_looks_less_grave(
    open_window: Opener, qtbot: QtBot, *, fatal: bool
) -> None:
    bench = open_window()
    bench.link.feed(ProblemReport(sentence="Mind this.", hint="", fatal=fatal))
    qtbot.waitUntil(bench.window.banner.isVisible)

    assert bench.window.banner.property("passing") is not fatal


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
@pytest.mark.parametrize("remedy", [each for each in Remedy if each is not Remedy.CHOOSE_FILE])
def test_every_remedy_can_be_pressed(open_window: Opener, qtbot: QtBot, remedy: Remedy) -> None:
    bench = open_window(OPENAI)

    bench.program.shell.remedy(remedy)
    QApplication.sendPostedEvents()

    bench.window.header.microphone.hidePopup()
    for each in bench.window.findChildren(QDialog):
        each.close()


def test_what_a_task_raises_is_shown(
    open_window: Opener, qtbot: QtBot, caplog: pytest.LogCaptureFixture
) -> None:
    bench = open_window()

    async def fail() -> None:
        raise RuntimeError("boom")

    bench.program.jobs.start(fail(), "a test")
    qtbot.waitUntil(bench.window.banner.isVisible)

    assert "RuntimeError: boom" in bench.window.banner.detail.toPlainText()
    caplog.clear()
