"""The report in a real browser: its script runs, its policy holds, and it prints."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from app.core.records import TurnStatus
from app.exports.report import write_report
from tests.support.reporting import Reader, job, session, turn

BROWSER = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
TIMEOUT_S = 120

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed on this machine"),
]

HOSTILE = "<script>document.title='taken over'</script><img src=x onerror=document.title='too'>"


@pytest.fixture
def report(tmp_path: Path) -> Path:
    turns = [turn(n, 600.0 + n, agent_transcript=HOSTILE) for n in range(1, 7)]
    failed = turn(7, status=TurnStatus.ERROR, error_message=HOSTILE)
    stored = session([*turns, failed])
    write_report(job(tmp_path / "report.html", stored, reader=Reader(30), title="The title"))
    return tmp_path / "report.html"


def browse(report: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the browser once with a profile of its own; it ends by itself, or is ended."""
    assert BROWSER is not None
    return subprocess.run(
        [
            BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
            "--disable-extensions", "--disable-background-networking",
            "--enable-logging=stderr", f"--user-data-dir={report.parent / 'profile'}",
            *words, report.as_uri(),
        ],
        capture_output=True, text=True, timeout=TIMEOUT_S, check=True,
    )  # fmt: skip


def test_its_script_runs_nothing_else_does_and_it_prints(report: Path) -> None:
    printed = report.parent / "report.pdf"

    shown = browse(report, "--dump-dom", "--no-pdf-header-footer", f"--print-to-pdf={printed}")

    assert '<html lang="en" class="scripted">' in shown.stdout
    assert "<title>The title</title>" in shown.stdout
    assert "CONSOLE" not in shown.stderr, shown.stderr
    assert "Content Security Policy" not in shown.stderr, shown.stderr
    pages = re.findall(rb"/Type\s*/Page\b", printed.read_bytes())
    assert 2 <= len(pages) <= 12
