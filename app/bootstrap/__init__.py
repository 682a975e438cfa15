"""Composition root: the only package that may import every layer.

Each front end is imported inside the function that names it, so that a process loads only
what it uses: no Qt in the command line, no PortAudio outside the audio child, no networks
outside the processes that infer.
"""

import io
import os
import sys
from collections.abc import Callable, Sequence
from functools import partial
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


def main(argv: Sequence[str] | None = None, loaded: Callable[[], None] | None = None) -> int:
    """Run the front end that ``argv`` names; return the process's exit code.

    Args:
        argv: The words after the program's name; None for those of this process.
        loaded: Called once everything that the front end uses is loaded, before it runs.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    if not arguments or _is_for_window(arguments[0]):
        arguments = ["window", *arguments]
    load = _COMMANDS.get(arguments[0])
    if load is None:
        sys.stderr.write(f"There is no command {arguments[0][:80]!r}.\n\n{USAGE}")
        return USAGE_ERROR
    if isinstance(sys.stdout, io.TextIOWrapper):  # a name or word that it cannot spell
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        command = load()
        if loaded is not None:
            loaded()
        return command(arguments[1:])
    except AppError as error:  # what a command does not tell itself, e.g. a damaged catalogue
        from app.cli.plain import told  # noqa: PLC0415

        sys.stderr.write(told(error) + "\n")
        return USAGE_ERROR
    except BrokenPipeError:  # the reader of our standard output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return CLOSED_OUTPUT
    except KeyboardInterrupt:  # before a command handles it itself, or after that
        return INTERRUPTED


def _is_for_window(first: str) -> bool:
    """Whether the first word is an option or a bundle rather than a command."""
    return first not in _COMMANDS and (first.startswith("--") or first.endswith(_BUNDLE))


def _window() -> _Command:
    from app.bootstrap.window import open_window  # noqa: PLC0415 - see the module

    return open_window


def _talk() -> _Command:
    from app.bootstrap.terminal import talk  # noqa: PLC0415

    return talk


def _serve() -> _Command:
    from app.bootstrap.speech import serve  # noqa: PLC0415

    return serve


def _compare() -> _Command:
    from app.bootstrap.compare import compare  # noqa: PLC0415

    return compare


def _battery() -> _Command:
    from app.bootstrap.battery import battery  # noqa: PLC0415

    return battery


def _models() -> _Command:
    from app.bootstrap.listings import models  # noqa: PLC0415

    return models


def _ping() -> _Command:
    from app.bootstrap.ping import ping  # noqa: PLC0415

    return ping


def _calibrate() -> _Command:
    from app.bootstrap.calibrate import calibrate  # noqa: PLC0415

    return calibrate


def _replay() -> _Command:
    from app.bootstrap.replay import replay  # noqa: PLC0415

    return replay


def _tools() -> _Command:
    from app.cli.tools import main as tools  # noqa: PLC0415

    return lambda arguments: tools(list(arguments))


def _devices() -> _Command:
    from app.bootstrap.listings import devices  # noqa: PLC0415

    return devices


def _microphone() -> _Command:
    from app.bootstrap.microphone import microphone  # noqa: PLC0415

    return microphone


def _keys() -> _Command:
    from app.bootstrap.listings import keys  # noqa: PLC0415

    return keys


def _weights() -> _Command:
    from app.bootstrap.speech import weights  # noqa: PLC0415

    return weights


def _sessions() -> _Command:
    from app.bootstrap.sessions import sessions  # noqa: PLC0415

    return sessions


def _export() -> _Command:
    from app.bootstrap.exporting import export  # noqa: PLC0415

    return export


def _report() -> _Command:
    from app.bootstrap.report import report  # noqa: PLC0415

    return report


def _prices() -> _Command:
    from app.bootstrap.costs import prices  # noqa: PLC0415

    return prices


def _cost() -> _Command:
    from app.bootstrap.costs import cost  # noqa: PLC0415

    return cost


def _desktop() -> _Command:
    from app.bootstrap.desktop import desktop  # noqa: PLC0415

    return desktop


def _doctor() -> _Command:
    from app.bootstrap.checkup import doctor  # noqa: PLC0415

    return doctor


def _engine() -> _Command:
    from app.bootstrap.measuring import run_engine  # noqa: PLC0415

    return run_engine


def _audio_child() -> _Command:
    from app.audio.child import main as audio_child  # noqa: PLC0415

    return audio_child


def _audio_list() -> _Command:
    from app.audio.lister import main as audio_list  # noqa: PLC0415

    return audio_list


def _audio_watch() -> _Command:
    from app.audio.watch_child import main as audio_watch  # noqa: PLC0415

    return audio_watch


def _help() -> _Command:
    return partial(_say, USAGE)


def _version() -> _Command:
    from app.core.version import VERSION  # noqa: PLC0415

    return partial(_say, f"vivavoce {VERSION}\n")


def _say(words: str, _arguments: Sequence[str]) -> int:
    sys.stdout.write(words)
    return 0


_COMMANDS: dict[str, Callable[[], _Command]] = {
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
