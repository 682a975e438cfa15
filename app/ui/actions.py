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
    Command("escape", "Stop what plays, stop the reply, else end the session", "Esc"),
    Command("stop", "End the session"),
    Command("type", "Type a message", "Ctrl+T"),
    Command("enter_key", "Enter a key"),
    Command("endpoint", "Edit your own endpoint"),
    Command("files", "Choose sound files as microphone"),
    Command("devices", "Look again: for sound devices, elsewhere for sessions", "F5"),
    Command("copy", "Copy the conversation", "Ctrl+Shift+C"),
    Command("end", "Go to the newest entry", "Ctrl+End"),
    Command("follow", "Follow the turn lanes"),
    Command("previous_turn", "Previous turn", "Alt+Left"),
    Command("next_turn", "Next turn", "Alt+Right"),
    Command("newest_turn", "Newest turn", "Alt+End"),
    Command("play_turn", "Mark and play this turn's voice to voice, or stop", "Ctrl+P"),
    Command("view_turns", "Session over the turns", "Alt+1"),
    Command("view_distribution", "Session as a distribution", "Alt+2"),
    Command("view_figures", "Session in figures", "Alt+3"),
    Command("details", "All figures of this turn", "Alt+4"),
    Command("view_cost", "Cost per turn", "Alt+5"),
    Command("metric", "Choose the metric whose figures are shown", "Alt+M"),
    Command("verify", "Check the session against its recording", "Ctrl+Shift+V"),
    Command("page_live", "Live page", "Ctrl+1"),
    Command("page_library", "Library page: every recorded session", "Ctrl+2"),
    Command("page_compare", "Compare page", "Ctrl+3"),
    Command("page_battery", "Battery page: interruptions and endpointing", "Ctrl+4"),
    Command("page_settings", "Settings page", "Ctrl+5"),
    Command("find", "Search the library", "Ctrl+F"),
    Command("undo", "Take back what was moved to the trash last", "Ctrl+Z"),
    Command("import", "Import a bundle of sessions", "Ctrl+O"),
    Command("rules", "Rules of the library: what goes to the trash by itself"),
    Command("rebuild", "Make the library's index anew from the folders"),
    Command("replay_play", "Replay: play or pause"),
    Command("replay_back", "Replay: 5 s back", "Left"),
    Command("replay_forth", "Replay: 5 s on", "Right"),
    Command("replay_previous", "Replay: previous turn", "Ctrl+Left"),
    Command("replay_next", "Replay: next turn", "Ctrl+Right"),
    Command("replay_loop", "Replay: repeat the turn that is heard", "L"),
    Command("replay_close", "Replay: close it"),
    Command("microphone", "Test the microphone", "Ctrl+Shift+M"),
    Command("tools", "Tools that the model may call", "Ctrl+Shift+T"),
    Command("calls", "Tool calls of this session", "Ctrl+Shift+K"),
    Command("prices", "Prices of models, with their sources and dates", "Ctrl+Shift+P"),
    Command("projection", "What would it cost? Sessions a day, minutes, turns", "Ctrl+Shift+B"),
    Command("consent", "Note who agrees to being recorded", "Ctrl+Shift+A"),
    Command("privacy", "What is recorded: privacy settings"),
    Command("export", "Export this session", "Ctrl+E"),
    Command("report", "Report on this session", "Ctrl+Shift+R"),
    Command("calibrate", "Calibrate the measurement"),
    Command("connection", "The connection, stage by stage", "Ctrl+I"),
    Command("layout", "Reset layout"),
    Command("theme", "Switch between light and dark", "Ctrl+Shift+L"),
    Command("palette", "All commands", "Ctrl+K"),
    Command("full_screen", "Full screen", "F11"),
    Command("shortcuts", "Keyboard shortcuts", "?"),
    Command("quit", "Close the window", "Ctrl+Q"),
)
# Handled where keys go down and up, so that they have no action; they are in the help.
HELD = (
    ("Space", "Start; while a session runs, hold to talk (F2 does from a field, too)"),
    ("Space", "In a replay, play or pause; in the library, listen"),
    ("Enter", "Send the message; mark and play a figure; replay a session"),
    ("Del", "In the library, move to the trash; S stars, T writes tags"),
)


def _without_arguments(handler: Callable[[], object]) -> Callable[[], None]:
    """Return a call that Qt does not hand the action's check mark to."""

    def call() -> None:
        handler()

    return call


def make_actions(
    owner: QWidget, handlers: Mapping[str, Callable[[], object]]
) -> dict[str, QAction]:
    """Return an action per command; ``handlers`` has one call for each name."""
    made = {}
    for command in COMMANDS:
        action = QAction(command.words, owner)
        if command.keys is not None:
            action.setShortcut(QKeySequence(command.keys))
        action.triggered.connect(_without_arguments(handlers[command.name]))
        owner.addAction(action)
        made[command.name] = action
    return made
