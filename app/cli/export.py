"""``vivavoce export``: recorded sessions in the formats of other programs.

Tables (csv, jsonl, parquet) hold a row a turn, and a row a session beside them; wav and flac are
stereo, the user on the left, and -sides gives each side its own file; srt and vtt are the words
of both sides with their times; otlp is OpenTelemetry; bundle is one file that another copy of
this program imports; report is a page for people. Keys are left out always.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TextIO

from app.cli.plain import json_line, plain
from app.cli.redaction_options import add_redaction_options, listed, redaction_of, words_of
from app.core.exporting import Exported, ExportFormat, SemConv
from app.core.privacy import Redaction

LATEST, ALL = "latest", "all"
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
        type=lambda text: words_of(ExportFormat, text),
        default=_DEFAULT,
        help=f"any of {listed(ExportFormat)}, with commas between (default: csv)",
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
    add_redaction_options(parser.add_argument_group("what is left out"))
    _add_telemetry(parser.add_argument_group("for otlp and report"))


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
        redaction=redaction_of(parsed),
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
