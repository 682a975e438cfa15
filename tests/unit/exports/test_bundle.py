import json
import os
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from app.core.errors import StoreError
from app.core.privacy import LeftOut, PersonalData, Redaction
from app.exports.bundle import write_bundle
from app.metrics.summary import summarise
from app.store.importing import import_bundle_file
from tests.support.bundles import (
    MADE,
    bundled,
    contents,
    job,
    line,
    manifest,
    packed,
    recorded,
    stored,
    wire,
)
from tests.support.recording import turn_record

TURNS = tuple(
    replace(
        turn_record(number, agent_transcript=text),
        v2v_ms=1 / 3 + 100 * number,
        user_transcript='=1+1 "quoted"\r\nnext',
    )
    for number, text in enumerate(
        ("\u202eevil <b>", "\U0001f389 \u0645\u0631\u062d\u0628\u0627"), 1
    )
)
JOURNAL = (
    line(0, "journal", schema_version="1.3.0"),
    wire(5, {"type": "session.updated", "session": {"instructions": "Be brief."}}),
    line(10, "ResponseText", response_id="r1", text="hel"),
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return recorded(tmp_path / "here", turns=TURNS, journal=JOURNAL)


def test_a_bundle_imports_elsewhere_to_the_same_bytes_and_figures(
    folder: Path, tmp_path: Path
) -> None:
    other = recorded(tmp_path / "here", "\u5bf9\u8bdd \U0001f389", session_id="other")
    (folder / "library.json").write_text('{"version": 1, "note": "mine", "tags": ["a"]}')
    bundle = bundled(tmp_path / "two.vivavoce", folder, other)

    imported = import_bundle_file(bundle, tmp_path / "there")

    assert imported.added == (folder.name, other.name)
    assert contents(tmp_path / "there") == contents(tmp_path / "here")
    before, after = stored(folder)[0], stored(tmp_path / "there" / folder.name)[0]
    assert (before.record, before.turns) == (after.record, after.turns)
    assert summarise(before.turns) == summarise(after.turns)


def test_one_bundle_is_always_the_same_file(folder: Path, tmp_path: Path) -> None:
    first = bundled(tmp_path / "a.vivavoce", folder)
    os.utime(folder / "turns.csv", (1, 1))
    second = bundled(tmp_path / "b.vivavoce", folder)

    assert first.read_bytes() == second.read_bytes()


def test_the_type_stands_where_tools_look_and_sound_is_not_packed(
    folder: Path, tmp_path: Path
) -> None:
    bundle = bundled(tmp_path / "a.vivavoce", folder)

    assert bundle.read_bytes()[30:73] == b"mimetypeapplication/vnd.vivavoce.bundle+zip"
    with zipfile.ZipFile(bundle) as archive:
        packing = {Path(info.filename).name: info.compress_type for info in archive.infolist()}
        assert archive.testzip() is None
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert packing["stereo.wav"] == zipfile.ZIP_STORED
    assert packing["events.jsonl"] == zipfile.ZIP_DEFLATED


def test_the_manifest_says_what_is_in_it_and_what_is_not(folder: Path, tmp_path: Path) -> None:
    redaction = Redaction(
        left_out=(LeftOut.AUDIO, LeftOut.NOTES), personal=(PersonalData.EMAIL,), patterns=("x+",)
    )
    told = manifest(bundled(tmp_path / "a.vivavoce", folder, redaction=redaction))

    assert (told["format"], told["version"], told["made_utc"]) == ("vivavoce-bundle", "1.0", MADE)
    assert (told["left_out"], told["personal"], told["patterns_n"]) == (
        ["audio", "notes"], ["email"], 1
    )  # fmt: skip
    (session,) = told["sessions"]
    assert sorted(session["files"]) == ["events.jsonl", "session.json", "turns.csv"]


@pytest.mark.parametrize(
    ("part", "name"),
    [
        (LeftOut.AUDIO, "stereo.wav"),
        (LeftOut.EVENTS, "events.jsonl"),
        (LeftOut.NOTES, "library.json"),
    ],
)
def test_whole_files_are_left_out(folder: Path, tmp_path: Path, part: LeftOut, name: str) -> None:
    (folder / "library.json").write_text('{"version": 1, "note": "mine"}')

    names = packed(bundled(tmp_path / "a.vivavoce", folder, redaction=Redaction(left_out=(part,))))

    assert not any(each.endswith(name) for each in names)
    assert len(names) == len(packed(bundled(tmp_path / "b.vivavoce", folder))) - 1


def test_what_does_not_belong_to_a_session_stays_at_home(folder: Path, tmp_path: Path) -> None:
    (folder / "passwords.txt").write_text("secret")
    (folder / "events.torn").write_text('{"raw":"half')

    names = packed(bundled(tmp_path / "a.vivavoce", folder))

    assert not any("passwords" in name or "torn" in name for name in names)


def test_a_link_is_not_followed_and_a_pipe_not_waited_for(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    (folder / "events.jsonl").unlink()
    (folder / "events.jsonl").symlink_to(tmp_path / "secret")
    (folder / "stereo.wav").unlink()
    os.mkfifo(folder / "stereo.wav")

    exported = write_bundle(job(tmp_path / "a.vivavoce", folder))

    assert [("is a link" in each, "no file" in each) for each in exported.odd] == [
        (True, False), (False, True)
    ]  # fmt: skip
    assert b"secret" not in b"".join(packed(tmp_path / "a.vivavoce").values())


def test_a_missing_file_is_not_in_it(folder: Path, tmp_path: Path) -> None:
    (folder / "stereo.wav").unlink()
    (folder / "turns.csv").unlink()

    bundle = bundled(tmp_path / "a.vivavoce", folder)

    assert import_bundle_file(bundle, tmp_path / "there").added == (folder.name,)


def test_two_sessions_of_one_folder_name_are_both_in_it(folder: Path, tmp_path: Path) -> None:
    other = recorded(tmp_path / "elsewhere", session_id="other")

    bundle = bundled(tmp_path / "a.vivavoce", folder, other)

    assert import_bundle_file(bundle, tmp_path / "there").added == (
        folder.name, f"{folder.name}-2"
    )  # fmt: skip


def test_a_folder_whose_name_leads_elsewhere_gets_another(tmp_path: Path) -> None:
    folder = recorded(tmp_path, "line\nbreak")

    (session,) = manifest(bundled(tmp_path / "a.vivavoce", folder))["sessions"]

    assert session["folder"] == "session"


def test_nothing_is_left_of_a_bundle_that_was_broken_off(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out" / "a.vivavoce"
    out.parent.mkdir()
    out.write_bytes(b"what was there before")

    with pytest.raises(StoreError, match="broken off"):
        write_bundle(job(out, folder, told=lambda done, _total: done < 3000))

    assert contents(out.parent) == {"a.vivavoce": b"what was there before"}


def test_progress_ends_where_it_said(folder: Path, tmp_path: Path) -> None:
    steps: list[tuple[int, int]] = []

    def told(done: int, total: int) -> bool:
        steps.append((done, total))
        return True

    write_bundle(job(tmp_path / "a.vivavoce", folder, told=told))

    total = sum(len(content) for content in contents(folder).values())
    assert steps[-1] == (total, total)
    assert [done for done, _ in steps] == sorted(done for done, _ in steps)


def test_a_place_that_cannot_be_written_is_told(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(StoreError, match="cannot be written"):
        write_bundle(job(tmp_path / "file" / "a.vivavoce", folder))


def test_without_a_session_that_can_be_read_there_is_no_bundle(
    folder: Path, tmp_path: Path
) -> None:
    given = job(tmp_path / "a.vivavoce", folder)
    (folder / "session.json").unlink()

    with pytest.raises(StoreError, match="None of the sessions"):
        write_bundle(given)

    assert not (tmp_path / "a.vivavoce").exists()


def test_the_account_survives_every_redaction(folder: Path, tmp_path: Path) -> None:
    everything = Redaction(
        left_out=tuple(LeftOut), personal=tuple(PersonalData), patterns=("[aeiou]+", "\\d+")
    )
    bundle = bundled(tmp_path / "a.vivavoce", folder, redaction=everything)

    import_bundle_file(bundle, tmp_path / "there")

    before, (after,) = stored(folder)[0], stored(tmp_path / "there" / folder.name)
    assert summarise(after.turns) == summarise(before.turns)
    assert after.record.session_id == before.record.session_id
    assert not after.odd
    assert json.loads((tmp_path / "there" / folder.name / "session.json").read_text())


def test_a_session_whose_id_is_no_text_is_told_and_the_others_go(
    folder: Path, tmp_path: Path
) -> None:
    odd = recorded(tmp_path / "odd", session_id="\ud800")

    exported = write_bundle(job(tmp_path / "b.vivavoce", odd, folder))

    assert "an id that is no text" in exported.odd[0]
    assert len(import_bundle_file(tmp_path / "b.vivavoce", tmp_path / "there").added) == 1
