"""``vivavoce compare``: one model against another, by sessions held in turns or recorded ones.

The options --voice, --dialect and --engine-option belong to the --model before them:

  vivavoce compare --model openai:gpt-realtime-2.1 --voice marin
                   --model simulator --engine-option=--first-audio=300 --input question.wav
"""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from app.cli.conduct_options import add_conduct_options, conduct_of
from app.cli.turn_options import (
    VAD_MODES,
    add_turn_options,
    check_turn_options,
    formats_of,
    turn_detection_of,
)
from app.core.conduct import Conduct
from app.core.config import Dialect, SessionSettings, Target, VadMode
from app.core.errors import ConfigError
from app.session.messages import InputChoice, InputKind, OutputChoice, OutputKind, StartSession
from app.trials.comparing_run import MOST_ROUNDS, Contestant

DEFAULT_ROUNDS = 10
_MODES = {name: mode for name, mode in VAD_MODES.items() if mode is not VadMode.MANUAL}
"""A run has nobody at the talk key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelChoice:
    """A --model, with the options that follow it."""

    model: str
    dialect: Dialect = Dialect.OPENAI_GA
    voice: str | None = None
    engine_arguments: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What it is called while the run is under way."""
        return " ".join((self.model, *self.engine_arguments))


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareOptions:
    """What ``compare`` was asked for.

    Attributes:
        models: Models to hold sessions with; empty where recorded sessions are compared.
        sessions: Recorded sessions of the first side; ``against`` of the second.
        rounds: Sessions of each model.
        key_from_stdin: Read keys from standard input, a line for each model that needs one.
    """

    json: bool
    models: tuple[ModelChoice, ...]
    sessions: tuple[Path, ...]
    against: tuple[Path, ...]
    inputs: tuple[str, ...]
    rounds: int
    settings: SessionSettings
    conduct: Conduct
    reply_timeout_s: float
    key_from_stdin: bool
    out: str | None


class _Model(argparse.Action):
    """Begins another model."""

    def __call__(
        self,
        _parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        _option_string: str | None = None,
    ) -> None:
        namespace.models = (*namespace.models, ModelChoice(model=str(values)))


class _OfModel(argparse.Action):
    """Says more about the model before it."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,
    ) -> None:
        if not namespace.models:
            parser.error(f"{option_string} belongs to a model: name it after its --model")
        *others, last = namespace.models
        value = str(values)
        match self.dest:
            case "voice":
                last = replace(last, voice=value)
            case "dialect":
                last = replace(last, dialect=Dialect(value))
            case _:
                last = replace(last, engine_arguments=(*last.engine_arguments, value))
        namespace.models = (*others, last)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command's options."""
    parser.set_defaults(models=())
    _add_models(parser.add_argument_group("models, each with the options that follow it"))
    _add_sessions(parser.add_argument_group("what they are asked"))
    add_conduct_options(parser)
    recorded = parser.add_argument_group("recorded sessions, in place of models")
    recorded.add_argument(
        "--sessions",
        nargs="+",
        default=[],
        metavar="DIR",
        help="sessions of the first side, or folders of them",
    )
    recorded.add_argument(
        "--against", nargs="+", default=[], metavar="DIR", help="those of the second side"
    )
    output = parser.add_argument_group("the results")
    output.add_argument("--out", metavar="DIR", help="record below this folder")
    output.add_argument(
        "--json",
        action="store_true",
        help="one JSON object a line on standard output: each metric, then a summary",
    )


def _add_models(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--model",
        action=_Model,
        dest="models",
        metavar="MODEL",
        help="as `vivavoce talk` takes it; at least two",
    )
    group.add_argument(
        "--voice", action=_OfModel, default=argparse.SUPPRESS, metavar="NAME", help="its voice"
    )
    group.add_argument(
        "--dialect",
        action=_OfModel,
        default=argparse.SUPPRESS,
        choices=[dialect.value for dialect in Dialect],
        help="how it spells the protocol, where it is given by URL",
    )
    group.add_argument(
        "--engine-option",
        action=_OfModel,
        dest="engine_arguments",
        default=argparse.SUPPRESS,
        metavar="OPTION",
        help="an option of `vivavoce serve` for its server, e.g. "
        "--engine-option=--first-audio=300; repeat it for more",
    )


