import os
from pathlib import Path

import pytest

from app.core.errors import AppError, ConfigError, StoreError
from app.core.exporting import Exported, ExportFormat
from app.core.privacy import LeftOut, Redaction
from app.exports.job import ExportJob
from app.exports.naming import names_of
from app.exports.run import STEPS, run, writer_of
from tests.support import bundles
from tests.support.recording import turn_record

NAME = "20261121T102030Z-34567890"


def go_on(_done: int, _total: int, _words: str) -> bool:
    return True


def write(job: ExportJob, *forms: ExportFormat, overwrite: bool = False) -> Exported:
    return run(job, forms, overwrite=overwrite, progress=go_on)


@pytest.mark.parametrize("form", ExportFormat)
def test_every_form_has_a_writer(form: ExportFormat) -> None:
    assert callable(writer_of(form))


def test_each_form_has_its_files_in_one_folder(tmp_path: Path) -> None:
    folder = bundles.recorded(tmp_path / "s")
    out = tmp_path / "out"

    exported = write(
        bundles.job(out, folder),
        ExportFormat.CSV,
        ExportFormat.PARQUET,
        ExportFormat.FLAC,
        ExportFormat.WAV_SIDES,
        ExportFormat.OTLP,
        ExportFormat.BUNDLE,
        ExportFormat.CSV,
    )

    names = [str(Path(file).relative_to(out)) for file in exported.files]
    assert names == [
        "turns.csv", "sessions.csv", "turns.parquet", "sessions.parquet", f"{NAME}.flac",
        f"{NAME}.user.wav", f"{NAME}.agent.wav", "otlp.jsonl", "otlp-metrics.jsonl",
        "sessions.vivavoce",
    ]  # fmt: skip
    assert sorted(os.listdir(out)) == sorted(names)  # noqa: PTH208 - names are enough
    assert exported.bytes_n == sum((out / name).stat().st_size for name in names)


@pytest.mark.parametrize(
    ("form", "name", "told"),
    [
        (ExportFormat.CSV, "mine.csv", ["mine.csv", "mine-sessions.csv"]),
        (ExportFormat.JSONL, "MINE.JSONL", ["MINE.JSONL", "MINE-sessions.jsonl"]),
        (ExportFormat.FLAC, "mine.flac", ["mine.flac"]),
        (ExportFormat.WAV_SIDES, "a.b.wav", ["a.b.user.wav", "a.b.agent.wav"]),
        (ExportFormat.BUNDLE, "mine.vivavoce", ["mine.vivavoce"]),
        (ExportFormat.CSV, "mine.flac", ["turns.csv", "sessions.csv"]),
    ],
)
def test_one_form_may_be_given_its_file_by_name(
    form: ExportFormat, name: str, told: list[str], tmp_path: Path
) -> None:
    folder = bundles.recorded(tmp_path / "s")

    exported = write(bundles.job(tmp_path / "out" / name, folder), form)

    assert [Path(file).name for file in exported.files] == told


def test_what_is_there_is_replaced_only_when_asked(tmp_path: Path) -> None:
    folder = bundles.recorded(tmp_path / "s")
    job = bundles.job(tmp_path / "out", folder)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "sessions.csv").write_text("mine")

    with pytest.raises(StoreError, match="there already") as told:
        write(job, ExportFormat.FLAC, ExportFormat.CSV)
    assert "--overwrite" in told.value.hint
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["sessions.csv"]

    write(job, ExportFormat.FLAC, ExportFormat.CSV, overwrite=True)
    assert (tmp_path / "out" / "sessions.csv").read_text() != "mine"


def test_a_recorded_session_is_never_written_into(tmp_path: Path) -> None:
    folder = bundles.recorded(tmp_path / "s")
    before = bundles.contents(folder)

    for out in (folder, folder / "sub", folder / "turns.csv"):
        with pytest.raises(StoreError, match="inside a recorded session"):
            write(bundles.job(out, folder), ExportFormat.CSV, overwrite=True)
    (tmp_path / "link").symlink_to(folder)
    with pytest.raises(StoreError, match="inside a recorded session"):
        write(bundles.job(tmp_path / "link", folder), ExportFormat.CSV, overwrite=True)

    assert bundles.contents(folder) == before


