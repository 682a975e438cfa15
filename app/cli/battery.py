"""``vivavoce battery``: how a model takes turns, by sounds whose every instant is known.

  vivavoce battery interruption --model M     nine sounds into long replies: what stops it?
  vivavoce battery endpointing --model M      pauses in sentences: what is taken for an end?

Standard output gets the table, or with --json one JSON object a line: trials, rows or points,
and a summary as the last line; progress goes to standard error. The exit code is 0 if every
trial was held, 1 if some were not, 130 after Ctrl-C, which keeps the recordings so far.
"""

import argparse
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from app.cli.conduct_options import add_conduct_options, conduct_of
from app.cli.turn_options import LONGEST_REPLY_S, LONGEST_SILENCE_MS
from app.core.conduct import Conduct
from app.core.config import Dialect, SessionSettings, Target, TurnDetection, VadMode
from app.core.errors import ConfigError
from app.session.messages import (
    InputChoice,
    InputKind,
    OutputChoice,
    OutputKind,
    StartBattery,
    StartSession,
    StartSweep,
)

SILENCES_MS: Final = (200, 300, 500, 800)
PAUSES_MS: Final = (500.0, 1000.0, 1500.0, 2000.0)
EAGERNESSES: Final = ("low", "medium", "high", "auto")
BATTERY_REPEATS: Final = 5
SWEEP_REPEATS: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class BatteryOptions:
    """What ``battery`` was asked for.

    Attributes:
        stimuli: Names; none named uses all.
        settings: Settings of turn detection, for endpointing; one for interruption.
    """

    kind: str
    model: str
    dialect: Dialect
    voice: str | None
    instructions: str | None
    engine_arguments: tuple[str, ...]
    key_from_stdin: bool
    settings: tuple[TurnDetection, ...]
    conduct: Conduct
    stimuli: tuple[str, ...]
    pauses_ms: tuple[float, ...]
    repeats: int
    seed: int
    reply_timeout_s: float
    out: str | None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command's options."""
    parser.add_argument(
        "kind", nargs="?", choices=("interruption", "endpointing"), default="interruption"
    )
    _add_session(parser)
    add_conduct_options(parser)
    trials = parser.add_argument_group("the trials")
    trials.add_argument(
        "--repeats", type=int, metavar="N", help="of each sound (5), or of each pause (3)"
    )
    trials.add_argument(
        "--seed", type=int, default=0, metavar="N", help="the same gives the same order"
    )
    trials.add_argument(
        "--stimuli", default="", metavar="NAMES", help="interruption: only these, with commas"
    )
    trials.add_argument("--list", action="store_true", help="list the sounds")
    trials.add_argument(
        "--silence-ms",
        default="",
        metavar="MS",
        help="silence that ends a turn; endpointing: several, with commas (200,300,500,800)",
    )
    trials.add_argument(
        "--eagerness",
        default="",
        metavar="NAMES",
        help="semantic turn detection: low, medium, high or auto; endpointing: several",
    )
    trials.add_argument(
        "--pauses-ms",
        default="",
        metavar="MS",
        help="endpointing: pauses inside the sentences (500,1000,1500,2000)",
    )
    output = parser.add_argument_group("the results")
    output.add_argument("--out", metavar="DIR", help="record below this folder")
    output.add_argument("--json", action="store_true", help="JSON lines; the last is a summary")


