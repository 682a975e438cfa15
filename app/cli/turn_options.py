"""Options of every command that holds sessions: how turns end, how audio travels, how long."""

import argparse
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from app.core.config import TurnDetection, VadMode, WireFormat
from app.core.errors import ConfigError

VAD_MODES: Final[Mapping[str, VadMode]] = {
    "server": VadMode.SERVER,
    "semantic": VadMode.SEMANTIC,
    "manual": VadMode.MANUAL,
}
"""What people call the ways in which turns end."""

FORMATS: Final[Mapping[str, WireFormat]] = {
    "pcm24": WireFormat.PCM16_24K,
    "pcm16": WireFormat.PCM16_16K,
    "pcm8": WireFormat.PCM16_8K,
    "ulaw": WireFormat.PCMU,
    "alaw": WireFormat.PCMA,
}
"""What people call the ways in which audio travels: PCM by its kHz, and the two telephone laws."""

EAGERNESS: Final = ("low", "medium", "high", "auto")
LONGEST_REPLY_S: Final = 3600
LONGEST_SILENCE_MS: Final = 10_000
LONGEST_PADDING_MS: Final = 10_000
IDLE_MS: Final = (5_000, 30_000)
"""Shortest and longest idle time-out, as the services take it."""

_USUAL: Final = TurnDetection()


class _Number(NamedTuple):
    """A number on the command line: its field of ``TurnDetection``, range, and whose it is."""

    flag: str
    field: str
    kind: Callable[[str], Any]
    metavar: str
    lowest: float
    highest: float
    help: str


_NUMBERS: Final = (
    _Number(
        "--vad-threshold",
        "threshold",
        float,
        "P",
        0.0,
        1.0,
        f"how sure server VAD must be of speech, 0 to 1 (default: {_USUAL.threshold})",
    ),
    _Number(
        "--prefix-padding-ms",
        "prefix_padding_ms",
        int,
        "MS",
        0,
        LONGEST_PADDING_MS,
        f"audio kept before speech by server VAD (default: {_USUAL.prefix_padding_ms})",
    ),
    _Number(
        "--idle-timeout-ms",
        "idle_timeout_ms",
        int,
        "MS",
        *IDLE_MS,
        "silence of both sides after which server VAD lets the model speak up (default: never)",
    ),
)
"""Settings of server VAD alone."""


def add_turn_options(group: argparse._ArgumentGroup, modes: Mapping[str, VadMode]) -> None:
    """Describe how turns end, ``modes`` on offer, how audio travels, and --reply-timeout."""
    group.add_argument(
        "--vad", choices=sorted(modes), default="server", help="who ends the user's turns"
    )
    group.add_argument(
        "--silence-ms",
        type=int,
        default=_USUAL.silence_ms,
        metavar="MS",
        help="silence that ends a turn (default: %(default)s)",
    )
    for number in _NUMBERS:
        group.add_argument(
            number.flag,
            dest=number.field,
            type=number.kind,
            metavar=number.metavar,
            help=number.help,
        )
    group.add_argument(
        "--eagerness",
        choices=EAGERNESS,
        help=f"how soon semantic VAD ends a turn (default: {_USUAL.eagerness})",
    )
    _add_flags(group)
    _add_formats(group)
    group.add_argument(
        "--reply-timeout",
        type=float,
        default=30.0,
        metavar="SECONDS",
        help="after this long without an answer a turn has failed (default: %(default)s)",
    )


def _add_flags(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--no-create-response",
        dest="create_response",
        action="store_false",
        help="the model does not answer by itself when a turn ends",
    )
    group.add_argument(
        "--no-interrupt-response",
        dest="interrupt_response",
        action="store_false",
        help="the model goes on when the user speaks into its reply",
    )


def _add_formats(group: argparse._ArgumentGroup) -> None:
    for flag, what in (
        ("--input-format", "the user's audio travels"),
        ("--output-format", "replies travel"),
    ):
        group.add_argument(
            flag,
            choices=FORMATS,
            default="pcm24",
            help=f"how {what}: PCM at 24, 16 or 8 kHz, or a telephone's mu-law or A-law "
            "(default: %(default)s)",
        )


def check_turn_options(arguments: argparse.Namespace) -> None:
    """Refuse what cannot work, and what the chosen detection would not heed.

    Raises:
        ConfigError: Naming the option and what it may be.
    """
    if not 0 < arguments.reply_timeout <= LONGEST_REPLY_S:
        raise ConfigError(f"--reply-timeout must be above 0 and at most {LONGEST_REPLY_S} seconds.")
    if not 0 <= arguments.silence_ms <= LONGEST_SILENCE_MS:
        raise ConfigError(f"--silence-ms must be between 0 and {LONGEST_SILENCE_MS}.")
    mode = VAD_MODES[arguments.vad]
    for number in _NUMBERS:
        value = getattr(arguments, number.field)
        if value is not None:
            _check_mode(number.flag, mode, VadMode.SERVER)
            if not number.lowest <= value <= number.highest:
                raise ConfigError(
                    f"{number.flag} must be between {number.lowest:g} and {number.highest:g}."
                )
    if arguments.eagerness is not None:
        _check_mode("--eagerness", mode, VadMode.SEMANTIC)


def _check_mode(flag: str, mode: VadMode, wanted: VadMode) -> None:
    if mode is not wanted:
        (name,) = (name for name, known in VAD_MODES.items() if known is wanted)
        raise ConfigError(
            f"{flag} is a setting of {name} VAD.", hint=f"Add --vad {name}, or leave it out."
        )


def turn_detection_of(arguments: argparse.Namespace) -> TurnDetection:
    """Return how turns end."""
    named = {number.field: getattr(arguments, number.field) for number in _NUMBERS}
    given = {field: value for field, value in named.items() if value is not None}
    return TurnDetection(
        mode=VAD_MODES[arguments.vad],
        silence_ms=arguments.silence_ms,
        eagerness=arguments.eagerness or _USUAL.eagerness,
        create_response=arguments.create_response,
        interrupt_response=arguments.interrupt_response,
        **given,
    )


def formats_of(arguments: argparse.Namespace) -> tuple[WireFormat, WireFormat]:
    """Return how the user's audio and the replies travel."""
    return FORMATS[arguments.input_format], FORMATS[arguments.output_format]
