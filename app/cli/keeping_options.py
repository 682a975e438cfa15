"""Options about what is kept of a session, and who agreed to it."""

import argparse
from dataclasses import dataclass

from app.core.privacy import RecordingMode


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """What is kept, and who agreed to being recorded."""

    recording: RecordingMode = RecordingMode.FULL
    consents: tuple[str, ...] = ()


def add_keeping_options(group: argparse._ArgumentGroup) -> None:
    """Describe the options."""
    group.add_argument(
        "--figures-only",
        action="store_true",
        help="keep figures only: neither sound nor words nor messages reach the disk",
    )
    group.add_argument(
        "--consent",
        action="append",
        default=[],
        type=_name,
        metavar="NAME",
        help="who has agreed to being recorded, kept in the session with the time; repeat it for "
        "more",
    )


def _name(text: str) -> str:
    if not text.strip():
        raise argparse.ArgumentTypeError("nobody is named")
    return text


def keeping_of(arguments: argparse.Namespace) -> Keeping:
    """Return what was chosen."""
    mode = RecordingMode.FIGURES if arguments.figures_only else RecordingMode.FULL
    return Keeping(recording=mode, consents=tuple(arguments.consent))
