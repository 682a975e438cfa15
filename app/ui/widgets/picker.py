"""A combo box that shortens its words with an ellipsis where room is short."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import (
    QComboBox,
    QSizePolicy,
    QStyle,
    QStyleOptionComboBox,
    QStylePainter,
)

from app.ui.widgets.labels import tip


class Picker(QComboBox):
    """Keeps the keyboard where it is when it is clicked.

    On Linux a combo's accessible name is its value, so what it is for is its description.
    """

    def __init__(self, name: str, hint: str) -> None:
        super().__init__()
        self._hint = hint
        self._name = name
        self._purpose = hint
        self._warning = ""
        self.setAccessibleName(name)
        self.setAccessibleDescription(f"{name}. {hint}")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(6)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def explain(self, words: str) -> None:
        """Say on hover why it cannot be used; "" says what it is for."""
        self._hint = words or self._purpose
        self.setAccessibleDescription(f"{self._name}. {self._hint}")

    def warn(self, words: str) -> None:
        """Wear a warning, which stands before the chosen words; "" takes it off."""
        if words == self._warning:
            return
        self._warning = words
        self.setProperty("lost", bool(words))
        self.style().unpolish(self)
        self.style().polish(self)
        self.setAccessibleDescription(
            f"{self._name}. {words}. {self._hint}" if words else f"{self._name}. {self._hint}"
        )
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QStylePainter(self)
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        room = self.style().subControlRect(
            QStyle.ComplexControl.CC_ComboBox, option, QStyle.SubControl.SC_ComboBoxEditField, self
        )
        words = option.currentText
        if self._warning:
            words = f"{self._warning}: {words}"
        short = self.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, room.width())
        option.currentText = short
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
        painter.end()
        hover = self._hint if short == words else f"{words}\n{self._hint}"
        if self.toolTip() != tip(hover):
            self.setToolTip(tip(hover))
