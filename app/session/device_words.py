"""What is said of sound devices that go, come and change: one sentence each.

A device's name is foreign: it is told in one printable line of bounded length.
"""

from app.session.tool_texts import quoted

_NOTICED_MS = 1.0
_NAME_LENGTH = 100


def lost_words(word: str, name: str) -> str:
    """Return what is said when a device gives or takes no audio any more.

    Args:
        word: "microphone" or "loudspeaker".
        name: The device's.
    """
    what = "hears nothing" if word == "microphone" else "is not heard"
    return f"The {_of(word, name)} was lost; the session goes on, {what} and looks for it."


def back_words(word: str, name: str, lost: str, gap_ms: float) -> str:
    """Return what is said when audio flows again.

    Args:
        word: "microphone" or "loudspeaker".
        name: The device that is used now.
        lost: The one that was lost before, or "" where another was asked for.
        gap_ms: How long there was none.
    """
    missing = f"; {gap_ms / 1000:.1f} s are missing" if gap_ms >= _NOTICED_MS else ""
    if lost and lost == name:
        return f"The {_of(word, name)} is back{missing}."
    if lost:
        return f"The {_of(word, lost)} is away: {_other(word, name)} is used meanwhile{missing}."
    return f"The {word} is now {_other(word, name)}{missing}."


def offer_words(name: str) -> str:
    """Return what is said of a device that was plugged in."""
    return f"{quoted(name, _NAME_LENGTH)} was plugged in."


def refused_words(word: str, name: str, reason: str) -> str:
    """Return what is said of a device that was asked for and cannot be used."""
    return f"The {_of(word, name)} cannot be used: {quoted(reason)}."


def _of(word: str, name: str) -> str:
    return f"default {word}" if name == "default" else f"{word} {quoted(name, _NAME_LENGTH)}"


def _other(word: str, name: str) -> str:
    return f"the default {word}" if name == "default" else quoted(name, _NAME_LENGTH)
