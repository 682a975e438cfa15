"""Bundles taken in, and everything that only looks like one refused with nothing left behind."""

import fcntl
import os
import struct
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from app.core.bundle import is_folder_name
from app.core.errors import StoreError
from app.exports import bundle as bundling
from app.store import importing
from app.store.importing import import_bundle_file
from tests.support.bundles import (
    account,
    archive,
    bundled,
    contents,
    manifest_of,
    recorded,
    session_entry,
)

FILES = {"session.json": account(), "events.jsonl": b"{}\n"}
INSIDE = [(f"sessions/a/{name}", content) for name, content in FILES.items()]
TOLD = manifest_of(session_entry("a", FILES))


def one(path: Path, files: Mapping[str, bytes] = FILES, folder: str = "a") -> Path:
    """A bundle of one session."""
    inside = [(f"sessions/{folder}/{name}", content) for name, content in files.items()]
    return archive(path, inside, manifest_of(session_entry(folder, files)))


# --- what is taken in ----------------------------------------------------------------------------


def test_a_session_is_taken_in_and_known_the_next_time(tmp_path: Path) -> None:
    bundle, root = one(tmp_path / "b.vivavoce"), tmp_path / "root"

    first, second = import_bundle_file(bundle, root), import_bundle_file(bundle, root)

    assert (first.added, first.known) == (("a",), ())
    assert (second.added, second.known) == ((), ("a",))
    assert contents(root) == {f"a/{name}": content for name, content in FILES.items()}
    assert {path.stat().st_mode & 0o777 for path in (root / "a").iterdir()} == {0o600}
    assert (root / "a").stat().st_mode & 0o777 == 0o700


def test_a_known_session_is_known_by_any_name_and_with_other_notes(tmp_path: Path) -> None:
    bundle, root = one(tmp_path / "b.vivavoce"), tmp_path / "root"
    import_bundle_file(bundle, root)
    (root / "a").rename(root / "renamed")
    (root / "renamed" / "library.json").write_text('{"note": "mine"}')

    assert import_bundle_file(bundle, root).known == ("renamed",)
    assert (root / "renamed" / "library.json").read_text() == '{"note": "mine"}'


def test_another_session_of_the_same_id_gets_a_name_of_its_own(tmp_path: Path) -> None:
    root = tmp_path / "root"
    import_bundle_file(one(tmp_path / "b.vivavoce"), root)
    other = one(tmp_path / "c.vivavoce", {**FILES, "events.jsonl": b"{ }\n"})

    imported = import_bundle_file(other, root)

    assert imported.added == ("a-2",)
    assert (root / "a" / "events.jsonl").read_bytes() == b"{}\n"
    assert (root / "a-2" / "events.jsonl").read_bytes() == b"{ }\n"


def test_what_is_there_already_is_never_touched(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "a").mkdir(parents=True)
    (root / "a" / "thesis.txt").write_text("mine")
    (root / "a-2").symlink_to(tmp_path / "nowhere")

    assert import_bundle_file(one(tmp_path / "b.vivavoce"), root).added == ("a-3",)
    assert (root / "a" / "thesis.txt").read_text() == "mine"


