from dataclasses import fields
from itertools import product

import pytest
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.core.resources import resource
from app.ui.theme import DARK, LIGHT, Roles, Theme, apply, dark_wanted, font, icon
from app.ui.vm.preferences import ThemeChoice

GROUNDS = ("surface", "raised", "sunken")
WORDS = ("text", "muted", "accent", "you", "model", "good", "fair", "poor", "unknown", "focus")


def luminance(colour: str) -> float:
    def channel(value: float) -> float:
        return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4

    made = QColor(colour)
    red, green, blue = (channel(each) for each in (made.redF(), made.greenF(), made.blueF()))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("roles", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("words", "ground"), list(product(WORDS, GROUNDS)))
def test_words_can_be_read(roles: Roles, words: str, ground: str) -> None:
    assert contrast(getattr(roles, words), getattr(roles, ground)) >= 4.5


@pytest.mark.parametrize("roles", [LIGHT, DARK], ids=["light", "dark"])
def test_words_on_the_accent_can_be_read(roles: Roles) -> None:
    assert contrast(roles.on_accent, roles.accent) >= 4.5


@pytest.mark.parametrize("roles", [LIGHT, DARK], ids=["light", "dark"])
def test_every_role_is_a_colour(roles: Roles) -> None:
    assert all(QColor(getattr(roles, field.name)).isValid() for field in fields(Roles))


@pytest.mark.parametrize(("choice", "dark"), [(ThemeChoice.LIGHT, False), (ThemeChoice.DARK, True)])
def test_a_chosen_theme_does_not_ask_the_desktop(
    qapp: QApplication, choice: ThemeChoice, *, dark: bool
) -> None:
    assert dark_wanted(choice, qapp) is dark


def test_digits_have_equal_widths(qtbot: QtBot, qapp: QApplication) -> None:
    apply(qapp, LIGHT)

    assert font(13).featureValue(font(13).featureTags()[0]) == 1


@pytest.mark.parametrize("name", sorted(path.stem for path in resource("icons").glob("*.svg")))
def test_every_icon_is_drawn(qapp: QApplication, name: str) -> None:
    image = icon(name, "#000000").pixmap(20, 20).toImage()

    opaque = sum(
        image.pixelColor(x, y).alpha() > 0
        for x in range(image.width())
        for y in range(image.height())
    )
    assert opaque > 10


def test_only_another_theme_is_told(qapp: QApplication) -> None:
    theme = Theme()
    told: list[bool] = []
    theme.changed.connect(lambda: told.append(True))

    theme.use(LIGHT)
    theme.use(DARK)

    assert (told, theme.dark) == ([True], True)
