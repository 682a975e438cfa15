"""Envelopes as pictures: a column for each pixel of the screen, filled from the middle."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from app.ui.vm.lanes import Envelope

LOUDNESS: Final = 2 / 3


def columns_of(area: QRectF, ratio: float) -> int:
    """Return how many pixels of the screen ``area`` is wide; ``ratio`` is theirs to a unit."""
    return max(round(area.width() * ratio), 1)


def draw_wave(
    painter: QPainter, area: QRectF, values: Envelope, colour: QColor, ratio: float
) -> None:
    """Draw peaks around the middle of ``area``; heights are peaks to the power of 2/3.

    So quiet speech can be seen beside loud speech; silence leaves nothing.
    """
    tall = max(round(area.height() * ratio), 2)
    reach = np.power(values, LOUDNESS, dtype=np.float32) * (tall / 2)
    rows = np.abs(np.arange(tall, dtype=np.float32) - (tall - 1) / 2)
    pixels: NDArray[np.uint32] = np.zeros((tall, len(values)), np.uint32)
    np.copyto(pixels, np.uint32(colour.rgba()), where=rows[:, None] < reach[None, :])
    picture = QImage(
        pixels.data, len(values), tall, 4 * len(values), QImage.Format.Format_ARGB32_Premultiplied
    )
    picture.setDevicePixelRatio(ratio)
    painter.drawImage(QPointF(area.left(), area.top()), picture)
