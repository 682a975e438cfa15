"""``vivavoce report``: recorded sessions as one page for people.

The page is a single HTML file that needs no network, plays the turns' sound in place and prints
well. Text from models and files cannot run or change anything in it; keys are left out always.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from app.cli.redaction_options import add_redaction_options, redaction_of
from app.core.privacy import LeftOut, Redaction

DEFAULT_SOUND_MB: Final = 25.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportOptions:
    """What ``report`` was asked for.

    Attributes:
        out: The file, or None for a name in the folder that the command was given in.
        root: The folder that the sessions were recorded below, or None for the user's own.
        sound_mb: So much of the page may be sound.
        show: Open it afterwards.
    """

    sessions: tuple[str, ...]
    out: Path | None = None
    root: str | None = None
    title: str = ""
    redaction: Redaction = field(default_factory=Redaction)
    sound_mb: float = DEFAULT_SOUND_MB
    overwrite: bool = False
    show: bool = False


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command's words and options."""
    parser.add_argument(
        "sessions",
        nargs="+",
        metavar="SESSION",
        help='a session\'s folder, its id, the end of its name, or "latest"',
    )
    parser.add_argument(
        "-o", "--output", metavar="FILE", type=Path, help="the file to write (default: named so)"
    )
    parser.add_argument("--title", default="", help="the report's title (default: the models)")
    parser.add_argument("--overwrite", action="store_true", help="replace a file that is there")
    parser.add_argument("--open", action="store_true", help="show it in the browser afterwards")
    parser.add_argument(
        "--out", metavar="DIR", help="the folder that the sessions were recorded below"
    )
    _add_left_out(parser.add_argument_group("what is left out"))


def _add_left_out(left: "argparse._ArgumentGroup") -> None:
    left.add_argument("--no-audio", action="store_true", help="leave the turns' sound out")
    left.add_argument(
        "--audio-mb",
        metavar="MB",
        type=_megabytes,
        default=DEFAULT_SOUND_MB,
        help="so much of the page may be sound (default: %(default)g)",
    )
    add_redaction_options(left)


def parse(parsed: argparse.Namespace) -> ReportOptions:
    """Return the options of a command line."""
    silent = (LeftOut.AUDIO,) if parsed.no_audio else ()
    return ReportOptions(
        sessions=tuple(parsed.sessions),
        out=parsed.output,
        root=parsed.out,
        title=parsed.title,
        redaction=redaction_of(parsed, silent),
        sound_mb=parsed.audio_mb,
        overwrite=parsed.overwrite,
        show=parsed.open,
    )


def default_name(keys: Sequence[str]) -> str:
    """Return a file name for a report on sessions whose folders are called ``keys``."""
    safe = "".join(letter if letter.isalnum() or letter in "-_." else "-" for letter in keys[0])
    more = f"-and-{len(keys) - 1}-more" if len(keys) > 1 else ""
    return f"vivavoce-report-{safe.strip('.-')[:60] or 'session'}{more}.html"


def _megabytes(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 1_000:  # noqa: PLR2004 - more than any browser opens
        raise argparse.ArgumentTypeError(f"{text} is not within 0 and 1000")
    return value
