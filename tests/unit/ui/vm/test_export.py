"""Exports and reports as the window asks for them, and what it shows of them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from app.core.errors import ConfigError
from app.core.exporting import Exported, ExportFormat, ExportWish
from app.core.privacy import LeftOut, PersonalData, Redaction
from app.session.messages import JobReport, LiveState, StateReport
from app.ui.vm.catalogue import model_options
from app.ui.vm.export import FORMATS, GROUPS, ExportViewModel, endpoint_problem, size_words
from app.ui.vm.export_redaction import (
    LEFT_OUT_WORDS,
    PERSONAL_WORDS,
    SHOWN,
    Look,
    look,
    patterns,
)
from app.ui.vm.export_run import BUSY, TALKING, ExportRun
from app.ui.vm.jobs import JobsViewModel
from app.ui.vm.live import LiveViewModel
from app.ui.vm.preferences import Preferences
from app.ui.vm.report import ReportViewModel, read_page
from app.ui.vm.report_preview import Preview
from app.ui.vm.setup import SetupViewModel
from tests.support.ui import catalogue

DONE = JobReport(done=1, total=1, over=True)


class Desk:
    def __init__(self) -> None:
        self.wishes: list[ExportWish] = []
        self.jobs = JobsViewModel()
        self.live = LiveViewModel()
        self.setup = SetupViewModel(model_options(catalogue()), Preferences())
        self.run = ExportRun(self.jobs, self.live, self._write)
        self.export = ExportViewModel(self.setup, self.run)
        self.report = ReportViewModel(self.setup, self.run, lambda: "/tmp/preview")  # noqa: S108

    def _write(self, wish: ExportWish) -> None:
        self.jobs.begin("Exporting")
        self.wishes.append(wish)

    def answer(self, *files: str, odd: tuple[str, ...] = (), bytes_n: int = 12) -> None:
        self.run.take(Exported(files=files, bytes_n=bytes_n, odd=odd))
        self.jobs.take(DONE)


@pytest.fixture
def desk() -> Desk:
    made = Desk()
    made.export.open(("/s/1",))
    made.export.update(out="/out")
    made.report.open(("/s/1", "/s/2"))
    made.report.update(out="/out/report.html")
    return made


def test_every_format_is_explained_and_stands_in_one_group() -> None:
    grouped = [each for _words, formats in GROUPS for each in formats]

    assert len(grouped) == len(set(grouped))
    assert set(grouped) == set(FORMATS) == set(ExportFormat) - {ExportFormat.REPORT}
    assert set(LEFT_OUT_WORDS) == set(LeftOut)
    assert set(PERSONAL_WORDS) == set(PersonalData)


def test_an_export_is_asked_for_as_it_was_filled_in(desk: Desk) -> None:
    desk.export.update(
        formats=frozenset({ExportFormat.OTLP, ExportFormat.CSV}),
        left_out=frozenset({LeftOut.NAMES}),
        personal=frozenset({PersonalData.PHONE, PersonalData.EMAIL}),
        patterns=" Anna \n\nBerta",
        endpoint=" http://localhost:4318 ",
        overwrite=True,
    )

    assert desk.export.begin()

    assert desk.wishes == [
        ExportWish(
            sessions=("/s/1",),
            formats=(ExportFormat.CSV, ExportFormat.OTLP),
            out="/out",
            redaction=Redaction(
                left_out=(LeftOut.NAMES,),
                personal=(PersonalData.EMAIL, PersonalData.PHONE),
                patterns=("Anna", "Berta"),
            ),
            overwrite=True,
            endpoint="http://localhost:4318",
        )
    ]
    kept = desk.setup.preferences
    assert (kept.export_folder, kept.otlp_endpoint) == ("/out", "http://localhost:4318")


def test_an_endpoint_is_used_only_where_telemetry_is_exported(desk: Desk) -> None:
    desk.export.update(endpoint="http://localhost:4318")

    desk.export.begin()

    assert desk.wishes[0].endpoint == ""


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"formats": frozenset()}, "Choose at least one format."),
        ({"out": "  "}, "Choose a folder."),
        ({"out": "exports"}, "The folder's whole path is needed."),
        ({"endpoint": "localhost:4318"}, "The endpoint is an address"),
        ({"endpoint": "http://anna:key@host"}, "may hold no name and no key"),
        (
            {
                "formats": frozenset({ExportFormat.FLAC}),
                "left_out": frozenset({LeftOut.AUDIO}),
            },
            "FLAC, stereo: nothing is left without audio.",
        ),
    ],
)
def test_what_cannot_be_exported_says_why(
    desk: Desk, changes: dict[str, object], words: str
) -> None:
    desk.export.update(**changes)

    assert words in desk.export.problem
    assert not desk.export.begin()
    assert desk.wishes == []


def test_without_a_session_there_is_nothing_to_export(desk: Desk) -> None:
    desk.export.open(())

    assert desk.export.problem == "No session is chosen."


def test_a_pattern_that_is_none_stops_the_export(desk: Desk) -> None:
    desk.export.show_look(Look(problem="The regular expression '(' is none."))

    assert not desk.export.ready


def test_home_is_a_folder_too(desk: Desk) -> None:
    desk.export.update(out="~/exports")

    desk.export.begin()

    assert desk.wishes[0].out == str(Path.home() / "exports")
    assert endpoint_problem("http://[") != ""


def test_progress_and_result_are_shown(desk: Desk) -> None:
    desk.export.begin()
    desk.jobs.take(JobReport(done=1, total=4, words="turns.csv"))
    assert (desk.run.share, desk.run.words) == (0.25, "Exporting: turns.csv")
    assert desk.export.verdict == ""

    desk.answer("/out/turns.csv", "/out/a\nb.csv", odd=("x",), bytes_n=1_234_567)

    assert desk.export.verdict == "2 files written, 1.23 MB."
    assert [each.name for each in desk.export.written] == ["turns.csv", "a b.csv"]
    assert desk.export.odd == ("x",)
    assert desk.export.ready


def test_an_export_that_fails_or_is_stopped_says_so(desk: Desk) -> None:
    desk.export.begin()
    desk.jobs.take(replace(DONE, problem="The disk is full."))
    assert desk.export.verdict == "The disk is full."

    desk.export.begin()
    desk.jobs.take(DONE)
    assert desk.export.verdict == "Stopped: nothing was written."


def test_what_is_told_unasked_is_not_taken(desk: Desk) -> None:
    desk.run.take(Exported(files=("/x",)))

    assert desk.export.written == ()


def test_a_change_forgets_the_old_result(desk: Desk) -> None:
    desk.export.begin()
    desk.answer("/out/turns.csv")

    desk.export.update(overwrite=True)

    assert desk.export.written == ()


def test_no_export_beside_a_session_or_other_work(desk: Desk) -> None:
    desk.jobs.begin("Comparing")
    assert desk.run.obstacle == BUSY
    assert not desk.run.begin(ExportWish(sessions=(), formats=(), out=""))
    desk.jobs.take(DONE)

    desk.live.take(StateReport(state=LiveState.LISTENING))
    assert desk.run.obstacle == TALKING
    assert not desk.export.ready
    assert not desk.report.can_preview


@pytest.mark.parametrize(
    ("size", "words"), [(0, "0 B"), (999, "999 B"), (1_500, "1.5 kB"), (2_000_000_000, "2 GB")]
)
def test_sizes_as_people_say_them(size: int, words: str) -> None:
    assert size_words(size) == words


# --- a look at the redaction


def redact(redaction: Redaction, texts: Sequence[str]) -> Mapping[str, str]:
    if "(" in redaction.patterns:
        raise ConfigError("The regular expression '(' is none.", hint="Close it.")
    return {text: text.replace("Anna", "[redacted]") for text in texts}


def test_a_look_tells_which_lines_change() -> None:
    found = look(redact, Redaction(), ["I am Anna.", "Hello.", "Anna?"])

    assert found.changed == ("I am [redacted].", "[redacted]?")
    assert found.words == "2 of 3 lines of the transcript on the Live page change."


def test_a_look_without_a_transcript_still_checks_the_patterns() -> None:
    assert "no transcript here" in look(redact, Redaction(), []).words
    wrong = look(redact, Redaction(patterns=("(",)), [])
    assert wrong.words == wrong.problem == "The regular expression '(' is none. Close it."


def test_a_look_shows_no_more_than_fits() -> None:
    found = look(redact, Redaction(), [f"Anna {n}" for n in range(90)])

    assert (len(found.changed), found.count) == (SHOWN, 90)


def test_patterns_stand_one_a_line() -> None:
    assert patterns("a|b\n  \n c\n") == ("a|b", "c")


# --- the report


def test_a_preview_is_made_in_a_folder_of_its_own_and_then_read(desk: Desk) -> None:
    told: list[str] = []
    desk.report.previewed.connect(lambda: told.append(desk.report.preview_path))
    desk.report.update(title=" Mini   against full ", audio=False, names=False)

    assert desk.report.make_preview()
    desk.answer("/tmp/preview/report.html", bytes_n=2_000)  # noqa: S108
    desk.report.show_page(Preview("<p>x</p>", cut=True))

    wish = desk.wishes[0]
    assert (wish.out, wish.overwrite) == ("/tmp/preview/report.html", True)  # noqa: S108
    assert wish.title == "Mini against full"
    assert wish.redaction.left_out == (LeftOut.AUDIO, LeftOut.NAMES)
    assert told == [wish.out]
    assert desk.report.saved_path == ""
    assert "2 kB" in desk.report.page_words
    assert "not all of it stands here" in desk.report.page_words


def test_a_preview_of_another_draft_says_so(desk: Desk) -> None:
    desk.report.make_preview()
    desk.answer("/tmp/preview/report.html")  # noqa: S108
    desk.report.show_page(Preview("<p>x</p>"))
    stale = [desk.report.stale]

    desk.report.update(out="/elsewhere/r.html")
    stale.append(desk.report.stale)
    desk.report.update(audio=False)

    assert [*stale, desk.report.stale] == [False, False, True]
    assert desk.report.verdict.startswith("Something was changed")


def test_saving_writes_where_it_is_wanted_and_remembers_the_folder(desk: Desk) -> None:
    assert desk.report.save()
    desk.answer("/out/report.html")

    assert desk.report.verdict == "Saved: report.html, 12 B."
    assert desk.report.saved_path == "/out/report.html"
    assert desk.setup.preferences.export_folder == "/out"


@pytest.mark.parametrize(
    ("out", "words"),
    [
        ("", "Say where"),
        ("report.html", "whole path"),
        ("/out/report.pdf", "ends in .html"),
    ],
)
def test_a_report_needs_a_place(desk: Desk, out: str, words: str) -> None:
    desk.report.update(out=out)

    assert words in desk.report.problem
    assert not desk.report.save()


def test_other_sessions_drop_the_old_preview(desk: Desk) -> None:
    desk.report.make_preview()
    desk.answer("/tmp/preview/report.html")  # noqa: S108
    desk.report.show_page(Preview("<p>x</p>"))

    desk.report.open(("/s/3",))

    assert desk.report.page is None
    assert desk.report.title == "Report on this session"
    assert desk.report.made() == ("/tmp/preview",)  # noqa: S108
    assert desk.report.made() == ()


def test_a_failed_preview_shows_none(desk: Desk) -> None:
    desk.report.make_preview()
    desk.jobs.take(replace(DONE, problem="No session could be read."))

    assert desk.report.verdict == "No session could be read."
    assert desk.report.page_words.startswith("No preview yet.")


def test_a_page_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    assert "cannot be read" in read_page(str(tmp_path / "none.html")).html
    page = tmp_path / "page.html"
    page.write_bytes(b"<h1>\xff</h1>")
    assert read_page(str(page)).html.startswith("<h2>")
