"""``vivavoce talk``: one session in the terminal, with files or devices as the user."""

import argparse
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from app.cli.budget_options import add_budget_options, budget_of
from app.cli.conduct_options import add_conduct_options, conduct_of
from app.cli.keeping_options import Keeping, add_keeping_options, keeping_of
from app.cli.rerun_options import add_rerun_options, rerun_of
from app.cli.tools import add_tool_options, tools_of
from app.cli.turn_options import (
    VAD_MODES,
    add_turn_options,
    check_turn_options,
    formats_of,
    turn_detection_of,
)
from app.core.conduct import Conduct
from app.core.config import (
    Dialect,
    SessionSettings,
    Target,
)
from app.core.errors import ConfigError
from app.core.money import Budget
from app.session.messages import (
    InputChoice,
    InputKind,
    OutputChoice,
    OutputKind,
    StartSession,
)

DEFAULT_DEVICE = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class TalkOptions:
    """What ``talk`` was asked for.

    Attributes:
        model: As ``vivavoce models`` names it, or a URL.
        json: Only JSON on standard output, one object a line.
        key_from_stdin: Read the key, used once, from the first line of standard input.
        allow_tools: Tools that contact an address may.
    """

    model: str
    dialect: Dialect
    json: bool
    key_from_stdin: bool
    settings: SessionSettings
    input: InputChoice
    output: OutputChoice
    out: str | None
    engine_arguments: tuple[str, ...]
    reply_timeout_s: float
    conduct: Conduct
    allow_tools: bool
    keeping: Keeping = field(default_factory=Keeping)
    budget: Budget = field(default_factory=Budget)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command's options."""
    parser.add_argument(
        "--model",
        default="local",
        help="local, simulator, a model of `vivavoce models` such as "
        "openai:gpt-realtime-2.1-mini, or the URL of an endpoint (default: local)",
    )
    parser.add_argument(
        "--dialect",
        choices=[dialect.value for dialect in Dialect],
        default=Dialect.OPENAI_GA.value,
        help="how an endpoint given by URL spells the protocol",
    )
    _add_user(parser.add_argument_group("the user"))
    _add_session(parser.add_argument_group("the session"))
    add_conduct_options(parser)
    add_budget_options(parser.add_argument_group("the money"))
    output = parser.add_argument_group("the results")
    output.add_argument("--out", metavar="DIR", help="record below this folder")
    add_keeping_options(output)
    output.add_argument(
        "--json",
        action="store_true",
        help="one JSON object a line on standard output: each turn, then a summary",
    )


def _add_user(user: argparse._ArgumentGroup) -> None:
    user.add_argument(
        "--input",
        action="append",
        default=[],
        metavar="WAV",
        help="speak this file; repeat it for more, each follows the reply to the one before",
    )
    user.add_argument(
        "--mic",
        nargs="?",
        const=DEFAULT_DEVICE,
        metavar="NAME",
        help="speak yourself through a microphone of `vivavoce devices`",
    )
    add_rerun_options(user)
    user.add_argument(
        "--speaker",
        nargs="?",
        const=DEFAULT_DEVICE,
        metavar="NAME",
        help="play replies; without it they are recorded but not heard",
    )


def _add_session(session: argparse._ArgumentGroup) -> None:
    session.add_argument("--instructions", metavar="TEXT", help="what the model should be")
    session.add_argument("--voice", metavar="NAME", help="the model's voice")
    add_turn_options(session, VAD_MODES)
    add_tool_options(session)
    session.add_argument(
        "--key-stdin",
        action="store_true",
        help="read the key from standard input, use it once and store it nowhere",
    )
    session.add_argument(
        "--engine-option",
        action="append",
        default=[],
        metavar="OPTION",
        help="an option of `vivavoce serve` for the server that is started, e.g. "
        "--engine-option=--first-audio=300; repeat it for more",
    )


def parse(arguments: argparse.Namespace) -> TalkOptions:
    """Return the options; everything that can be checked without devices is checked here.

    Raises:
        ConfigError: If they contradict each other or cannot work.
    """
    if arguments.mic and arguments.input:
        raise ConfigError(
            "Both files and a microphone were given as the user.",
            hint="Use either --input or --mic.",
        )
    if not (arguments.mic or arguments.input or arguments.rerun):
        raise ConfigError(
            "Nobody would speak: neither a file nor a microphone was given.",
            hint="Add --input FILE.wav, --rerun SESSION, or --mic for the default microphone.",
        )
    check_turn_options(arguments)
    return TalkOptions(
        model=arguments.model,
        dialect=Dialect(arguments.dialect),
        json=arguments.json,
        key_from_stdin=arguments.key_stdin,
        settings=_settings(arguments),
        input=rerun_of(arguments) or _input(arguments),
        output=_output(arguments.speaker),
        out=None if arguments.out is None else str(Path(arguments.out).absolute()),
        engine_arguments=tuple(arguments.engine_option),
        reply_timeout_s=arguments.reply_timeout,
        conduct=conduct_of(arguments, tools_of(arguments)),
        allow_tools=arguments.allow_tools,
        keeping=keeping_of(arguments),
        budget=budget_of(arguments),
    )


def start_of(
    options: TalkOptions,
    resolve: Callable[[str, Dialect], Target],
    transcription_model: Callable[[Target], str | None],
    key: Callable[[Target], str | None],
) -> StartSession:
    """Return the session to hold.

    Args:
        options: What was asked for.
        resolve: Finds the endpoint.
        transcription_model: Whom the endpoint asks for the user's words.
        key: Finds the endpoint's key, or None where it needs none.

    Raises:
        ConfigError: If the model is unknown or the endpoint cannot be used.
    """
    target = resolve(options.model, options.dialect)
    settings = options.settings
    recogniser = transcription_model(target)
    if recogniser is not None:
        settings = replace(settings, transcription_model=recogniser)
    return StartSession(
        target=target,
        settings=settings,
        input=options.input,
        output=options.output,
        key=key(target),
        sessions_dir=options.out,
        engine_arguments=options.engine_arguments,
        reply_timeout_s=options.reply_timeout_s,
        conduct=options.conduct,
        recording=options.keeping.recording,
        consents=options.keeping.consents,
        budget=options.budget,
        end_with_input=options.input.kind in {InputKind.FILES, InputKind.SESSION},
    )


def _settings(arguments: argparse.Namespace) -> SessionSettings:
    input_format, output_format = formats_of(arguments)
    return SessionSettings(
        instructions=arguments.instructions,
        voice=arguments.voice,
        turn_detection=turn_detection_of(arguments),
        input_format=input_format,
        output_format=output_format,
    )


def _input(arguments: argparse.Namespace) -> InputChoice:
    if arguments.mic:
        device = None if arguments.mic == DEFAULT_DEVICE else arguments.mic
        return InputChoice(kind=InputKind.DEVICE, device=device)
    return InputChoice(kind=InputKind.FILES, paths=tuple(arguments.input))


def _output(speaker: str | None) -> OutputChoice:
    if speaker is None:
        return OutputChoice(kind=OutputKind.NULL)
    device = None if speaker == DEFAULT_DEVICE else speaker
    return OutputChoice(kind=OutputKind.DEVICE, device=device)
