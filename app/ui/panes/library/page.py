"""The library's page: what was recorded, found again, and what can be done with it."""

from functools import cached_property
from typing import Final

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QMenu,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.ui.panes.library.filters import FiltersBar
from app.ui.panes.library.side import ACTIONS, IN_TRASH, LEAST, MOST, WIDTH, SidePanel
from app.ui.panes.library.table import LibraryTable
from app.ui.theme import L, M, S, Theme
from app.ui.vm.library import LibraryViewModel
from app.ui.widgets.labels import Elided, label, say, tip, wrapped

EMPTIES: Final = {
    "sessions": (
        "No session is recorded yet.",
        "Every conversation is kept here, with both sides' sound and words.",
        "Talk",
    ),
    "found": ("Nothing was found.", "No session holds to all of this.", "Clear filters"),
    "trash": ("The trash is empty.", "", "Back to the library"),
}
BESIDE: Final = ((1_500, MOST), (1_000, WIDTH), (0, LEAST))
"""Widths of the page from which the panel is so wide."""
WAITING: Final = "Reading the library."
KEYS: Final = {
    Qt.Key.Key_Return: "replay",
    Qt.Key.Key_Enter: "replay",
    Qt.Key.Key_Space: "listen",
    Qt.Key.Key_Delete: "trash",
    Qt.Key.Key_S: "star",
    Qt.Key.Key_T: "tags",
}


