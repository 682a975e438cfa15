"""Options about a recorded session whose user another model is to hear."""

import argparse

from app.core.errors import ConfigError
from app.session.messages import InputChoice, InputKind, RerunTiming


def add_rerun_options(group: argparse._ArgumentGroup) -> None:
    """Describe the options."""
    group.add_argument(
        "--rerun",
        metavar="SESSION",
        help="say again what the user of a recorded session said: its folder, its id or latest",
    )
    group.add_argument(
        "--rerun-timing",
        choices=[timing.value for timing in RerunTiming],
        default=RerunTiming.TURNS.value,
        help="turns: each when the reply to the one before is over; recorded: the whole channel "
        "as it was, whatever the model does (default: turns)",
    )


def rerun_of(arguments: argparse.Namespace) -> InputChoice | None:
    """Return the user of a recorded session, or None where none is named.

    Raises:
        ConfigError: If that contradicts another option.
    """
    if arguments.rerun is None:
        return None
    if arguments.input or arguments.mic:
        raise ConfigError(
            "A recorded session was named, and somebody else who would speak.",
            hint="Use one of --rerun, --input and --mic.",
        )
    timing = RerunTiming(arguments.rerun_timing)
    if timing is RerunTiming.RECORDED and arguments.vad == "manual":
        raise ConfigError(
            "A whole recording has no moments at which a talk key goes down.",
            hint="Use --rerun-timing=turns with --vad=manual.",
        )
    return InputChoice(kind=InputKind.SESSION, session=arguments.rerun, timing=timing)