@settings(deadline=None, max_examples=20)
@given(name=st.text(min_size=1, max_size=60).filter(is_folder_name))
def test_a_folder_of_every_alphabet_keeps_its_name(
    name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    base = tmp_path_factory.mktemp("names")

    imported = import_bundle_file(one(base / "b.vivavoce", folder=name), base / "root")

    assert imported.added == (name,)


def test_unknown_files_are_ignored_and_told(tmp_path: Path) -> None:
    more = [("sessions/a/run.sh", b"rm -rf"), ("readme.txt", b"hello"), ("empty/", b"")]
    bundle = archive(tmp_path / "b.vivavoce", [*INSIDE, *more], TOLD)

    imported = import_bundle_file(bundle, tmp_path / "root")

    assert [each.split(" ")[0] for each in imported.odd] == ["'readme.txt'", "'sessions/a/run.sh'"]
    assert set(contents(tmp_path / "root")) == {"a/session.json", "a/events.jsonl"}


def test_many_unknown_files_are_told_in_few_words(tmp_path: Path) -> None:
    more = [(f"x{number}", b"") for number in range(50)]
    bundle = archive(tmp_path / "b.vivavoce", [*INSIDE, *more], TOLD)

    odd = import_bundle_file(bundle, tmp_path / "root").odd

    assert len(odd) == 21
    assert odd[-1].startswith("30 other files")


# --- what is refused -----------------------------------------------------------------------------


def refused(bundle: Path, root: Path) -> str:
    """Import; return the sentence, having seen that nothing is left behind."""
    before = contents(root) if root.exists() else {}
    with pytest.raises(StoreError) as raised:
        import_bundle_file(bundle, root)
    assert (contents(root) if root.exists() else {}) == before
    assert not list(root.glob(".*")) if root.exists() else True
    return str(raised.value)


def link(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.create_system, info.external_attr = 3, 0o120777 << 16
    return info


@pytest.mark.parametrize(
    ("member", "sentence"),
    [
        ("../outside", "leads elsewhere"),
        ("sessions/../../outside", "leads elsewhere"),
        ("/etc/passwd", "leads elsewhere"),
        ("sessions//x", "leads elsewhere"),
        ("sessions\\..\\outside", "leads elsewhere"),
        ("sessions/./x", "leads elsewhere"),
        (link("sessions/a/link"), "a link"),
    ],
)
def test_names_that_lead_elsewhere_are_refused(
    tmp_path: Path, member: str | zipfile.ZipInfo, sentence: str
) -> None:
    bundle = archive(tmp_path / "b.vivavoce", [*INSIDE, (member, b"x")], TOLD)

    assert sentence in refused(bundle, tmp_path / "root")
    assert not (tmp_path / "outside").exists()


def test_one_name_twice_is_refused(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate"):
        bundle = archive(tmp_path / "b.vivavoce", [*INSIDE, INSIDE[0]], TOLD)

    assert "twice" in refused(bundle, tmp_path / "root")


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        (None, "has no manifest.json"),
        (b"\xff{", "manifest cannot be read"),
        ({**TOLD, "version": "2.0"}, "newer version"),
        (manifest_of(session_entry("../a", FILES)), "may not be"),
        (manifest_of(session_entry("b", FILES)), "lacks"),
        (manifest_of(session_entry("a", {**FILES, "turns.csv": b""})), "lacks"),
        (manifest_of(session_entry("a", {**FILES, "events.jsonl": b"{ }\n"})), "not as long"),
        (manifest_of(session_entry("a", {**FILES, "events.jsonl": b"{]\n"})), "checksum"),
        (manifest_of(session_entry("a", FILES, "other")), "another session"),
    ],
)
def test_what_the_manifest_says_must_be_so(tmp_path: Path, told: Any, sentence: str) -> None:
    bundle = archive(tmp_path / "b.vivavoce", INSIDE, told)

    assert sentence in refused(bundle, tmp_path / "root")


@pytest.mark.parametrize("content", [b"no json", b"[]", b"{}", b'{"session_id": "sess-1"}'])
def test_a_session_that_cannot_be_read_is_refused(tmp_path: Path, content: bytes) -> None:
    told = refused(one(tmp_path / "b.vivavoce", {"session.json": content}), tmp_path / "root")

    assert "account" in told
    assert "in the bundle" in told


def test_of_a_bundle_with_one_damaged_session_none_is_taken_in(tmp_path: Path) -> None:
    good, bad = dict(FILES), {**FILES, "events.jsonl": b"{}\n"}
    told = manifest_of(session_entry("a", good), session_entry("b", bad))
    told["sessions"][1]["files"]["events.jsonl"]["sha256"] = "0" * 64
    inside = [(f"sessions/{each}/{n}", c) for each in "ab" for n, c in FILES.items()]

    sentence = refused(archive(tmp_path / "b.vivavoce", inside, told), tmp_path / "root")

    assert "checksum" in sentence


def test_what_grows_to_a_multiple_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    files = {**FILES, "events.jsonl": bytes(40 << 20)}

    sentence = refused(one(tmp_path / "b.vivavoce", files), tmp_path / "root")

    assert "multiple of its size" in sentence


def patched(path: Path, change: Callable[[bytearray], object]) -> Path:
    raw = bytearray(path.read_bytes())
    change(raw)
    path.write_bytes(raw)
    return path


def flag_encrypted(raw: bytearray) -> None:
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = raw.find(mark)
        while place >= 0:
            raw[place + at] |= 1
            place = raw.find(mark, place + 4)


def damage(raw: bytearray) -> None:
    place = raw.find(b"sessions/a/events.jsonl") + len("sessions/a/events.jsonl")
    raw[place : place + 2] = b"\xff\xff"


def claim_a_huge_directory(raw: bytearray) -> None:
    struct.pack_into("<L", raw, raw.rfind(b"PK\x05\x06") + 12, 1 << 30)


def test_a_bundle_of_many_gigabytes_has_another_end_and_is_read_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = recorded(tmp_path / "from", "long")
    with monkeypatch.context() as small:
        small.setattr(zipfile, "ZIP64_LIMIT", 10)
        small.setattr(bundling, "_SMALL", -1)
        bundle = bundled(tmp_path / "b.vivavoce", folder)
    assert b"PK\x06\x06" in bundle.read_bytes()

    assert import_bundle_file(bundle, tmp_path / "root").added == ("long",)

    def claim(raw: bytearray) -> None:
        struct.pack_into("<Q", raw, raw.rfind(b"PK\x06\x06") + 40, 1 << 40)

    assert "more files" in refused(patched(bundle, claim), tmp_path / "root")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        pytest.param(flag_encrypted, "encrypted", id="encrypted"),
        pytest.param(damage, "damaged", id="damaged"),
        pytest.param(lambda raw: raw.__delitem__(slice(-40, None)), "damaged", id="truncated"),
        pytest.param(lambda raw: raw.__delitem__(slice(30, 90)), "damaged", id="hole"),
        pytest.param(lambda raw: raw.__delitem__(slice(None)), "damaged", id="empty"),
        pytest.param(claim_a_huge_directory, "more files", id="huge-directory"),
    ],
)
def test_damaged_archives_are_refused(
    tmp_path: Path, change: Callable[[bytearray], object], sentence: str
) -> None:
    assert sentence in refused(patched(one(tmp_path / "b.vivavoce"), change), tmp_path / "root")