def _add_sessions(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--input",
        nargs="+",
        action="extend",
        default=[],
        metavar="WAV",
        help="what every session says, in this order; the first turn of a session is told apart, "
        "so give two or more",
    )
    group.add_argument(
        "--rounds",
        type=int,
        default=DEFAULT_ROUNDS,
        metavar="N",
        help="sessions of each model (default: %(default)s)",
    )
    group.add_argument("--instructions", metavar="TEXT", help="what the models should be")
    add_turn_options(group, _MODES)
    group.add_argument(
        "--key-stdin",
        action="store_true",
        help="read keys from standard input, a line for each model that needs one, in order",
    )


def parse(arguments: argparse.Namespace) -> CompareOptions:
    """Return the options; everything that can be checked without devices is checked here.

    Raises:
        ConfigError: If they contradict each other or cannot work.
    """
    recorded = bool(arguments.sessions or arguments.against)
    if recorded:
        _check_recorded(arguments)
    else:
        _check_models(arguments)
    return CompareOptions(
        json=arguments.json,
        models=tuple(arguments.models),
        sessions=tuple(Path(each).absolute() for each in arguments.sessions),
        against=tuple(Path(each).absolute() for each in arguments.against),
        inputs=tuple(arguments.input),
        rounds=arguments.rounds,
        settings=_settings(arguments),
        conduct=conduct_of(arguments),
        reply_timeout_s=arguments.reply_timeout,
        key_from_stdin=arguments.key_stdin,
        out=None if arguments.out is None else str(Path(arguments.out).absolute()),
    )


def _settings(arguments: argparse.Namespace) -> SessionSettings:
    input_format, output_format = formats_of(arguments)
    return SessionSettings(
        instructions=arguments.instructions,
        turn_detection=turn_detection_of(arguments),
        input_format=input_format,
        output_format=output_format,
    )


def contestants_of(
    options: CompareOptions,
    resolve: Callable[[str, Dialect], Target],
    transcription_model: Callable[[Target], str | None],
    key: Callable[[Target], str | None],
) -> tuple[Contestant, ...]:
    """Return the models of the run, in order.

    Args:
        options: What was asked for.
        resolve: Finds an endpoint.
        transcription_model: Whom an endpoint asks for the user's words.
        key: Finds an endpoint's key, or None where it needs none; asked once for each provider
            and host.

    Raises:
        ConfigError: If a model is unknown or an endpoint cannot be used.
    """
    keys: dict[tuple[str, str], str | None] = {}
    found = []
    for choice in options.models:
        target = resolve(choice.model, choice.dialect)
        owner = (target.provider, target.url)
        if owner not in keys:
            keys[owner] = key(target)
        start = _start_of(options, choice, target, transcription_model(target))
        found.append(Contestant(name=choice.name, start=replace(start, key=keys[owner])))
    return tuple(found)


def _start_of(
    options: CompareOptions, choice: ModelChoice, target: Target, recogniser: str | None
) -> StartSession:
    settings = replace(options.settings, voice=choice.voice)
    if recogniser is not None:
        settings = replace(settings, transcription_model=recogniser)
    return StartSession(
        target=target,
        settings=settings,
        input=InputChoice(kind=InputKind.FILES, paths=options.inputs),
        output=OutputChoice(kind=OutputKind.NULL),
        sessions_dir=options.out,
        engine_arguments=choice.engine_arguments,
        reply_timeout_s=options.reply_timeout_s,
        conduct=options.conduct,
        end_with_input=True,
    )


def _check_recorded(arguments: argparse.Namespace) -> None:
    if arguments.models:
        raise ConfigError(
            "Both models and recorded sessions were given.",
            hint="Use either --model, or --sessions with --against.",
        )
    if not arguments.sessions or not arguments.against:
        raise ConfigError(
            "A side of the comparison has no session.",
            hint="Name the first side with --sessions and the second with --against.",
        )


def _check_models(arguments: argparse.Namespace) -> None:
    if len(arguments.models) < 2:  # noqa: PLR2004 - what is alone is compared with nothing
        raise ConfigError(
            "A comparison needs at least two models.",
            hint="Name each with --model, or recorded sessions with --sessions and --against.",
        )
    if not arguments.input:
        raise ConfigError(
            "Nobody would speak: no file was given.", hint="Add --input FILE.wav, or several."
        )
    if not 0 < arguments.rounds <= MOST_ROUNDS:
        raise ConfigError(f"--rounds must be from 1 to {MOST_ROUNDS}.")
    check_turn_options(arguments)
