"""Why a turn is marked or left out: the codes of the turn table, in words for people."""

from typing import Final

from app.core.turn_record import ClientLimit
from app.ui.vm.text import one_line

JOINT: Final = "+"
LIMIT_WORDS: Final[dict[str, str]] = {
    ClientLimit.XRUN: "sound dropped out (xrun)",
    ClientLimit.LOOP_LAG: "this program ran late",
    ClientLimit.CALLBACK_LAG: "sound ran late",
    ClientLimit.CLOCK_JUMP: "clock jumped",
    ClientLimit.DEVICE_CLOCK: "device clock unknown",
    "breakdown": "parts do not sum up",
}
LIMIT_COLUMNS: Final = frozenset({"client_limited", "excluded_reason"})


def limit_words(codes: str, limit: int = 100) -> str:
    """Return codes joined by "+" in words, e.g. "this program ran late, clock jumped".

    A code without words of its own stands for itself, as harmless text.
    """
    known = (LIMIT_WORDS.get(code, code) for code in codes.split(JOINT))
    return one_line(", ".join(known), limit=limit)
