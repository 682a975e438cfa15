"""Guards that every test runs under: no stray threads, no unexplained warnings, one category."""

import gc
import logging
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

CATEGORIES = {"unit", "protocol", "gui", "e2e", "faults", "benchmarks"}
ROOT = Path(__file__).parent


def pytest_configure() -> None:
    """Heed Ctrl+C, which the background of a shell ignores, and with it all that is started."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give each test the category of its folder, and run the cheap ones first."""
    order = ["unit", "protocol", "faults", "gui", "e2e", "benchmarks"]
    rank: dict[str, int] = {}
    for item in items:
        category = Path(item.path).relative_to(ROOT).parts[0]
        if category not in CATEGORIES:
            raise pytest.UsageError(f"{item.path} is in no category folder")
        item.add_marker("benchmark" if category == "benchmarks" else category)
        if item.get_closest_marker("realtime"):
            item.add_marker(pytest.mark.flaky(reruns=2))
        rank[item.nodeid] = order.index(category)
    items.sort(key=lambda item: rank[item.nodeid])


def pytest_collection_finish() -> None:
    """Leave what is loaded for good out of every collection: a session begins with a whole one."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish() -> None:
    """Have it collected after all, since libraries tell of what is left at the end."""
    gc.unfreeze()


@pytest.fixture
def short_path() -> Iterator[Path]:
    """A folder for sockets: the address of one may have 107 octets, which ``tmp_path`` may need."""
    with TemporaryDirectory(prefix="vv-") as folder:
        yield Path(folder)


@pytest.fixture(autouse=True)
def _no_stray_threads() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    stray = [t.name for t in threading.enumerate() if t not in before and not t.daemon]
    assert not stray, f"threads left running: {stray}"


@pytest.fixture(autouse=True)
def _no_unexplained_warnings(
    caplog: pytest.LogCaptureFixture, request: pytest.FixtureRequest
) -> Iterator[None]:
    yield
    if request.node.get_closest_marker("expects_log"):
        return
    loud = [r.getMessage() for r in caplog.get_records("call") if r.levelno >= logging.WARNING]
    assert not loud, f"logged at WARNING or above: {loud}"
