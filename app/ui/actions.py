"""Everything that can be done, in one table: menus, keys, palette and help come from it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget


@dataclass(frozen=True, slots=True)
class Command:
    """One thing that can be done. ``keys`` None: it has no key of its own."""

    name: str
    words: str
    keys: str | None = None


COMMANDS = (
    Command("talk", "Start a session"),
    Command("mute", "Mute or open the microphone", "M"),
    Command("escape", "Interrupt the reply, else end the session", "Esc"),
    Command("stop", "End the session"),
    Command("type", "Type a message", "Ctrl+T"),
    Command("enter_key", "Enter a key"),
    Command("endpoint", "Edit your own endpoint"),
    Command("files", "Choose sound files as microphone"),
    Command("devices", "Look for sound devices again", "F5"),
    Command("copy", "Copy the conversation", "Ctrl+Shift+C"),
    Command("end", "Go to the newest entry", "Ctrl+End"),
    Command("follow", "Follow the turn lanes"),
    Command("page_live", "Live page", "Ctrl+1"),
    Command("page_settings", "Settings page", "Ctrl+2"),
    Command("layout", "Reset layout"),
    Command("theme", "Switch between light and dark", "Ctrl+Shift+L"),
    Command("palette", "All commands", "Ctrl+K"),
    Command("full_screen", "Full screen", "F11"),
    Command("shortcuts", "Keyboard shortcuts", "?"),
    Command("quit", "Close the window", "Ctrl+Q"),
)
# Handled where keys go down and up, so that they have no action; they are in the help.
HELD = (("Space", "Start; while a session runs, hold to talk"), ("Enter", "Send the message"))


def make_actions(owner: QWidget, handlers: Mapping[str, Callable[[], None]]) -> dict[str, QAction]:
    """Return an action per command; ``handlers`` has one call for each name."""
    made = {}
    for command in COMMANDS:
        action = QAction(command.words, owner)
        if command.keys is not None:
            action.setShortcut(QKeySequence(command.keys))
        action.triggered.connect(handlers[command.name])
        owner.addAction(action)
        made[command.name] = action
    return made
