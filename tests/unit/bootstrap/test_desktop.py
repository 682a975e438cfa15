"""The program in the menu: files where a desktop looks for them, and all of them gone again."""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from app.bootstrap.desktop import data_folder, desktop, entry_for, own_command
from app.core.bundle import MEDIA_TYPE, SUFFIX
from app.core.errors import ConfigError
from app.core.resources import resource
from tests.support.bundles import bundled, contents, recorded

ENTRY = "[Desktop Entry]\nExec=vivavoce %f\n"
FILES = {
    "applications/vivavoce.desktop",
    "mime/packages/vivavoce-mime.xml",
    "icons/hicolor/scalable/apps/vivavoce.svg",
    "icons/hicolor/scalable/mimetypes/application-vnd.vivavoce.bundle+zip.svg",
}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Private folders, and no tools of the desktop."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return tmp_path


def test_install_writes_for_this_user_what_remove_takes_away(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert desktop(["install"]) == 0
    assert set(contents(home / "data")) == FILES
    assert {path.stat().st_mode & 0o777 for path in (home / "data").rglob("*.*g")} == {0o644}

    assert desktop(["install"]) == 0
    assert desktop(["remove"]) == 0
    assert contents(home / "data") == {}
    assert desktop(["remove"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 3 * len(FILES)


def test_a_prefix_is_for_all_users(home: Path) -> None:
    assert desktop(["install", "--prefix", str(home / "usr")]) == 0

    assert set(contents(home / "usr" / "share")) == FILES
    assert not (home / "data").exists()


def test_the_entry_starts_this_very_program(home: Path) -> None:
    desktop(["install"])

    words, folder = own_command("nothing")
    text = (home / "data" / "applications" / "vivavoce.desktop").read_text()
    assert f'Exec="{words[0]}" "-m" "app" %f\n' in text
    assert f"Path={folder}\n" in text
    assert f"MimeType={MEDIA_TYPE};\n" in text


def test_an_installed_program_is_started_by_its_name(tmp_path: Path) -> None:
    program = tmp_path / "vivavoce"
    program.touch(mode=0o755)

    assert own_command(str(program)) == ((str(program),), None)


@pytest.mark.parametrize(
    ("command", "line"),
    [
        (["/opt/vivavoce"], 'Exec="/opt/vivavoce" %f'),
        (["/a b/100%/x"], 'Exec="/a b/100%%/x" %f'),
        (['/a"$`\\/x', "-m"], 'Exec="/a\\\\"\\\\$\\\\`\\\\\\\\/x" "-m" %f'),
    ],
)
def test_a_command_is_quoted_as_an_entry_needs_it(command: Sequence[str], line: str) -> None:
    assert entry_for(ENTRY, command, None).splitlines()[1] == line


def test_a_folder_that_no_entry_can_spell_is_refused() -> None:
    with pytest.raises(ConfigError, match="can spell"):
        entry_for(ENTRY, ["/a\nb"], None)


def test_a_place_that_cannot_be_written_is_told(home: Path) -> None:
    (home / "file").write_text("")

    with pytest.raises(ConfigError, match="cannot be written"):
        desktop(["install", "--prefix", str(home / "file")])


@pytest.mark.parametrize(
    ("environment", "place"),
    [
        ({}, Path.home() / ".local" / "share"),
        ({"XDG_DATA_HOME": "relative"}, Path.home() / ".local" / "share"),
        ({"XDG_DATA_HOME": "/d"}, Path("/d")),
    ],
)
def test_the_users_folder_is_the_desktops(environment: dict[str, str], place: Path) -> None:
    assert data_folder(None, environment) == place


def test_what_the_desktops_tools_wrote_for_us_alone_is_taken_back(home: Path) -> None:
    lists = home / "config" / "mimeapps.list"
    lists.parent.mkdir()
    theirs = "[Default Applications]\ntext/plain=editor.desktop\n"
    lists.write_text(f"{theirs}{MEDIA_TYPE}=vivavoce.desktop;\n")

    desktop(["remove"])

    assert lists.read_text() == theirs


def test_a_tool_that_fails_is_told_and_nothing_more(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tool = home / "bin" / "update-mime-database"
    tool.parent.mkdir()
    tool.write_text("#!/bin/sh\nexit 3\n")
    tool.chmod(0o755)

    assert desktop(["install"]) == 0
    assert capsys.readouterr().err == "update-mime-database ended with code 3\n"


def test_the_type_is_told_by_name_and_by_its_first_bytes(tmp_path: Path) -> None:
    root = ET.fromstring(resource("desktop", "vivavoce-mime.xml").read_text())  # noqa: S314 - ours
    space = {"m": "http://www.freedesktop.org/standards/shared-mime-info"}
    (kind,) = root.findall("m:mime-type", space)
    (glob,) = kind.findall("m:glob", space)
    matches = kind.findall(".//m:match", space)
    raw = bundled(tmp_path / "a.vivavoce", recorded(tmp_path / "s")).read_bytes()

    assert (kind.get("type"), glob.get("pattern")) == (MEDIA_TYPE, f"*{SUFFIX}")
    for match in matches:
        place, text = int(match.get("offset", "")), match.get("value", "")
        wanted = text.encode().decode("unicode_escape").encode("latin-1")
        assert raw[place : place + len(wanted)] == wanted
    assert len(matches) == 3


@pytest.mark.skipif(
    not (shutil.which("update-mime-database") and shutil.which("gio")),
    reason="this machine has no database of types",
)
def test_the_machines_own_database_knows_a_bundle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    bundle = bundled(tmp_path / "named.vivavoce", recorded(tmp_path / "s"))
    bare = shutil.copy(bundle, tmp_path / "without a name")

    desktop(["install"])

    for path in (bundle, bare):
        asked = ["gio", "info", "-a", "standard::content-type", str(path)]
        told = subprocess.run(asked, capture_output=True, text=True, check=True, timeout=20)
        assert MEDIA_TYPE in told.stdout