def test_a_folder_of_a_files_name_is_told(tmp_path: Path) -> None:
    folder = bundles.recorded(tmp_path / "s")
    (tmp_path / "out" / "turns.csv").mkdir(parents=True)

    with pytest.raises(StoreError, match="is a folder"):
        write(bundles.job(tmp_path / "out", folder), ExportFormat.CSV, overwrite=True)


def test_what_cannot_be_written_is_told_and_the_rest_is(tmp_path: Path) -> None:
    folder = bundles.recorded(tmp_path / "s", turns=[turn_record(agent_transcript=None)])
    job = bundles.job(tmp_path / "out", folder, redaction=Redaction(left_out=(LeftOut.AUDIO,)))

    exported = write(job, ExportFormat.WAV, ExportFormat.CSV, ExportFormat.SRT)

    assert len(exported.files) == 2
    assert exported.odd[0].startswith("wav: Sound is left out")
    assert exported.odd[1].startswith("srt: There are no words")
    with pytest.raises(StoreError, match="Sound is left out"):
        write(job, ExportFormat.WAV, ExportFormat.SRT)


def test_an_expression_that_is_none_is_told_before_anything_is_written(tmp_path: Path) -> None:
    folder = bundles.recorded(tmp_path / "s")
    job = bundles.job(tmp_path / "out", folder, redaction=Redaction(patterns=("(",)))

    with pytest.raises(ConfigError):
        write(job, ExportFormat.WAV, ExportFormat.CSV)

    assert not (tmp_path / "out").exists()


def test_nothing_to_write_is_told(tmp_path: Path) -> None:
    for job, forms in (
        (bundles.job(tmp_path / "out"), (ExportFormat.CSV,)),
        (bundles.job(tmp_path / "out", bundles.recorded(tmp_path / "s")), ()),
    ):
        with pytest.raises(AppError):
            write(job, *forms)


def test_progress_grows_to_the_end_and_tells_what_is_written(tmp_path: Path) -> None:
    folder = bundles.recorded(tmp_path / "s", turns=[turn_record(number) for number in range(9)])
    told: list[tuple[int, int, str]] = []

    def progress(done: int, total: int, words: str) -> bool:
        told.append((done, total, words))
        return True

    forms = (ExportFormat.CSV, ExportFormat.WAV)
    run(bundles.job(tmp_path / "out", folder), forms, overwrite=False, progress=progress)

    steps = [done for done, _, _ in told]
    assert steps == sorted(steps)
    assert steps[-1] == 2 * STEPS == told[0][1]
    assert {words for _, _, words in told} == {"csv", "wav"}


def test_breaking_off_ends_all_forms_and_keeps_whole_files(tmp_path: Path) -> None:
    folder = bundles.recorded(tmp_path / "s")
    forms = (ExportFormat.CSV, ExportFormat.WAV, ExportFormat.FLAC)

    with pytest.raises(StoreError, match="broken off"):
        run(
            bundles.job(tmp_path / "out", folder),
            forms,
            overwrite=False,
            progress=lambda _done, _total, words: words != "wav",
        )

    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "sessions.csv", "turns.csv"
    ]  # fmt: skip


def test_sessions_of_one_name_and_of_strange_names_have_different_files(tmp_path: Path) -> None:
    names = ("a", "A", "\u0645\u0631\u062d\u0628\u0627 \N{PARTY POPPER}", "x" * 200, 'a:b*"\u202e')
    folders = [bundles.recorded(tmp_path / str(at), name) for at, name in enumerate(names)]
    sessions = bundles.stored(*folders)

    assert names_of(sessions) == [
        "a", "A-2", "\u0645\u0631\u062d\u0628\u0627 \N{PARTY POPPER}", "x" * 80, "a_b___"
    ]  # fmt: skip
    exported = write(bundles.job(tmp_path / "out", *folders), ExportFormat.FLAC)
    assert len(set(exported.files)) == len(names)


@pytest.mark.parametrize("name", ["a\0b", "x" * 5_000])
@pytest.mark.parametrize("form", [ExportFormat.CSV, ExportFormat.SRT])
def test_what_no_system_has_for_a_name_is_refused(
    tmp_path: Path, name: str, form: ExportFormat
) -> None:
    job = bundles.job(tmp_path / name, bundles.recorded(tmp_path / "s"))

    with pytest.raises(StoreError, match="no file of that name"):
        write(job, form)
