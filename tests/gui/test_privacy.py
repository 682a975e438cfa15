"""The recording indicator, consent, exports and reports, used as a person uses them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot

from app.core.errors import ConfigError
from app.core.exporting import ExportFormat
from app.core.privacy import LeftOut, PersonalData, RecordingMode, Redaction
from app.session.messages import (
    ExportSessions,
    JobReport,
    LiveState,
    RecordConsent,
    StartSession,
    StopJob,
)
from app.ui.dialogs.consent import ConsentDialog
from app.ui.dialogs.export import ExportDialog
from app.ui.dialogs.report import ReportDialog
from app.ui.panes.rail import SETTINGS
from app.ui.theme import LIGHT
from app.ui.vm.preferences import Preferences, ThemeChoice
from tests.gui.conftest import Bench, Opener, colours, dialog, flush, say, sent
from tests.support.accounts import consented, exported
from tests.support.reports import conversation, health, session

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
ASKING = Preferences(ask_consent=True, theme=ThemeChoice.LIGHT)
SPACE = Qt.Key.Key_Space


def started(bench: Bench) -> list[StartSession]:
    return [each for each in bench.link.sent if isinstance(each, StartSession)]


def consent(bench: Bench, qtbot: QtBot) -> ConsentDialog:
    found = dialog(bench, qtbot, ConsentDialog)
    assert isinstance(found, ConsentDialog)
    return found


def test_the_header_and_the_status_line_say_what_is_recorded(
    open_window: Opener, qtbot: QtBot
) -> None:
    bench = open_window(replace(ASKING, ask_consent=False))
    button, status = bench.window.header.recording, bench.window.status.recording
    assert (button.text()[2:], status.text()) == ("Will record", "")

    say(qtbot, bench, LiveState.LISTENING)
    bench.vm.take(consented())
    bench.vm.take(health(3.0))

    assert button.text() == status.text() == "\N{BLACK CIRCLE} Recording"
    assert LIGHT.poor in button.styleSheet()
    assert "Anna Berg" in button.toolTip()
    bench.vm.take(consented(RecordingMode.FIGURES))
    assert button.text()[2:] == "Figures only"
    bench.vm.take(session())
    bench.vm.take(health(4.0, recording=False))
    assert status.text()[2:] == "Not recording"


def test_the_menu_of_the_indicator_chooses_what_the_next_session_keeps(
    open_window: Opener,
) -> None:
    bench = open_window()
    button = bench.window.header.recording

    button.menu().aboutToShow.emit()
    assert button.choices[RecordingMode.FULL].isChecked()
    button.choices[RecordingMode.FIGURES].trigger()

    assert bench.vm.setup.preferences.recording is RecordingMode.FIGURES
    next(each for each in button.menu().actions() if each.text() == "Privacy settings").trigger()
    assert bench.window.pages.currentIndex() == SETTINGS
    assert bench.window.settings.page.privacy.mode.currentIndex() == 1


def test_talk_asks_who_agreed_and_then_begins(open_window: Opener, qtbot: QtBot) -> None:
    bench = open_window(ASKING)

    qtbot.keyPress(bench.window.conversation.view, SPACE)
    asked = consent(bench, qtbot)
    assert started(bench) == []
    assert not asked.agree.isEnabled()
    qtbot.keyClicks(asked.who, "Anna Berg")
    qtbot.keyClick(asked.who, Qt.Key.Key_Return)

    qtbot.waitUntil(lambda: bool(started(bench)))
    assert started(bench)[0].consents == ("Anna Berg",)
    assert started(bench)[0].recording is RecordingMode.FULL


def test_talk_can_begin_with_figures_only_instead(open_window: Opener, qtbot: QtBot) -> None:
    bench = open_window(ASKING)

    bench.program.shell.start()
    qtbot.mouseClick(consent(bench, qtbot).figures, Qt.MouseButton.LeftButton)

    qtbot.waitUntil(lambda: bool(started(bench)))
    assert (started(bench)[0].recording, started(bench)[0].consents) == (RecordingMode.FIGURES, ())


def test_leaving_the_question_begins_nothing(open_window: Opener, qtbot: QtBot) -> None:
    bench = open_window(ASKING)

    bench.program.shell.start()
    qtbot.keyClick(consent(bench, qtbot), Qt.Key.Key_Escape)

    assert sent(bench) == []
    assert bench.vm.live.view.rests


def test_consent_during_a_session_is_noted_at_once(open_window: Opener, qtbot: QtBot) -> None:
    bench = open_window()
    say(qtbot, bench, LiveState.LISTENING)
    bench.vm.take(consented())

    bench.program.shell.actions["consent"].trigger()
    asked = consent(bench, qtbot)
    assert "Zoë Müller, at 01:04" in asked.known.text()
    assert asked.figures.isHidden()
    qtbot.keyClicks(asked.who, "Ben Ode")
    qtbot.mouseClick(asked.agree, Qt.MouseButton.LeftButton)

    assert RecordConsent("Ben Ode") in bench.link.sent


def test_privacy_settings_are_stored_and_name_who_agreed(open_window: Opener, qtbot: QtBot) -> None:
    bench = open_window()
    bench.program.shell.actions["privacy"].trigger()
    section = bench.window.settings.page.privacy

    section.ask.click()
    bench.vm.accounts.privacy.agree("Ben Ode")
    assert bench.vm.setup.preferences.ask_consent
    assert section.agreed.text() == "Ben Ode, for the next session"
    section.mode.setCurrentIndex(1)
    section.mode.activated.emit(1)

    assert bench.vm.setup.preferences.recording is RecordingMode.FIGURES
    assert section.kept.text().startswith("Latencies, counts and costs are kept.")
    qtbot.mouseClick(section.consent, Qt.MouseButton.LeftButton)
    assert consent(bench, qtbot).isVisible()


# --- exports


def redact(redaction: Redaction, texts: Sequence[str]) -> Mapping[str, str]:
    if "(" in redaction.patterns:
        raise ConfigError("The regular expression '(' is none.")
    return {text: text.replace("tomorrow", "[redacted]") for text in texts}


def held(bench: Bench, qtbot: QtBot) -> None:
    bench.program.shell.accounts._redact = redact
    for report in conversation(2):
        bench.vm.take(report)
    say(qtbot, bench, LiveState.STOPPED)
    flush(bench)


def exporting(bench: Bench, qtbot: QtBot) -> ExportDialog:
    held(bench, qtbot)
    bench.program.shell.actions["export"].trigger()
    found = dialog(bench, qtbot, ExportDialog)
    assert isinstance(found, ExportDialog)
    return found


def wishes(bench: Bench) -> list[ExportSessions]:
    return [each for each in bench.link.sent if isinstance(each, ExportSessions)]


def test_a_session_is_exported_with_progress_and_its_files_listed(
    open_window: Opener, qtbot: QtBot
) -> None:
    bench = open_window()
    opened: list[str] = []
    page = exporting(bench, qtbot)
    page._opened = opened.append
    assert not page.go.isEnabled()
    assert page.wrong.text() == "Choose a folder."

    qtbot.keyClicks(page.out, "/out")
    page.formats[ExportFormat.VTT].click()
    page.redaction.parts[LeftOut.NAMES].click()
    page.redaction.kinds[PersonalData.EMAIL].click()
    qtbot.mouseClick(page.go, Qt.MouseButton.LeftButton)

    (request,) = wishes(bench)
    assert request.wish.sessions == (session().folder,)
    assert request.wish.formats == (ExportFormat.CSV, ExportFormat.VTT)
    assert request.wish.redaction.left_out == (LeftOut.NAMES,)
    bench.vm.take(JobReport(done=1, total=2, words="turns.csv"))
    assert page.progress.isVisible()
    qtbot.mouseClick(page.cancel, Qt.MouseButton.LeftButton)
    assert StopJob() in bench.link.sent
    bench.vm.take(exported("/out/turns.csv", "/out/a.vtt", odd=("One was left out.",)))
    bench.vm.take(JobReport(done=2, total=2, over=True))

    assert page.verdict.text() == "2 files written, 1.23 MB."
    assert page.odd.text() == "One was left out."
    page.files.setFocus()
    qtbot.keyClick(page.files, Qt.Key.Key_Down)
    qtbot.mouseClick(page.copy, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == "/out/a.vtt"
    qtbot.mouseClick(page.folder, Qt.MouseButton.LeftButton)
    assert opened == ["/out"]


def test_patterns_are_tried_on_the_transcript_as_they_are_typed(
    open_window: Opener, qtbot: QtBot
) -> None:
    page = exporting(open_window(), qtbot)
    page.redaction._settle.setInterval(0)

    qtbot.keyClicks(page.redaction.patterns, "tomorrow")
    qtbot.waitUntil(lambda: "[redacted]" in page.redaction.sample.toPlainText())
    assert "lines of the transcript on the Live page change" in page.redaction.verdict.text()

    page.redaction.patterns.clear()
    qtbot.keyClicks(page.redaction.patterns, "(")
    qtbot.waitUntil(lambda: "is none" in page.redaction.verdict.text())
    assert not page.go.isEnabled()


def test_the_folder_is_chosen(
    open_window: Opener, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = exporting(open_window(), qtbot)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: "/chosen")

    qtbot.mouseClick(page.choose, Qt.MouseButton.LeftButton)

    assert page.out.text() == "/chosen"
    page.formats[ExportFormat.OTLP].click()
    assert page.endpoint.isVisible()
    qtbot.keyClicks(page.endpoint, "nowhere")
    assert "The endpoint is an address" in page.wrong.text()


def test_without_a_session_there_is_nothing_to_export(open_window: Opener, qtbot: QtBot) -> None:
    bench = open_window()

    bench.program.shell.actions["export"].trigger()

    found = dialog(bench, qtbot, ExportDialog)
    assert isinstance(found, ExportDialog)
    assert found.wrong.text() == "No session is chosen."
    found.close()
    QApplication.processEvents()
    bench.vm.accounts.export.open(("/s/1",))


# --- the report


def test_a_report_is_previewed_opened_and_saved(
    open_window: Opener, qtbot: QtBot, tmp_path: Path
) -> None:
    bench = open_window(Preferences(theme=ThemeChoice.LIGHT))
    held(bench, qtbot)
    bench.program.shell.actions["report"].trigger()
    page = dialog(bench, qtbot, ReportDialog)
    assert isinstance(page, ReportDialog)
    opened: list[str] = []
    page._opened = opened.append
    assert page.about.text().startswith("No preview yet.")

    qtbot.keyClicks(page.title, "Two turns")
    page.audio.click()
    qtbot.mouseClick(page.make, Qt.MouseButton.LeftButton)
    (request,) = wishes(bench)
    assert (request.wish.title, request.wish.overwrite) == ("Two turns", True)
    assert request.wish.redaction.left_out == (LeftOut.AUDIO,)
    made = Path(request.wish.out)
    made.write_text(
        "<h1>Two turns</h1><script>bad()</script>"
        '<svg viewBox="0 0 400 100"><rect width="400" height="100" fill="#0b66c3"/></svg>'
    )
    bench.vm.take(exported(str(made)))
    bench.vm.take(JobReport(done=1, total=1, over=True))

    qtbot.waitUntil(lambda: "Two turns" in page.page.toPlainText())
    assert "bad()" not in page.page.toPlainText()
    assert LIGHT.accent in colours(page.page.viewport())
    qtbot.mouseClick(page.browse, Qt.MouseButton.LeftButton)
    assert opened == [str(made)]

    page.out.setText(str(tmp_path / "two.html"))
    qtbot.mouseClick(page.save, Qt.MouseButton.LeftButton)
    bench.vm.take(exported(str(tmp_path / "two.html")))
    bench.vm.take(JobReport(done=1, total=1, over=True))
    assert page.verdict.text().startswith("Saved: two.html")
    qtbot.mouseClick(page.show_saved, Qt.MouseButton.LeftButton)
    assert opened[-1] == str(tmp_path / "two.html")
    page.close()
    qtbot.waitUntil(lambda: not made.parent.exists())


def test_a_preview_fetches_nothing(open_window: Opener, qtbot: QtBot) -> None:
    bench = open_window()
    held(bench, qtbot)
    bench.program.shell.actions["report"].trigger()
    page = dialog(bench, qtbot, ReportDialog)
    assert isinstance(page, ReportDialog)

    for name in ("file:///etc/passwd", "http://localhost/x.png", "picture:9", "picture:x"):
        assert page.page.loadResource(2, name) is None


def test_the_file_of_a_report_is_chosen(
    open_window: Opener, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = open_window()
    held(bench, qtbot)
    bench.program.shell.actions["report"].trigger()
    page = dialog(bench, qtbot, ReportDialog)
    assert isinstance(page, ReportDialog)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: ("/out/r.html", ""))

    qtbot.mouseClick(page.choose, Qt.MouseButton.LeftButton)

    assert page.out.text() == "/out/r.html"
    assert page.save.isEnabled()
