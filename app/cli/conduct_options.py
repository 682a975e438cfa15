"""Options of every command that holds sessions: how our own side behaves in them."""

import argparse
from typing import Final

from app.core.conduct import BargeIn, Conduct, Guard, Processing
from app.core.errors import ConfigError
from app.session.tool_setups import ToolFile

BARGE_IN: Final = {
    "on": BargeIn(),
    "off": BargeIn(enabled=False),
    "local": BargeIn(local=True),
}
"""What people call what the user's speech does to a reply."""

LONGEST_S: Final = 3600.0

_USUAL: Final = Guard()
_SWITCHES: Final = (
    ("--echo-cancellation", "take the loudspeaker's sound out of the microphone's"),
    ("--noise-suppression", "take steady noise out of the microphone's sound"),
    ("--auto-gain", "bring the microphone to a usual level"),
    ("--high-pass", "take what is lower than speech out of the microphone's sound"),
    ("--half-duplex", "keep the microphone silent while a reply sounds: nobody can interrupt it"),
)


def add_conduct_options(parser: argparse.ArgumentParser) -> None:
    """Describe barge-in, what is done to the microphone, and the session guard."""
    group = parser.add_argument_group("our own side")
    group.add_argument(
        "--barge-in",
        choices=BARGE_IN,
        default="on",
        help="speech stops a reply: as the provider hears it (on), already when we hear it "
        "(local), or never (off) (default: %(default)s)",
    )
    for flag, words in _SWITCHES:
        group.add_argument(flag, action="store_true", help=words)
    group.add_argument(
        "--no-reconnect",
        action="store_true",
        help="a connection that is cut ends the session; else the session goes on in a new one "
        f"with the conversation carried over, after at most {_USUAL.reconnect_attempts} attempts",
    )
    group.add_argument(
        "--rotate-before",
        type=float,
        default=_USUAL.rotate_before_s,
        metavar="SECONDS",
        help="so long before the provider's session limit, and between turns, go on in a new "
        "session; 0 never does (default: %(default)g)",
    )
    group.add_argument(
        "--stall",
        type=float,
        default=_USUAL.stall_s,
        metavar="SECONDS",
        help="silence of the provider after a turn that is counted as a stall; 0 never is "
        "(default: %(default)g)",
    )


def conduct_of(arguments: argparse.Namespace, tools: ToolFile | None = None) -> Conduct:
    """Return how our own side behaves, with ``tools``.

    Raises:
        ConfigError: If the options contradict each other or cannot work.
    """
    for flag, value in (("--rotate-before", arguments.rotate_before), ("--stall", arguments.stall)):
        if not 0 <= value <= LONGEST_S:
            raise ConfigError(f"{flag} must be between 0 and {LONGEST_S:g} seconds.")
    if arguments.half_duplex and arguments.barge_in == "local":
        raise ConfigError(
            "With --half-duplex nobody is heard while a reply sounds.",
            hint="Leave --barge-in local out, or use --echo-cancellation instead.",
        )
    return Conduct(
        barge_in=BARGE_IN[arguments.barge_in],
        processing=Processing(
            echo_cancellation=arguments.echo_cancellation,
            noise_suppression=arguments.noise_suppression,
            auto_gain=arguments.auto_gain,
            high_pass=arguments.high_pass,
            half_duplex=arguments.half_duplex,
        ),
        guard=Guard(
            stall_s=arguments.stall,
            rotate=arguments.rotate_before > 0,
            rotate_before_s=arguments.rotate_before or _USUAL.rotate_before_s,
            reconnect_attempts=0 if arguments.no_reconnect else _USUAL.reconnect_attempts,
        ),
        tools=tools.tools if tools is not None else (),
        mcp_servers=tools.mcp_servers if tools is not None else (),
    )
