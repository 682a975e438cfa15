"""``vivavoce serve``: the words of the command, and what they ask for.

Standard output gets one JSON line when the server is ready; all else is on standard error.
"""

import argparse
import sys
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeAlias

from app.cli.plain import told
from app.core.errors import AppError, ConfigError, WeightsError
from app.core.serving import (
    EXIT_REFUSED,
    EXIT_WEIGHTS,
    Fault,
    ServeOptions,
    SimulatorSettings,
)

Serve: TypeAlias = Callable[[ServeOptions, Callable[[str], None]], int]
"""Serves until told to end; calls back once with the ready line; returns the exit code."""

_PORTS: Final = 65_536


class _Option(NamedTuple):
    """A simulator setting that is one number, text or file on the command line."""

    flag: str
    name: str
    kind: Callable[[str], Any]
    metavar: str
    help: str


_SIMPLE: Final = (
    _Option("--endpointing-extra", "endpointing_extra_ms", float, "MS", "silence beyond the VAD's"),
    _Option("--first-token", "first_token_ms", float, "MS", "end of turn to the first token"),
    _Option("--first-audio", "first_audio_ms", float, "MS", "end of turn to the first audio"),
    _Option("--leading-silence", "leading_silence_ms", float, "MS", "silence before its speech"),
    _Option("--block", "block_ms", float, "MS", "audio in one delta"),
    _Option("--pace", "pace", float, "X", "seconds of audio sent per second; all at once without"),
    _Option("--tokens-per-s", "tokens_per_s", float, "N", "words of the reply per second"),
    _Option("--reply-ms", "reply_ms", float, "MS", "length of its speech"),
    _Option("--level", "level_dbfs", float, "DBFS", "peak of its speech"),
    _Option("--threshold", "threshold_dbfs", float, "DBFS", "level above which it hears speech"),
    _Option("--tool-name", "tool_name", str, "NAME", "function that a tool turn calls"),
    _Option("--tool-arguments", "tool_arguments", str, "JSON", "arguments of that call"),
    _Option("--parallel-tools", "parallel_tools", int, "N", "calls in one tool turn"),
    _Option("--silent-ms", "silent_ms", float, "MS", "how long a silent turn says nothing"),
    _Option("--premature", "premature_ms", float, "MS", "onset of speech to a false end of turn"),
    _Option("--detect-ms", "detect_ms", str, "MS|never", "onset of barge-in to noticing it"),
    _Option("--stop-ms", "stop_ms", float, "MS", "noticing a barge-in to the end of the reply"),
    _Option(
        "--ignores-below", "ignores_below_ms", float, "MS", "shorter sound into a reply is none"
    ),
    _Option("--session-s", "session_s", float, "S", "longest session: told, then session_expired"),
    _Option("--cut-after", "cut_after_s", float, "S", "start of a session to a cut without a word"),
    _Option("--cuts", "cuts", int, "N", "connections that are cut in all, faults included"),
    _Option("--refuse-connects", "refuse_connects", int, "N", "connections refused after a cut"),
    _Option("--log", "log", str, "FILE", "nominal and actual instants of each send, JSON lines"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Give ``parser`` the words of this command."""
    parser.add_argument("--port", type=_port, default=0, metavar="N", help="a free one without")
    parser.add_argument("--token", metavar="T", help="key for clients; a new one without")
    parser.add_argument("--tls", action="store_true", help="serve https and wss")
    parser.add_argument(
        "--end-with-stdin", action="store_true", help="end when standard input is closed"
    )
    parser.add_argument(
        "--beta", action="store_true", help="speak the beta dialect of the protocol to everybody"
    )
    engine = parser.add_argument_group("embedded engine")
    model = engine.add_mutually_exclusive_group()
    model.add_argument("--llm-url", metavar="URL", help="an OpenAI-compatible chat server")
    model.add_argument("--llm-gguf", type=Path, metavar="PATH", help="a language model file")
    engine.add_argument("--llm-model", metavar="NAME", help="model of the chat server")
    engine.add_argument("--voice", metavar="NAME|PATH", help="a built-in voice or a Piper .onnx")
    _add_simulator(parser.add_argument_group("simulator"))


def _add_simulator(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--simulated", action="store_true", help="exact timing, no weights")
    group.add_argument(
        "--simulator-file",
        type=Path,
        metavar="TOML",
        help="the settings below, by name, and [[turns]]",
    )
    for option in _SIMPLE:
        group.add_argument(
            option.flag,
            dest=option.name,
            type=option.kind,
            metavar=option.metavar,
            help=option.help,
        )
    group.add_argument(
        "--no-turn-events",
        dest="turn_events",
        action="store_false",
        default=None,
        help="one stream of audio in real time, nothing told of turns",
    )
    group.add_argument("--reply", dest="replies", action="append", metavar="TEXT")
    group.add_argument("--transcript", dest="transcripts", action="append", metavar="TEXT")
    group.add_argument(
        "--gap", dest="gaps_ms", action="append", type=_gap, metavar="K=MS", help="after block K"
    )
    group.add_argument(
        "--tool-at", dest="tool_turns", action="append", type=int, metavar="TURN", help="from 1"
    )
    group.add_argument(
        "--fault",
        dest="faults",
        action="append",
        type=_fault,
        metavar="KIND@TURN",
        help=", ".join(Fault),
    )


def options(arguments: argparse.Namespace) -> ServeOptions:
    """Return what ``arguments`` ask for.

    Raises:
        ConfigError: If they do not fit together or a value cannot be served.
    """
    simulator = _simulator(arguments)
    if simulator is not None and not arguments.simulated:
        raise ConfigError(
            "simulator settings need --simulated",
            hint="Add --simulated, or leave the simulator's settings out.",
        )
    if arguments.simulated:
        simulator = simulator or SimulatorSettings()
    return ServeOptions(
        port=arguments.port,
        token=_token(arguments.token),
        tls=arguments.tls,
        end_with_stdin=arguments.end_with_stdin,
        simulator=simulator,
        llm_url=arguments.llm_url,
        llm_model=arguments.llm_model,
        llm_gguf=arguments.llm_gguf,
        voice=arguments.voice,
        beta=arguments.beta,
    )


def run(arguments: argparse.Namespace, serve: Serve) -> int:
    """Serve what ``arguments`` ask for; return the exit code."""
    try:
        return serve(options(arguments), _announce)
    except AppError as error:
        print(told(error), file=sys.stderr)
        return EXIT_WEIGHTS if isinstance(error, WeightsError) else EXIT_REFUSED


def _announce(line: str) -> None:
    print(line, flush=True)


def _simulator(arguments: argparse.Namespace) -> SimulatorSettings | None:
    """Return the settings that file and words give, or None where neither says anything."""
    table: dict[str, Any] = {}
    if arguments.simulator_file is not None:
        table.update(_file(arguments.simulator_file))
    names = [option.name for option in _SIMPLE]
    for name in (*names, "replies", "transcripts", "tool_turns", "turn_events"):
        if getattr(arguments, name) is not None:
            table[name] = getattr(arguments, name)
    for name in ("gaps_ms", "faults"):
        if getattr(arguments, name) is not None:
            table[name] = dict(getattr(arguments, name))
    return SimulatorSettings.parse(table) if table else None


def _file(path: Path) -> Mapping[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as exc:
        raise ConfigError(f"cannot read {path}: {exc.strerror}", hint="Check the path.") from exc
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        raise ConfigError(f"{path} is not TOML: {exc}", hint="Correct that line.") from exc


def _token(token: str | None) -> str | None:
    if token is None:
        return None
    if not token.isascii() or not token.isprintable() or {" ", ","} & set(token) or not token:
        raise ConfigError(
            "the token must be printable ASCII without spaces and commas",
            hint="Leave --token out for a safe one.",
        )
    return token


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port < _PORTS:
        raise argparse.ArgumentTypeError(f"{port} is no port: use 0 to {_PORTS - 1}")
    return port


def _gap(text: str) -> tuple[int, float]:
    index, _, span = text.partition("=")
    return int(index), float(span)


def _fault(text: str) -> tuple[int, Fault]:
    kind, _, turn = text.partition("@")
    return int(turn), Fault(kind)


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """Return the words of ``argv`` as this command alone reads them."""
    parser = argparse.ArgumentParser(prog="vivavoce serve")
    add_arguments(parser)
    return parser.parse_args(argv)