def _add_session(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("the model")
    group.add_argument(
        "--model", default="local", metavar="MODEL", help="as `vivavoce talk` takes it"
    )
    group.add_argument(
        "--dialect",
        choices=[dialect.value for dialect in Dialect],
        default=Dialect.OPENAI_GA.value,
        help="how an endpoint given by URL spells the protocol",
    )
    group.add_argument("--voice", metavar="NAME", help="the model's voice")
    group.add_argument("--instructions", metavar="TEXT", help="more instructions for the model")
    group.add_argument(
        "--reply-timeout",
        type=float,
        default=30.0,
        metavar="SECONDS",
        help="after this long without an answer a turn has failed (default: %(default)s)",
    )
    group.add_argument(
        "--key-stdin", action="store_true", help="read the key from standard input, used once"
    )
    group.add_argument(
        "--engine-option",
        action="append",
        default=[],
        metavar="OPTION",
        help="an option of `vivavoce serve` for the server that is started; repeat it for more",
    )


def parse(arguments: argparse.Namespace) -> BatteryOptions:
    """Return the options.

    Raises:
        ConfigError: If they contradict each other or cannot work.
    """
    sweeps = arguments.kind == "endpointing"
    if not 0 < arguments.reply_timeout <= LONGEST_REPLY_S:
        raise ConfigError(f"--reply-timeout must be above 0 and at most {LONGEST_REPLY_S} seconds.")
    if sweeps and arguments.stimuli:
        raise ConfigError("--stimuli is for `battery interruption`.")
    if not sweeps and arguments.pauses_ms:
        raise ConfigError("--pauses-ms is for `battery endpointing`.")
    usual = SWEEP_REPEATS if sweeps else BATTERY_REPEATS
    return BatteryOptions(
        kind=arguments.kind,
        model=arguments.model,
        dialect=Dialect(arguments.dialect),
        voice=arguments.voice,
        instructions=arguments.instructions,
        engine_arguments=tuple(arguments.engine_option),
        key_from_stdin=arguments.key_stdin,
        settings=_settings(arguments, sweeps=sweeps),
        conduct=conduct_of(arguments),
        stimuli=_names(arguments.stimuli),
        pauses_ms=tuple(_numbers(arguments.pauses_ms, "--pauses-ms")) or PAUSES_MS,
        repeats=usual if arguments.repeats is None else arguments.repeats,
        seed=arguments.seed,
        reply_timeout_s=arguments.reply_timeout,
        out=None if arguments.out is None else str(Path(arguments.out).absolute()),
    )


def request_of(
    options: BatteryOptions,
    resolve: Callable[[str, Dialect], Target],
    transcription_model: Callable[[Target], str | None],
    key: Callable[[Target], str | None],
) -> StartBattery | StartSweep:
    """Return what the engine is asked for.

    Args:
        options: What was asked for.
        resolve: Finds an endpoint.
        transcription_model: Whom an endpoint asks for the user's words.
        key: Finds an endpoint's key, or None where it needs none.

    Raises:
        ConfigError: If the model is unknown or the endpoint cannot be used.
    """
    target = resolve(options.model, options.dialect)
    start = replace(_start_of(options, target, transcription_model(target)), key=key(target))
    if options.kind == "interruption":
        return StartBattery(
            start=start, seed=options.seed, repeats=options.repeats, stimuli=options.stimuli
        )
    return StartSweep(
        start=start,
        settings=options.settings,
        pauses_ms=options.pauses_ms,
        repeats=options.repeats,
        seed=options.seed,
    )


def _start_of(options: BatteryOptions, target: Target, recogniser: str | None) -> StartSession:
    settings = SessionSettings(
        instructions=options.instructions,
        voice=options.voice,
        turn_detection=options.settings[0],
    )
    if recogniser is not None:
        settings = replace(settings, transcription_model=recogniser)
    return StartSession(
        target=target,
        settings=settings,
        input=InputChoice(kind=InputKind.SILENCE),
        output=OutputChoice(kind=OutputKind.NULL),
        sessions_dir=options.out,
        engine_arguments=options.engine_arguments,
        reply_timeout_s=options.reply_timeout_s,
        conduct=options.conduct,
    )


def _settings(arguments: argparse.Namespace, *, sweeps: bool) -> tuple[TurnDetection, ...]:
    silences = [round(each) for each in _numbers(arguments.silence_ms, "--silence-ms")]
    eager = _names(arguments.eagerness)
    if not all(0 <= each <= LONGEST_SILENCE_MS for each in silences):
        raise ConfigError(f"--silence-ms must be between 0 and {LONGEST_SILENCE_MS}.")
    if not set(eager) <= set(EAGERNESSES):
        raise ConfigError(f"--eagerness must be of {', '.join(EAGERNESSES)}.")
    found = (
        *(TurnDetection(silence_ms=each) for each in silences),
        *(TurnDetection(mode=VadMode.SEMANTIC, eagerness=each) for each in eager),
    )
    if not found:
        usual = SILENCES_MS if sweeps else (TurnDetection().silence_ms,)
        return tuple(TurnDetection(silence_ms=each) for each in usual)
    if not sweeps and len(found) > 1:
        raise ConfigError(
            "`battery interruption` uses one setting of turn detection.",
            hint="Give one --silence-ms or one --eagerness.",
        )
    return found


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _numbers(text: str, option: str) -> list[float]:
    try:
        found = [float(each) for each in _names(text)]
    except ValueError:
        found = [math.nan]
    if not all(map(math.isfinite, found)):
        raise ConfigError(f"{option} must be numbers with commas between.")
    return found
