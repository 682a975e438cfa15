"""Beside the table: the chosen session with its title, tags, note, figures, and what to do."""

from collections.abc import Callable
from functools import partial
from typing import Final

from PySide6.QtCore import QEvent, QObject, QStringListModel, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QFocusEvent, QGuiApplication
from PySide6.QtWidgets import (
    QCompleter,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.ui.theme import XS, L, M, S, Theme
from app.ui.vm.library import LibraryViewModel, sessions
from app.ui.vm.library_details import common_tags, facts, heading, headline, together
from app.ui.vm.text import one_line
from app.ui.widgets.labels import Elided, label, say, tip, wrapped
from app.ui.widgets.library_flow import FlowLayout

WIDTH: Final = 300
LEAST: Final = 264
MOST: Final = 400
NOTE: Final = 72
ACTIONS: Final = (
    ("rerun", "Re-run\N{HORIZONTAL ELLIPSIS}", "Send its user's side to another model"),
    ("compare", "Compare", "Two chosen sessions, turn by turn"),
    ("export", "Export\N{HORIZONTAL ELLIPSIS}", "Tables, sound, subtitles, a bundle"),
    ("report", "Report\N{HORIZONTAL ELLIPSIS}", "One page for somebody who was not there"),
    ("verify", "Verify", "Compute the figures anew from the recording alone"),
    ("trash", "Move to trash", "It can be undone (Del)"),
)
IN_TRASH: Final = (
    ("restore", "Restore", "Take it out of the trash"),
    ("delete", "Delete for good\N{HORIZONTAL ELLIPSIS}", "Cannot be undone (Del)"),
)


class NoteEditor(QPlainTextEdit):
    """Keeps what is written when the keyboard leaves it."""

    left = Signal()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.left.emit()


class SidePanel(QWidget):
    """``wanted`` carries the name of what was asked for: "replay", "rerun", "compare" ..."""

    wanted = Signal(str)

    def __init__(self, vm: LibraryViewModel, theme: Theme) -> None:
        super().__init__()
        self._vm = vm
        self._theme = theme
        self._key = ""
        self._tags: tuple[str, ...] = ()
        self.setObjectName("pane")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setMinimumWidth(LEAST)
        self.setMaximumWidth(MOST)
        self.title = wrapped("", "section")
        self.under = wrapped("", "muted")
        self.star = QPushButton()
        self.tag = QLineEdit()
        self.tags = QWidget()
        self.note = NoteEditor()
        self.odd = wrapped("", "wrong")
        self.folder = Elided("muted")
        self.folder_row = QWidget()
        self.buttons: dict[str, QPushButton] = {}
        self.verified = wrapped("", "muted")
        self._flow = FlowLayout(self.tags, XS)
        self._figures = QGridLayout()
        self._words = QStringListModel(self)
        self._prepare()
        self._arrange()
        self._connect()
        self.refresh()

    # --- building

    def _prepare(self) -> None:
        self.star.setCheckable(True)
        self.star.setObjectName("segment")
        self.star.setToolTip("Starred sessions are kept by every rule (S)")
        self.tag.setPlaceholderText("Add a tag")
        self.tag.setAccessibleName("Add a tag")
        self.tag.setMaxLength(60)
        completer = QCompleter(self._words, self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        self.tag.setCompleter(completer)
        self.note.setPlaceholderText("A note")
        self.note.setAccessibleName("Note")
        self.note.setTabChangesFocus(True)
        self.note.setFixedHeight(NOTE)
        self._figures.setHorizontalSpacing(M)
        self._figures.setVerticalSpacing(2)
        self._figures.setColumnStretch(1, 1)

    def _arrange(self) -> None:
        inner = QWidget()
        inner.setObjectName("pane")
        column = QVBoxLayout(inner)
        column.setContentsMargins(L, M, L, M)
        column.setSpacing(S)
        top = QHBoxLayout()
        top.addWidget(self.title, 1)
        top.addWidget(self.star, 0, Qt.AlignmentFlag.AlignTop)
        column.addLayout(top)
        column.addWidget(self.under)
        column.addWidget(self.odd)
        column.addLayout(self._figures)
        column.addSpacing(XS)
        column.addWidget(self.tags)
        column.addWidget(self.tag)
        column.addWidget(self.note)
        column.addWidget(self._folder())
        column.addStretch(1)
        area = QScrollArea()
        area.setObjectName("pane")
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(inner)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addWidget(area, 1)
        box.addWidget(self._actions())

    def _folder(self) -> QWidget:
        row = QHBoxLayout(self.folder_row)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(XS)
        row.addWidget(self.folder, 1)
        for words, hint, call in (
            ("Open", "Open the folder", self._open_folder),
            ("Copy path", "Put the folder's path on the clipboard", self._copy_folder),
        ):
            button = QPushButton(words)
            button.setObjectName("link")
            button.setToolTip(hint)
            button.clicked.connect(call)
            row.addWidget(button)
        return self.folder_row

    def _actions(self) -> QWidget:
        holder = QWidget()
        grid = QGridLayout(holder)
        grid.setContentsMargins(L, S, L, M)
        grid.setSpacing(XS)
        replay = self._action("replay", "Replay", "Show it again as it was (Enter)")
        replay.setObjectName("primary")
        listen = self._action("listen", "Listen", "Hear both sides, or stop (Space)")
        grid.addWidget(replay, 0, 0)
        grid.addWidget(listen, 0, 1)
        for place, (name, words, hint) in enumerate((*ACTIONS, *IN_TRASH), 2):
            button = self._action(name, words, hint)
            grid.addWidget(button, place // 2, place % 2)
        grid.addWidget(self.verified, 9, 0, 1, 2)
        return holder

    def _action(self, name: str, words: str, hint: str) -> QPushButton:
        button = QPushButton(words)
        button.setToolTip(hint)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.clicked.connect(partial(self.wanted.emit, name))
        self.buttons[name] = button
        return button

    def _connect(self) -> None:
        vm = self._vm
        self.star.clicked.connect(vm.star)
        self.tag.returnPressed.connect(self._add_tag)
        self.note.left.connect(self.keep_note)
        self.note.installEventFilter(self)
        vm.selection_changed.connect(self.refresh)
        vm.changed.connect(self._offer)
        self._theme.changed.connect(self.refresh)

    # --- hands

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep what was written when the panel is hidden with the keyboard in it."""
        if watched is self.note and event.type() is QEvent.Type.Hide:
            self.keep_note()
        return super().eventFilter(watched, event)

    def keep_note(self) -> None:
        """Keep what is written."""
        if self._key and self.note.isEnabled():
            self._vm.write_note(self._key, self.note.toPlainText())

    def _add_tag(self) -> None:
        self._vm.tag(*self.tag.text().split(","))
        self.tag.clear()

    def edit_tags(self) -> None:
        """Put the keyboard where tags are written."""
        if self.tag.isVisible():
            self.tag.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _open_folder(self) -> None:
        for folder in self._vm.folders[:1]:
            QDesktopServices.openUrl(QUrl.fromLocalFile(folder))

    def _copy_folder(self) -> None:
        QGuiApplication.clipboard().setText("\n".join(self._vm.folders))

    # --- showing

    def refresh(self) -> None:
        """Show what is chosen."""
        rows = self._vm.selected
        one = rows[0] if len(rows) == 1 and self._vm.selected_n == 1 else None
        key = "" if one is None else one.key
        if key != self._key:
            self.keep_note()
            self._key = key
            self.note.setPlainText("" if one is None else one.note)
            self.say_verified("")
        elif one is not None and not self.note.hasFocus() and self.note.toPlainText() != one.note:
            self.note.setPlainText(one.note)
        self.title.setText(heading(one) if one is not None else sessions(self._vm.selected_n))
        say(self.under, headline(one) if one is not None else self._reading())
        say(self.odd, "" if one is None else "\n".join(one_line(each) for each in one.odd))
        self._show_figures(facts(one) if one is not None else together(rows))
        self.note.setVisible(one is not None)
        self.folder_row.setVisible(one is not None)
        self.folder.say("" if one is None else one.folder)
        self.star.setChecked(bool(rows) and all(row.starred for row in rows))
        self.star.setText(
            "\N{BLACK STAR} Starred" if self.star.isChecked() else "\N{WHITE STAR} Star"
        )
        self._show_tags(common_tags(rows))
        self._allow()

    def _reading(self) -> str:
        if self._vm.all_known:
            return ""
        return "Reading them\N{HORIZONTAL ELLIPSIS}"

    def _show_figures(self, pairs: tuple[tuple[str, str], ...]) -> None:
        while (item := self._figures.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for row, (name, words) in enumerate(pairs):
            value = Elided()
            value.say(words)
            self._figures.addWidget(label(name, "muted"), row, 0)
            self._figures.addWidget(value, row, 1)

    def _show_tags(self, tags: tuple[str, ...]) -> None:
        if tags == self._tags and self._flow.count():
            return
        self._tags = tags
        while (item := self._flow.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for tag in tags:
            shown = one_line(tag, limit=40)
            button = QPushButton(f"{shown.replace('&', '&&')}  \N{MULTIPLICATION SIGN}")
            button.setObjectName("filterchip")
            button.setToolTip(tip(f"Take the tag {shown} away"))
            button.clicked.connect(partial(self._vm.untag, tag))
            self._flow.addWidget(button)
        self.tags.setVisible(bool(tags))
        self.tags.updateGeometry()

    def _offer(self) -> None:
        """Complete with the tags that there are."""
        words = [name for name, _count in self._vm.facets.tags]
        if words != self._words.stringList():
            self._words.setStringList(words)

    def _allow(self) -> None:
        vm, count = self._vm, self._vm.selected_n
        trash, known = vm.wish.in_trash, vm.all_known
        allowed: dict[str, Callable[[], bool]] = {
            "replay": lambda: count == 1,
            "listen": lambda: count == 1,
            "rerun": lambda: count == 1,
            "verify": lambda: count == 1,
            "compare": lambda: count == 2,  # noqa: PLR2004 - two sides
        }
        there = {name for name, *_ in IN_TRASH} if trash else {name for name, *_ in ACTIONS}
        for name, button in self.buttons.items():
            button.setVisible(name in there or (name in {"replay", "listen"} and not trash))
            button.setEnabled(known and allowed.get(name, lambda: True)())
        for field in (self.tag, self.note, self.star):
            field.setEnabled(known and not trash)

    def say_verified(self, words: str, *, bad: bool = False) -> None:
        """Say what a check of the recording came to."""
        self.verified.setObjectName("wrong" if bad else "muted")
        self.verified.style().unpolish(self.verified)
        self.verified.style().polish(self.verified)
        say(self.verified, words)
