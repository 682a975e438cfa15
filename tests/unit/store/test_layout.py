import stat
from dataclasses import replace
from pathlib import Path

import pytest

from app.core.errors import StoreError
from app.store.layout import expanded, folder_name, make_folder, sessions_root
from tests.support.recording import session_record


@pytest.mark.parametrize(
    ("override", "environment", "expected"),
    [
        ("/out", {"VIVAVOCE_SESSIONS": "/env", "XDG_DATA_HOME": "/data"}, "/out"),
        (None, {"VIVAVOCE_SESSIONS": "/env", "XDG_DATA_HOME": "/data"}, "/env"),
        (None, {"XDG_DATA_HOME": "/data"}, "/data/vivavoce/sessions"),
        (None, {"XDG_DATA_HOME": "relative"}, "/home/me/.local/share/vivavoce/sessions"),
        (None, {}, "/home/me/.local/share/vivavoce/sessions"),
        ("~/here", {}, "/home/me/here"),
    ],
    ids=["argument", "variable", "data home", "relative data home", "default", "tilde"],
)
def test_the_root_is_the_nearest_wish(
    override: str | None,
    environment: dict[str, str],
    expected: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HOME", "/home/me")

    assert sessions_root(override, environment) == Path(expected)


@pytest.mark.parametrize(
    ("t0_utc", "session_id", "name"),
    [
        ("2026-11-21T10:20:30.5+00:00", "sess-1234567890", "20261121T102030Z-34567890"),
        ("2026-11-21T11:20:30+01:00", "../../etc", "20261121T102030Z-etc"),
        ("2026-11-21T10:20:30Z", "é/", "20261121T102030Z-session"),
    ],
    ids=["plain", "another zone and a path", "nothing safe in the id"],
)
def test_a_folder_is_named_by_utc_and_a_piece_of_the_id(
    t0_utc: str, session_id: str, name: str
) -> None:
    record = replace(session_record(), t0_utc=t0_utc, session_id=session_id)

    assert folder_name(record) == name


def test_a_session_without_an_instant_is_refused() -> None:
    with pytest.raises(StoreError, match="yesterday"):
        folder_name(replace(session_record(), t0_utc="yesterday"))


def test_only_the_owner_may_look_into_a_session(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "new" / "root", session_record())

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(folder.parent.stat().st_mode) == 0o700


def test_namesakes_are_numbered(tmp_path: Path) -> None:
    names = [make_folder(tmp_path, session_record()).name for _ in range(3)]

    first = "20261121T102030Z-34567890"
    assert names == [first, f"{first}-2", f"{first}-3"]


def test_a_root_that_is_a_file_is_one_sentence_with_what_to_do(tmp_path: Path) -> None:
    root = tmp_path / "file"
    root.write_text("x")

    with pytest.raises(StoreError, match="Cannot record into") as caught:
        make_folder(root, session_record())

    assert "--out" in caught.value.hint


def test_the_home_of_nobody_is_a_name_like_others(tmp_path: Path) -> None:
    assert expanded("~nobody-of-that-name/x") == Path.cwd() / "~nobody-of-that-name" / "x"
    assert expanded(tmp_path) == tmp_path
