"""Options about what is left out of what leaves the house: of exports and of reports."""

import argparse
from collections.abc import Sequence
from enum import StrEnum
from typing import Final, TypeVar

from app.core.privacy import LeftOut, PersonalData, Redaction

_ALL: Final = "all"
_Word = TypeVar("_Word", bound=StrEnum)


def add_redaction_options(group: "argparse._ArgumentGroup") -> None:
    """Describe the options."""
    group.add_argument(
        "--redact",
        metavar="KINDS",
        type=_personal,
        default=(),
        help=f"replace personal data in all text: any of {listed(PersonalData)}, or {_ALL}",
    )
    group.add_argument(
        "--pattern",
        metavar="REGEX",
        action="append",
        default=[],
        help="replace what this expression (RE2) matches; repeat it for more",
    )
    group.add_argument(
        "--leave-out",
        metavar="PARTS",
        type=lambda text: words_of(LeftOut, text),
        default=(),
        help=f"any of {listed(LeftOut)}",
    )


def redaction_of(parsed: argparse.Namespace, also_left_out: Sequence[LeftOut] = ()) -> Redaction:
    """Return what was chosen, and what another option leaves out besides."""
    return Redaction(
        left_out=tuple(dict.fromkeys((*also_left_out, *parsed.leave_out))),
        personal=parsed.redact,
        patterns=tuple(parsed.pattern),
    )


def listed(kind: type[StrEnum]) -> str:
    """Return the words that an option takes, for people."""
    return ", ".join(word.value for word in kind)


def words_of(kind: type[_Word], text: str) -> tuple[_Word, ...]:
    """Return words with commas between, each once.

    Raises:
        argparse.ArgumentTypeError: If one is none of ``kind``.
    """
    each = (word.strip() for word in text.split(","))
    return tuple(dict.fromkeys(_one(kind, word) for word in each if word))


def _personal(text: str) -> tuple[PersonalData, ...]:
    return tuple(PersonalData) if text.strip() == _ALL else words_of(PersonalData, text)


def _one(kind: type[_Word], word: str) -> _Word:
    try:
        return kind(word)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{word!r} is none of {listed(kind)}") from None