class LibraryPage(QWidget):
    """``wanted`` carries what is asked for: a name of ``ACTIONS``, "import", "rules", "talk" ..."""

    wanted = Signal(str)

    def __init__(self, vm: LibraryViewModel, theme: Theme) -> None:
        super().__init__()
        self._vm = vm
        self.table = LibraryTable(vm, theme)
        self.filters = FiltersBar(vm, theme, self.table.setFocus)
        self.side = SidePanel(vm, theme)
        self.empty = _Empty()
        self.trash_words = label("Trash", "section")
        self.footer = Elided("muted")
        self.trash = QPushButton()
        self.told = ToldBar(vm)
        self.problem = wrapped("", "wrong")
        self.carry_in = QPushButton("Import\N{HORIZONTAL ELLIPSIS}")
        self.rules = QPushButton("Rules\N{HORIZONTAL ELLIPSIS}")
        self.empty_trash = QPushButton("Empty trash\N{HORIZONTAL ELLIPSIS}")
        self._pages = QStackedWidget()
        self._split = QSplitter(Qt.Orientation.Horizontal)
        self._waits_for_rows = False
        self._arrange()
        self._connect()
        self.side.hide()
        self.refresh()

    def _arrange(self) -> None:
        for button, hint in (
            (self.carry_in, "Take the sessions of a bundle in; or drop its file here"),
            (self.rules, "What is put into the trash by itself"),
            (self.empty_trash, "Delete what is in the trash for good"),
            (self.trash, "Show what was moved to the trash, or the library again"),
        ):
            button.setToolTip(hint)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.trash.setObjectName("segment")
        self.trash.setCheckable(True)
        for button in (self.carry_in, self.rules):
            self.filters.beside.addWidget(button)
        self._pages.addWidget(self.table)
        self._pages.addWidget(self.empty)
        self._split.setChildrenCollapsible(False)
        self._split.addWidget(self._pages)
        self._split.addWidget(self.side)
        self._split.setStretchFactor(0, 1)
        above = QHBoxLayout()
        above.addWidget(self.trash_words, 1)
        above.addWidget(self.empty_trash)
        foot = QHBoxLayout()
        foot.setSpacing(M)
        foot.addWidget(self.footer, 1)
        foot.addWidget(self.trash)
        box = QVBoxLayout(self)
        box.setContentsMargins(L, M, L, S)
        box.setSpacing(S)
        box.addWidget(self.filters)
        box.addLayout(above)
        box.addWidget(self._split, 1)
        box.addWidget(self.problem)
        box.addWidget(self.told)
        box.addLayout(foot)

    def _connect(self) -> None:
        vm = self._vm
        self.carry_in.clicked.connect(lambda: self.wanted.emit("import"))
        self.rules.clicked.connect(lambda: self.wanted.emit("rules"))
        self.empty_trash.clicked.connect(lambda: self.wanted.emit("empty"))
        self.trash.clicked.connect(lambda on: vm.show_trash(shown=on))
        self.empty.button.clicked.connect(self._out_of_empty)
        self.side.wanted.connect(self.wanted)
        self.table.key_pressed.connect(self._key)
        self.table.star_pressed.connect(self._star_one)
        self.table.doubleClicked.connect(lambda _index: self.wanted.emit("replay"))
        self.table.customContextMenuRequested.connect(self._menu)
        vm.changed.connect(self.refresh)
        vm.pages.reset.connect(self.refresh)
        vm.selection_changed.connect(self._show_side)
        vm.choose_wanted.connect(self._choose)

    # --- hands

    def _key(self, key: int) -> None:
        name = KEYS[Qt.Key(key)]
        if name == "star":
            self._vm.star()
        elif name == "tags":
            self.side.edit_tags()
        elif name == "trash" and self._vm.wish.in_trash:
            self.wanted.emit("delete")
        else:
            self.wanted.emit(name)

    def _star_one(self, index: int) -> None:
        row = self._vm.pages.row(index)
        if row is not None and not self._vm.wish.in_trash:
            self._vm.star_one(row)

    def _choose(self, keys: tuple[str, ...]) -> None:
        self.table.choose(keys)
        self.table.setFocus()

    def make_menu(self) -> QMenu:
        """Return what can be done with the chosen sessions, as the panel offers it."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        actions = (("replay", "Replay", ""), ("listen", "Listen", ""), *ACTIONS, *IN_TRASH)
        for name, words, hint in actions:
            button = self.side.buttons[name]
            if not button.isHidden():
                action = menu.addAction(button.text() or words)
                action.setToolTip(hint)
                action.setEnabled(button.isEnabled())
                action.triggered.connect(button.click)
        menu.addSeparator()
        star = menu.addAction("Star, or take the star away")
        star.setEnabled(self.side.star.isEnabled() and bool(self._vm.selected))
        star.triggered.connect(self._vm.star)
        return menu

    def _menu(self, at: QPoint) -> None:
        if self._vm.selected_n:
            self.make_menu().popup(self.table.viewport().mapToGlobal(at))

    def _out_of_empty(self) -> None:
        why = self._vm.empty
        if why == "found":
            self.filters.clear()
        elif why == "trash":
            self._vm.show_trash(shown=False)
        else:
            self.wanted.emit("talk")

    def search(self) -> None:
        """Put the keyboard into the search field."""
        self._waits_for_rows = False
        self.filters.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.filters.search.selectAll()

    def escape(self) -> bool:
        """Leave the field that has the keyboard; False if none has."""
        if self.filters.escape():
            return True
        holder = QApplication.focusWidget()
        if holder is self.table or not (holder is not None and self.isAncestorOf(holder)):
            return False
        self.table.setFocus()
        return True

    # --- showing

    def refresh(self) -> None:
        """Show what is known now."""
        vm = self._vm
        trash, why = vm.wish.in_trash, vm.empty
        self._pages.setCurrentWidget(self.empty if why or vm.waiting else self.table)
        self.empty.say(*EMPTIES.get(why, (WAITING, "", "")))
        self.trash_words.setVisible(trash)
        self.empty_trash.setVisible(trash)
        self.empty_trash.setEnabled(bool(vm.pages.total))
        self.footer.say(vm.footer)
        self.trash.setText(f"Trash ({vm.trash_n:,})" if vm.trash_n else "Trash")
        self.trash.setChecked(trash)
        say(self.problem, vm.problem)
        if self._pages.currentWidget() is self.table and self._waits_for_rows:
            self._waits_for_rows = False
            self.table.setFocus()
        self._show_side()

    def take_keyboard(self) -> None:
        """Have the keyboard in the table, now or once there are rows."""
        self._waits_for_rows = self._pages.currentWidget() is not self.table
        self.table.setFocus()

    def _show_side(self) -> None:
        shown = self._vm.selected_n > 0 and self._pages.currentWidget() is self.table
        if shown and self.side.isHidden():
            self.side.show()
            beside = next(wide for least, wide in BESIDE if self.width() >= least)
            self._split.setSizes([self.width() - beside, beside])
        elif not shown:
            self.side.hide()


class _Empty(QWidget):
    """What stands where the rows would: why there is none, and what to do."""

    def __init__(self) -> None:
        super().__init__()
        self.title = label("", "empty")
        self.words = label("", "muted")
        self.button = QPushButton()
        self.button.setObjectName("primary")
        box = QVBoxLayout(self)
        box.setSpacing(S)
        box.addStretch(1)
        for widget in (self.title, self.words, self.button):
            box.addWidget(widget, 0, Qt.AlignmentFlag.AlignHCenter)
        box.addStretch(2)

    def say(self, title: str, words: str, button: str) -> None:
        """Show other words."""
        self.title.setText(title)
        say(self.words, words)
        self.button.setText(button)
        self.button.setVisible(bool(button))


class ToldBar(QFrame):
    """What became of the last deed, with a button that takes it back."""

    def __init__(self, vm: LibraryViewModel) -> None:
        super().__init__()
        self._vm = vm
        self.setObjectName("notice")
        self.words = Elided("noticewords")
        self.undo = QPushButton("Undo")
        self.shut = QPushButton("Dismiss")
        self.shut.setObjectName("link")
        row = QHBoxLayout(self)
        row.setContentsMargins(M, S // 2, S, S // 2)
        row.setSpacing(S)
        row.addWidget(self.words, 1)
        row.addWidget(self.undo)
        row.addWidget(self.shut)
        self.undo.clicked.connect(vm.undo)
        self.shut.clicked.connect(vm.dismiss)
        vm.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show what is told."""
        told = self._vm.told
        self.setVisible(told is not None)
        if told is not None:
            self.words.say(told.words)
            self.words.setToolTip(tip(told.words))
            self.setAccessibleName(f"Notice: {told.words}")
            self.undo.setVisible(bool(told.undo))
            if self.property("grave") is not told.bad:
                self.setProperty("grave", told.bad)
                self.style().unpolish(self)
                self.style().polish(self)


class LibraryPane(QWidget):
    """Holds the page, which is made when it is first shown."""

    wanted = Signal(str)

    def __init__(self, vm: LibraryViewModel, theme: Theme) -> None:
        super().__init__()
        self._vm = vm
        self._theme = theme
        self.setObjectName("page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(0, 0, 0, 0)

    @cached_property
    def page(self) -> LibraryPage:
        """The page."""
        made = LibraryPage(self._vm, self._theme)
        made.wanted.connect(self.wanted)
        self._box.addWidget(made)
        made.show()  # what is added while its parent is being shown is not shown with it
        return made

    def say_listening(self, *, listening: bool) -> None:
        """Have the button stop what it began; a page that was never shown has none."""
        if "page" in vars(self):
            self.page.side.buttons["listen"].setText("Stop" if listening else "Listen")

    def escape(self) -> bool:
        """Leave a field of the page; False if there is none to leave."""
        return self.isVisible() and self.page.escape()

    def showEvent(self, event: QShowEvent) -> None:
        self.page.take_keyboard()
        self._vm.open()
        super().showEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        self._vm.close()
        super().hideEvent(event)
