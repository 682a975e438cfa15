"""The microphone test as people use it."""

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.session.messages import InputChoice, InputKind, JobReport, MicReport
from app.ui.dialogs.mic import STEPS, MicTestDialog
from app.ui.theme import Theme
from tests.unit.ui.vm.test_mic import QUIET, Bench

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


Open = Callable[[Bench], MicTestDialog]


@pytest.fixture
def opened(qtbot: QtBot, dressed: Theme) -> Iterator[Open]:
    """Opens the dialog, and keeps it: Qt paints what nobody holds any more."""
    kept: list[MicTestDialog] = []

    def show(bench: Bench) -> MicTestDialog:
        kept.append(MicTestDialog(bench.vm, dressed))
        qtbot.addWidget(kept[-1])
        kept[-1].show()
        return kept[-1]

    yield show
    assert kept


def test_it_guides_through_the_test_and_shows_what_is_wrong(qtbot: QtBot, opened: Open) -> None:
    bench = Bench()
    dialog = opened(bench)

    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    bench.jobs.take(JobReport(done=10, total=40, words="Say the sentence"))

    assert dialog.progress.value() == STEPS // 4
    assert dialog.words.text() == "Say the sentence"
    assert dialog.begin.text() == "Stop"

    bench.vm.take(QUIET)
    bench.end()

    shown = [finding.text() for finding in dialog.findings if finding.isVisible()]
    assert shown == ["Too quiet. (-51 dBFS)"]
    assert dialog.begin.text() == "Test again"
    assert dialog.figures.isVisible()
    assert not dialog.progress.isVisible()


def test_a_good_microphone_is_told_and_old_findings_go(qtbot: QtBot, opened: Open) -> None:
    bench = Bench()
    dialog = opened(bench)
    for report in (QUIET, MicReport(findings=(), examined_s=4.0)):
        qtbot.mouseClick(dialog.begin, Qt.MouseButton.LeftButton)
        bench.vm.take(report)
        bench.end()

    assert dialog.verdict.isVisible()
    assert not any(finding.isVisible() for finding in dialog.findings)


@pytest.mark.parametrize("key", [Qt.Key.Key_Escape, None])
def test_leaving_breaks_it_off(qtbot: QtBot, opened: Open, key: Qt.Key | None) -> None:
    bench = Bench()
    dialog = opened(bench)
    qtbot.mouseClick(dialog.begin, Qt.MouseButton.LeftButton)

    if key is None:
        dialog.close()
    else:
        qtbot.keyClick(dialog, key)

    assert bench.stopped == 1
    assert not dialog.isVisible()


def test_without_a_microphone_there_is_nothing_to_start(opened: Open) -> None:
    dialog = opened(Bench(microphone=InputChoice(kind=InputKind.FILES)))

    assert not dialog.begin.isEnabled()
    assert "Choose a microphone" in dialog.microphone.text()
