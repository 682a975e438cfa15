"""The battery page as people use it."""

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.core.config import VadMode
from app.session.messages import BatteryReport, JobReport, SweepReport
from app.ui.panes.battery import ENDPOINTING, STEPS, BatteryPane
from app.ui.theme import LIGHT, Theme
from app.ui.vm.battery import HEADINGS, NAME, BatteryViewModel
from app.ui.vm.sweep import SweepViewModel
from tests.unit.ui.vm.test_battery import RESULT, Engine
from tests.unit.ui.vm.test_sweep import RESULT as SWEEP

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


class Page:
    """The page on an engine of its own."""

    def __init__(self, theme: Theme) -> None:
        self.engine = Engine()
        self.battery = BatteryViewModel(self.engine.run, lambda: "A model")
        self.sweep = SweepViewModel(self.engine.run, lambda: (VadMode.SERVER,))
        self.pane = BatteryPane(self.battery, self.sweep, theme)
        self.wanted: list[str] = []
        self.pane.battery_wanted.connect(lambda: self.wanted.append("battery"))
        self.pane.sweep_wanted.connect(lambda: self.wanted.append("sweep"))


@pytest.fixture
def page(qtbot: QtBot, dressed: Theme) -> Iterator[Page]:
    made = Page(dressed)
    qtbot.addWidget(made.pane)
    made.pane.resize(1000, 700)
    made.pane.show()
    yield made
    made.pane.close()


def press(qtbot: QtBot) -> Callable[[object], None]:
    return lambda button: qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def test_the_button_asks_and_then_stops(qtbot: QtBot, page: Page) -> None:
    view = page.pane.battery
    view.repeats.setValue(2)
    press(qtbot)(view.begin.button)

    assert page.wanted == ["battery"]
    assert page.battery.repeats == 2
    assert "18 trials" in view.begin.words.text()

    page.engine.jobs.begin(NAME)
    page.engine.run._mine = True
    page.engine.jobs.take(JobReport(done=9, total=18, words="trial 9 of 18"))

    assert view.begin.button.text() == "Stop"
    assert view.begin.progress.value() == STEPS // 2
    assert not view.repeats.isEnabled()
    press(qtbot)(view.begin.button)
    assert page.engine.stopped == 1


def test_results_fill_the_table_and_the_drawing(page: Page) -> None:
    view = page.pane.battery
    assert not view.table.isVisible()
    assert not view.dots.isVisible()

    page.battery.take(BatteryReport(RESULT, complete=True))

    assert view.table.isVisible()
    assert view.table.rowCount() == 4
    stopped = view.table.item(1, HEADINGS.index("Stopped"))
    assert stopped is not None
    assert stopped.text() == "1 of 1"
    assert stopped.foreground().color().name() == LIGHT.poor
    assert view.dots.isVisible()
    assert "mm-hm: silent after 300 ms, 0 went on" in view.dots.accessibleDescription()
    assert view.title.text() == page.battery.title


def test_the_sweep_draws_its_settings_and_says_what_is_wrong_with_them(
    qtbot: QtBot, page: Page
) -> None:
    page.pane.show_view(ENDPOINTING)
    view = page.pane.sweep
    view.silences.clear()
    qtbot.keyClicks(view.silences, "soon")
    assert view.begin.words.text().startswith("Write up to 12 silences")
    assert not view.semantic.isEnabled()

    page.sweep.take(SweepReport(SWEEP, complete=True))

    assert view.plot.isVisible()
    assert "server VAD 200 ms: 75% of 12 cut off at 480 ms" in view.plot.accessibleDescription()
    assert view.table.rowCount() == 3
    press(qtbot)(view.begin.button)
    assert page.wanted == ["sweep"]


def test_both_are_painted_by_day_and_by_night(page: Page) -> None:
    page.battery.take(BatteryReport(RESULT, complete=True))
    page.sweep.take(SweepReport(SWEEP, complete=True))

    pictures = []
    for view in range(2):
        page.pane.show_view(view)
        pictures.append(page.pane.grab().toImage())

    assert pictures[0] != pictures[1]
    assert page.pane.battery.dots.height() >= 3 * 20
