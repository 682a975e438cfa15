"""Colours as roles, sizes and spaces: the one place that knows them."""

from dataclasses import dataclass, fields
from string import Template
from typing import Final

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication

from app.core.observe import Signal
from app.core.resources import resource
from app.ui.vm.preferences import ThemeChoice

SMALL: Final = 11
BODY: Final = 13
LARGE: Final = 15
TITLE: Final = 20
HEADLINE: Final = 34

XS: Final = 4
S: Final = 8
M: Final = 12
L: Final = 16
XL: Final = 24
RADIUS: Final = 6
HIT: Final = 28
FRAME_MS: Final = 33
STYLE: Final = "fusion"


@dataclass(frozen=True, slots=True, kw_only=True)
class Roles:
    """One theme: a colour for each role, as ``#rrggbb``.

    ``text`` and the roles below it stand on ``surface`` and ``raised`` at 4.5:1 or more;
    ``line`` is a hairline and carries no meaning of its own.
    """

    surface: str
    raised: str
    sunken: str
    line: str
    text: str
    muted: str
    accent: str
    on_accent: str
    you: str
    model: str
    good: str
    fair: str
    poor: str
    unknown: str
    focus: str


LIGHT = Roles(
    surface="#f6f7f8",
    raised="#ffffff",
    sunken="#eceef0",
    line="#d7dadd",
    text="#16191d",
    muted="#59616b",
    accent="#0b66c3",
    on_accent="#ffffff",
    you="#8a4b00",
    model="#00697a",
    good="#1b6e3c",
    fair="#7d5700",
    poor="#b3261e",
    unknown="#626a74",
    focus="#0b66c3",
)
DARK = Roles(
    surface="#14171b",
    raised="#1c2025",
    sunken="#0f1215",
    line="#31373e",
    text="#e8eaed",
    muted="#9aa3ad",
    accent="#6cb2ff",
    on_accent="#08121d",
    you="#f2b366",
    model="#5fcbdc",
    good="#7ccf97",
    fair="#e3bd5c",
    poor="#ff8a80",
    unknown="#98a1ab",
    focus="#6cb2ff",
)


def dark_wanted(choice: ThemeChoice, app: QApplication) -> bool:
    """Return whether the dark theme is to be used; the desktop decides where it is asked."""
    if choice is not ThemeChoice.SYSTEM:
        return choice is ThemeChoice.DARK
    return app.styleHints().colorScheme() is Qt.ColorScheme.Dark


def font(size: int, *, strong: bool = False) -> QFont:
    """Return the platform's font at ``size`` pixels, with digits of equal width."""
    made = QFont(QApplication.font())
    made.setPixelSize(size)
    made.setWeight(QFont.Weight.DemiBold if strong else QFont.Weight.Normal)
    made.setFeature(QFont.Tag("tnum"), 1)
    return made


def palette(roles: Roles) -> QPalette:
    """Return the Qt palette of a theme."""
    made = QPalette()
    plan = {
        QPalette.ColorRole.Window: roles.surface,
        QPalette.ColorRole.WindowText: roles.text,
        QPalette.ColorRole.Base: roles.raised,
        QPalette.ColorRole.AlternateBase: roles.sunken,
        QPalette.ColorRole.Text: roles.text,
        QPalette.ColorRole.Button: roles.raised,
        QPalette.ColorRole.ButtonText: roles.text,
        QPalette.ColorRole.BrightText: roles.poor,
        QPalette.ColorRole.Highlight: roles.accent,
        QPalette.ColorRole.HighlightedText: roles.on_accent,
        QPalette.ColorRole.Link: roles.accent,
        QPalette.ColorRole.ToolTipBase: roles.raised,
        QPalette.ColorRole.ToolTipText: roles.text,
        QPalette.ColorRole.PlaceholderText: roles.muted,
        QPalette.ColorRole.Mid: roles.line,
    }
    for role, colour in plan.items():
        made.setColor(role, QColor(colour))
    for role in (QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, role, QColor(roles.unknown))
    return made


def style_sheet(roles: Roles) -> str:
    """Return the style sheet of a theme, from its template among the resources."""
    values = {field.name: getattr(roles, field.name) for field in fields(Roles)}
    sizes = {"small": SMALL, "body": BODY, "large": LARGE, "title": TITLE, "radius": RADIUS}
    spaces = {"xs": XS, "s": S, "m": M, "l": L, "hit": HIT}
    template = Template(resource("theme", "window.qss").read_text("utf-8"))
    return template.substitute(
        values,
        **sizes,
        **spaces,
        icons=resource("icons").as_posix(),
        shade="dark" if roles is DARK else "light",
    )


def icon(name: str, colour: str, *, size: int = 20) -> QIcon:
    """Return a bundled icon drawn in ``colour``, sharp at 1, 2 and 3 device pixels."""
    source = resource("icons", f"{name}.svg").read_text("utf-8").replace("currentColor", colour)
    renderer = QSvgRenderer(QByteArray(source.encode()))
    made = QIcon()
    for ratio in (1, 2, 3):
        pixmap = QPixmap(QSize(size * ratio, size * ratio))
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        renderer.render(painter, QRectF(pixmap.rect()))
        painter.end()
        pixmap.setDevicePixelRatio(ratio)
        made.addPixmap(pixmap)
    return made


class Theme:
    """The theme in use, handed to everything that paints.

    Signals:
        changed: Another theme is in use; paint anew.
    """

    def __init__(self, roles: Roles = LIGHT) -> None:
        self.roles = roles
        self.changed = Signal[()]()
        self._icons: dict[tuple[str, str], QIcon] = {}
        self._colours: dict[str, QColor] = {}

    def use(self, roles: Roles) -> None:
        """Use ``roles`` from now on."""
        if roles is not self.roles:
            self.roles = roles
            self._colours.clear()
            self.changed.emit()

    @property
    def dark(self) -> bool:
        """Whether the dark theme is in use."""
        return self.roles is DARK

    def colour(self, role: str) -> QColor:
        """Return the colour of a role by its name: one of the caller's own."""
        if role not in self._colours:
            self._colours[role] = QColor(getattr(self.roles, role))
        return QColor(self._colours[role])

    def icon(self, name: str, role: str = "text") -> QIcon:
        """Return a bundled icon in the colour of a role."""
        colour = getattr(self.roles, role)
        if (name, colour) not in self._icons:
            self._icons[name, colour] = icon(name, colour)
        return self._icons[name, colour]


def ground(app: QApplication, roles: Roles) -> None:
    """Set what sizes and colours come from: style, font and palette."""
    if not app.styleSheet() and app.style().name() != STYLE:
        app.setStyle(STYLE)
    base = QFont(app.font())
    base.setPixelSize(BODY)
    app.setFont(base)
    app.setPalette(palette(roles))


def apply(app: QApplication, roles: Roles) -> None:
    """Dress the whole application. What is built before it is dressed once, and so sooner."""
    ground(app, roles)
    app.setStyleSheet(style_sheet(roles))
