"""The binding must not lose references of the immortal-by-right singletons."""

import sys

from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot


def test_void_qt_calls_do_not_drop_references_of_none_and_true(qtbot: QtBot) -> None:
    label = QLabel()
    qtbot.addWidget(label)
    before = (sys.getrefcount(None), sys.getrefcount(True))

    for _ in range(100):
        label.setText("x")
        label.isEnabled()

    after = (sys.getrefcount(None), sys.getrefcount(True))
    assert after[0] >= before[0] - 20
    assert after[1] >= before[1] - 20
