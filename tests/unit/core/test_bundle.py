import json
from collections.abc import Callable
from typing import Any

import pytest

from app.core.bundle import (
    BundledFile,
    BundledSession,
    BundleManifest,
    is_folder_name,
    manifest_json,
    read_manifest,
    session_path,
)
from app.core.errors import StoreError

SHA = "0" * 64
MANIFEST = BundleManifest(
    format="vivavoce-bundle",
    version="1.0",
    made_utc="2026-11-21T12:00:00+00:00",
    app_version="0.1.0",
    sessions=(
        BundledSession(
            folder="Gespräch \u5bf9\u8bdd",
            session_id="s1",
            files={"session.json": BundledFile(bytes=2, sha256=SHA)},
        ),
    ),
    left_out=("audio",),
)


def told(change: Callable[[dict[str, Any]], object]) -> bytes:
    """The manifest with one thing other."""
    values = json.loads(manifest_json(MANIFEST))
    change(values)
    return json.dumps(values).encode()


def test_a_manifest_is_read_as_it_was_written() -> None:
    assert read_manifest(manifest_json(MANIFEST)) == MANIFEST
    assert manifest_json(MANIFEST).endswith(b"}\n")


def test_what_a_later_version_with_the_same_first_number_adds_is_skipped() -> None:
    raw = told(lambda values: values.update(version="1.7", more=[1]))

    assert read_manifest(raw).sessions == MANIFEST.sessions


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        pytest.param(lambda v: v.update(format="zip"), "not a bundle", id="other-format"),
        pytest.param(lambda v: v.update(version="2.0"), "newer version", id="newer"),
        pytest.param(lambda v: v.update(version="x.1"), "of what version", id="no-version"),
        pytest.param(lambda v: v.update(version="\u0662.0"), "of what version", id="odd-digit"),
        pytest.param(lambda v: v.pop("sessions"), "cannot be read", id="no-sessions"),
        pytest.param(lambda v: v.update(sessions=[7]), "cannot be read", id="wrong-type"),
        pytest.param(
            lambda v: v["sessions"].append(v["sessions"][0]), "one folder twice", id="twice"
        ),
        pytest.param(
            lambda v: v["sessions"].append({**v["sessions"][0], "folder": "gespräch \u5bf9\u8bdd"}),
            "one folder twice",
            id="twice-but-for-case",
        ),
        pytest.param(
            lambda v: v["sessions"][0].update(folder="../up"), "may not be", id="leads-up"
        ),
        pytest.param(lambda v: v["sessions"][0].update(files={}), "no session.json", id="empty"),
        pytest.param(
            lambda v: v["sessions"][0]["files"].update({"run.sh": {"bytes": 1, "sha256": SHA}}),
            "no session has",
            id="foreign-file",
        ),
        pytest.param(
            lambda v: v["sessions"][0]["files"]["session.json"].update(bytes=-1),
            "cannot be",
            id="negative",
        ),
        pytest.param(
            lambda v: v["sessions"][0]["files"]["session.json"].update(bytes=1 << 40),
            "cannot be",
            id="huge",
        ),
        pytest.param(
            lambda v: v["sessions"][0]["files"]["session.json"].update(sha256="A" * 64),
            "cannot be",
            id="no-hash",
        ),
    ],
)
def test_what_no_bundle_says_is_refused(change: Callable[[Any], object], sentence: str) -> None:
    with pytest.raises(StoreError, match=sentence):
        read_manifest(told(change))


@pytest.mark.parametrize("raw", [b"", b"\xff", b"[]", b"{", b"[" * 100_000])
def test_what_is_no_json_object_is_refused(raw: bytes) -> None:
    with pytest.raises(StoreError, match="manifest cannot be read"):
        read_manifest(raw)


def test_a_newer_bundle_tells_what_to_do() -> None:
    with pytest.raises(StoreError) as refused:
        read_manifest(told(lambda values: values.update(version="2.0", sessions="other")))

    assert "Update the program" in refused.value.hint


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("20261121T102030Z-34567890", True),
        ("mein Gespräch", True),
        ("\u043f\u0440\u0438\u0432\u0435\u0442 \u5bf9\u8bdd \U0001f389", True),
        ("", False),
        (".", False),
        ("..", False),
        (".hidden", False),
        ("ends with a dot.", False),
        (" space", False),
        ("a/b", False),
        ("a\\b", False),
        ("c:", False),
        ("line\nbreak", False),
        ("nul\0", False),
        ("x" * 201, False),
        ("\ud800", False),
    ],
)
def test_a_folder_has_a_plain_name_of_any_alphabet(name: str, plain: object) -> None:
    assert is_folder_name(name) is plain


def test_files_lie_in_folders_of_their_sessions() -> None:
    assert session_path("a", "turns.csv") == "sessions/a/turns.csv"
