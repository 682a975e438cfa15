"""What is left out of an export, in words, and a look at what that does to a transcript."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from app.core.errors import AppError
from app.core.privacy import LeftOut, PersonalData, Redaction
from app.ui.vm.text import one_line

Redact: TypeAlias = Callable[[Redaction, Sequence[str]], Mapping[str, str]]
"""Returns each text as it would leave the house; may block, so it is called on a thread.

Raises:
    AppError: If an expression is none; says why.
"""

MOST_LINES: Final = 2_000
SHOWN: Final = 50
LEFT_OUT_WORDS: Final = {
    LeftOut.AUDIO: ("Sound", "Both sides' recordings."),
    LeftOut.TRANSCRIPTS: ("Words", "What either side said, and what was asked of tools."),
    LeftOut.EVENTS: ("Messages", "Every message to and from the provider, as it was."),
    LeftOut.INSTRUCTIONS: ("Instructions", "What the model was told before it heard anybody."),
    LeftOut.TOOLS: ("Tools", "What tools were offered, called, and what they answered."),
    LeftOut.NOTES: ("Notes and tags", "What you wrote on the session."),
    LeftOut.NAMES: ("Names", "Of people who agreed, of devices and of this computer."),
    LeftOut.ADDRESSES: ("Addresses", "Of servers."),
}
PERSONAL_WORDS: Final = {
    PersonalData.EMAIL: ("E-mail addresses", "As written and as said: anna at example dot com."),
    PersonalData.PHONE: ("Telephone numbers", "Seven digits and more, spelled in English too."),
    PersonalData.CARD: ("Card numbers", "With a right check digit."),
    PersonalData.IBAN: ("Bank accounts (IBAN)", "With a right checksum."),
    PersonalData.IP_ADDRESS: ("IP addresses", "Both kinds."),
}
PATTERNS_HINT: Final = (
    "One regular expression a line, of the kind RE2: Anna|Berta, \\b[A-Z]{2}\\d{6}\\b, (?i)acme. "
    "What they match is replaced by [redacted] wherever text stands."
)


@dataclass(frozen=True, slots=True)
class Look:
    """What the redaction does to the words of the session that was just held.

    Attributes:
        problem: What is wrong with an expression, or "".
        changed: Lines that differ, each as it would leave the house; at most ``SHOWN``.
        count: How many lines differ.
        lines: How many were looked at.
    """

    problem: str = ""
    changed: tuple[str, ...] = ()
    count: int = 0
    lines: int = 0

    @property
    def words(self) -> str:
        """What was found in one sentence."""
        if self.problem:
            return self.problem
        if not self.lines:
            return "There is no transcript here to try it on; the export does it all the same."
        noun = "line" if self.lines == 1 else "lines"
        return f"{self.count} of {self.lines} {noun} of the transcript on the Live page change."


def patterns(text: str) -> tuple[str, ...]:
    """Return the expressions that are typed, one a line."""
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def look(redact: Redact, redaction: Redaction, lines: Sequence[str]) -> Look:
    """Return what ``redaction`` does to ``lines``; may block for a while."""
    seen = tuple(lines[-MOST_LINES:])
    try:
        told = redact(redaction, seen or ("",))
    except AppError as exc:
        return Look(problem=f"{exc} {exc.hint}".strip())
    changed = [told[line] for line in seen if told.get(line, line) != line]
    shown = tuple(one_line(line, limit=200) for line in changed[:SHOWN])
    return Look(changed=shown, count=len(changed), lines=len(seen))
