from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.session.messages import (
    StartSession,
)
from app.ui.dialogs.endpoint import EndpointDialog
from app.ui.dialogs.key import KeyDialog
from tests.gui.conftest import OPENAI, Opener, dialog, sent
from tests.support.ui import FakeSecrets


def test_a_missing_key_is_entered_and_stored(open_window: Opener, qtbot: QtBot) -> None:
    bench = open_window(OPENAI)
    bench.program.shell.start()
    qtbot.waitUntil(bench.window.banner.isVisible)
    qtbot.mouseClick(bench.window.banner.remedy, Qt.MouseButton.LeftButton)
    entry = dialog(bench, qtbot, KeyDialog)
    assert isinstance(entry, KeyDialog)

    qtbot.keyClicks(entry.key, "sk-test")
    shown = entry.key.displayText()
    qtbot.mouseClick(entry.store, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "openai" in bench.secrets.kept)
    qtbot.waitUntil(lambda: not bench.window.banner.isVisible())

    assert "sk-test" not in shown
    assert bench.secrets.kept == {"openai": "sk-test"}
    bench.program.shell.start()
    qtbot.waitUntil(lambda: bool(sent(bench)))
    request = sent(bench)[0]
    assert isinstance(request, StartSession)
    assert request.key == "sk-test"


def test_without_a_keyring_a_key_is_used_once(open_window: Opener, qtbot: QtBot) -> None:
    bench = open_window(OPENAI, secrets=FakeSecrets(broken=True))
    qtbot.waitUntil(lambda: bool(bench.vm.keys.view("openai").problem))
    bench.program.shell.ask_key()
    entry = dialog(bench, qtbot, KeyDialog)
    assert isinstance(entry, KeyDialog)

    assert not entry.store.isVisible()
    assert "no secure keyring" in entry.state.text()
    qtbot.keyClicks(entry.key, "sk-once")
    qtbot.mouseClick(entry.once, Qt.MouseButton.LeftButton)
    bench.program.shell.start()
    qtbot.waitUntil(lambda: bool(sent(bench)))

    request = sent(bench)[0]
    assert isinstance(request, StartSession)
    assert request.key == "sk-once"
    bench.window.close()
    assert "sk-once" not in bench.settings.read_text()


def test_a_key_that_cannot_be_stored_leaves_the_dialog_open(
    open_window: Opener, qtbot: QtBot
) -> None:
    secrets = FakeSecrets()
    bench = open_window(OPENAI, secrets=secrets)
    bench.program.shell.ask_key()
    entry = dialog(bench, qtbot, KeyDialog)
    assert isinstance(entry, KeyDialog)
    secrets.broken = True

    qtbot.keyClicks(entry.key, "sk-test")
    qtbot.mouseClick(entry.store, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "no secure keyring" in entry.state.text())

    assert entry.isVisible()
    assert entry.once.isEnabled()
    entry.reject()


def test_a_key_from_the_environment_is_named_and_not_shown(
    open_window: Opener, qtbot: QtBot
) -> None:
    bench = open_window(OPENAI, environment={"OPENAI_API_KEY": "sk-env"})

    qtbot.waitUntil(lambda: "from environment" in bench.window.settings.page.key.key_state.text())

    assert "sk-env" not in bench.window.settings.page.key.key_state.text()
    assert not bench.window.settings.page.key.remove_key.isVisibleTo(bench.window.settings.page.key)


def test_your_own_endpoint_is_checked_while_it_is_typed(open_window: Opener, qtbot: QtBot) -> None:
    bench = open_window()
    bench.program.shell.edit_endpoint()
    entry = dialog(bench, qtbot, EndpointDialog)
    assert isinstance(entry, EndpointDialog)

    entry.url.setText("ws://host.example")
    refused = (entry.verdict.text(), entry.use.isEnabled())
    entry.url.setText("wss://host.example")
    entry.model.setText("voice-1")
    qtbot.mouseClick(entry.use, Qt.MouseButton.LeftButton)

    assert "unencrypted" in refused[0]
    assert not refused[1]
    assert bench.window.header.model.currentText() == "voice-1 at host.example:443"
    assert bench.vm.setup.option.key_name == "custom:host.example:443"
