"""Composition root: the only package that may import every layer.

Each front end is imported inside the function that starts it, so that a process loads only
what it uses: no Qt in the command line, no PortAudio outside the audio child, no networks
outside the processes that infer.
"""

import io
import os
import sys
from collections.abc import Callable, Sequence
from typing import TypeAlias

from app.core.errors import AppError

CLOSED_OUTPUT = 141
"""Exit code of a program whose reader went away, as shells know it."""

_Command: TypeAlias = Callable[[Sequence[str]], int]

_BUNDLE = ".vivavoce"

USAGE_ERROR = 2
"""Exit code of what cannot begin as it was asked for."""

INTERRUPTED = 130
"""Exit code of what the user has broken off with Ctrl-C."""

USAGE = """usage: vivavoce [COMMAND] [OPTIONS]

Live tests of realtime voice models: talk with one and see how it really behaves.

without a command     open the window; --out DIR records below that folder
FILE.vivavoce         open the window and take in the sessions of that bundle
  talk                hold a session in the terminal, with files or devices
  serve               start the embedded speech engine, or the simulator, as a server
  compare             one model against another, sessions held in turns or recorded
  battery             how a model takes turns: interruptions, and pauses taken for an end
  models              the models that can be chosen
  ping                how long reaching a model takes, stage by stage
  calibrate           hold this program's own measurements against known delays
  devices             microphones and loudspeakers
  microphone          listen to a microphone and say what is wrong with it
  keys                set, list or remove keys in the keyring
  weights             fetch or list the speech engine's model files
  prices              what models cost, and prices of your own
  cost                what sessions cost, and what others will
  sessions            search, tag, trash, show, verify or take in sessions
  export              recorded sessions as tables, sound, subtitles, telemetry or one file
  report              recorded sessions as one page for people, with their sound
  replay              a recorded session again, at its own timing
  tools               check a file of tools that the model may call
  desktop             put the program into the menu; bundles open by a double click
  doctor              check this machine and say what to do
  --version           print the version

`vivavoce COMMAND --help` tells a command's options.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the front end that ``argv`` names; return the process's exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if not arguments or _is_for_window(arguments[0]):
        arguments = ["window", *arguments]
    command = _COMMANDS.get(arguments[0])
    if command is None:
        sys.stderr.write(f"There is no command {arguments[0][:80]!r}.\n\n{USAGE}")
        return USAGE_ERROR
    if isinstance(sys.stdout, io.TextIOWrapper):  # a name or word that it cannot spell
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        return command(arguments[1:])
    except AppError as error:  # what a command does not tell itself, e.g. a damaged catalogue
        from app.cli.plain import told  # noqa: PLC0415

        sys.stderr.write(told(error) + "\n")
        return USAGE_ERROR
    except BrokenPipeError:  # the reader of our standard output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return CLOSED_OUTPUT
    except KeyboardInterrupt:  # before or after the time in which a command handles it itself
        return INTERRUPTED


def _is_for_window(first: str) -> bool:
    """Whether the first word is an option or a bundle rather than a command."""
    return first not in _COMMANDS and (first.startswith("--") or first.endswith(_BUNDLE))


def _window(arguments: Sequence[str]) -> int:
    from app.bootstrap.window import open_window  # noqa: PLC0415 - see the module

    return open_window(arguments)


def _talk(arguments: Sequence[str]) -> int:
    from app.bootstrap.terminal import talk  # noqa: PLC0415

    return talk(arguments)


def _serve(arguments: Sequence[str]) -> int:
    from app.bootstrap.speech import serve  # noqa: PLC0415

    return serve(arguments)


def _compare(arguments: Sequence[str]) -> int:
    from app.bootstrap.compare import compare  # noqa: PLC0415

    return compare(arguments)


def _battery(arguments: Sequence[str]) -> int:
    from app.bootstrap.battery import battery  # noqa: PLC0415

    return battery(arguments)


def _models(arguments: Sequence[str]) -> int:
    from app.bootstrap.terminal import models  # noqa: PLC0415

    return models(arguments)


def _ping(arguments: Sequence[str]) -> int:
    from app.bootstrap.ping import ping  # noqa: PLC0415

    return ping(arguments)


def _calibrate(arguments: Sequence[str]) -> int:
    from app.bootstrap.calibrate import calibrate  # noqa: PLC0415

    return calibrate(arguments)


def _replay(arguments: Sequence[str]) -> int:
    from app.bootstrap.replay import replay  # noqa: PLC0415

    return replay(arguments)


def _tools(arguments: Sequence[str]) -> int:
    from app.cli.tools import main as tools  # noqa: PLC0415

    return tools(list(arguments))


def _devices(arguments: Sequence[str]) -> int:
    from app.bootstrap.terminal import devices  # noqa: PLC0415

    return devices(arguments)


def _microphone(arguments: Sequence[str]) -> int:
    from app.bootstrap.microphone import microphone  # noqa: PLC0415

    return microphone(arguments)


def _keys(arguments: Sequence[str]) -> int:
    from app.bootstrap.terminal import keys  # noqa: PLC0415

    return keys(arguments)


def _weights(arguments: Sequence[str]) -> int:
    from app.bootstrap.speech import weights  # noqa: PLC0415

    return weights(arguments)


def _sessions(arguments: Sequence[str]) -> int:
    from app.bootstrap.sessions import sessions  # noqa: PLC0415

    return sessions(arguments)


def _export(arguments: Sequence[str]) -> int:
    from app.bootstrap.exporting import export  # noqa: PLC0415

    return export(arguments)


def _report(arguments: Sequence[str]) -> int:
    from app.bootstrap.report import report  # noqa: PLC0415

    return report(arguments)


def _prices(arguments: Sequence[str]) -> int:
    from app.bootstrap.costs import prices  # noqa: PLC0415

    return prices(arguments)


def _cost(arguments: Sequence[str]) -> int:
    from app.bootstrap.costs import cost  # noqa: PLC0415

    return cost(arguments)


def _desktop(arguments: Sequence[str]) -> int:
    from app.bootstrap.desktop import desktop  # noqa: PLC0415

    return desktop(arguments)


def _doctor(arguments: Sequence[str]) -> int:
    from app.bootstrap.checkup import doctor  # noqa: PLC0415

    return doctor(arguments)


def _engine(arguments: Sequence[str]) -> int:
    from app.bootstrap.measuring import run_engine  # noqa: PLC0415

    return run_engine(arguments)


def _audio_child(arguments: Sequence[str]) -> int:
    from app.audio.child import main as audio_child  # noqa: PLC0415

    return audio_child(arguments)


def _audio_list(arguments: Sequence[str]) -> int:
    from app.audio.lister import main as audio_list  # noqa: PLC0415

    return audio_list(arguments)


def _audio_watch(arguments: Sequence[str]) -> int:
    from app.audio.watch_child import main as audio_watch  # noqa: PLC0415

    return audio_watch(arguments)


def _help(_arguments: Sequence[str]) -> int:
    sys.stdout.write(USAGE)
    return 0


def _version(_arguments: Sequence[str]) -> int:
    from app.core.version import VERSION  # noqa: PLC0415

    sys.stdout.write(f"vivavoce {VERSION}\n")
    return 0


_COMMANDS: dict[str, _Command] = {
    "window": _window,
    "talk": _talk,
    "serve": _serve,
    "compare": _compare,
    "battery": _battery,
    "models": _models,
    "ping": _ping,
    "calibrate": _calibrate,
    "devices": _devices,
    "replay": _replay,
    "tools": _tools,
    "microphone": _microphone,
    "keys": _keys,
    "weights": _weights,
    "sessions": _sessions,
    "export": _export,
    "report": _report,
    "prices": _prices,
    "cost": _cost,
    "desktop": _desktop,
    "doctor": _doctor,
    "help": _help,
    "--help": _help,
    "-h": _help,
    "--version": _version,
    # processes of our own, started by the others
    "engine": _engine,
    "audio-child": _audio_child,
    "audio-list": _audio_list,
    "audio-watch": _audio_watch,
}
