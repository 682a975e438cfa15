"""``vivavoce export``: recorded sessions in the formats of other programs.

Tables (csv, jsonl, parquet) hold a row a turn, and a row a session beside them; wav and flac are
stereo, the user on the left, and -sides gives each side its own file; srt and vtt are the words
of both sides with their times; otlp is OpenTelemetry; bundle is one file that another copy of
this program imports; report is a page for people. Keys are left out always.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final, TextIO, TypeVar

from app.cli.plain import json_line, plain
from app.core.exporting import Exported, ExportFormat, SemConv
from app.core.privacy import LeftOut, PersonalData, Redaction

LATEST, ALL = "latest", "all"
_Word = TypeVar("_Word", bound=StrEnum)
_DEFAULT: Final = (ExportFormat.CSV,)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportOptions:
    """What ``export`` was asked for.

    Attributes:
        sessions: As they were named.
        root: The folder that they were recorded below, or None for the user's own.
        out: A folder, or a file where one form is written.
    """

    sessions: tuple[str, ...]
    formats: tuple[ExportFormat, ...]
    out: Path
    root: str | None
    redaction: Redaction
    overwrite: bool
    title: str
    endpoint: str
    semconv: SemConv
    telemetry_words: bool
    json: bool


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command's words and options."""
    parser.add_argument(
        "sessions",
        nargs="+",
        metavar="SESSION",
        help='a session\'s folder, its id, the end of its name, "latest" or "all"',
    )
    parser.add_argument(
        "-f",
        "--format",
        metavar="FORMS",
        type=lambda text: _words(ExportFormat, text),
        default=_DEFAULT,
        help=f"any of {_listed(ExportFormat)}, with commas between (default: csv)",
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="PLACE",
        type=Path,
        default=Path("vivavoce-export"),
        help="a folder, or the file's name where one form is written (default: %(default)s)",
    )
    parser.add_argument("--overwrite", action="store_true", help="replace files that are there")
    parser.add_argument(
        "--out", metavar="DIR", help="the folder that the sessions were recorded below"
    )
    parser.add_argument("--json", action="store_true", help="tell what was written as JSON")
    _add_redaction(parser.add_argument_group("what is left out"))
    _add_telemetry(parser.add_argument_group("for otlp and report"))


def _add_redaction(group: "argparse._ArgumentGroup") -> None:
    group.add_argument(
        "--redact",
        metavar="KINDS",
        type=_personal,
        default=(),
        help=f"replace personal data in all text: any of {_listed(PersonalData)}, or all",
    )
    group.add_argument(
        "--pattern",
        metavar="REGEX",
        action="append",
        default=[],
        help="replace what this expression (RE2) matches; repeat it for more",
    )
    group.add_argument(
        "--leave-out",
        metavar="PARTS",
        type=lambda text: _words(LeftOut, text),
        default=(),
        help=f"any of {_listed(LeftOut)}",
    )


def _add_telemetry(group: "argparse._ArgumentGroup") -> None:
    group.add_argument("--title", default="", help="the report's title (default: the models)")
    group.add_argument(
        "--endpoint", metavar="URL", default="", help="send OTLP there as well, over HTTP"
    )
    group.add_argument(
        "--semconv",
        choices=[version.value for version in SemConv],
        default=SemConv.RELEASED.value,
        help="which names of OpenTelemetry are used (default: %(default)s)",
    )
    group.add_argument(
        "--telemetry-words", action="store_true", help="OTLP holds what was said, too"
    )


def parse(parsed: argparse.Namespace) -> ExportOptions:
    """Return the options of a command line."""
    return ExportOptions(
        sessions=tuple(parsed.sessions),
        formats=parsed.format,
        out=parsed.output,
        root=parsed.out,
        redaction=Redaction(
            left_out=parsed.leave_out, personal=parsed.redact, patterns=tuple(parsed.pattern)
        ),
        overwrite=parsed.overwrite,
        title=parsed.title,
        endpoint=parsed.endpoint,
        semconv=SemConv(parsed.semconv),
        telemetry_words=parsed.telemetry_words,
        json=parsed.json,
    )


def show(exported: Exported, out: TextIO, err: TextIO, *, as_json: bool) -> None:
    """Print what was written, and what was odd."""
    if as_json:
        told = {"files": exported.files, "bytes": exported.bytes_n, "odd": exported.odd}
        print(json_line({"type": "exported", **told}), file=out)
        return
    for file in exported.files:
        print(plain(file), file=out)
    for sentence in exported.odd:
        print(plain(f"Note: {sentence.removesuffix('.')}."), file=err)


def _personal(text: str) -> tuple[PersonalData, ...]:
    return tuple(PersonalData) if text == ALL else _words(PersonalData, text)


def _words(kind: type[_Word], text: str) -> tuple[_Word, ...]:
    return tuple(
        dict.fromkeys(_one(kind, word.strip()) for word in text.split(",") if word.strip())
    )


def _one(kind: type[_Word], word: str) -> _Word:
    try:
        return kind(word)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{word!r} is none of {_listed(kind)}") from None


def _listed(kind: type[StrEnum]) -> str:
    words: Sequence[str] = [word.value for word in kind]
    return ", ".join(words)
