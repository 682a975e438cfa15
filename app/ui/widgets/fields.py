"""Fields that stand on pages that scroll: the wheel changes one only while it has the keyboard."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QSpinBox, QWidget

from app.ui.theme import S

WIDTH = 320


def _calm(field: QWidget) -> None:
    field.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    field.setMaximumWidth(WIDTH)


class Choice(QComboBox):
    """A list of words, one of them chosen; ``activated`` tells that the user chose."""

    def __init__(self, words: tuple[str, ...] = ()) -> None:
        super().__init__()
        self.addItems(list(words))
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        _calm(self)

    def offer(self, words: tuple[str, ...], index: int) -> None:
        """Offer these words, one of them chosen."""
        if tuple(self.itemText(row) for row in range(self.count())) != words:
            self.clear()
            self.addItems(list(words))
        self.setCurrentIndex(index)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class Number(QSpinBox):
    """A whole number; ``least`` words stand in place of the smallest where given."""

    def __init__(self, allowed: range, step: int, unit: str, least: str = "") -> None:
        super().__init__()
        self.setRange(allowed.start, allowed.stop - 1)
        self.setSingleStep(step)
        self.setSuffix(f" {unit}" if unit else "")
        self.setSpecialValueText(least)
        self.setKeyboardTracking(False)
        self.lineEdit().setTextMargins(S, 0, S, 0)
        _calm(self)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class Decimal(QDoubleSpinBox):
    """A number with ``decimals``; ``least`` words stand in place of the smallest where given."""

    def __init__(
        self, bounds: tuple[float, float], step: float, decimals: int, unit: str, least: str = ""
    ) -> None:
        super().__init__()
        self.setDecimals(decimals)
        self.setRange(*bounds)
        self.setSingleStep(step)
        self.setSuffix(f" {unit}" if unit else "")
        self.setSpecialValueText(least)
        self.setKeyboardTracking(False)
        self.lineEdit().setTextMargins(S, 0, S, 0)
        _calm(self)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()