def test_an_archive_that_is_packed_otherwise_is_refused(tmp_path: Path) -> None:
    bundle = archive(tmp_path / "b.vivavoce", INSIDE, TOLD, packing=zipfile.ZIP_LZMA)

    assert "packed in a way" in refused(bundle, tmp_path / "root")


@settings(deadline=None, max_examples=20)
@given(data=st.data())
def test_one_flipped_byte_never_leaves_half_a_session(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    base = tmp_path_factory.mktemp("flipped")
    bundle = one(base / "b.vivavoce")
    size = bundle.stat().st_size
    place = data.draw(st.integers(0, size - 1))
    mask = data.draw(st.integers(1, 255))
    patched(bundle, lambda raw: raw.__setitem__(place, raw[place] ^ mask))
    try:
        imported = import_bundle_file(bundle, base / "root")
    except StoreError:
        assert not (base / "root").exists() or contents(base / "root") == {}
    else:  # a byte that no reader looks at, such as a date
        assert contents(base / "root" / imported.added[0]) == FILES


@pytest.mark.parametrize("kind", ["missing", "folder", "pipe"])
def test_what_is_no_file_is_refused(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "b.vivavoce"
    if kind == "folder":
        path.mkdir()
    if kind == "pipe":
        os.mkfifo(path)

    refused(path, tmp_path / "root")


# --- the disk ------------------------------------------------------------------------------------


def test_a_full_disk_is_told_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "_SPARE_BYTES", 1 << 60)

    assert "left" in refused(one(tmp_path / "b.vivavoce"), tmp_path / "root")


def test_a_root_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(StoreError, match="Not a directory"):
        import_bundle_file(one(tmp_path / "b.vivavoce"), tmp_path / "file" / "root")


def test_what_is_broken_off_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="broken off"):
        import_bundle_file(one(tmp_path / "b.vivavoce"), tmp_path / "root", lambda *_: False)

    assert contents(tmp_path / "root") == {}


def test_progress_counts_to_the_end(tmp_path: Path) -> None:
    steps: list[tuple[int, int]] = []
    folder = recorded(tmp_path / "from")

    def told(done: int, total: int) -> bool:
        steps.append((done, total))
        return True

    import_bundle_file(bundled(tmp_path / "b.vivavoce", folder), tmp_path / "root", told)

    total = sum(map(len, contents(folder).values()))
    assert steps[-1] == (total, total)


def test_what_a_killed_import_left_is_swept_and_one_under_way_is_not(tmp_path: Path) -> None:
    root = tmp_path / "root"
    for name in ("left", "held"):
        (root / f".importing-{name}" / "a").mkdir(parents=True)
    held = os.open(root / ".importing-held", os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    (root / ".importing-link").symlink_to(tmp_path)

    import_bundle_file(one(tmp_path / "b.vivavoce"), root)
    os.close(held)

    assert sorted(path.name for path in root.iterdir()) == [
        ".importing-held", ".importing-link", "a"
    ]  # fmt: skip
    assert (tmp_path / "b.vivavoce").exists()


def test_two_imports_at_once_leave_one_session(tmp_path: Path) -> None:
    bundle, root = one(tmp_path / "b.vivavoce"), tmp_path / "root"

    def other_comes_first(_done: int, _total: int) -> bool:
        import_bundle_file(bundle, root)
        return True

    imported = import_bundle_file(bundle, root, other_comes_first)

    assert (imported.added, imported.known) == ((), ("a",))
    assert [path.name for path in root.iterdir()] == ["a"]


def test_a_name_that_no_file_has_is_no_bundle(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no file has such a name"):
        import_bundle_file(tmp_path / "a\0b", tmp_path)
