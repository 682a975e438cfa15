"""What is said of sound devices that go, come and change: one sentence each."""

_NOTICED_MS = 1.0


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
    return f"{name} was plugged in."


def _of(word: str, name: str) -> str:
    return f"default {word}" if name == "default" else f"{word} {name}"


def _other(word: str, name: str) -> str:
    return f"the default {word}" if name == "default" else name
