"""Options of every command that holds sessions: how turns end, and how long replies may take."""

import argparse
from collections.abc import Mapping
from typing import Final

from app.core.config import TurnDetection, VadMode
from app.core.errors import ConfigError

VAD_MODES: Final[Mapping[str, VadMode]] = {
    "server": VadMode.SERVER,
    "semantic": VadMode.SEMANTIC,
    "manual": VadMode.MANUAL,
}
"""What people call the ways in which turns end."""

LONGEST_REPLY_S: Final = 3600
LONGEST_SILENCE_MS: Final = 10_000


def add_turn_options(group: argparse._ArgumentGroup, modes: Mapping[str, VadMode]) -> None:
    """Describe --vad, which offers ``modes``, --silence-ms and --reply-timeout."""
    group.add_argument(
        "--vad", choices=sorted(modes), default="server", help="who ends the user's turns"
    )
    group.add_argument(
        "--silence-ms",
        type=int,
        default=TurnDetection().silence_ms,
        metavar="MS",
        help="silence that ends a turn (default: %(default)s)",
    )
    group.add_argument(
        "--reply-timeout",
        type=float,
        default=30.0,
        metavar="SECONDS",
        help="after this long without an answer a turn has failed (default: %(default)s)",
    )


def check_turn_options(arguments: argparse.Namespace) -> None:
    """Refuse times that cannot work.

    Raises:
        ConfigError: Naming the option and what it may be.
    """
    if not 0 < arguments.reply_timeout <= LONGEST_REPLY_S:
        raise ConfigError(f"--reply-timeout must be above 0 and at most {LONGEST_REPLY_S} seconds.")
    if not 0 <= arguments.silence_ms <= LONGEST_SILENCE_MS:
        raise ConfigError(f"--silence-ms must be between 0 and {LONGEST_SILENCE_MS}.")


def turn_detection_of(arguments: argparse.Namespace) -> TurnDetection:
    """Return how turns end."""
    return TurnDetection(mode=VAD_MODES[arguments.vad], silence_ms=arguments.silence_ms)
