"""What a session tells of its upkeep: devices, echo, the connection, the microphone."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.core.events import DeviceSide
from app.session.messages import (
    DeviceReport,
    EndSession,
    GuardReport,
    GuardState,
    InputChoice,
    InputKind,
    LiveState,
    SetProcessing,
    Speaker,
    StartSession,
    SwitchDevices,
)
from tests.gui.conftest import Bench, Opener, flush, hover, say, sent
from tests.support.reports import BUILT_IN, JABRA, devices, said
from tests.support.upkeep import GONE, HEARS_ITSELF, QUIET, SEEKING

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


@pytest.fixture
def bench(open_window: Opener, qtbot: QtBot) -> Bench:
    """A session that runs from one device to another."""
    made = open_window()
    made.vm.take(devices(JABRA, BUILT_IN))
    made.program.shell.start()
    qtbot.waitUntil(lambda: any(isinstance(each, StartSession) for each in made.link.sent))
    say(qtbot, made, LiveState.LISTENING)
    made.link.sent.clear()
    return made


def test_another_microphone_is_used_at_once(bench: Bench) -> None:
    picker = bench.window.header.microphone
    row = picker.findText(BUILT_IN.name)

    picker.activated.emit(row)

    assert picker.isEnabled()
    assert not bench.window.header.model.isEnabled()
    choice = InputChoice(kind=InputKind.DEVICE, device=BUILT_IN.name)
    assert sent(bench) == [SwitchDevices(input=choice)]
    assert picker.currentText() == BUILT_IN.name


def test_what_is_no_device_cannot_be_chosen_meanwhile_and_says_why(bench: Bench) -> None:
    picker = bench.window.header.microphone
    model = picker.model()
    assert isinstance(model, QStandardItemModel)
    rows = {picker.itemText(row): model.item(row) for row in range(picker.count())}

    assert not rows["Silence"].isEnabled()
    assert "device to device" in rows["Silence"].toolTip()
    assert rows[BUILT_IN.name].isEnabled()


def test_a_lost_device_is_worn_by_the_header_until_it_is_back(bench: Bench) -> None:
    header, notices = bench.window.header, bench.window.notices
    bench.vm.take(devices(BUILT_IN))

    bench.vm.take(GONE)
    lost = header.microphone.property("lost"), header.microphone.accessibleDescription()
    standing = notices.rows[0].sentence.text()
    bench.vm.take(DeviceReport(words="It is back.", side=DeviceSide.INPUT, name=JABRA.name))

    assert (lost[0], "Lost" in lost[1]) == (True, True)
    assert standing.startswith(GONE.words)
    assert header.microphone.property("lost") is False


def test_the_offer_of_another_device_is_one_press(bench: Bench, qtbot: QtBot) -> None:
    bench.vm.take(GONE)

    qtbot.mouseClick(bench.window.notices.rows[0].buttons[0], Qt.MouseButton.LeftButton)

    choice = InputChoice(kind=InputKind.DEVICE, device=BUILT_IN.name)
    assert sent(bench) == [SwitchDevices(input=choice)]


def test_half_duplex_is_offered_by_name_and_price(bench: Bench, qtbot: QtBot) -> None:
    bench.vm.take(HEARS_ITSELF)
    row = bench.window.notices.rows[0]
    button = row.buttons[2]

    words, price = row.sentence.text(), button.toolTip()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)

    assert "disables interrupting by speech" in words
    assert "cannot interrupt by speaking" in price
    processing = [each.processing for each in sent(bench) if isinstance(each, SetProcessing)]
    assert [each.half_duplex for each in processing] == [True]
    assert bench.window.notices.isHidden()


def test_a_cut_connection_takes_the_talk_button_and_can_be_given_up(
    bench: Bench, qtbot: QtBot
) -> None:
    talk = bench.window.talk

    bench.vm.take(SEEKING)
    meanwhile = talk.talk.text(), talk.talk.isEnabled(), talk.state.text()
    bench.vm.take(GuardReport(state=GuardState.FINE))
    after = talk.talk.text(), talk.talk.isEnabled()
    bench.vm.take(SEEKING)
    qtbot.mouseClick(bench.window.notices.rows[0].buttons[0], Qt.MouseButton.LeftButton)

    assert meanwhile == ("Reconnecting", False, "Reconnecting 2 of 5")
    assert after == ("Hold to talk", True)
    assert sent(bench) == [EndSession()]


def test_a_fault_of_the_microphone_is_one_sentence_that_can_be_put_away(
    bench: Bench, qtbot: QtBot
) -> None:
    bench.vm.take(QUIET)
    row = bench.window.notices.rows[0]
    words = row.sentence.text()

    qtbot.mouseClick(row.shut, Qt.MouseButton.LeftButton)
    bench.vm.take(QUIET)

    assert words.startswith("Your voice is very quiet")
    assert bench.window.notices.isHidden()


def test_what_was_only_generated_is_greyed_and_bracketed_in_copies(bench: Bench) -> None:
    bench.vm.take(
        said(
            "m",
            Speaker.MODEL,
            1_000,
            "Once upon a time there was a king.",
            interrupted=True,
            heard_ms=1_200.0,
            total_ms=3_400.0,
            heard_chars=17,
        )
    )
    flush(bench)
    view = bench.window.conversation.view
    view.selectAll()
    view.copy()

    copied = QApplication.clipboard().text()
    assert "Once upon a time [not heard: there was a king.]" in copied
    assert "interrupted: heard 1.2 of 3.4 s" in copied
    bench.program.shell.copy_conversation()
    assert "[not heard: there was a king.]" in QApplication.clipboard().text()
    cursor = view.document().find("king")
    assert "heard 1.2 of 3.4 s" in cursor.charFormat().toolTip()
    assert cursor.charFormat().foreground().color().name() == bench.program.theme.roles.muted


def test_recordings_are_heard_as_on_a_telephone_by_a_press_or_by_t(
    bench: Bench, qtbot: QtBot
) -> None:
    lanes = bench.window.lanes

    qtbot.keyClick(lanes, Qt.Key.Key_T)
    by_key = bench.vm.playing.telephone
    lanes.controls.phone.click()

    assert (by_key, bench.vm.playing.telephone) == (True, False)
    assert "telephone" in lanes.controls.phone.toolTip()


def test_a_small_window_keeps_a_drawing_of_the_turns(bench: Bench) -> None:
    session = bench.window.session
    session.resize(460, 75)
    assert session.spark.isVisibleTo(session)
    assert "plots" in hover(session.spark, session.spark.rect().center())

    session.resize(460, 300)

    assert not session.spark.isVisibleTo(session)
