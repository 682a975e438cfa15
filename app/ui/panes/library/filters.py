"""What narrows the library: the search field, menus with counts, ranges, and chips."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import Final

from PySide6.QtCore import QSignalBlocker, Qt, QTimer
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QMenu, QPushButton, QVBoxLayout, QWidget

from app.core.library import Outcome
from app.ui.theme import XS, M, S, Theme
from app.ui.vm.library import LibraryViewModel
from app.ui.vm.library_filters import OUTCOMES, RANGES, LibraryFilters, read_bound, read_day
from app.ui.vm.text import one_line
from app.ui.widgets.labels import label, tip
from app.ui.widgets.library_flow import FlowLayout

DEBOUNCE_MS: Final = 120
BOUND: Final = 64
DAY: Final = 104
MENU_NAME: Final = 48
MENU_MOST: Final = 60
FACETS: Final = (
    ("models", "Model"),
    ("providers", "Provider"),
    ("tags", "Tag"),
    ("outcomes", "Result"),
)
PERIODS: Final = (("Today", 0), ("Last 7 days", 6), ("Last 30 days", 29), ("Last year", 364))
WRONG_DAY = "A day is written as 2026-11-21"
WRONG_NUMBER = "A number from 0 up, or nothing"


class SearchField(QLineEdit):
    """Asks once the keys rest for a moment. Down leaves it for the table."""

    def __init__(self, asked: Callable[[str], None], leave: Callable[[], None]) -> None:
        super().__init__()
        self._asked = asked
        self._leave = leave
        self._resting = QTimer(self)
        self._resting.setSingleShot(True)
        self._resting.setInterval(DEBOUNCE_MS)
        self._resting.timeout.connect(self.ask_now)
        self.setPlaceholderText("Search what was said, titles, notes and tags")
        self.setAccessibleName("Search the library")
        self.setToolTip('Words of either side; "in quotes" is a phrase (Ctrl+F)')
        self.setClearButtonEnabled(True)
        self.setMaxLength(400)
        self.textChanged.connect(lambda _text: self._resting.start())
        self.returnPressed.connect(self._go)

    def ask_now(self) -> None:
        """Ask without waiting any longer."""
        self._resting.stop()
        self._asked(self.text())

    def _go(self) -> None:
        self.ask_now()
        self._leave()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Down:
            self._leave()
        else:
            super().keyPressEvent(event)


class FiltersBar(QWidget):
    """The search field with what stands beside it, and the filters below.

    Args:
        leave: Puts the keyboard into the table.
        today: The user's day.
    """

    def __init__(
        self,
        vm: LibraryViewModel,
        theme: Theme,
        leave: Callable[[], None],
        today: Callable[[], date] = date.today,
    ) -> None:
        super().__init__()
        self._vm = vm
        self._theme = theme
        self._today = today
        self.search = SearchField(vm.search, leave)
        self.beside = QHBoxLayout()
        self.menus: dict[str, QPushButton] = {}
        self.starred = _button("Starred", "Only starred sessions")
        self.starred.setCheckable(True)
        self.when = _button("When", "Only sessions of these days")
        self.more = _button("Ranges", "Days, duration, cost and latency, from and to")
        self.more.setCheckable(True)
        self.ranges = RangesForm(vm)
        self.chips = QWidget()
        self._flow = FlowLayout(self.chips, XS)
        self._shown: tuple[object, ...] = ()
        self._arrange()
        self.starred.clicked.connect(self._star)
        self.more.toggled.connect(self.ranges.setVisible)
        vm.changed.connect(self.refresh)
        theme.changed.connect(self.refresh)
        self.refresh()

    def _arrange(self) -> None:
        first = QHBoxLayout()
        first.setSpacing(S)
        first.addWidget(self.search, 1)
        self.beside.setSpacing(S)
        first.addLayout(self.beside)
        second = QHBoxLayout()
        second.setSpacing(XS)
        for column, words in FACETS:
            button = _button(words, f"Only these: {words.lower()}")
            menu = QMenu(button)
            menu.aboutToShow.connect(partial(self._fill, menu, column))
            button.setMenu(menu)
            button.setObjectName("menu")
            self.menus[column] = button
            second.addWidget(button)
        menu = QMenu(self.when)
        menu.aboutToShow.connect(partial(self._fill_when, menu))
        self.when.setMenu(menu)
        self.when.setObjectName("menu")
        for widget in (self.when, self.starred, self.more):
            second.addWidget(widget)
        second.addStretch(1)
        self.ranges.hide()
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(S)
        box.addLayout(first)
        box.addLayout(second)
        box.addWidget(self.ranges)
        box.addWidget(self.chips)

    # --- menus

    def _fill(self, menu: QMenu, column: str) -> None:
        """Offer what there is, with counts; what is chosen and gone stays, to be taken away."""
        menu.clear()
        chosen: tuple[str, ...] = getattr(self._vm.wish.filters, column)
        found: tuple[tuple[str, int], ...] = getattr(self._vm.facets, column)
        missing = tuple((each, 0) for each in chosen if each not in dict(found))
        for value, count in (*found, *missing)[:MENU_MOST]:
            words = OUTCOMES.get(Outcome(value), value) if column == "outcomes" else value
            shown = one_line(words, limit=MENU_NAME).replace("&", "&&")
            action = menu.addAction(f"{shown or UNNAMED}\t{count:,}")
            action.setCheckable(True)
            action.setChecked(value in chosen)
            action.triggered.connect(partial(self._toggle, column, value))
        if not menu.actions():
            _nothing(menu, "No tag yet: T adds one" if column == "tags" else "Nothing to choose")

    def _toggle(self, column: str, value: str, _checked: bool = False) -> None:  # noqa: FBT001,FBT002 - Qt's signal
        self._vm.narrow(self._vm.wish.filters.toggled(column, value))

    def _fill_when(self, menu: QMenu) -> None:
        menu.clear()
        filters = self._vm.wish.filters
        for words, days in PERIODS:
            since = (self._today() - timedelta(days)).isoformat()
            action = menu.addAction(words)
            action.setCheckable(True)
            action.setChecked(filters.since == since and filters.until is None)
            action.triggered.connect(partial(self._since, since))
        menu.addSeparator()
        menu.addAction("Any time").triggered.connect(partial(self._since, None))

    def _since(self, day: str | None, _checked: bool = False) -> None:  # noqa: FBT001,FBT002 - Qt's signal
        self._vm.narrow(replace(self._vm.wish.filters, since=day, until=None))

    def _star(self, checked: bool) -> None:  # noqa: FBT001 - Qt's signal says it so
        self._vm.narrow(replace(self._vm.wish.filters, starred=checked))

    # --- showing

    def refresh(self) -> None:
        """Show the filters as they are."""
        filters = self._vm.wish.filters
        for column, words in FACETS:
            count = len(getattr(filters, column))
            self.menus[column].setText(f"{words} ({count})" if count else words)
        self.starred.setChecked(filters.starred)
        if self.search.text() != self._vm.wish.text and not self.search.hasFocus():
            with QSignalBlocker(self.search):
                self.search.setText(self._vm.wish.text)
        self.ranges.refresh()
        shown = (*self._vm.chips, self._vm.wish.text, self._theme.dark)
        if shown != self._shown:
            self._shown = shown
            self._fill_chips()

    def _fill_chips(self) -> None:
        while (item := self._flow.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for chip in self._vm.chips:
            button = QPushButton(f"{chip.words.replace('&', '&&')}  \N{MULTIPLICATION SIGN}")
            button.setObjectName("filterchip")
            button.setToolTip(tip(f"{chip.words}: take the condition away"))
            button.clicked.connect(partial(self._vm.narrow, chip.without))
            self._flow.addWidget(button)
        if self._vm.chips:
            clear = QPushButton("Clear all")
            clear.setObjectName("link")
            clear.clicked.connect(self.clear)
            self._flow.addWidget(clear)
        self.chips.setVisible(bool(self._vm.chips))
        self.chips.updateGeometry()

    def clear(self) -> None:
        """Show every session."""
        with QSignalBlocker(self.search):
            self.search.clear()
        self._vm.clear_filters()

    def escape(self) -> bool:
        """Empty the search field; False if it is empty and has not the keyboard."""
        if not self.search.hasFocus():
            return False
        if self.search.text():
            self.search.clear()
            self.search.ask_now()
            return True
        return False


UNNAMED = "(unnamed)"


class RangesForm(QWidget):
    """From and to of days, duration, cost and latency; what cannot be read is said."""

    def __init__(self, vm: LibraryViewModel) -> None:
        super().__init__()
        self._vm = vm
        self.fields: dict[str, tuple[QLineEdit, QLineEdit]] = {}
        self.wrong = label("", "wrong")
        flow = FlowLayout(self, M)
        groups = (("Days", "days", ""), *RANGES)
        for words, column, unit in groups:
            flow.addWidget(self._group(words, column, unit))
        flow.addWidget(self.wrong)
        self.wrong.hide()

    def _group(self, words: str, column: str, unit: str) -> QWidget:
        group = QWidget()
        row = QHBoxLayout(group)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(XS)
        row.addWidget(label(f"{words}, {unit}" if unit else words, "muted"))
        ends = (QLineEdit(), QLineEdit())
        for name, field in zip(("from", "to"), ends, strict=True):
            field.setPlaceholderText("2026-11-21" if column == "days" else name)
            field.setAccessibleName(f"{words}, {name}")
            field.setFixedWidth(DAY if column == "days" else BOUND)
            field.editingFinished.connect(self._apply)
            row.addWidget(field)
        self.fields[column] = ends
        return group

    def _apply(self) -> None:
        filters, wrong = self._vm.wish.filters, ""
        for column, ends in self.fields.items():
            texts = [field.text() for field in ends]
            try:
                filters = _with(filters, column, texts)
            except ValueError:
                wrong = WRONG_DAY if column == "days" else WRONG_NUMBER
        self.wrong.setText(wrong)
        self.wrong.setVisible(bool(wrong))
        if not wrong:
            self._vm.narrow(filters)

    def refresh(self) -> None:
        """Show the filters; a field that has the keyboard is left alone."""
        filters = self._vm.wish.filters
        for column, ends in self.fields.items():
            bounds = (
                (filters.since, filters.until) if column == "days" else getattr(filters, column)
            )
            for field, bound in zip(ends, bounds, strict=True):
                words = "" if bound is None else bound if column == "days" else f"{bound:g}"
                if not field.hasFocus() and self.wrong.isHidden() and field.text() != words:
                    field.setText(str(words))


def _with(filters: LibraryFilters, column: str, texts: list[str]) -> LibraryFilters:
    """Return the filters with a range as it is typed.

    Raises:
        ValueError: If it cannot be read.
    """
    if column == "days":
        since, until = (read_day(text) for text in texts)
        return replace(filters, since=since, until=until)
    least, most = (read_bound(text) for text in texts)
    return filters.with_column(column, (least, most))


def _button(words: str, hint: str) -> QPushButton:
    made = QPushButton(words)
    made.setToolTip(hint)
    made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return made


def _nothing(menu: QMenu, words: str) -> QAction:
    action = menu.addAction(words)
    action.setEnabled(False)
    return action
