"""What the user writes on a session."""

import json
import os
import threading
from pathlib import Path

import pytest

from app.core.errors import StoreError
from app.core.library import Annotation
from app.store.annotations import Annotated, annotate, read_annotations


def test_what_is_written_is_read(tmp_path: Path) -> None:
    annotate(
        tmp_path, Annotation(add_tags=(" two  words ", "b", "b"), note="line\nline", starred=True)
    )
    annotate(tmp_path, Annotation(add_tags=("c",), remove_tags=("b",)))

    expected = Annotated(tags=("c", "two words"), note="line\nline", starred=True)
    assert read_annotations(tmp_path) == (expected, ())
    annotate(tmp_path, Annotation(note="", starred=False))
    assert read_annotations(tmp_path)[0] == Annotated(tags=("c", "two words"))
    assert [path.name for path in tmp_path.iterdir()] == ["library.json"]


@pytest.mark.parametrize(
    ("content", "odd"),
    [
        (b"{", "it is not JSON"),
        (b"[1]", "it is no object"),
        (b"[" * 100_000, "it is not JSON"),
        (b'{"note": "' + b"x" * (1 << 20) + b'"}', "it is too large"),
        (b'{"version": "one"}', "newer version"),
    ],
    ids=["torn", "list", "deep", "large", "odd version"],
)
def test_what_cannot_be_read_is_said(content: bytes, odd: str, tmp_path: Path) -> None:
    (tmp_path / "library.json").write_bytes(content)

    written, (sentence,) = read_annotations(tmp_path)

    assert written == Annotated()
    assert odd in sentence


def test_a_damaged_file_is_kept_beside_the_new_one(tmp_path: Path) -> None:
    (tmp_path / "library.json").write_bytes(b"precious{")

    annotate(tmp_path, Annotation(starred=True))

    assert read_annotations(tmp_path)[0].starred
    assert (tmp_path / "library.json.damaged").read_bytes() == b"precious{"


def test_a_newer_file_is_read_and_not_changed(tmp_path: Path) -> None:
    content = b'{"version": 2, "tags": ["a"], "colour": "red"}'
    (tmp_path / "library.json").write_bytes(content)

    with pytest.raises(StoreError, match="newer version"):
        annotate(tmp_path, Annotation(starred=True))

    assert read_annotations(tmp_path)[0].tags == ("a",)
    assert (tmp_path / "library.json").read_bytes() == content


def test_what_else_stands_there_is_kept_and_odd_values_are_none(tmp_path: Path) -> None:
    content = {"tags": ["ok", 7, "", "\ud800\0x"], "note": 5, "starred": "yes", "colour": "red"}
    (tmp_path / "library.json").write_text(json.dumps(content))

    assert read_annotations(tmp_path)[0] == Annotated(tags=("ok", "\ufffd x"))
    annotate(tmp_path, Annotation(starred=True))

    assert json.loads((tmp_path / "library.json").read_text())["colour"] == "red"


@pytest.mark.parametrize("kind", ["link", "pipe", "folder"])
def test_nothing_but_a_file_is_read_or_followed(kind: str, tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "s", tmp_path / "elsewhere"
    folder.mkdir()
    elsewhere.write_bytes(b'{"tags": ["stolen"]}')
    path = folder / "library.json"
    if kind == "link":
        path.symlink_to(elsewhere)
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.mkdir()

    written, odd = read_annotations(folder)

    assert (written, len(odd)) == (Annotated(), 1)
    assert elsewhere.read_bytes() == b'{"tags": ["stolen"]}'


def test_a_folder_that_is_gone_gives_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="gone cannot be written on: No such file"):
        annotate(tmp_path / "gone", Annotation(starred=True))


def test_there_is_an_end_to_tags(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="more than 100 tags"):
        annotate(tmp_path, Annotation(add_tags=tuple(map(str, range(101)))))


def test_no_tag_is_lost_between_two_writers(tmp_path: Path) -> None:
    def write(side: str) -> None:
        for number in range(10):
            annotate(tmp_path, Annotation(add_tags=(f"{side}{number}",)))

    writers = [threading.Thread(target=write, args=(side,)) for side in "ab"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    assert len(read_annotations(tmp_path)[0].tags) == 20
