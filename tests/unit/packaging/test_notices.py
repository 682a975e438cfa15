import re
import subprocess
import sys
from importlib.metadata import requires
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
LICENCES = ROOT / "resources" / "licences"
TABLE = (LICENCES / "python" / "README.md").read_text("utf-8")


def test_every_library_of_the_program_has_its_notice() -> None:
    wanted = [line for line in requires("vivavoce") or [] if "extra ==" not in line]
    names = [re.split(r"[^A-Za-z0-9._-]", line)[0] for line in wanted]

    assert names
    for name in names:
        canonical = re.sub(r"[-_.]+", "-", name).lower()
        assert f"| {canonical} |" in TABLE
        assert (LICENCES / "python" / f"{canonical}.txt").stat().st_size > 500


def test_every_link_of_the_tables_leads_somewhere() -> None:
    for page in (LICENCES / "README.md", LICENCES / "python" / "README.md"):
        for target in re.findall(r"\]\(([^)]+)\)", page.read_text("utf-8")):
            assert (page.parent / target).exists(), target


def test_the_product_is_under_the_apache_license() -> None:
    text = (ROOT / "LICENSE").read_text()

    assert "Apache License" in text
    assert "END OF TERMS AND CONDITIONS" in text


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (f"key = sk-proj-{'a1' * 24}", 1),
        ("AIza" + "b" * 35, 1),
        ("sk-canary-0123456789 and ek_68af296e8e408191a1120ab6383263c2", 0),
        ("", 0),
    ],
    ids=["a project key", "another vendor's key", "examples", "nothing"],
)
def test_a_key_in_a_file_is_found(content: str, code: int, tmp_path: Path) -> None:
    (tmp_path / "file").write_text(f"first line\n{content}\n")

    scan = subprocess.run(
        [sys.executable, ROOT / "packaging" / "secrets_scan.py", tmp_path / "file"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert scan.returncode == code
    assert scan.stdout == (f"{tmp_path / 'file'}:2: looks like a key\n" if code else "")


def test_the_lock_is_hashed_and_names_no_address() -> None:
    lock = (ROOT / "requirements.lock").read_text()

    assert "://" not in lock
    pins = re.findall(r"^\S+==\S+", lock, re.MULTILINE)
    assert len(pins) > 50
    assert lock.count("--hash=sha256:") >= len(pins)
    assert not re.search(r"^(torch|tensorflow)\b", lock, re.MULTILINE)
