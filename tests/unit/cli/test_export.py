import argparse
import io
import json
from pathlib import Path

import pytest

from app.cli import export as front
from app.core.exporting import Exported, ExportFormat, SemConv
from app.core.privacy import LeftOut, PersonalData


def parsed(*words: str) -> front.ExportOptions:
    parser = argparse.ArgumentParser()
    front.add_arguments(parser)
    return front.parse(parser.parse_args(list(words)))


def test_without_options_the_table_of_turns_goes_to_a_folder_here() -> None:
    options = parsed("latest")

    assert options.sessions == ("latest",)
    assert options.formats == (ExportFormat.CSV,)
    assert options.out == Path("vivavoce-export")
    assert options.redaction.left_out == options.redaction.patterns == ()
    assert not options.overwrite


def test_every_option_is_read() -> None:
    options = parsed(
        "a", "b", "-f", "flac, csv,flac", "-o", "x", "--redact", "email,phone", "--pattern", "a,b",
        "--pattern", "c", "--leave-out", "audio,names", "--overwrite", "--endpoint",
        "http://127.0.0.1:4318", "--semconv", "genai-main", "--telemetry-words", "--title", "T",
        "--out", "D", "--json",
    )  # fmt: skip

    assert options.formats == (ExportFormat.FLAC, ExportFormat.CSV)
    assert options.redaction.personal == (PersonalData.EMAIL, PersonalData.PHONE)
    assert options.redaction.patterns == ("a,b", "c")
    assert options.redaction.left_out == (LeftOut.AUDIO, LeftOut.NAMES)
    assert (options.endpoint, options.semconv) == ("http://127.0.0.1:4318", SemConv.MAIN)
    assert (options.root, options.title) == ("D", "T")
    assert options.overwrite
    assert options.telemetry_words
    assert options.json


def test_all_kinds_of_personal_data_have_one_word() -> None:
    assert parsed("a", "--redact", "all").redaction.personal == tuple(PersonalData)


@pytest.mark.parametrize(
    "words", [("-f", "mp4"), ("--redact", "names"), ("--leave-out", "x"), ("--semconv", "1")]
)
def test_a_word_that_is_not_known_is_told_with_those_that_are(
    words: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        parsed("latest", *words)

    assert words[1] in capsys.readouterr().err


def test_what_was_written_is_told_to_people_and_to_programs() -> None:
    exported = Exported(files=("/a\x1b[2J.csv",), bytes_n=7, odd=("half a row.", "no sound"))
    out, err, machine = io.StringIO(), io.StringIO(), io.StringIO()

    front.show(exported, out, err, as_json=False)
    front.show(exported, machine, err, as_json=True)

    assert out.getvalue() == "/a [2J.csv\n"
    assert err.getvalue() == "Note: half a row.\nNote: no sound.\n"
    assert json.loads(machine.getvalue()) == {
        "type": "exported", "files": ["/a\x1b[2J.csv"], "bytes": 7, "odd": list(exported.odd)
    }  # fmt: skip
