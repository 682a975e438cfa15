"""The rules by which sessions are put into the trash: tried before they are applied."""

from dataclasses import replace
from typing import Final

from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.core.library import Retention
from app.ui.theme import L, M, S
from app.ui.vm.library_rules import GIGABYTE, RulesViewModel
from app.ui.widgets.fields import Decimal, Number
from app.ui.widgets.labels import label, wrapped

WIDTH: Final = 520
DAYS: Final = range(36_501)
COUNT: Final = range(1_000_001)
EXPLAINED: Final = (
    "Sessions that a rule takes go to the trash, the oldest first, and can be restored from "
    "there. Starred sessions are always kept."
)


class RulesDialog(QDialog):
    """Follows the view-model while it is open."""

    def __init__(self, vm: RulesViewModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._vm = vm
        self.setWindowTitle("Rules of the library")
        self.setMinimumWidth(WIDTH)
        self.age = Number(DAYS, 10, "days", "Never")
        self.room = Decimal((0.0, 100_000.0), 1.0, 1, "GB", "No limit")
        self.count = Number(COUNT, 100, "sessions", "No limit")
        self.trash = Number(range(-1, DAYS.stop), 10, "days", "Never")
        self.by_itself = QCheckBox("Apply after every start, while nobody talks")
        self.words = wrapped("", "section")
        self.names = wrapped("", "muted")
        self.preview = QPushButton("Try")
        self.apply = QPushButton("Apply")
        self.close_button = QPushButton("Close")
        self._show_draft()
        self._arrange()
        self._connect()
        self.refresh()

    def _show_draft(self) -> None:
        draft = self._vm.draft
        self.age.setValue(draft.older_than_days or 0)
        self.room.setValue((draft.most_bytes or 0) / GIGABYTE)
        self.count.setValue(draft.most_sessions or 0)
        empties = draft.empty_trash_after_days
        self.trash.setValue(-1 if empties is None else empties)
        self.by_itself.setChecked(self._vm.by_itself)

    def _arrange(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(L)
        grid.setVerticalSpacing(S)
        for row, (words, field) in enumerate(
            (
                ("To the trash after", self.age),
                ("Keep at most", self.room),
                ("Keep at most", self.count),
                ("Empty the trash after", self.trash),
            )
        ):
            name = label(words)
            name.setBuddy(field)
            field.setAccessibleName(words)
            grid.addWidget(name, row, 0)
            grid.addWidget(field, row, 1)
        grid.setColumnStretch(1, 1)
        self.apply.setObjectName("primary")
        foot = QHBoxLayout()
        foot.setSpacing(S)
        foot.addWidget(self.preview)
        foot.addStretch(1)
        foot.addWidget(self.close_button)
        foot.addWidget(self.apply)
        box = QVBoxLayout(self)
        box.setContentsMargins(L, L, L, L)
        box.setSpacing(M)
        box.addWidget(wrapped(EXPLAINED, "muted"))
        box.addLayout(grid)
        box.addWidget(self.by_itself)
        box.addWidget(self.words)
        box.addWidget(self.names)
        box.addStretch(1)
        box.addLayout(foot)

    def _connect(self) -> None:
        for field in (self.age, self.count, self.trash):
            field.valueChanged.connect(self._changed)
        self.room.valueChanged.connect(self._changed)
        self.by_itself.toggled.connect(self._remember)
        self.preview.clicked.connect(self._vm.preview)
        self.apply.clicked.connect(self._vm.apply)
        self.close_button.clicked.connect(self.reject)
        unsubscribe = self._vm.changed.connect(self.refresh)
        self.finished.connect(lambda _result: (unsubscribe(), self._vm.leave()))

    def _changed(self) -> None:
        empties = self.trash.value()
        self._vm.write(
            replace(
                Retention(),
                older_than_days=self.age.value() or None,
                most_bytes=round(self.room.value() * GIGABYTE) or None,
                most_sessions=self.count.value() or None,
                empty_trash_after_days=None if empties < 0 else empties,
            )
        )

    def _remember(self, on: bool) -> None:  # noqa: FBT001 - Qt's signal says it so
        self._vm.by_itself = on

    def refresh(self) -> None:
        """Show what the rules would do, or did."""
        vm = self._vm
        self.words.setText(vm.words)
        self.words.setVisible(bool(vm.words))
        self.names.setText("\n".join(vm.names))
        self.names.setVisible(bool(vm.names))
        self.apply.setEnabled(vm.ready)
        self.apply.setToolTip("" if vm.ready else "Try them first")

    def reject(self) -> None:
        """Close, and keep the rules as they are written."""
        self._vm.remember()
        super().reject()
